import { DISK_COLUMNS, parseDiskIdentity, withChildren } from "../../engine/formats/disk-identity.ts";
import { recordSha256 } from "../../engine/formats/record-sha256.ts";
import {
  change,
  defineModule,
  type ExecAnswer,
  type Plan,
  read,
  refuse,
  type Stat,
  type Step,
  Unknown,
  type Value,
  write,
} from "../../engine/module/index.ts";
import { deviceOf, folderOf, mapOf, type Params, params } from "./params.ts";
import { type Done, progressOf, rescueState } from "./rescue-state.ts";
import { destinationTrouble, sourceDisk } from "./source-trouble.ts";

export const ddrescue = defineModule({
  name: "ddrescue",
  summary: "Copy a dying disk into an image, with GNU ddrescue.",
  description: `The source is never written to: before the first byte is read it must have the serial number that you give, be used by
nobody, and be set read-only. First all that reads well is copied, then edges and bad areas are tried, then tried again. Each pass is a
[job](../jobs.md): it outlives the connection, tells how far it is, and a run that was cut off goes on where it was. What could be read says ddrescue's
map, never its exit status: an image that lacks something is a failure that names the bytes, unless \`allow_partial\`. A rescue that is done is
left alone: nothing is read again, and the disk need not be there any more. Needs the package gddrescue. Carve and mount the image, never the disk.`,
  params,
  // Asking a dying disk anything may take long: only in its turn.
  ahead: false,
  probes: (given) => ({
    map: read.text(mapOf(given), { maxBytes: 256 * 1024 * 1024 }),
    image: read.stat(given.image),
    sum: given.sha256 ? read.stat(`${given.image}.sha256`) : undefined,
    lsblk: lookAt(given),
    df: read.exec(["df", "-B1", "--output=source,fstype,avail", "--", folderOf(given)], { looksAt: [folderOf(given)] }),
    zpools: read.exec(["zpool", "status", "-LP"], { looksAt: [deviceOf(given)] }),
    tool: read.exec(["ddrescue", "--version"], { looksAt: ["/usr/bin/ddrescue"] }),
  }),
  plan(given, { map, image, sum, lsblk, df, zpools, tool }) {
    const rescue = rescueState(given, map, image);
    if (rescue.kind === "refuse") return rescue;
    if (rescue.kind === "done") return finish(given, rescue, image, sum ?? null);
    const disk = sourceDisk(given, lsblk, zpools);
    if ("why" in disk) return disk;
    if (rescue.kind === "begun" && rescue.extent !== disk.bytes) {
      return refuse(
        `the map ${mapOf(given)} is of ${rescue.extent} bytes, the disk has ${disk.bytes}`,
        "is it the same disk? An image that goes on with another one is of no use",
      );
    }
    const trouble = destinationTrouble(given, disk, df, image?.size ?? 0);
    if (trouble !== null) return trouble;
    if (tool.code === 127) return refuse("there is no ddrescue on the host", "install it: `package: gddrescue`");
    const all = withChildren(disk);
    const writable = all.filter(({ readOnly }) => !readOnly).map(({ path }) => path);
    const sector = disk.sectorBytes === 512 ? [] : [`-b${disk.sectorBytes}`];
    return change(
      {
        source: writable.length === 0 ? "read-only" : "writable",
        rescued: rescue.kind === "new" ? 0 : rescue.rescued,
        image: image?.mode ?? "absent",
        ...(given.sha256 && { checksum: sum === null ? "absent" : "recorded" }),
      },
      {
        source: "read-only",
        rescued: new Unknown("known after the rescue"),
        image: "0444",
        ...(given.sha256 && { checksum: "recorded" }),
      },
      [
        writable.length > 0 && write.exec(["blockdev", "--setro", ...writable], { touches: writable }),
        proof(given),
        (rescue.kind === "new" || !rescue.copied) && pass(given, disk.bytes, ["-n", ...sector]),
        pass(given, disk.bytes, [`-r${given.retries}`, ...(given.reverse ? ["-R"] : []), ...sector]),
      ],
      // What is left to do with the image hangs on what could be read.
      { again: true },
    );
  },
  result(given, { map, image }) {
    const rescue = rescueState(given, map, image);
    const known =
      rescue.kind === "begun" || rescue.kind === "done" ? rescue : { rescued: 0, bad: 0, badAreas: 0, extent: 0 };
    return {
      image: given.image,
      map: mapOf(given),
      complete: rescue.kind === "done" && rescue.bad === 0,
      size_bytes: known.extent,
      rescued_bytes: known.rescued,
      bad_bytes: known.bad,
      bad_areas: known.badAreas,
    };
  },
  examples: [
    `ddrescue:
  source: { by_id: usb-LAB_DISK_0042-0:0, serial: "0042" }
  image: /srv/rescue/disk.img`,
    `ddrescue:
  source: { by_id: ata-WDC_WD40EFRX_WD-1234, serial: WD-1234, size_bytes: 4000787030016 }
  image: /srv/rescue/wd40.img
  retries: 1
  min_read_rate: 1000000
  space_factor: 2
  allow_partial: true
  sha256: true`,
  ],
});

