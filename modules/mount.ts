// More than 300 lines: fstab and what is mounted are two states that one plan must bring together.
import { z } from "zod";
import type { FstabEntry } from "../engine/formats/fstab.ts";
import { fstabEntries, withFstabEntry, withoutFstabEntries } from "../engine/formats/fstab.ts";
import type { LiveMount } from "../engine/formats/mountinfo.ts";
import { isWithin, mountAt, parseMountinfo, showsFolder } from "../engine/formats/mountinfo.ts";
import { isSystemPath } from "../engine/formats/paths.ts";
import type { ExecAnswer, Plan, ReadOp, Refusal, Stat, Step, Value } from "../engine/module/index.ts";
import { absolutePath, change, defineModule, read, refuse, write } from "../engine/module/index.ts";

const FSTAB = "/etc/fstab";
/** Where two options say the opposite, and which of them the kernel takes where neither is said. */
const PAIRS: readonly (readonly [off: string, usual: string])[] = [
  ["ro", "rw"],
  ["nosuid", "suid"],
  ["nodev", "dev"],
  ["noexec", "exec"],
];
const TIMES = ["relatime", "noatime", "strictatime"];

const params = z
  .strictObject({
    path: absolutePath.describe("Where it is mounted. The folder is made if there is none."),
    src: z
      .string()
      .min(1, { error: "expected what is to be mounted" })
      .max(1024)
      .regex(/^[^\0-\x1f\x7f]+$/, { error: "a source is one line" })
      .refine((src) => !src.startsWith("-"), { error: "a source cannot begin with a hyphen" })
      .optional()
      .describe(
        "What is mounted: `UUID=…`, `LABEL=…`, `/dev/disk/by-id/…`, a folder (for `bind`), `tmpfs`, `nas:/export`. A name such as /dev/sdb1 may be another disk after the next boot.",
      ),
    fstype: z
      .string()
      .regex(/^[a-z0-9][a-z0-9._-]{0,31}$/i, { error: "expected a file system, such as ext4, tmpfs, nfs4, none" })
      .optional()
      .describe("File system; `none` for a bind mount."),
    options: z
      .union([z.string(), z.array(z.string())], { error: "expected options: a list, or a text with commas" })
      .transform((given) => (typeof given === "string" ? given.split(",") : [...given]).map((each) => each.trim()))
      .transform((words) => words.filter((word) => word !== "" && word !== "defaults"))
      .refine((words) => words.every((word) => /^[^\s,\0-\x1f\x7f]+$/.test(word)), {
        error: "an option has no blanks and commas in it",
      })
      .default([])
      .describe("Options, compared as a set. `nofail` lets the host boot without the disk."),
    dump: z.int().min(0).max(1).default(0).describe("Fifth field of fstab; hardly anything reads it."),
    pass: z
      .int()
      .min(0)
      .max(2)
      .default(0)
      .describe("When it is checked at boot: 1 for the root, 2 for others, 0 never."),
    state: z
      .enum(["mounted", "present", "unmounted", "absent"], { error: "expected mounted, present, unmounted or absent" })
      .default("mounted")
      .describe(
        "`mounted`: in fstab and mounted. `present`: in fstab, whatever is mounted. `unmounted`: not mounted, fstab is left alone. `absent`: neither; the folder stays.",
      ),
  })
  .superRefine((given, context) => {
    const wrong = (path: string, message: string) => context.addIssue({ code: "custom", path: [path], message });
    const { path, src, fstype, state, options } = given;
    const needs = state === "mounted" || state === "present";
    if (needs && src === undefined) wrong("src", "say what is to be mounted");
    if (needs && fstype === undefined) wrong("fstype", "say the file system: ext4, xfs, nfs4, tmpfs, none (for bind)");
    if (!needs && src !== undefined) wrong("src", `state: ${state} takes no src`);
    if (!needs && Array.isArray(options) && options.length > 0) wrong("options", `state: ${state} takes no options`);
    if (path === "/" && state !== "present")
      wrong("path", "the root is mounted and stays so: only state: present can be said of it");
    if (["/proc", "/sys", "/dev", "/run"].includes(path)) wrong("path", `${path} is the system's own`);
    if (!Array.isArray(options)) return;
    const bind = options.some((option) => option === "bind" || option === "rbind");
    if (bind && needs && src !== undefined && !src.startsWith("/"))
      wrong("src", "a bind mount shows a folder: give its absolute path");
    if (bind && fstype !== undefined && fstype !== "none")
      wrong("fstype", "a bind mount has no file system of its own: fstype: none");
    if (fstype === "none" && !bind && needs) wrong("fstype", "fstype: none goes with the option bind");
    if (fstype === "zfs")
      wrong("fstype", "a data set mounts itself: use the module zfs, or mountpoint: legacy and mount it there");
    const contrary = PAIRS.find(([off, usual]) => options.includes(off) && options.includes(usual));
    if (contrary !== undefined) wrong("options", `${contrary.join(" and ")} contradict each other`);
  });
