import type { Network, Thing, ThingKind } from "./picture.ts";

/** Storage first, then guests, services last; in the order of the site among equals. */
export function inOrder(things: readonly Thing[]): readonly Thing[] {
  const ranks = ["pool", "storage", "mount", "container", "vm", "project", "service", "unit"];
  const rank = ({ kind }: Thing): number => ranks.indexOf(kind);
  return things.toSorted((left, right) => rank(left) - rank(right));
}

/** Things of one sort share a row. */
export function sortOf(thing: Thing | undefined): string {
  switch (thing?.kind) {
    case "pool":
    case "storage":
    case "mount":
      return "storage";
    case "container":
    case "vm":
      return "guests";
    case "unit":
      return "units";
    case "host":
    case "node":
      return "hosts";
    default:
      return thing?.kind ?? "";
  }
}

/** Datasets, and storages made of a pool, are lines of their pool. */
export function isLine({ kind }: Thing, parent: Thing): boolean {
  return kind === "dataset" || (kind === "storage" && parent.kind === "pool");
}

export function isCylinder(kind: ThingKind): boolean {
  return kind === "pool" || kind === "storage";
}

/** One line says it all. */
export function isSmall({ kind, facts }: Thing): boolean {
  return (kind === "unit" && facts.length < 2) || kind === "mount";
}

export function lineOf({ name, facts, kind }: Thing): string {
  return [kind === "storage" ? `storage ${name}` : name, ...facts].join(" · ");
}

export function wordFor({ kind }: Network): string {
  return kind === "compose" ? "network" : kind === "tailnet" ? "Tailscale" : "bridge";
}
