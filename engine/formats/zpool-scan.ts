/** What a pool's scan is doing, from the `scan:` lines of `zpool status`. */
export type PoolScan =
  | { readonly kind: "none" }
  | { readonly kind: "scrubbing" | "paused" | "resilvering" }
  | { readonly kind: "done"; readonly what: "scrub" | "resilver"; readonly canceled: boolean; readonly errors: number };

export function parsePoolScan(text: string | null): PoolScan {
  if (text === null || /^none requested/.test(text)) return { kind: "none" };
  if (/^scrub in progress/.test(text)) return { kind: "scrubbing" };
  if (/^scrub paused/.test(text)) return { kind: "paused" };
  if (/^resilver in progress/.test(text)) return { kind: "resilvering" };
  const errors = Number(/ with (\d+) errors/.exec(text)?.[1] ?? 0);
  const what = /^resilver/.test(text) ? "resilver" : "scrub";
  return { kind: "done", what, canceled: /^\w+ canceled/.test(text), errors };
}
