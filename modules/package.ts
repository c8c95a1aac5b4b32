// More than 300 lines, for one idea: a pin, a hold, old lists and a virtual name each change what the others mean.
import { z } from "zod";
import type { AptPolicy, DpkgEntry } from "../engine/formats/apt-output.ts";
import { DPKG_FORMAT, parseDpkg, parsePolicy, pinnedVersion } from "../engine/formats/apt-output.ts";
import { compareVersions, matchesVersion } from "../engine/formats/apt-version.ts";
import { formatDuration, parseDuration } from "../engine/formats/duration.ts";
import type { Change, ExecAnswer, Plan, Refusal, Stat, Step, Value } from "../engine/module/index.ts";
import { change, defineModule, read, refuse, Unknown, write } from "../engine/module/index.ts";

const LISTS = "/var/lib/apt/lists";
/** Lists older than this are renewed before a package is said not to exist. */
const OLD_SECONDS = 86_400;
const AFTER_UPDATE = new Unknown("after the package lists are updated");
const ENV = { DEBIAN_FRONTEND: "noninteractive" };
/** A fresh host runs apt by itself for its first minutes: wait for its lock instead of failing. */
const LOCK = ["-o", "DPkg::Lock::Timeout=120"];
/** A settings file that was changed stays as it is: nobody is there to answer dpkg's question. */
const KEEP = ["-o", "Dpkg::Options::=--force-confdef", "-o", "Dpkg::Options::=--force-confold"];