type Params = z.output<typeof params>;
interface Seen {
  readonly fstab: string | null;
  readonly live: string | null;
  readonly point: Stat | null;
  readonly systemd: Stat | null;
  readonly real?: ExecAnswer | undefined;
  readonly there?: Stat | null | undefined;
  readonly users?: ExecAnswer | undefined;
}

export const mount = defineModule({
  name: "mount",
  summary: "Mount a file system, now and at boot, or no longer.",
  description: `Looks after the line of /etc/fstab and after what is mounted, apart from each other; other lines stay. It never
makes a file system. Options are compared as sets, with what the kernel does where nothing is said. What is in use is not unmounted:
the error names the processes.`,
  params,
  probes: ({ path, src, fstype, state }: Params) => ({
    fstab: read.text(FSTAB),
    live: read.text("/proc/self/mountinfo"),
    point: read.stat(path, { follow: true }),
    systemd: read.stat("/run/systemd/system"),
    real: state === "mounted" && src !== undefined && !isFuse(fstype) ? realSource(src) : undefined,
    there:
      state === "mounted" && src !== undefined && isPath(src) && !isFuse(fstype)
        ? read.stat(src, { follow: true })
        : undefined,
  }),
  probesAfter(given, seen): { readonly users: ReadOp<ExecAnswer> | undefined } {
    const goes = unmounts(given, seen);
    return { users: goes ? read.script("path-users", [given.path]) : undefined };
  },
  plan: planOf,
  result({ path }, { live }) {
    const found = mountAt(parseMountinfo(live ?? ""), path);
    return {
      path,
      mounted: found !== undefined,
      source: found?.source ?? null,
      fstype: found?.fstype ?? null,
      options: found?.options ?? [],
    };
  },
  examples: [
    "mount: { path: /mnt/scratch, src: tmpfs, fstype: tmpfs, options: [size=64M, mode=1777, nodev] }",
    "mount: { path: /mnt/media, src: /srv, fstype: none, options: bind }",
    "mount: { path: /mnt/usb, src: UUID=5a8f6c1e-3b0d-4c57-9a52-7d1f0e6b2c94, fstype: ext4, options: [nofail, noatime], state: present }",
    "mount: { path: /mnt/scratch, state: absent }",
  ],
});

/** The device behind a name, the folder behind a link: what the kernel will show. */
function realSource(src: string): ReadOp<ExecAnswer> | undefined {
  if (/^(UUID|LABEL|PARTUUID|PARTLABEL)=/.test(src)) return read.exec(["findfs", src], { looksAt: ["/dev"] });
  return isPath(src) ? read.exec(["readlink", "-f", "--", src], { looksAt: [src] }) : undefined;
}
function isPath(src: string): boolean {
  return src.startsWith("/") && !src.startsWith("//");
}
/** `fuse.mergerfs`, `fuse.sshfs`: what its source means only its program knows. */
function isFuse(fstype = ""): boolean {
  return fstype.startsWith("fuse.");
}
/** Of a file system in user space the kernel shows the name that it gives itself. */
function shownName({ src = "", fstype, options }: Params): string {
  const name = isFuse(fstype) ? options.find((option) => option.startsWith("fsname=")) : undefined;
  return name?.slice("fsname=".length) ?? src;
}

function planOf(given: Params, seen: Seen): Plan {
  const { path, state } = given;
  if (seen.live === null) return refuse("the host does not say what is mounted (/proc/self/mountinfo)");
  const text = seen.fstab ?? "";
  const entries = fstabEntries(text, path);
  if (entries.length > 1 && state !== "unmounted" && state !== "absent") {
    const lines = entries.map(({ line }) => line + 1).join(" and ");
    return refuse(`${FSTAB} has two lines for ${path} (lines ${lines})`, "remove one of them by hand");
  }
  const before: Record<string, Value> = {};
  const after: Record<string, Value> = {};
  const steps: Step[] = [];
  const warnings: string[] = [];
  const live = liveSteps(given, seen);
  if ("kind" in live) return live;
  if (state !== "unmounted") {
    const wanted = state === "absent" ? null : entryOf(given);
    const is = entries[0]?.entry ?? null;
    const next =
      wanted === null
        ? withoutFstabEntries(text, path)
        : is !== null && sameEntry(is, wanted)
          ? text
          : withFstabEntry(text, wanted);
    before.fstab = is === null ? null : shownEntry(is);
    after.fstab = wanted === null ? null : next === text && is !== null ? before.fstab : shownEntry(wanted);
    if (wanted === null && entries.length > 1) before.lines = entries.length;
    if (wanted === null && entries.length > 1) after.lines = 0;
    // It goes out of fstab only when it is unmounted, else a failure would leave a mount that no one knows of.
    if (wanted === null) steps.push(...live.steps);
    if (next !== text) {
      steps.push(write.text(FSTAB, next, seen.fstab === null ? { mode: "0644" } : {}));
      // systemd has made units of the old lines, and would act on them.
      if (seen.systemd !== null)
        steps.push(write.exec(["systemctl", "daemon-reload"], { touches: ["/run/systemd/generator"] }));
      if (wanted !== null && wantsNofail(wanted)) {
        warnings.push(`without the option nofail the host does not boot if ${wanted.source} is missing`);
      }
    }
    if (wanted !== null) steps.push(...live.steps);
  } else steps.push(...live.steps);
  return change({ ...before, ...live.before }, { ...after, ...live.after }, steps, { warnings });
}

