import { z } from "zod";

const PASSTHROUGH = "passthrough";
const EXPECTED =
  "expected passthrough, or ranges KIND:INSIDE:ON_DISK:COUNT with a semicolon between: u:3000:3000:200;g:3000:3000:200";

/** Which numbers the files of a mount have on the disk, as Proxmox VE takes it, in one order. */
export const idmapParam = z
  .string({ error: EXPECTED })
  .regex(/^(passthrough|[ug]:\d{1,9}:\d{1,9}:[1-9]\d{0,8}(;[ug]:\d{1,9}:\d{1,9}:[1-9]\d{0,8})*)$/, { error: EXPECTED })
  .superRefine((text, context) => {
    for (const message of overlaps(text)) context.addIssue({ code: "custom", message });
  })
  .transform(canonicalIdmap);

/** One spelling: Proxmox VE keeps the order in which it was told. */
export function canonicalIdmap(text: string): string {
  if (text === PASSTHROUGH) return text;
  const ranges = text.split(";").map((range) => range.replace(/:0+(?=\d)/g, ":"));
  return ranges.sort().join(";");
}

/** Two ranges that hold one number: the container would not start. */
function overlaps(text: string): readonly string[] {
  if (text === PASSTHROUGH) return [];
  const ranges = text.split(";").map((range) => {
    const [kind = "", inside, disk, count] = range.split(":");
    return { range, kind, inside: Number(inside), disk: Number(disk), count: Number(count) };
  });
  return ranges.flatMap((one, index) =>
    ranges.slice(index + 1).flatMap((other) => {
      if (one.kind !== other.kind) return [];
      const meet = (side: "inside" | "disk") =>
        one[side] < other[side] + other.count && other[side] < one[side] + one.count;
      const where = meet("inside") ? "inside" : meet("disk") ? "on the disk" : null;
      return where === null ? [] : [`${one.range} and ${other.range} have numbers in common ${where}`];
    }),
  );
}