const packageName = z
  .string({ error: "expected the name of a package, or a list of names" })
  .max(300, { error: "a name and version of more than 300 characters is none" })
  .superRefine((text, context) => {
    const wrong = (message: string) => context.addIssue({ code: "custom", message });
    const name = text.replace(/=.*$/s, "");
    if (/[,\s]/.test(text)) wrong("several packages are a list: [curl, jq]");
    else if (/\.deb$|\//.test(name))
      wrong("a .deb file or a release after / cannot be named here; see default_release");
    else if (/[*?[]/.test(name)) wrong("a pattern could mean a hundred packages: name each one");
    else if (!/^[a-z0-9][a-z0-9+.-]*[a-z0-9+.](:[a-z0-9-]*[a-z0-9])?$/.test(name)) {
      wrong("expected a package's name: lower-case letters, digits, + - . and perhaps an architecture, libc6:i386");
    } else if (text !== name && !/^=[A-Za-z0-9.+:~*-]+$/.test(text.slice(name.length))) {
      wrong("expected a version after =, such as nginx=1.22.1-9 or nginx=1.22*");
    }
  });

const params = z
  .strictObject({
    name: z
      .union([packageName, z.array(packageName).min(1, { error: "an empty list names no package" })], {
        error: "expected the name of a package, or a list of names",
      })
      .transform((name) => (typeof name === "string" ? [name] : name))
      .optional()
      .describe("Package or list of packages; `name=1.2*` wants that version, `name:i386` that architecture."),
    state: z
      .enum(["present", "absent", "latest", "purged"], { error: "expected present, absent, latest or purged" })
      .default("present")
      .describe("`latest`: the newest version that apt would take. `purged`: absent, and its settings too."),
    update_cache: z
      .boolean()
      .default(false)
      .describe("Renew the package lists first if they are older than `cache_max_age`."),
    cache_max_age: z
      .union([z.string(), z.int()], { error: "expected a time such as 1h or 1d (or seconds)" })
      .transform((text, context) => {
        const seconds = parseDuration(text);
        if (seconds !== undefined && seconds >= 60) return seconds;
        context.addIssue({
          code: "custom",
          message: "expected a time of a minute or more, such as 1h or 1d (or seconds)",
        });
        return z.NEVER;
      })
      .default(3600)
      .describe("How old the package lists may be: `30m`, `1h`, `1d`, or seconds. An hour unless said."),
    hold: z.boolean().optional().describe("Keep apt from changing the package by itself."),
    default_release: z
      .string()
      .regex(/^[A-Za-z0-9][A-Za-z0-9._/-]*$/, { error: "expected a release such as bookworm-backports" })
      .optional()
      .describe("Release to take the package from."),
    install_recommends: z
      .boolean()
      .optional()
      .describe("Whether recommended packages come along. Unsaid: as apt is set up."),
    allow_downgrade: z.boolean().default(false).describe("Let a pinned version replace a newer one."),
  })
  .superRefine(({ name, state, update_cache, hold, allow_downgrade }, context) => {
    const wrong = (path: string, message: string) => context.addIssue({ code: "custom", path: [path], message });
    const gone = state === "absent" || state === "purged";
    if (name === undefined && !update_cache) wrong("name", "say which package");
    if (name === undefined && (state !== "present" || hold !== undefined))
      wrong("name", "say which package this is about");
    // zod comes here with a bad name as well, and then with the text as it was given.
    const specs = Array.isArray(name) ? name.map(specOf) : [];
    const twice = specs.find((spec, index) => specs.findIndex((other) => other.name === spec.name) < index);
    if (twice !== undefined) wrong("name", `${twice.name} is named twice`);
    const pinned = specs.find(({ pin }) => pin !== undefined);
    if (pinned !== undefined && state !== "present")
      wrong("name", `${pinned.name}=${pinned.pin} and state: ${state} contradict each other`);
    if (hold !== undefined && gone) wrong("hold", `hold has no meaning with state: ${state}`);
    if (allow_downgrade && pinned === undefined)
      wrong("allow_downgrade", "only a pinned version (name=1.2) can be older than what is there");
  });
type Params = z.output<typeof params>;
interface Spec {
  readonly name: string;
  readonly pin?: string;
}
interface Seen {
  readonly installed?: ExecAnswer | undefined;
  readonly now?: ExecAnswer | undefined;
  readonly lists?: Stat | null | undefined;
  readonly entries?: readonly string[] | null | undefined;
  readonly policy?: ExecAnswer | undefined;
  readonly all?: ExecAnswer | undefined;
}

/** Where dpkg keeps what is installed. */
const dpkgState = ["/var/lib/dpkg"];

export const packages = defineModule({
  name: "package",
  summary: "Install, upgrade, hold or remove packages with apt.",
  description: `All packages of a task go in one call of apt-get. If a package is not to be had and the package lists are empty or older
than a day, they are renewed first. A name that an installed package provides counts as present. Settings files that were changed stay
as they are.`,
  params,
  shorthand: "name",
  probes({ name, state }) {
    const wanted = state === "present" || state === "latest";
    return {
      installed: name === undefined ? undefined : dpkg(name.map((each) => specOf(each).name)),
      now: wanted ? read.exec(["date", "+%s"], { looksAt: [] }) : undefined,
      lists: wanted ? read.stat(LISTS, { follow: true }) : undefined,
      entries: wanted ? read.list(LISTS) : undefined,
    };
  },
  probesAfter(given, { installed }) {
    const specs = (given.name ?? []).map(specOf);
    const entries = parseDpkg(installed?.stdout ?? "");
    const wanted = given.state === "present" || given.state === "latest";
    const asked = specs.filter((spec) => {
      const version = installedVersion(entries, spec.name);
      return (
        wanted &&
        (given.state === "latest" || version === null || (spec.pin !== undefined && !matchesVersion(spec.pin, version)))
      );
    });
    const missing = wanted && specs.some(({ name }) => installedVersion(entries, name) === null);
    return {
      policy:
        asked.length > 0
          ? read.exec(["apt-cache", ...release(given), "policy", "--", ...asked.map(({ name }) => name)], {
              looksAt: ["/var/lib/apt", "/var/cache/apt", "/etc/apt", ...dpkgState],
            })
          : undefined,
      all: missing ? read.exec(["dpkg-query", "-W", "-f", DPKG_FORMAT], { looksAt: dpkgState }) : undefined,
    };
  },
  plan(given, seen) {
    if (seen.installed?.code === 127)
      return refuse("there is no dpkg on the host", "this module needs Debian or one of its kin");
    const entries = parseDpkg(seen.installed?.stdout ?? "");
    const broken = entries.find(({ status }) => ["half-installed", "half-configured", "unpacked"].includes(status));
    if (broken !== undefined) {
      return refuse(
        `dpkg was interrupted: ${broken.name} is ${broken.status}`,
        "run `dpkg --configure -a` on the host and look at what it says",
      );
    }
    return given.state === "absent" || given.state === "purged"
      ? absent(given, entries)
      : present(given, seen, entries);
  },
  result({ name = [] }, { installed }) {
    const entries = parseDpkg(installed?.stdout ?? "");
    return {
      installed: Object.fromEntries(
        name.map((each) => [specOf(each).name, installedVersion(entries, specOf(each).name)]),
      ),
    };
  },
  examples: [
    "package: htop",
    "package: { name: [curl, jq], state: latest, update_cache: true, cache_max_age: 1d, install_recommends: false }",
    "package: { name: rsync, hold: true }",
    "package: { name: htop, state: purged }",
  ],
});

/** What becomes of one package. */
type Fate =
  | { readonly kind: "right"; readonly is: string }
  | { readonly kind: "install"; readonly from: string | null; readonly to: string; readonly older: boolean }
  | { readonly kind: "unavailable"; readonly from: string | null; readonly refusal: Refusal };

function present(given: Params, seen: Seen, entries: readonly DpkgEntry[]): Plan {
  const specs = (given.name ?? []).map(specOf);
  const policies = parsePolicy(seen.policy?.stdout ?? "");
  const all = parseDpkg(seen.all?.stdout ?? "");
  const fates = specs.map((spec) => ({
    spec,
    fate: fateOf(given, spec, entries, all, policies.get(spec.name) ?? policies.get(bare(spec.name))),
  }));
  const unavailable = fates.flatMap(({ fate }) => (fate.kind === "unavailable" ? [fate.refusal] : []));

  const empty = !(seen.entries ?? []).some((entry) => !["lock", "partial", "auxfiles"].includes(entry));
  const age = Number(seen.now?.stdout ?? 0) - (seen.lists?.mtime ?? 0);
  const limit = given.update_cache ? given.cache_max_age : OLD_SECONDS;
  const old = empty || age > limit;
  const updates = old && (given.update_cache || unavailable.length > 0);
  const [first] = unavailable;
  if (first !== undefined && !updates) return { ...first, otherwise: onceOffered(given, fates) };

  const lists = updates || given.update_cache;
  const before: Record<string, Value> = lists
    ? { "package lists": !updates ? "up to date" : empty ? "empty" : `older than ${formatDuration(limit * 1000)}` }
    : {};
  const after: Record<string, Value> = lists ? { "package lists": "up to date" } : {};
  for (const { spec, fate } of fates) {
    before[spec.name] = fate.kind === "right" ? fate.is : fate.from;
    const open = updates && (fate.kind !== "right" || given.state === "latest");
    after[spec.name] = open ? AFTER_UPDATE : fate.kind === "right" ? fate.is : fate.kind === "install" ? fate.to : null;
  }
  const held = heldOf(given, specs, entries);
  const fields = { before: { ...before, ...held?.before }, after: { ...after, ...held?.after } };
  // New lists may offer other versions: what to install is decided in a second round, from what they say.
  const undecided =
    fates.some(({ fate }) => fate.kind !== "right") ||
    given.state === "latest" ||
    (held !== null && held.steps.length > 0);
  if (updates) return change(fields.before, fields.after, updateSteps(), { again: undecided });

  const changing = fates.filter(({ fate }) => fate.kind === "install");
  const trouble = changing.map(({ spec, fate }) => troubleOf(given, spec, fate, entries)).find((each) => each !== null);
  if (trouble != null) return trouble;
  return change(fields.before, fields.after, [
    ...(given.hold === false ? (held?.steps ?? []) : []),
    changing.length > 0 && installStep(given, changing, held !== null && given.hold === true),
    ...(given.hold === true ? (held?.steps ?? []) : []),
  ]);
}

/** Its repository may be one that an earlier task is to set up. */
function onceOffered(given: Params, fates: readonly { readonly spec: Spec; readonly fate: Fate }[]): Change {
  const missing = fates.filter(({ fate }) => fate.kind !== "right");
  return change(
    Object.fromEntries(missing.map(({ spec, fate }) => [spec.name, fate.kind === "right" ? fate.is : fate.from])),
    Object.fromEntries(missing.map(({ spec }) => [spec.name, spec.pin ?? AFTER_UPDATE])),
    [installStep(given, missing, given.hold === true)],
  );
}

function fateOf(
  given: Params,
  spec: Spec,
  entries: readonly DpkgEntry[],
  all: readonly DpkgEntry[],
  policy: AptPolicy | undefined,
): Fate {
  const { name, pin } = spec;
  const is = installedVersion(entries, name);
  if (is !== null && pin === undefined && given.state === "present") return { kind: "right", is };
  if (is !== null && pin !== undefined && matchesVersion(pin, is)) return { kind: "right", is };
  const provider =
    is === null && pin === undefined
      ? all.find((entry) => entry.status === "installed" && entry.provides.includes(name))
      : undefined;
  if (provider !== undefined) return { kind: "right", is: `provided by ${provider.name}` };
  const to = policy === undefined ? null : pin === undefined ? policy.candidate : pinnedVersion(policy, pin);
  if (to !== null) {
    const difference = is === null ? 1 : compareVersions(to, is);
    // What is installed may be newer than all that apt offers (a .deb by hand): that is the latest then.
    if (is !== null && (difference === 0 || (pin === undefined && difference < 0))) return { kind: "right", is };
    return { kind: "install", from: is, to, older: difference < 0 };
  }
  if (is !== null && pin === undefined) return { kind: "right", is };
  return { kind: "unavailable", from: is, refusal: whyNot(spec, policy) };
}

function whyNot({ name, pin }: Spec, policy: AptPolicy | undefined): Refusal {
  if (policy === undefined)
    return refuse(`apt knows no package "${name}"`, "is the name right (`apt-cache search`), its repository set up?");
  if (pin !== undefined && policy.versions.length > 0) {
    return refuse(`there is no ${name} ${pin} to be had`, `apt offers ${policy.versions.slice(0, 5).join(", ")}`);
  }
  return refuse(
    `apt has no version of "${name}" to install`,
    `it is virtual, or its repository is not set up: \`apt-cache showpkg ${name}\` lists the packages that provide it; name one of them`,
  );
}

function troubleOf(given: Params, spec: Spec, fate: Fate, entries: readonly DpkgEntry[]): Refusal | null {
  if (fate.kind !== "install") return null;
  if (fate.older && !given.allow_downgrade) {
    return refuse(
      `${spec.name} ${fate.from} is newer than the wanted ${fate.to}`,
      "say allow_downgrade: true to go back",
    );
  }
  if (given.hold === undefined && entryOf(entries, spec.name)?.want === "hold" && fate.from !== null) {
    return refuse(
      `${spec.name} is held at ${fate.from}`,
      "say hold: false to let go of it, or hold: true to change it and hold it again",
    );
  }
  return null;
}

function absent(given: Params, entries: readonly DpkgEntry[]): Plan {
  const purge = given.state === "purged";
  const before: Record<string, Value> = {};
  const after: Record<string, Value> = {};
  for (const { name } of (given.name ?? []).map(specOf)) {
    const entry = entryOf(entries, name);
    before[name] =
      installedVersion(entries, name) ??
      (purge && entry?.status === "config-files" ? "removed, its settings are left" : null);
    after[name] = null;
  }
  const names = Object.keys(before).filter((name) => before[name] !== null);
  return change(before, after, [
    names.length > 0 &&
      write.exec(["apt-get", purge ? "purge" : "remove", "-y", ...LOCK, ...KEEP, "--", ...names], {
        env: ENV,
        limitMs: 1_800_000,
      }),
  ]);
}

function installStep(
  given: Params,
  changing: readonly { readonly spec: Spec; readonly fate: Fate }[],
  held: boolean,
): Step {
  const { install_recommends: recommends } = given;
  const words = changing.map(({ spec, fate }) =>
    spec.pin !== undefined && fate.kind === "install" ? `${spec.name}=${fate.to}` : spec.name,
  );
  return write.exec(
    [
      ...["apt-get", "install", "-y", ...LOCK, ...KEEP, ...release(given)],
      ...(recommends === undefined ? [] : [recommends ? "--install-recommends" : "--no-install-recommends"]),
      ...(changing.some(({ fate }) => fate.kind === "install" && fate.older) ? ["--allow-downgrades"] : []),
      ...(held ? ["--allow-change-held-packages"] : []),
      ...["--", ...words],
    ],
    { env: ENV, limitMs: 1_800_000 },
  );
}

function updateSteps(): readonly Step[] {
  return [
    // Without the error mode apt-get ends with 0 when a server could not be reached.
    write.exec(["apt-get", "update", ...LOCK, "-o", "APT::Update::Error-Mode=any"], { env: ENV, limitMs: 600_000 }),
    // apt leaves the folder's time alone when every list was current: without this the lists would stay "old".
    write.exec(["touch", "--", LISTS]),
  ];
}

function heldOf({ hold }: Params, specs: readonly Spec[], entries: readonly DpkgEntry[]) {
  if (hold === undefined) return null;
  const names = specs.map(({ name }) => name);
  const held = names.filter((name) => entryOf(entries, name)?.want === "hold");
  const other = names.filter((name) => held.includes(name) !== hold);
  return {
    before: { held },
    after: { held: hold ? names : [] },
    steps: other.length > 0 ? [write.exec(["apt-mark", hold ? "hold" : "unhold", "--", ...other])] : [],
  };
}

function dpkg(names: readonly string[]) {
  return read.exec(["dpkg-query", "-W", "-f", DPKG_FORMAT, "--", ...names], { looksAt: dpkgState });
}
function release({ default_release: name }: Params): readonly string[] {
  return name === undefined ? [] : ["-o", `APT::Default-Release=${name}`];
}
function specOf(text: string): Spec {
  const at = text.indexOf("=");
  return at < 0 ? { name: text } : { name: text.slice(0, at), pin: text.slice(at + 1) };
}
function bare(name: string): string {
  return name.replace(/:.*$/, "");
}
function entryOf(entries: readonly DpkgEntry[], name: string): DpkgEntry | undefined {
  const [base, arch] = name.split(":");
  const same = entries.filter((entry) => entry.name === base && (arch === undefined || entry.arch === arch));
  return same.find(({ status }) => status !== "not-installed") ?? same[0];
}
function installedVersion(entries: readonly DpkgEntry[], name: string): string | null {
  const entry = entryOf(entries, name);
  return entry !== undefined && ["installed", "triggers-awaited", "triggers-pending"].includes(entry.status)
    ? entry.version
    : null;
}
