import type { Contributed, Contribution } from "../../module/params.ts";
import type { Contributor } from "../../plan/find-contributors.ts";
import { UnknownRead } from "../../value/expression.ts";
import type { Value } from "../../value/value.ts";
import { canonical } from "../session/canonical.ts";

/** Pieces that tasks of a run contribute to something, for a later task that puts them together. */
export interface Contributions {
  /** The tasks of a play that contribute, as far as that is known before it begins. */
  expect(play: string, contributors: readonly Contributor[]): void;
  /** A play begins. */
  begin(play: string): void;
  /** The next task begins. Its hosts run side by side: what they contribute is in their order, not in that of the clock. */
  turn(): void;
  add(piece: Piece): void;
  /** A task that contributes has had its turn on a host. `because`: the pending tasks that its outcome hangs on. */
  passed(to: string, source: Contributor["source"], host: string, because: readonly string[]): void;
  /** Check mode: what a task contributes is not known yet; null: of an include not even to what. `why` as in `unknowns`. */
  defer(to: string | null, why: string): void;
  /** All of it so far. Throws UnknownRead where a part is deferred. */
  read(to: string): Contributed;
  /** Check mode: the pending tasks that it hangs on. */
  because(to: string): readonly string[];
}
export interface Piece {
  readonly to: string;
  readonly value: Value;
  readonly host: string;
  readonly place: string;
  /** Its number in the loop. */
  readonly index: number;
}

/** Who of the run cannot contribute any more is told by its state. */
type States = ReadonlyMap<string, { readonly state: "active" | "failed" | "unreachable" | "ended" }>;

export function createContributions(hosts: States): Contributions {
  const pieces: (Piece & { readonly turn: number })[] = [];
  const expected: (Contributor & { readonly play: string })[] = [];
  const passed = new Set<string>();
  const deferred: { readonly to: string | null; readonly why: string }[] = [];
  const because = new Map<string, readonly string[]>();
  const ids = new Map<Contributor["source"], number>();
  let [play, turn] = ["", 0];

  const idOf = (source: Contributor["source"]): number => {
    const id = ids.get(source) ?? ids.size;
    ids.set(source, id);
    return id;
  };
  const keyOf = (inPlay: string, source: Contributor["source"], host: string): string =>
    JSON.stringify([inPlay, idOf(source), host]);

  const missing = (to: string): string | null => {
    const reasons = expected
      .filter((each) => each.to === to || each.to === null)
      .flatMap((each) =>
        missingOf(each, ({ source, play: inPlay }, host) => passed.has(keyOf(inPlay, source, host)), hosts),
      );
    const [first, ...more] = [...new Set(reasons)];
    if (first === undefined) return null;
    return more.length === 0
      ? first
      : `${first} (and ${more.length} more such ${more.length === 1 ? "reason" : "reasons"})`;
  };

  return {
    expect: (inPlay, contributors) => {
      expected.push(...contributors.map((each) => ({ ...each, play: inPlay })));
    },
    begin: (id) => {
      play = id;
    },
    turn: () => {
      turn += 1;
    },
    add: (piece) => {
      pieces.push({ ...piece, turn });
    },
    passed: (to, source, host, hangsOn) => {
      passed.add(keyOf(play, source, host));
      if (hangsOn.length > 0) because.set(to, [...new Set([...(because.get(to) ?? []), ...hangsOn])]);
    },
    defer: (to, why) => {
      deferred.push({ to, why });
    },
    read: (to) => {
      const open = deferred.find((each) => each.to === to || each.to === null);
      if (open !== undefined) throw new UnknownRead(open.why);
      const order = [...hosts.keys()];
      const sorted = pieces
        .filter((piece) => piece.to === to)
        .sort((a, b) => a.turn - b.turn || order.indexOf(a.host) - order.indexOf(b.host) || a.index - b.index);
      const values = new Map<string, Contribution>();
      for (const { value, host, place } of sorted) {
        const key = canonical(value);
        if (!values.has(key)) values.set(key, { value, host, place });
      }
      return { kind: "contributed", values: [...values.values()], missing: missing(to) };
    },
    because: (to) => because.get(to) ?? [],
  };
}

function missingOf(
  each: Contributor & { readonly play: string },
  had: (each: Contributor & { readonly play: string }, host: string) => boolean,
  hosts: States,
): readonly string[] {
  const what =
    each.to === null ? `what is included at ${each.place} may contribute` : `the task at ${each.place} contributes`;
  if (each.deselected) return [`--tags or --skip-tags leave out: ${what}`];
  const lost = each.hosts.filter((host) => (hosts.get(host)?.state ?? "active") !== "active" && !had(each, host));
  return [
    ...(each.leftOut.length > 0 ? [`--limit leaves out ${each.leftOut.join(", ")}, where ${what}`] : []),
    ...(each.elsewhere?.length ? [`another shard has ${each.elsewhere.join(", ")}, where ${what}`] : []),
    ...(lost.length > 0 ? [`${lost.join(", ")} failed or could not be reached, where ${what}`] : []),
  ];
}