interface Live {
  readonly before: Record<string, Value>;
  readonly after: Record<string, Value>;
  readonly steps: readonly Step[];
}
function liveSteps(given: Params, seen: Seen): Live | Refusal {
  const { path, state, src = "", fstype = "", options } = given;
  const all = parseMountinfo(seen.live ?? "");
  const there = mountAt(all, path);
  if (state === "present") return { before: {}, after: {}, steps: [] };
  const umount = write.exec(["umount", "--", path], { touches: [path, "/proc"] });
  if (state !== "mounted") {
    if (there === undefined) return { before: { mounted: false }, after: { mounted: false }, steps: [] };
    return busy(given, all, seen) ?? { before: { mounted: true }, after: { mounted: false }, steps: [umount] };
  }
  const wanted = shownSource(src, fstype);
  if (there !== undefined && shows(given, seen, all, there)) {
    const { is, shall } = watched(options, there.options, fstype);
    const [before, after] = [
      { mounted: wanted, options: is },
      { mounted: wanted, options: shall },
    ];
    if (is.join() === shall.join()) return { before, after, steps: [] };
    const how = ["remount", ...(options.includes("bind") ? ["bind"] : []), ...options.filter(isForKernel), ...shall];
    const remount = write.exec(["mount", "-o", [...new Set(how)].join(","), "--", path], { touches: [path, "/proc"] });
    return { before, after, steps: [remount] };
  }
  const missing = sourceTrouble(given, seen);
  if (missing !== null) return missing;
  const inUse = there === undefined ? null : busy(given, all, seen);
  if (inUse !== null) return inUse;
  if (there === undefined && seen.point !== null && seen.point.type !== "directory") {
    return refuse(`${path} is no folder (${seen.point.type})`, "name a folder to mount at");
  }
  const flags = options.filter(isForKernel);
  const argv = [
    "mount",
    ...(fstype === "none" ? [] : ["-t", fstype]),
    ...(flags.length === 0 ? [] : ["-o", flags.join(",")]),
    "--",
    src,
    path,
  ];
  return {
    before: { mounted: there === undefined ? false : shownSource(there.source, there.fstype), options: [] },
    after: { mounted: wanted, options: watched(options, [], fstype).shall },
    steps: [
      ...(there === undefined ? [] : [umount]),
      ...(seen.point === null ? [write.mkdir(path, { parents: true })] : []),
      write.exec(argv, { touches: [path, "/proc"] }),
    ],
  };
}

