import { carveAnew } from "../../engine/formats/carve-anew.ts";
import { parsePhotorecLog } from "../../engine/formats/photorec-log.ts";
import {
  change,
  defineModule,
  type ExecAnswer,
  type JobProgress,
  read,
  refuse,
  type Stat,
  write,
} from "../../engine/module/index.ts";
import { logOf, type Params, params, photorecWords, prefixOf, sumsOf } from "./params.ts";
import { isOf, readStamp, stampText } from "./stamp.ts";

const begunOf = ({ dest }: Params) => `${dest}/.lab-photorec.begun`;
const doneOf = ({ dest }: Params) => `${dest}/.lab-photorec.done`;

export const photorec = defineModule({
  name: "photorec",
  summary: "Carve files out of an image, with PhotoRec.",
  description: `It works on an image, never on a disk, and opens it for reading only. It runs as a [job](../jobs.md), whose outcome PhotoRec's log
decides: its exit status is 0 also where it has done nothing. A mark in \`dest\` says of which image and with which options the files are: the same
task then changes nothing and makes no second \`recup_dir\`, another one is refused. A run that was cut off starts anew, and removes what
it had found so far. Needs the package testdisk.`,
  params,
  ahead: false,
  probes: (given) => ({
    image: read.stat(given.image, { follow: true }),
    sum: read.text(`${given.image}.sha256`),
    dest: read.stat(given.dest, { follow: true }),
    names: read.list(given.dest),
    begun: read.text(begunOf(given)),
    done: read.text(doneOf(given)),
    log: read.text(logOf(given), { maxBytes: 256 * 1024 * 1024 }),
    sums: read.text(sumsOf(given), { maxBytes: 256 * 1024 * 1024 }),
    df: read.exec(["df", "-B1", "--output=source,fstype,avail", "--", given.dest], { looksAt: [given.dest] }),
    tool: read.stat("/usr/bin/photorec", { follow: true }),
  }),
  plan(given, { image, sum, dest, names, begun, done, df, tool }) {
    const command = photorecWords(given).slice(6).join(" ");
    const stamp = done === null ? null : readStamp(done);
    const started = begun === null ? null : readStamp(begun);
    const mine = image === null ? null : { command, size: image.size, mtime: image.mtime, sha256: hashIn(sum) };
    // The image may have been put away since.
    const finished = stamp !== null && (mine === null ? stamp.command === command : isOf(stamp, mine));
    if (finished) return change({ files: "carved" }, { files: "carved" }, []);
    if (done !== null) {
      return refuse(
        `${given.dest} holds what was carved ${stamp?.command === command ? "from another image" : "with other options, or from another image"}`,
        "name another folder: files of two runs in one would be each other's duplicates",
      );
    }
    if (image === null) return refuse(`there is no image ${given.image}`, "make it with the module `ddrescue`");
    if (image.type !== "file")
      return refuse(`${given.image} is no file, but a ${image.type}`, "carve the image, never the disk");
    if (image.size === 0) return refuse(`${given.image} is empty`);
    if (dest?.type !== "directory") {
      return refuse(
        `the folder ${given.dest} is not there`,
        "make it first, with the module `file`, on a disk with enough space",
      );
    }
    const folders = (names ?? []).filter((name) => /^recup_dir\.\d+$/.test(name));
    const again = started !== null && mine !== null && isOf(started, mine);
    if (folders.length > 0 && !again) {
      return refuse(
        `${given.dest} holds ${folders[0]}, and nothing says that this task has made it`,
        "name another folder: PhotoRec would put its files beside those that are there",
      );
    }
    const trouble = spaceTrouble(given, image, df);
    if (trouble !== null) return trouble;
    if (tool === null) return refuse("there is no photorec on the host", "install it: `package: testdisk`");
    if (mine === null) return refuse(`there is no image ${given.image}`);
    return change({ files: again ? "begun" : "none" }, { files: "carved" }, [
      !again && write.text(begunOf(given), stampText(mine), { mode: "0600" }),
      carve(given, image),
      write.text(doneOf(given), stampText(mine), { mode: "0600" }),
    ]);
  },
  result(given, { log, sums }) {
    const { recovered } = parsePhotorecLog(log ?? "");
    const files = Object.values(recovered).reduce((sum, count) => sum + count, 0);
    const hashes = (sums ?? "").match(/^[0-9a-f]{64}(?= )/gm) ?? [];
    const duplicates = hashes.length - new Set(hashes).size;
    return { dest: given.dest, log: logOf(given), checksums: sumsOf(given), files, duplicates, by_type: recovered };
  },
  examples: [
    `photorec:
  image: /srv/rescue/disk.img
  dest: /srv/rescue/carved`,
    `photorec:
  image: /srv/rescue/disk.img
  dest: /srv/rescue/photos
  filetypes: [jpg, png, mov]
  freespace_only: true
  ext: true`,
  ],
});

function carve(given: Params, image: Stat) {
  const { dest, limit_hours } = given;
  return write.exec(["sh", "-c", carveAnew, "photorec", prefixOf(given), logOf(given), ...photorecWords(given)], {
    cwd: dest,
    touches: [dest],
    job: {
      limitMs: limit_hours * 3_600_000,
      progress: {
        // How many files there are is all that can be known from outside.
        probe: read.exec(["du", "--inodes", "-s", "--", dest], { looksAt: [dest] }),
        of: ({ code, stdout }: ExecAnswer): JobProgress | null => {
          const count = Number(/^(\d+)/.exec(stdout)?.[1] ?? Number.NaN);
          if (code !== 0 || Number.isNaN(count)) return null;
          return { done: count, unit: "items", note: `files so far, of an image of ${image.size} bytes` };
        },
      },
    },
  });
}

/** Of `sha256sum`'s line, where the image has one beside it. */
function hashIn(sum: string | null): string | null {
  return /^([0-9a-f]{64}) /.exec(sum ?? "")?.[1] ?? null;
}

function spaceTrouble(given: Params, image: Stat, df: ExecAnswer) {
  const available = /(\d+)\s*$/.exec(df.stdout.trim())?.[1];
  if (df.code !== 0 || available === undefined)
    return refuse(`df does not tell how much room ${given.dest} has: ${df.stderr.trim()}`);
  const needs = Math.ceil(image.size * given.space_factor);
  if (Number(available) >= needs) return null;
  return refuse(
    `${given.dest} has room for ${available} bytes, and ${needs} may be needed`,
    "make room, choose another disk, or lower space_factor if you know that there is little to find",
  );
}
