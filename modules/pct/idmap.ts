import { z } from "zod";
import { compareVersions } from "../../engine/formats/apt-version.ts";
import type { Refusal } from "../../engine/module/index.ts";
import { refuse } from "../../engine/module/index.ts";
import { type ConfView, isOn } from "./conf-view.ts";
import type { Params } from "./params.ts";
import type { Seen } from "./seen.ts";

/** The first pve-container that has `idmap` of a mount. */
const SINCE = "6.1.6";
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

/** Only newer versions know it, and of a privileged container they pass over it: its files would be nobody's, or the wrong one's. */
export function idmapTrouble({ vmid, mounts = [] }: Params, view: ConfView, seen: Seen): Refusal | null {
  const mapped = mounts.find(({ idmap }) => idmap !== undefined);
  if (mapped === undefined) return null;
  if (!isOn(view.current.get("unprivileged")) && !view.raw.some(({ key }) => key === "lxc.idmap"))
    return refuse(
      `container ${vmid} is privileged, and Proxmox VE passes over idmap there (${mapped.target})`,
      "leave idmap out: its numbers are those of the disk",
    );
  const version = seen.version?.code === 0 ? seen.version.stdout.trim() : "";
  if (version === "" || compareVersions(version, SINCE) >= 0) return null;
  return refuse(
    `the node's pve-container is ${version}, and only ${SINCE} and later know idmap of a mount (${mapped.target})`,
    "upgrade the node to Proxmox VE 9 with all updates, or leave idmap out and give the container another map (lxc.idmap, with lxcconf)",
  );
}
