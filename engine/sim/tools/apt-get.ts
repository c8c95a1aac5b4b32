import { makeFolder } from "../files/file-changes.ts";
import { nodeAt } from "../files/file-tree.ts";
import { updateFrom, updateKnown } from "../host/apt-indexes.ts";
import { listsOfLines, offeredPackage } from "../host/apt-lists.ts";
import { findPackage, isHarmlessSetting } from "../host/catalogue.ts";
import { dependants, installPackage, missingPackages, removePackage } from "../host/packages.ts";
import { placeFile } from "../host/programs.ts";
import {
  fails,
  NotImitated,
  parseOptions,
  refuseArgument,
  says,
  type Tool,
  type ToolContext,
  type ToolResult,
} from "../tool.ts";
import { own } from "../world.ts";

const PREAMBLE = "Reading package lists...\nBuilding dependency tree...\nReading state information...\n";
/** apt 2.6.1. Its refusals and its dry run are transcripts; what it prints while it works is not. */
export const aptGet: Tool = {
  name: "apt-get",
  rests: "documented",
  run(context, args) {
    const { flags, values, words } = parseOptions("apt-get", args, {
      flags: {
        "-y": "yes",
        "--yes": "yes",
        "--assume-yes": "yes",
        "-q": "quiet",
        "--quiet": "quiet",
        "--no-install-recommends": "lean",
        "--install-recommends": "fat",
        "--allow-downgrades": "downgrade",
        "--allow-change-held-packages": "held",
        "--purge": "purge",
        "-s": "simulate",
        "--simulate": "simulate",
        "--dry-run": "simulate",
        "--only-upgrade": "only-upgrade",
        "--no-upgrade": "no-upgrade",
      },
      values: { "-o": "set", "--option": "set" },
    });
    const settings = values.get("set") ?? [];
    const alone = oneSource(settings);
    const strange = settings.find(
      (setting) => !isHarmlessSetting(setting) && (alone === null || !ofSources.test(setting)),
    );
    if (strange !== undefined) refuseArgument("apt-get", `-o ${strange}`);
    const [verb = "", ...names] = words;
    if (context.session.user.uid !== 0 && !flags.has("simulate")) {
      return fails(
        100,
        "E: Could not open lock file /var/lib/dpkg/lock-frontend - open (13: Permission denied)\nE: Unable to acquire the dpkg frontend lock (/var/lib/dpkg/lock-frontend), are you root?\n",
      );
    }
    if (verb === "update" && names.length === 0) return alone === null ? update(context) : updateOne(context, alone);
    if (verb === "install") return install(context, names, flags);
    if (verb === "remove" || verb === "purge")
      return remove(context, names, flags, verb === "purge" || flags.has("purge"));
    if (["upgrade", "dist-upgrade", "full-upgrade"].includes(verb) && names.length === 0)
      return upgrade(context, flags);
    throw new NotImitated(`the embedded lab's apt-get does not know "${verb}"`);
  },
};

/** The one file of sources that it is told to look at; null: all of them. */
function oneSource(settings: readonly string[]): string | null {
  const file = settings.find((setting) => setting.startsWith("Dir::Etc::sourcelist="))?.replace(/^[^=]*=/, "");
  return file !== undefined && settings.includes("Dir::Etc::sourceparts=-") ? file : null;
}
const ofSources = /^(Dir::Etc::source(list|parts)|APT::Get::List-Cleanup)=/;

function updateOne(context: ToolContext, file: string): ToolResult {
  context.session.spend(400);
  if (nodeAt(context.session.host, "/var/lib/apt/lists") === undefined)
    makeFolder(context.session, "/var/lib/apt/lists", true, {});
  const { code, stderr } = updateFrom(context, file);
  return { code, stdout: "Reading package lists...\n", stderr };
}

function update(context: ToolContext): ToolResult {
  const { session } = context;
  session.spend(900);
  for (const folder of ["/var/lib/apt/lists", "/var/cache/apt"]) {
    if (nodeAt(session.host, folder) === undefined) makeFolder(session, folder, true, {});
  }
  placeFile(
    context,
    "/var/lib/apt/lists/deb.debian.org_debian_dists_bookworm_InRelease",
    "Origin: Debian\nSuite: oldstable\n",
    "0644",
  );
  for (const path of listsOfLines(session.host))
    if (!path.includes("/deb.debian.org_debian_dists_bookworm_")) placeFile(context, path, "Origin: others\n", "0644");
  updateKnown(context);
  placeFile(context, "/var/cache/apt/pkgcache.bin", "the package index\n", "0644");
  return says("Hit:1 http://deb.debian.org/debian bookworm InRelease\nReading package lists...\n");
}

interface Change {
  readonly name: string;
  readonly version: string;
  readonly from: string | undefined;
  /** Named in the call, not pulled in. */
  readonly named: boolean;
}

