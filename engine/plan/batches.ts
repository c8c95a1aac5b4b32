import type { Diagnostic } from "../errors/diagnostic.ts";
import type { HostOrder } from "../site/host-orders.ts";
import { batchShare, failShare } from "../site/load-serial.ts";
import { promptedLayer } from "../site/load-vars-prompt.ts";
import type { Play } from "../site/site.ts";
import type { Parsed, ValueSource } from "../value/expression.ts";
import { isList, typeName, type Value } from "../value/value.ts";
import { evaluateValue } from "../vars/compile-value.ts";
import type { VarsLayer } from "../vars/layer.ts";
import { createScope } from "../vars/resolve-vars.ts";
import { evaluating } from "./bind-task.ts";

/** In how many hosts at a time a play runs, and how many of these may fail. */
export interface PlayShape {
  readonly sizes: readonly BatchSize[];
  readonly maxFailShare: number | null;
}
type BatchSize =
  | { readonly kind: "count"; readonly count: number }
  | { readonly kind: "share"; readonly percent: number };

const wholePlay: BatchSize = { kind: "count", count: 0 };

/**
 * `serial` and `max_fail_percentage` of a play. They are decided before any host is, so only the play's own variables and
 * `-e` are there. Null: a value is not known yet.
 */
export function shapeOf(play: Play, extraVars: VarsLayer, groups: Value): Parsed<PlayShape> | null {
  const { serial, maxFailPercentage } = play.keywords;
  const prompted = play.varsPrompt.length > 0 ? [promptedLayer(play.varsPrompt)] : [];
  const magic = new Map<string, Value>([
    ["groups", groups],
    ["playbook_dir", play.folder],
  ]);
  const scope = createScope([play.vars, ...prompted, extraVars], magic);
  const answer = evaluating((): Parsed<PlayShape> => {
    const wrong: Diagnostic[] = [];
    const read = <T>(source: ValueSource, value: Value, of: (value: Value) => T | undefined, wanted: string): T[] => {
      const found = of(value);
      if (found !== undefined) return [found];
      const got = typeof value === "string" || typeof value === "number" ? JSON.stringify(value) : typeName(value);
      wrong.push({ code: "wrong-type", message: `expected ${wanted}, got ${got}`, place: source.place });
      return [];
    };
    const said = serial ? evaluateValue(serial, scope) : 0;
    const sizes = (isList(said) ? said : [said]).flatMap((size) =>
      serial ? read(serial, size, sizeOf, "a number of hosts or a share from 1% to 100% in `serial`") : [wholePlay],
    );
    const share = maxFailPercentage
      ? read(
          maxFailPercentage,
          evaluateValue(maxFailPercentage, scope),
          failShare,
          "a number from 0 to 100 in `max_fail_percentage`",
        )
      : [];
    return wrong.length > 0
      ? { ok: false, diagnostics: wrong }
      : { ok: true, value: { sizes, maxFailShare: share[0] ?? null } };
  });
  if (answer.kind === "unknown") return null;
  return answer.kind === "invalid" ? { ok: false, diagnostics: answer.diagnostics } : answer.value;
}

function sizeOf(value: Value): BatchSize | undefined {
  const percent = typeof value === "string" ? batchShare(value) : undefined;
  if (percent !== undefined) return { kind: "share", percent };
  const count = typeof value === "string" && /^\d+$/.test(value) ? Number(value) : value;
  return typeof count === "number" && Number.isInteger(count) && count >= 0 ? { kind: "count", count } : undefined;
}

/** Hosts in batches: each size once, and the last one for all that are left. 0 takes all of them; a share is of all hosts, and never less than one. */
export function batchesOf<T>(hosts: readonly T[], sizes: readonly BatchSize[]): readonly (readonly T[])[] {
  const batches: (readonly T[])[] = [];
  for (let from = 0, index = 0; from < hosts.length; index += 1) {
    const size = sizes[Math.min(index, sizes.length - 1)] ?? wholePlay;
    const wanted = size.kind === "count" ? size.count : Math.max(1, Math.floor((size.percent / 100) * hosts.length));
    const to = wanted === 0 ? hosts.length : from + wanted;
    batches.push(hosts.slice(from, to));
    from = to;
  }
  return batches.length === 0 ? [[]] : batches;
}

/** `order`. A shuffle is that of the run: with its id it can be told again. */
export function inOrder(hosts: readonly string[], order: HostOrder | undefined, runId: string): readonly string[] {
  switch (order) {
    case undefined:
    case "inventory":
      return hosts;
    case "reverse_inventory":
      return hosts.toReversed();
    case "sorted":
      return hosts.toSorted();
    case "reverse_sorted":
      return hosts.toSorted().reverse();
    case "shuffle":
      return shuffled(hosts, runId);
    default:
      return order satisfies never;
  }
}

/** By a hash of each name with the seed: the same hosts fall into the same order, whoever else is among them. */
function shuffled(hosts: readonly string[], seed: string): readonly string[] {
  const rank = new Map(hosts.map((host) => [host, hash(`${seed}\0${host}`)]));
  return hosts.toSorted((a, b) => (rank.get(a) ?? 0) - (rank.get(b) ?? 0));
}

/** FNV-1a, and a last stirring: names that differ in one letter must not stay neighbours. */
function hash(text: string): number {
  let value = 0x811c9dc5;
  for (let index = 0; index < text.length; index += 1) value = Math.imul(value ^ text.charCodeAt(index), 0x01000193);
  value = Math.imul(value ^ (value >>> 16), 0x85ebca6b);
  value = Math.imul(value ^ (value >>> 13), 0xc2b2ae35);
  return (value ^ (value >>> 16)) >>> 0;
}
