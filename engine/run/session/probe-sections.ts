import type { Operation, ReadOp, Section } from "../../ops/ir.ts";
import { limitMsOf } from "../../ops/limits.ts";
import { canonical } from "./canonical.ts";
import type { PlacedProbe } from "./host-session.ts";

/** Neighbours of one user share a section. */
export function sectionsOf(placed: readonly PlacedProbe[], withinMs: number | undefined): readonly Section<ReadOp>[] {
  const sections: { user: string | null; operations: ReadOp[] }[] = [];
  for (const { probe: whole, user } of placed) {
    const probe = noLongerThan(whole, withinMs);
    const last = sections.at(-1);
    if (last && last.user === user) last.operations.push(probe);
    else sections.push({ user, operations: [probe] });
  }
  return sections.map((section) => ({ ...section, within: [], stopAtFailure: false }));
}

/** What is seen is remembered by the look itself, however long the task that wanted it had. */
export function noLongerThan<Op extends Operation>(operation: Op, withinMs: number | undefined): Op {
  if (withinMs === undefined || limitMsOf(operation) <= withinMs) return operation;
  return { ...operation, limitMs: withinMs };
}

/** An operation never changes, and each is asked for several times: when it is wanted, sent, remembered and answered. */
const keys = new WeakMap<ReadOp, { readonly user: string | null; readonly key: string }>();

/** The same for looks that are the same: what was seen is kept under it. */
export function keyOf({ probe, user }: PlacedProbe): string {
  const known = keys.get(probe);
  if (known && known.user === user) return known.key;
  const key = `${user ?? ""} ${canonical(probe)}`;
  keys.set(probe, { user, key });
  return key;
}