function install(context: ToolContext, words: readonly string[], flags: ReadonlySet<string>): ToolResult {
  const { session } = context;
  const changes = new Map<string, Change>();
  let notes = "";
  for (const word of words) {
    const [spelled = "", pin] = word.split("=");
    if (!/^[a-z0-9][a-z0-9+.-]*(:(amd64|all))?$/.test(spelled) || /[+-]$/.test(spelled))
      refuseArgument("apt-get", word);
    const name = spelled.replace(/:.*/, "");
    const info = offeredPackage(session.host, name);
    if (info === undefined) return fails(100, `E: Unable to locate package ${name}\n`, PREAMBLE);
    const installed = own(session.host.packages, name);
    const there = installed?.state === "installed" ? installed.version : undefined;
    const version = pin ?? (flags.has("no-upgrade") ? there : undefined) ?? info.versions[0] ?? "";
    if (!info.versions.includes(version))
      return fails(100, `E: Version '${version}' for '${name}' was not found\n`, PREAMBLE);
    if (there === undefined && flags.has("only-upgrade")) {
      notes += `Skipping ${name}, it is not installed and only upgrades are requested.\n`;
      continue;
    }
    if (there === version) {
      notes += `${name} is already the newest version (${version}).\n`;
      if (installed?.manual === false && !flags.has("simulate")) {
        session.change().packages[name] = { ...installed, manual: true };
        notes += `${name} set to manually installed.\n`;
      }
      continue;
    }
    if (
      there !== undefined &&
      info.versions.indexOf(version) > info.versions.indexOf(there) &&
      flags.has("yes") &&
      !flags.has("downgrade")
    ) {
      return fails(100, "E: Packages were downgraded and -y was used without --allow-downgrades.\n", PREAMBLE);
    }
    for (const other of missingPackages(session, name)) {
      const newest = findPackage(other)?.versions[0] ?? "";
      if (other !== name)
        changes.set(other, changes.get(other) ?? { name: other, version: newest, from: undefined, named: false });
    }
    changes.set(name, { name, version, from: there, named: true });
  }
  return carryOut(context, [...changes.values()], flags, notes);
}

function upgrade(context: ToolContext, flags: ReadonlySet<string>): ToolResult {
  const changes = Object.entries(context.session.host.packages).flatMap(([name, { version, state, held, manual }]) => {
    const newest = findPackage(name)?.versions[0];
    const stays = state !== "installed" || held === true || newest === undefined || newest === version;
    return stays ? [] : [{ name, version: newest, from: version, named: manual }];
  });
  return carryOut(context, changes, flags, "Calculating upgrade...\n");
}

function carryOut(
  context: ToolContext,
  changes: readonly Change[],
  flags: ReadonlySet<string>,
  notes: string,
): ToolResult {
  const { session } = context;
  const held = changes.filter(({ name }) => own(session.host.packages, name)?.held === true);
  if (held.length > 0 && !flags.has("held")) {
    return fails(
      100,
      "E: Held packages were changed and -y was used without --allow-change-held-packages.\n",
      PREAMBLE,
    );
  }
  const fresh = changes.filter(({ from }) => from === undefined);
  const summary = `${changes.length - fresh.length} upgraded, ${fresh.length} newly installed, 0 to remove and 0 not upgraded.\n`;
  const list =
    fresh.length === 0
      ? ""
      : `The following NEW packages will be installed:\n  ${fresh
          .map(({ name }) => name)
          .sort()
          .join(" ")}\n`;
  if (flags.has("simulate")) {
    const line = (verb: string, { name, version, from }: Change) =>
      `${verb} ${name} ${from === undefined || verb === "Conf" ? "" : `[${from}] `}(${version} Debian:12.11/oldstable [amd64])\n`;
    return says(
      `${PREAMBLE}${notes}${list}${summary}${changes.map((change) => line("Inst", change)).join("")}${changes.map((change) => line("Conf", change)).join("")}`,
    );
  }
  // It asks before it installs more than was named, and nobody is there to answer.
  if (!flags.has("yes") && changes.some(({ named }) => !named))
    return fails(1, "", `${PREAMBLE}${notes}${list}${summary}Do you want to continue? [Y/n] Abort.\n`);
  let work = "";
  for (const { name, version, named, from } of changes) {
    session.spend(1500);
    installPackage(session, name, version, named);
    work += `Unpacking ${name} (${version})${from === undefined ? "" : ` over (${from})`} ...\nSetting up ${name} (${version}) ...\n`;
  }
  return says(`${PREAMBLE}${notes}${list}${summary}${work}`);
}

function remove(
  context: ToolContext,
  words: readonly string[],
  flags: ReadonlySet<string>,
  purge: boolean,
): ToolResult {
  const { session } = context;
  let notes = "";
  const going = new Set<string>();
  const take = (name: string) => {
    if (going.has(name)) return;
    going.add(name);
    for (const other of dependants(session, name)) take(other);
  };
  for (const word of words) {
    const name = word.replace(/:(amd64|all)$/, "");
    if (!/^[a-z0-9][a-z0-9+.-]*$/.test(name)) refuseArgument("apt-get", word);
    if (findPackage(name) === undefined) return fails(100, `E: Unable to locate package ${name}\n`, PREAMBLE);
    const there = own(session.host.packages, name);
    if (there?.state === "installed" || (purge && there !== undefined)) take(name);
    else notes += `Package '${name}' is not installed, so not removed\n`;
  }
  const star = purge ? "*" : "";
  const list =
    going.size === 0
      ? ""
      : `The following packages will be REMOVED:\n  ${[...going]
          .sort()
          .map((name) => `${name}${star}`)
          .join(" ")}\n`;
  const summary = `0 upgraded, 0 newly installed, ${going.size} to remove and 0 not upgraded.\n`;
  if (flags.has("simulate")) {
    const lines = [...going].map(
      (name) => `${purge ? "Purg" : "Remv"} ${name} [${own(session.host.packages, name)?.version ?? ""}]\n`,
    );
    return says(`${PREAMBLE}${notes}${list}${summary}${lines.join("")}`);
  }
  if (!flags.has("yes") && going.size > 0)
    return fails(1, "", `${PREAMBLE}${notes}${list}${summary}Do you want to continue? [Y/n] Abort.\n`);
  for (const name of going) {
    session.spend(700);
    removePackage(session, name, purge);
  }
  return says(`${PREAMBLE}${notes}${list}${summary}${[...going].map((name) => `Removing ${name} ...\n`).join("")}`);
}
