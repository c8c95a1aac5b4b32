import type { FrozenHost } from "../world.ts";
import { niceNumber } from "./numbers.ts";
import { CHECKPOINT_BYTES, releaseOf } from "./pool-properties.ts";
import { poolAllocated } from "./pool-space.ts";
import { messageUrl, poolTrouble } from "./pool-trouble.ts";
import { poolHealth, poolState, troubleOf } from "./pools.ts";
import { dateText, scanLines } from "./scan.ts";
import { CLASSES, isLeaf, leavesOf, type NameStyle, type PoolView, type VdevView, vdevName } from "./vdevs.ts";

export interface StatusStyle extends NameStyle {
  /** -s: slow reads. */
  readonly slow?: boolean;
  /** -t */
  readonly trim?: boolean;
  /** -i */
  readonly initialized?: boolean;
  /** -D */
  readonly dedup?: boolean;
}

/** What `zpool status` prints about one pool. */
export function statusText(host: FrozenHost, now: PoolView, style: StatusStyle): string {
  const trouble = poolTrouble(host, now);
  const newer = releaseOf(host) >= 2.3;
  return [
    `  pool: ${now.name}\n state: ${poolHealth(now)}\n`,
    trouble === null ? "" : `status: ${trouble.status}action: ${trouble.action}`,
    trouble?.message === undefined ? "" : `   see: ${messageUrl(trouble.message)}\n`,
    ...scanLines(host, now, poolAllocated(host, now), newer).map((line) => `${line}\n`),
    newer ? checkpointWarning(now) : "",
    now.expansion === undefined
      ? ""
      : `expand: expanded ${now.expansion.vdev} copied ${niceNumber(poolAllocated(host, now))} in 00:00:00, on ${dateText(now.expansion.endedMs)}\n`,
    now.removal === undefined
      ? ""
      : `remove: Removal of vdev ${now.removal.vdev} copied 0 in 0h0m, completed on ${dateText(now.removal.endedMs)}\n`,
    now.checkpointMs === undefined
      ? ""
      : `checkpoint: created ${dateText(now.checkpointMs)}, consumes ${niceNumber(CHECKPOINT_BYTES)}\n`,
    "config:\n\n",
    table(host, now, style),
    "\nerrors: No known data errors\n",
    style.dedup === true ? "\n dedup: no DDT entries\n" : "",
  ].join("");
}

function checkpointWarning(now: PoolView): string {
  const scanned = now.checkpointMs !== undefined && now.scan?.state === "finished";
  return scanned ? "    scan warning: skipped blocks that are only referenced by the checkpoint.\n" : "";
}

/** Names of spares that draid makes of parts of all its devices. */
export function draidSpares(now: PoolView): readonly string[] {
  return now.vdevs.flatMap((vdev) => {
    const [, parity = "", spares = "0"] = /^draid(\d).*:(\d+)s/.exec(vdev.name) ?? [];
    const number = /-(\d+)$/.exec(vdev.name)?.[1] ?? "0";
    return Array.from({ length: Number(spares) }, (_, index) => `draid${parity}-${number}-${index}`);
  });
}

/** As wide as the widest name with its indentation; a vdev that was removed still counts. */
export function nameWidth(host: FrozenHost, now: PoolView, style: NameStyle): number {
  const widths = (vdevs: readonly VdevView[], depth: number): readonly number[] =>
    vdevs.flatMap((vdev) => [vdevName(host, vdev, style).length + depth * 2, ...widths(vdev.children, depth + 1)]);
  const removed = now.removal === undefined ? 0 : `indirect-${now.removal.vdev}`.length + 2;
  const classes = CLASSES.flatMap((name) => widths(now[name], 1));
  const spares = draidSpares(now).map((name) => name.length + 2);
  return Math.max(10, now.name.length, removed, ...widths(now.vdevs, 1), ...classes, ...spares);
}

function table(host: FrozenHost, now: PoolView, style: StatusStyle): string {
  const width = nameWidth(host, now, style);
  const cells = (name: string, state: string, counts: string, slow: string, more: string) =>
    `\t${name.padEnd(width)}  ${state.padEnd(8)}${[counts, counts, counts].map((each) => ` ${each.padStart(5)}`).join("")}${style.slow === true ? ` ${slow.padStart(5)}` : ""}${more}\n`;
  const rows = (vdevs: readonly VdevView[], depth: number): string =>
    vdevs
      .map((vdev) => {
        const name = `${"  ".repeat(depth)}${vdevName(host, vdev, style)}`;
        const more = isLeaf(vdev) ? noteOf(host, now, vdev, style) : groupNote(vdev);
        return cells(name, vdev.state, "0", isLeaf(vdev) ? "0" : "-", more) + rows(vdev.children, depth + 1);
      })
      .join("");
  const state = poolState(now);
  const heading = `\t${"NAME".padEnd(width)}  STATE     READ WRITE CKSUM${style.slow === true ? "  SLOW" : ""}\n`;
  const root = cells(now.name, state, "0", "-", state === "UNAVAIL" ? "  insufficient replicas" : "");
  const available = (name: string) => `\t${`  ${name}`.padEnd(width)}  AVAIL   \n`;
  const spares = [...now.spares.map((spare) => vdevName(host, spare, style)), ...draidSpares(now)];
  return [
    heading,
    root,
    rows(now.vdevs, 1),
    now.special.length === 0 ? "" : `\tspecial\t\n${rows(now.special, 1)}`,
    now.logs.length === 0 ? "" : `\tlogs\t\n${rows(now.logs, 1)}`,
    now.cache.length === 0 ? "" : `\tcache\n${rows(now.cache, 1)}`,
    spares.length === 0 ? "" : `\tspares\n${spares.map(available).join("")}`,
  ].join("");
}

function groupNote({ state }: VdevView): string {
  return state === "UNAVAIL" ? "  insufficient replicas" : "";
}

function noteOf(host: FrozenHost, now: PoolView, leaf: VdevView, style: StatusStyle): string {
  const notes: string[] = [];
  if (leaf.state === "UNAVAIL") notes.push(`  was ${leaf.wholeDisk === true ? `${leaf.name}-part1` : leaf.name}`);
  else if (leaf.state === "FAULTED") {
    notes.push(troubleOf(host, now, leaf) === "dead" ? "  too many errors" : "  corrupted data");
  } else if (isResilvering(now, leaf)) notes.push("  (resilvering)");
  if (style.initialized === true) notes.push("  (uninitialized)");
  if (style.trim === true) notes.push(trimNote(host, leaf));
  return notes.join("");
}

// Of a replacement the new device is written.
function isResilvering(now: PoolView, leaf: VdevView): boolean {
  if (now.scan?.function !== "resilver" || now.scan.state !== "scanning") return false;
  const replacing = (vdevs: readonly VdevView[]): readonly VdevView[] =>
    vdevs.flatMap((vdev) => (vdev.type === "replacing" ? [vdev] : replacing(vdev.children)));
  return replacing([...now.vdevs, ...now.special, ...now.logs]).some(({ children }) =>
    leavesOf(children.slice(1)).some(({ guid }) => guid === leaf.guid),
  );
}

function trimNote(host: FrozenHost, { trimmedMs }: VdevView): string {
  if (trimmedMs === undefined) return "  (untrimmed)";
  return trimmedMs <= host.clockMs
    ? `  (100% trimmed, completed at ${dateText(trimmedMs)})`
    : `  (0% trimmed, started at ${dateText(host.clockMs)})`;
}