function lookAt(given: Params) {
  const device = deviceOf(given);
  return read.exec(["lsblk", "-J", "-b", "-o", DISK_COLUMNS, "--", device], { looksAt: [device] });
}

/** Immediately before it is read: it may have come back under another name, and be writable again. */
function proof(given: Params): Step {
  const holds = ({ code, stdout }: ExecAnswer): boolean => {
    const disk = parseDiskIdentity(stdout);
    if (code !== 0 || disk === null || disk.serial !== given.source.serial) return false;
    return withChildren(disk).every(({ readOnly }) => readOnly);
  };
  return write.waitUntil(lookAt(given), holds, {
    why: "the proof that the source is the disk that was meant, and read-only",
    forMs: 10_000,
  });
}

function pass(given: Params, total: number, options: readonly string[]): Step {
  const { direct, sparse, min_read_rate, limit_hours, image } = given;
  const map = mapOf(given);
  const words = [
    ...["-q", "--mapfile-interval=10"],
    ...(direct ? ["-d"] : []),
    ...(sparse ? ["-S"] : []),
    ...(min_read_rate === undefined ? [] : [`-a${min_read_rate}`]),
    ...options,
  ];
  // Its exit status says nothing of what could be read; 1 is a disk that is gone, a full file system.
  return write.exec(["ddrescue", ...words, deviceOf(given), image, map], {
    touches: [image, map],
    job: {
      limitMs: limit_hours * 3_600_000,
      progress: { probe: read.text(map, { maxBytes: 256 * 1024 * 1024 }), of: progressOf(total) },
    },
  });
}

/** All was tried that shall be. What could not be read is told to the byte. */
function finish(given: Params, rescue: Done, image: Stat | null, sum: Stat | null): Plan {
  const { bad, badAreas, extent, rescued } = rescue;
  if (bad > 0 && !given.allow_partial) {
    const areas = `${badAreas} area${badAreas === 1 ? "" : "s"}`;
    return refuse(
      `the image is partial: ${bad} of ${extent} bytes, in ${areas}, could not be read in ${given.retries} retries`,
      `${mapOf(given)} says where. Try more retries, another cable, a cooler disk; or accept it: allow_partial: true`,
    );
  }
  const before: Record<string, Value> = { rescued, image: image?.mode ?? "absent" };
  const after: Record<string, Value> = { rescued, image: "0444" };
  if (given.sha256) [before.checksum, after.checksum] = [sum === null ? "absent" : "recorded", "recorded"];
  const { image: path } = given;
  return change(before, after, [
    image?.mode !== "0444" && write.attributes(path, { mode: "0444" }),
    given.sha256 &&
      sum === null &&
      write.exec(["sh", "-c", recordSha256, "sh", path, `${path}.sha256`], {
        touches: [`${path}.sha256`],
        job: { limitMs: given.limit_hours * 3_600_000 },
      }),
  ]);
}