/** Whether what is mounted is what was asked for. */
function shows(given: Params, seen: Seen, all: readonly LiveMount[], there: LiveMount): boolean {
  const { src = "", fstype = "", options } = given;
  const real = seen.real?.code === 0 ? seen.real.stdout.replace(/\n$/, "") : null;
  if (options.includes("bind") || options.includes("rbind")) return showsFolder(all, there, real ?? src);
  if (fstype !== "auto" && there.fstype !== fstype && !(fstype === "nfs" && there.fstype === "nfs4")) return false;
  return (
    there.root === "/" &&
    (there.source === shownName(given) || there.source === real || (real !== null && there.source === "/dev/root"))
  );
}
/** Options that a remount can bring about, as they are and as they shall be, side by side. Others count at the next mount. */
function watched(options: readonly string[], live: readonly string[], fstype: string) {
  const [is, shall]: [string[], string[]] = [[], []];
  const watch = (now: string, wanted: string) => {
    is.push(now);
    shall.push(wanted);
  };
  for (const [off, usual] of PAIRS) {
    // Network and memory file systems are mounted with what somebody chose for them: what the task does not say stays, but for ro.
    if (off !== "ro" && !options.includes(off) && !options.includes(usual)) continue;
    watch(live.includes(off) ? off : usual, options.includes(off) ? off : usual);
  }
  const time = TIMES.find((each) => options.includes(each));
  // strictatime is shown by neither of the others being there.
  if (time !== undefined) watch(TIMES.find((each) => live.includes(each)) ?? "strictatime", time);
  const size = fstype === "tmpfs" ? options.find((option) => option.startsWith("size=")) : undefined;
  if (size !== undefined && kibibytes(size) !== null) {
    const now = live.find((option) => option.startsWith("size="));
    watch(kibibytes(now) === kibibytes(size) ? size : (now ?? "size=half of the memory"), size);
  }
  return { is, shall };
}
/** `size=64M`; null where it cannot be told without knowing the memory (`50%`). */
function kibibytes(option: string | undefined): number | null {
  const [, number = "", unit = ""] = /^size=(\d+)([kmg]?)$/i.exec(option ?? "") ?? [];
  const by = { "": 1 / 1024, k: 1, m: 1024, g: 1024 ** 2 }[unit.toLowerCase()];
  // Whole pages of 4 KiB.
  return number === "" || by === undefined ? null : Math.ceil((Number(number) * by) / 4) * 4;
}

function busy({ path }: Params, all: readonly LiveMount[], seen: Seen): Refusal | null {
  const inside = all.filter(({ target }) => target !== path && isWithin(target, path));
  if (inside.length > 0) {
    return refuse(
      `${inside
        .map(({ target }) => target)
        .slice(0, 3)
        .join(", ")} is mounted below ${path}`,
      "unmount that first",
    );
  }
  if (
    isSystemPath(path) &&
    !path.startsWith("/mnt") &&
    !path.startsWith("/media") &&
    path !== "/srv" &&
    path !== "/opt"
  ) {
    return refuse(`${path} belongs to the system: lab does not unmount it`);
  }
  const users = (seen.users?.stdout ?? "").split("\n").flatMap((line) => {
    const [pid, ...name] = line.split(" ");
    return pid === undefined || name.length === 0 ? [] : [`${name.join(" ")} (process ${pid})`];
  });
  if (users.length === 0) return null;
  const shown = users.slice(0, 5).join(", ");
  return refuse(
    `${path} is in use by ${shown}${users.length > 5 ? " and others" : ""}`,
    "stop them first, with the module service",
  );
}
function unmounts(given: Params, seen: Omit<Seen, "users">): boolean {
  const all = parseMountinfo(seen.live ?? "");
  const there = mountAt(all, given.path);
  if (there === undefined || given.state === "present") return false;
  return given.state !== "mounted" || !shows(given, seen, all, there);
}
function sourceTrouble({ src = "", fstype, options }: Params, { real, there }: Seen): Refusal | null {
  if (isFuse(fstype)) return null;
  const found = isPath(src) ? there != null : real === undefined || real.code === 0;
  if (found) return null;
  if (options.includes("bind") || options.includes("rbind"))
    return refuse(`there is no folder ${src}`, "make it first, with the module file");
  return refuse(
    `there is no ${src} on the host`,
    "is the disk plugged in? `lsblk -o NAME,UUID,LABEL,FSTYPE` shows what there is; state: present writes fstab alone",
  );
}

function entryOf({ path, src = "", fstype = "", options, dump, pass }: Params): FstabEntry {
  return { source: src, target: path, fstype, options, dump, pass };
}
function sameEntry(one: FstabEntry, other: FstabEntry): boolean {
  const set = ({ options }: FstabEntry) => [...new Set(options)].sort().join(",");
  const rest = ({ source, fstype, dump, pass }: FstabEntry) =>
    [source.replaceAll('"', ""), fstype, dump, pass].join(" ");
  return set(one) === set(other) && rest(one) === rest(other);
}
function shownEntry({ source, fstype, options, dump, pass }: FstabEntry): string {
  return `${source} ${fstype} ${options.length === 0 ? "defaults" : options.join(",")} ${dump} ${pass}`;
}
function shownSource(source: string, fstype: string): string {
  return fstype === "none" ? source : `${source} (${fstype})`;
}
/** What fstab's readers take for themselves, and the kernel never sees. */
function isForKernel(option: string): boolean {
  return !/^(auto|noauto|user|users|nouser|group|owner|nofail|_netdev|comment=.*|x-.*)$/.test(option);
}
function wantsNofail({ source, options, target }: FstabEntry): boolean {
  const disk = /^(UUID|LABEL|PARTUUID|PARTLABEL)=|^\/dev\//.test(source);
  return (
    disk && !options.includes("nofail") && !options.includes("noauto") && /^\/(mnt|media|srv|data|backup)/.test(target)
  );
}
