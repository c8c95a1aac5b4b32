import { z } from "zod";
import { parentFolder } from "../engine/formats/paths.ts";
import { sysctlSetting, withoutSysctlSetting, withSysctlSetting } from "../engine/formats/sysctl-conf.ts";
import type { ExecAnswer, Plan, ReadOp, Stat } from "../engine/module/index.ts";
import { absolutePath, change, defineModule, presence, read, refuse, write } from "../engine/module/index.ts";

/** Where settings for the boot are kept. Files of all four are read in the order of their names; of equal names the first folder's counts. */
const FOLDERS = ["/etc/sysctl.d", "/run/sysctl.d", "/usr/local/lib/sysctl.d", "/usr/lib/sysctl.d"] as const;

const params = z
  .strictObject({
    name: z
      .string()
      .max(255)
      .regex(/^\w[\w.:@+/-]*$/, { error: "expected a kernel parameter such as net.ipv4.ip_forward" })
      .describe(
        "Parameter, such as `net.ipv4.ip_forward`. A dot in an interface's name is written `/`: `net.ipv4.conf.eth0/100.rp_filter`.",
      ),
    value: z
      .union([z.string(), z.int()], {
        error: "expected a text or an integer (1 and 0, where a kernel parameter is on or off)",
      })
      .transform((value) => words(String(value)))
      .refine((value) => value !== "" && value.length <= 4000, { error: "expected 1 to 4000 characters" })
      .refine((value) => !/[\0-\x08\x0a-\x1f]/.test(value), { error: "a value is one line without control characters" })
      .optional()
      .describe("Value it shall have; several numbers with blanks between."),
    state: presence.describe("`absent` forgets the value for the next boot; the running kernel keeps what it has."),
    now: z.boolean().default(true).describe("Set it in the running kernel."),
    boot: z.boolean().default(true).describe("Keep it for the next boot."),
    file: absolutePath.default("/etc/sysctl.d/90-lab.conf").describe("The file that keeps it for the next boot."),
  })
  .superRefine(({ state, value, now, boot, file }, context) => {
    const wrong = (path: string, message: string) => context.addIssue({ code: "custom", path: [path], message });
    if (state === "present" && value === undefined) wrong("value", "say the value that it shall have");
    if (state === "absent" && value !== undefined) wrong("value", "state: absent takes no value");
    if (!boot && (!now || state === "absent"))
      wrong("boot", "there is nothing left to do: neither for now nor for the boot");
    if (parentFolder(file).endsWith("/sysctl.d") && !file.endsWith(".conf")) {
      wrong("file", "a file in sysctl.d is read at boot only if its name ends in .conf");
    }
  });
type Params = z.output<typeof params>;
interface Seen {
  readonly live?: ExecAnswer | undefined;
  readonly saved?: string | null | undefined;
  readonly folder?: Stat | null | undefined;
  readonly [later: `/${string}`]: Uint8Array | null;
}

export const sysctl = defineModule({
  name: "sysctl",
  summary: "Set a kernel parameter, now and at boot.",
  description: `The running kernel and the file are looked at and mended apart. Other lines of the file stay as they are. If a file
that is read later at boot sets the same parameter to another value, a warning says so.`,
  params,
  probes: ({ name, state, now, boot, file }) => ({
    live:
      now && state === "present"
        ? read.exec(["sysctl", "-n", "--", name], { looksAt: [subsystemOf(name)] })
        : undefined,
    saved: boot ? read.text(file) : undefined,
    folder: boot ? read.stat(parentFolder(file), { follow: true }) : undefined,
    etc: boot ? read.list(FOLDERS[0]) : undefined,
    run: boot ? read.list(FOLDERS[1]) : undefined,
    local: boot ? read.list(FOLDERS[2]) : undefined,
    lib: boot ? read.list(FOLDERS[3]) : undefined,
  }),
  probesAfter({ file }, { etc, run, local, lib }) {
    const later: Record<`/${string}`, ReadOp<Uint8Array | null>> = {};
    // As bytes: another package's file that is not UTF-8 must not fail this task.
    for (const path of readAfter(file, [etc, run, local, lib])) later[path] = read.file(path);
    return later;
  },
  plan: (given, observed) =>
    given.state === "absent" ? absent(given, observed) : present(given, given.value ?? "", observed),
  result: ({ name, file, boot }, { live, saved }) => ({
    name,
    live: live === undefined ? null : words(live.stdout),
    boot: boot ? sysctlSetting(saved ?? "", name) : null,
    file,
  }),
  examples: [
    "sysctl: { name: net.ipv4.ip_forward, value: 1 }",
    "sysctl: { name: vm.swappiness, value: 10, file: /etc/sysctl.d/60-memory.conf }",
    "sysctl: { name: vm.swappiness, state: absent, file: /etc/sysctl.d/60-memory.conf }",
  ],
});

