import type { Module } from "../module/define-module.ts";
import { selected, type TagSelection } from "./expand.ts";
import type { DynamicInclude, PlainEntry } from "./task.ts";

/** A task of a play that contributes to something, as the static check finds it; or an include of which nobody knows yet. */
export interface Contributor {
  /** Null: it may be anything. */
  readonly to: string | null;
  readonly source: PlainEntry["source"];
  /** `roles/nas/tasks/main.yml:12` */
  readonly place: string;
  /** Hosts of the play that take part in the run. */
  readonly hosts: readonly string[];
  /** Those that `--limit` leaves out. */
  readonly leftOut: readonly string[];
  /** Those that another shard has. */
  readonly elsewhere?: readonly string[];
  /** `--tags` or `--skip-tags` leave it out. */
  readonly deselected: boolean;
}

export function findContributors(
  play: {
    readonly entries: readonly PlainEntry[];
    /** An include of it is not known before the run. */
    readonly open: boolean;
    readonly names: readonly string[];
    readonly limited: ReadonlySet<string> | null;
    readonly selection: TagSelection;
  },
  modules: ReadonlyMap<string, Module>,
): readonly Contributor[] {
  const leftOut = play.limited === null ? [] : play.names.filter((name) => !play.limited?.has(name));
  const hosts = play.names.filter((name) => !leftOut.includes(name));
  const anyContribute = [...modules.values()].some((module) => module.kind === "controller" && module.contributes);
  return play.entries.flatMap((entry): readonly Contributor[] => {
    const module = entry.kind === "task" ? modules.get(entry.source.module) : undefined;
    const to = module?.kind === "controller" ? module.contributes : undefined;
    const unknown = entry.kind === "dynamic-include" && play.open && anyContribute && !hasKnownName(entry);
    if (to === undefined && !unknown) return [];
    const { file, line } = entry.source.place;
    const { tags } = entry.context;
    // What is tagged `never` is not missed by a run that nobody has narrowed.
    const usual = selected(tags, { tags: [], skipTags: [] });
    return [
      {
        to: to ?? null,
        source: entry.source,
        place: `${file}:${line}`,
        hosts,
        leftOut,
        deselected: usual && !selected(tags, play.selection),
      },
    ];
  });
}

function hasKnownName({ source }: DynamicInclude): boolean {
  if (source.kind === "block") return true;
  return source.kind === "include-tasks"
    ? source.entries !== undefined && source.entries !== null
    : source.role.kind === "literal";
}
