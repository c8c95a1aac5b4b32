import { z } from "zod";
import {
  moduleName,
  moduleOptions,
  modulesLoaded,
  parseProcModules,
  withModuleLoaded,
  withModuleOptions,
  withoutModuleLoaded,
} from "../engine/formats/modprobe-conf.ts";
import { parentFolder } from "../engine/formats/paths.ts";
import type { ExecAnswer, Plan, ReadOp, Stat, Step, Value } from "../engine/module/index.ts";
import { absolutePath, change, defineModule, read, refuse, write } from "../engine/module/index.ts";

const params = z
  .strictObject({
    name: z
      .string()
      .max(64)
      .regex(/^[A-Za-z0-9_][A-Za-z0-9_-]*$/, { error: "expected the name of a module, such as tun or i915" })
      .describe("The module. `-` and `_` are the same in its name."),
    state: z
      .enum(["loaded", "unloaded"], {
        error: ({ input }) =>
          input === "present" ? "say loaded" : input === "absent" ? "say unloaded" : "expected loaded or unloaded",
      })
      .default("loaded")
      .describe("In the running kernel. What is built into the kernel counts as loaded."),
    boot: z.boolean().optional().describe("Load it at boot. Unsaid: as `state` says."),
    options: z
      .record(
        z.string(),
        z.union([z.string(), z.int(), z.boolean()], { error: "expected a text, an integer, true or false" }),
      )
      .superRefine((options, context) => {
        for (const [name, value] of Object.entries(options)) {
          const message = !/^[A-Za-z0-9_.]+$/.test(name)
            ? `"${name}" is not the name of an option`
            : /[\s\0"'\\#]/.test(String(value))
              ? "a value is one word, without quotes and backslashes"
              : null;
          if (message !== null) context.addIssue({ code: "custom", path: [name], message });
        }
      })
      .optional()
      .describe("Options it is loaded with, all of them: `{}` means none. They count from the next time it is loaded."),
    load_file: absolutePath.optional().describe("Where `boot` is kept. Unsaid: `/etc/modules-load.d/NAME.conf`."),
    options_file: absolutePath.optional().describe("Where `options` are kept. Unsaid: `/etc/modprobe.d/NAME.conf`."),
    update_initramfs: z
      .boolean()
      .default(false)
      .describe(
        "Make the initial ramdisks anew when options change: needed for what is loaded from there (zfs on root, vfio, GPUs).",
      ),
    live: z
      .boolean()
      .default(false)
      .describe(
        "Bring the options into the running module, too, where the kernel lets them be changed (`/sys/module/NAME/parameters`).",
      ),
  })
  .superRefine(({ load_file, options_file, state, boot, live, options }, context) => {
    const wrong = (path: string, message: string) => context.addIssue({ code: "custom", path: [path], message });
    if (live === true && (options === undefined || state === "unloaded"))
      wrong("live", "live is about the options of a module that is loaded");
    if (load_file !== undefined && !load_file.endsWith(".conf"))
      wrong("load_file", "only files ending in .conf are read");
    if (options_file !== undefined && !options_file.endsWith(".conf"))
      wrong("options_file", "only files ending in .conf are read");
    if (state === "unloaded" && boot === true) wrong("boot", "unloaded now, but loaded at boot: leave boot out");
  });
type Params = z.output<typeof params>;
interface Seen {
  readonly loaded: string | null;
  readonly sys: Stat | null;
  readonly bootText: string | null;
  readonly optionsText?: string | null | undefined;
  readonly bootFolder: Stat | null;
  readonly optionsFolder?: Stat | null | undefined;
  readonly depends?: ExecAnswer | undefined;
  /** Of options, with `live`: what the running module has, by its path. */
  readonly [path: `/sys/module/${string}`]: string | null | undefined;
}

const PROC = "/proc/modules";
/** Loading a module makes parameters, devices and entries in /sys of its own. */
const LOADING = ["/proc", "/sys", "/dev"];

export const kernelModule = defineModule({
  name: "kernel_module",
  summary: "Load or unload a kernel module, now and at boot, with its options.",
  description: `The running kernel, the file for the boot and the file of options are looked at and mended apart; other lines of the files stay.
Options are not brought into a module that is loaded already, unless \`live: true\` says so: they count from the next load or boot.`,
  params,
  shorthand: "name",
  probes: (given) => {
    const { load, options } = filesOf(given);
    const running: Record<`/sys/module/${string}`, ReadOp<string | null>> = {};
    if (given.live)
      for (const option of Object.keys(given.options ?? {}))
        running[parameterOf(given.name, option)] = read.text(parameterOf(given.name, option));
    return {
      ...running,
      loaded: read.text(PROC),
      // What is built in is not in /proc/modules, but mostly here.
      sys: read.stat(`/sys/module/${moduleName(given.name)}`),
      bootText: read.text(load),
      bootFolder: read.stat(parentFolder(load), { follow: true }),
      optionsText: given.options === undefined ? undefined : read.text(options),
      optionsFolder: given.options === undefined ? undefined : read.stat(parentFolder(options), { follow: true }),
    };
  },
  probesAfter: ({ name }, { loaded }) => ({
    // Says what loading would do, aliases resolved, and does nothing: is there such a module, is it built in?
    depends: isLoaded(name, loaded)
      ? undefined
      : read.exec(["modprobe", "--show-depends", name], {
          looksAt: ["/lib/modules", "/usr/lib/modules", "/etc/modprobe.d", "/run/modprobe.d"],
        }),
  }),
  plan(given, observed) {
    const seen: Seen = observed;
    const { name, state } = given;
    const boot = given.boot ?? state === "loaded";
    const files = filesOf(given);
    const is = runsAs(name, seen);
    if (typeof is === "object") return is;
    const before: Record<string, Value> = { state: is === "unloaded" ? "unloaded" : "loaded" };
    const after: Record<string, Value> = { state };
    const steps: Step[] = [];

    if (given.options !== undefined) {
      if (seen.optionsFolder?.type !== "directory") return refuse(`there is no folder ${parentFolder(files.options)}`);
      const wanted = optionsOf(given.options);
      const has = moduleOptions(seen.optionsText ?? "", name) ?? {};
      before.options = has;
      after.options = wanted;
      if (!sameMap(has, wanted)) {
        steps.push(
          fileStep(files.options, seen.optionsText ?? null, withModuleOptions(seen.optionsText ?? "", name, wanted)),
        );
        if (given.update_initramfs)
          steps.push(write.exec(["update-initramfs", "-u", "-k", "all"], { touches: ["/boot"], limitMs: 600_000 }));
      }
    }
    if (given.live && is === "loaded") {
      const wanted = optionsOf(given.options ?? {});
      // What has no file there, or one that is write-only, counts from the next load as without `live`.
      const shown = Object.keys(wanted).filter((option) => seen[parameterOf(name, option)] != null);
      const has = (option: string) => asNumber((seen[parameterOf(name, option)] ?? "").trim());
      if (shown.length > 0) {
        before.running = Object.fromEntries(shown.map((option) => [option, has(option)]));
        after.running = Object.fromEntries(shown.map((option) => [option, asNumber(wanted[option] ?? "")]));
      }
      for (const option of shown.filter((each) => has(each) !== asNumber(wanted[each] ?? ""))) {
        const path = parameterOf(name, option);
        // In place: nothing can be made beside it.
        steps.push(write.exec(["tee", path], { stdin: wanted[option] ?? "", touches: [path] }));
      }
    }
    const atBoot = modulesLoaded(seen.bootText ?? "").includes(moduleName(name));
    before.boot = atBoot;
    after.boot = boot;
    if (atBoot !== boot) {
      if (seen.bootFolder?.type !== "directory") return refuse(`there is no folder ${parentFolder(files.load)}`);
      const text = seen.bootText ?? "";
      steps.push(
        fileStep(files.load, seen.bootText, boot ? withModuleLoaded(text, name) : withoutModuleLoaded(text, name)),
      );
    }
    if (is === "built in" && state === "unloaded")
      return refuse(`${name} is built into the kernel and cannot be unloaded`);
    if (is === "unloaded" && state === "loaded") steps.push(write.exec(["modprobe", "--", name], { touches: LOADING }));
    if (is === "loaded" && state === "unloaded") {
      const trouble = inUse(name, seen.loaded);
      if (trouble !== null) return trouble;
      steps.push(write.exec(["modprobe", "-r", "--", name], { touches: LOADING }));
    }
    return change(before, after, steps);
  },
  result: (given, { loaded, bootText, sys }) => ({
    name: given.name,
    loaded: isLoaded(given.name, loaded) || sys !== null,
    boot: modulesLoaded(bootText ?? "").includes(moduleName(given.name)),
  }),
  examples: [
    "kernel_module: tun",
    "kernel_module: { name: zfs, options: { zfs_arc_max: 4294967296 }, update_initramfs: true, live: true }",
    "kernel_module: { name: pcspkr, state: unloaded }",
  ],
});

function filesOf({ name, load_file, options_file }: Params) {
  return {
    load: load_file ?? `/etc/modules-load.d/${name}.conf`,
    options: options_file ?? `/etc/modprobe.d/${name}.conf`,
  };
}

function parameterOf(name: string, option: string): `/sys/module/${string}` {
  return `/sys/module/${moduleName(name)}/parameters/${option}`;
}
/** The kernel prints the switches that it takes 1 and 0 for as Y and N. */
function asNumber(value: string): string {
  return value === "Y" ? "1" : value === "N" ? "0" : value;
}

function isLoaded(name: string, loaded: string | null): boolean {
  return parseProcModules(loaded ?? "").some((module) => module.name === moduleName(name));
}

function runsAs(name: string, { loaded, sys, depends }: Seen): "loaded" | "unloaded" | "built in" | Plan {
  if (isLoaded(name, loaded)) return "loaded";
  if (depends?.code === 127) return refuse("there is no modprobe command on the host", "install the package kmod");
  if (depends?.code === 0) {
    const last = depends.stdout.trimEnd().split("\n").at(-1) ?? "";
    if (last.startsWith("builtin ")) return "built in";
    // An alias: the module that it stands for has another name.
    const file = /\/([^/\s]+)\.ko(?:\.\w+)?(?:\s|$)/.exec(last)?.[1];
    return file !== undefined && isLoaded(file, loaded) ? "loaded" : "unloaded";
  }
  if (sys !== null) return "built in";
  const said = depends?.stderr.trim() ?? "";
  return refuse(
    `the kernel has no module "${name}"${said === "" ? "" : `: ${said}`}`,
    "is the name right, its package (a -dkms one, say) installed for the running kernel?",
  );
}

function inUse(name: string, loaded: string | null): Plan | null {
  const module = parseProcModules(loaded ?? "").find((each) => each.name === moduleName(name));
  if (module === undefined || module.uses === 0) return null;
  const by = module.users.length > 0 ? `by the modules ${module.users.join(", ")}` : `${module.uses} times`;
  return refuse(`${name} is in use, ${by}: it cannot be unloaded`, "end what uses it first");
}

/** A file goes with its last line. */
function fileStep(path: string, old: string | null, text: string): Step {
  return text.trim() === "" && old !== null
    ? write.remove(path)
    : write.text(path, text, old === null ? { mode: "0644" } : {});
}

function optionsOf(options: Readonly<Record<string, string | number | boolean>>): Readonly<Record<string, string>> {
  // The kernel reads 1 and 0 wherever it reads Y and N.
  const word = (value: string | number | boolean) => (typeof value === "boolean" ? (value ? "1" : "0") : String(value));
  return Object.fromEntries(Object.entries(options).map(([name, value]) => [name, word(value)]));
}
function sameMap(a: Readonly<Record<string, string>>, b: Readonly<Record<string, string>>): boolean {
  return Object.keys(a).length === Object.keys(b).length && Object.entries(a).every(([key, value]) => b[key] === value);
}