/** Setting one parameter may set others of its subsystem (ip_forward those of each interface), and nothing beyond. */
function subsystemOf(name: string): string {
  return `/proc/sys/${name.split(/[./]/, 1)[0] ?? ""}`;
}

function present(given: Params, value: string, seen: Seen): Plan {
  const { name, file, boot, now } = given;
  if (now && seen.live?.code !== 0) {
    const said = seen.live?.stderr.trim() ?? "";
    return /No such file/.test(said)
      ? refuse(
          `the kernel has no parameter "${name}"`,
          "is its module loaded, its interface there? now: false sets it for the boot alone",
        )
      : refuse(`the kernel parameter "${name}" cannot be read: ${said}`, "now: false sets it for the boot alone");
  }
  if (boot && seen.folder?.type !== "directory")
    return refuse(`there is no folder ${parentFolder(file)}`, "name another file");
  const saved = seen.saved ?? null;
  const live = now ? words(seen.live?.stdout ?? "") : undefined;
  const kept = boot ? settingIn(saved, name) : undefined;
  return change(
    { ...(live !== undefined && { live }), ...(kept !== undefined && { boot: kept }) },
    { ...(live !== undefined && { live: value }), ...(kept !== undefined && { boot: value }) },
    [
      kept !== undefined &&
        kept !== value &&
        write.text(file, withSysctlSetting(saved ?? "", name, value), saved === null ? { mode: "0644" } : {}),
      live !== undefined &&
        live !== value &&
        write.exec(["sysctl", "-w", "--", `${name}=${value}`], { touches: [subsystemOf(name)] }),
    ],
    { warnings: boot ? overrides(name, value, file, seen) : [] },
  );
}

function absent({ name, file }: Params, seen: Seen): Plan {
  const saved = seen.saved ?? null;
  const kept = settingIn(saved, name);
  const rest = withoutSysctlSetting(saved ?? "", name);
  return change({ boot: kept }, { boot: null }, [
    kept !== null && (rest.trim() === "" ? write.remove(file) : write.text(file, rest)),
  ]);
}

/** Of all folders the files that come after ours at boot, by name. */
function readAfter(file: string, lists: readonly (readonly string[] | null | undefined)[]): readonly `/${string}`[] {
  const own = file.slice(file.lastIndexOf("/") + 1);
  const seen = new Set<string>();
  const later: { readonly name: string; readonly path: `/${string}` }[] = [];
  FOLDERS.forEach((folder, index) => {
    for (const name of lists[index] ?? []) {
      if (!name.endsWith(".conf") || seen.has(name)) continue;
      seen.add(name);
      if (name > own) later.push({ name, path: `${folder}/${name}` });
    }
  });
  return later.sort((a, b) => (a.name < b.name ? -1 : 1)).map(({ path }) => path);
}

function overrides(name: string, value: string, file: string, seen: Seen): readonly string[] {
  const warnings: string[] = [];
  for (const [path, bytes] of Object.entries(seen)) {
    if (!path.startsWith("/") || path === file || !(bytes instanceof Uint8Array)) continue;
    const other = settingIn(new TextDecoder().decode(bytes), name);
    if (other !== null && other !== value)
      warnings.push(`${path} is read after ${file} and sets ${name} to ${other}: that wins at boot`);
  }
  return warnings;
}

function settingIn(text: string | null, name: string): string | null {
  const value = sysctlSetting(text ?? "", name);
  return value === null ? null : words(value);
}

/** The kernel separates several numbers by tabs; people by blanks. */
function words(value: string): string {
  return value
    .trim()
    .split(/[ \t]+/)
    .join(" ");
}
