import { wordOf, writtenName } from "../plan/bind-task.ts";
import type { CheckedPlay } from "../plan/check-site.ts";
import { flattened, type PlainEntry } from "../plan/task.ts";

/** What `--list-hosts`, `--list-tasks` and `--list-tags` print. */
export function listPlays(
  plays: readonly CheckedPlay[],
  what: { readonly listHosts?: boolean; readonly listTasks?: boolean; readonly listTags?: boolean },
): string {
  const lines = plays.flatMap(({ expanded, hosts, tags }) => {
    const entries = [...flattened(expanded.sections.flat())];
    return [
      `${expanded.play.name} (${expanded.play.place.file}:${expanded.play.place.line})`,
      ...(what.listHosts ? [`  hosts (${hosts.length}):`, ...hosts.map((host) => `    ${host}`)] : []),
      ...(what.listTasks
        ? ["  tasks:", ...entries.map((entry) => `    ${nameOf(entry)}${tagsOf(entry.context.tags)}`)]
        : []),
      ...(what.listTags ? [`  tags: ${[...tags].sort().join(", ") || "none"}`] : []),
    ];
  });
  return `${lines.join("\n")}\n`;
}

function nameOf(entry: PlainEntry): string {
  const role = entry.context.role ? `${entry.context.role.name} : ` : "";
  if (entry.kind === "task") return role + writtenName(entry);
  if (entry.source.kind === "meta")
    return `${role}${entry.source.name ? writtenName(entry) : `meta: ${entry.source.order}`}`;
  return `${role}${wordOf(entry.source)} (known when the play runs)`;
}

function tagsOf(tags: ReadonlySet<string>): string {
  return tags.size === 0 ? "" : `  [${[...tags].sort().join(", ")}]`;
}
