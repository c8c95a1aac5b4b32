import { offeredPackage } from "../host/apt-lists.ts";
import { findPackage, isHarmlessSetting } from "../host/catalogue.ts";
import { fails, parseOptions, refuseArgument, says, type Tool, type ToolContext } from "../tool.ts";
import { type Frozen, type FrozenHost, type InstalledPackage, own } from "../world.ts";

const FIELDS: Readonly<Record<string, (name: string, known: Frozen<InstalledPackage>) => string>> = {
  Package: (name) => name,
  "binary:Package": (name) => name,
  Version: (_name, { version }) => version,
  Architecture: () => "amd64",
  Status: (_name, known) => `${known.held === true ? "hold" : wanted(known)} ok ${known.state}`,
  "db:Status-Want": (_name, known) => (known.held === true ? "hold" : wanted(known)),
  "db:Status-Status": (_name, { state }) => state,
  "db:Status-Eflag": () => "ok",
  "db:Status-Abbrev": (_name, known) =>
    `${known.held === true ? "h" : known.state === "installed" ? "i" : "r"}${known.state === "installed" ? "i" : "c"} `,
  // No package of the lab's archive stands for another.
  Provides: () => "",
  "binary:Summary": (name) => findPackage(name)?.summary ?? "",
};
function wanted({ state }: Frozen<InstalledPackage>): string {
  return state === "installed" ? "install" : "deinstall";
}

/** dpkg 1.21.22. */
export const dpkgQuery: Tool = {
  name: "dpkg-query",
  rests: "recorded",
  run({ session }, args) {
    const { flags, values, words } = parseOptions("dpkg-query", args, {
      flags: { "-W": "show", "--show": "show" },
      values: { "-f": "format", "--showformat": "format" },
    });
    if (!flags.has("show")) refuseArgument("dpkg-query", args.join(" "));
    // dpkg reads -f=FORMAT too, which getopt would not.
    const format = values.get("format")?.at(-1)?.replace(/^=/, "") ?? "${binary:Package}\\t${Version}\\n";
    const names = words.length === 0 ? Object.keys(session.host.packages).sort() : words;
    let stdout = "";
    let stderr = "";
    for (const word of names) {
      const name = word.replace(/:(amd64|all)$/, "");
      if (/[*?[]/.test(name)) refuseArgument("dpkg-query", word);
      const known = own(session.host.packages, name);
      if (known === undefined) stderr += `dpkg-query: no packages found matching ${word}\n`;
      else stdout += show(format, name, known);
    }
    return { code: stderr === "" ? 0 : 1, stdout, stderr };
  },
};

function show(format: string, name: string, known: Frozen<InstalledPackage>): string {
  return format.replace(/\$\{([^}]*)\}|\\(.)/gs, (whole, field: string | undefined, code: string | undefined) => {
    if (code !== undefined) return { n: "\n", t: "\t", "\\": "\\" }[code] ?? refuseArgument("dpkg-query", whole);
    const read = FIELDS[field ?? ""];
    // The real one prints nothing for a field that it does not know; the lab does not know them all.
    return read === undefined ? refuseArgument("dpkg-query", whole) : read(name, known);
  });
}

export const aptCache: Tool = {
  name: "apt-cache",
  rests: "recorded",
  run({ session }, args) {
    const { values, words } = parseOptions("apt-cache", args, {
      flags: { "-q": "quiet", "--quiet": "quiet" },
      values: { "-o": "set", "--option": "set" },
    });
    for (const setting of values.get("set") ?? [])
      if (!isHarmlessSetting(setting)) refuseArgument("apt-cache", `-o ${setting}`);
    const [verb, ...names] = words;
    if (verb === "policy" && names.length > 0) return says(names.map((name) => policy(session.host, name)).join(""));
    if (verb === "madison" && names.length > 0) {
      const missing = names.filter((name) => offeredPackage(session.host, name) === undefined);
      const rows = names.flatMap((name) =>
        (offeredPackage(session.host, name)?.versions ?? []).map(
          (version) => `${name.padStart(10)} | ${version.padStart(10)} | ${ARCHIVE}\n`,
        ),
      );
      return says(rows.join(""), missing.map((name) => `N: Unable to locate package ${name}\n`).join(""));
    }
    refuseArgument("apt-cache", args.join(" "));
  },
};
const ARCHIVE = "http://deb.debian.org/debian bookworm/main amd64 Packages";

// A name that apt does not know is answered with nothing at all, and 0.
function policy(host: FrozenHost, name: string): string {
  const info = offeredPackage(host, name);
  if (info === undefined) return "";
  const known = own(host.packages, name);
  const installed = known?.state === "installed" ? known.version : undefined;
  const table = info.versions.map((version) => {
    const mark = version === installed ? " *** " : "     ";
    return `${mark}${version} 500\n        500 ${ARCHIVE}\n${version === installed ? "        100 /var/lib/dpkg/status\n" : ""}`;
  });
  return `${name}:\n  Installed: ${installed ?? "(none)"}\n  Candidate: ${info.versions[0]}\n  Version table:\n${table.join("")}`;
}

export const aptMark: Tool = {
  name: "apt-mark",
  rests: "recorded",
  run(context, args) {
    const { words } = parseOptions("apt-mark", args, { flags: { "-q": "quiet", "--quiet": "quiet" } });
    const [verb, ...names] = words;
    const { host } = context.session;
    const listed = (keep: (known: Frozen<InstalledPackage>) => boolean) =>
      says(
        Object.entries(host.packages)
          .filter(([name, known]) => keep(known) && (names.length === 0 || names.includes(name)))
          .map(([name]) => `${name}\n`)
          .sort()
          .join(""),
      );
    if (verb === "showhold") return listed((known) => known.held === true);
    if (verb === "showmanual") return listed((known) => known.manual && known.state === "installed");
    if (verb !== "hold" && verb !== "unhold") refuseArgument("apt-mark", args.join(" "));
    if (context.session.user.uid !== 0)
      return fails(100, "E: Could not create temporary file for /var/lib/dpkg/status - are you root?\n");
    const unknown = names.find((name) => findPackage(name) === undefined);
    if (unknown !== undefined) return fails(100, `E: Unable to locate package ${unknown}\nE: No packages found\n`);
    return says(names.map((name) => mark(context, name, verb === "hold")).join(""));
  },
};

function mark({ session }: ToolContext, name: string, hold: boolean): string {
  const known = own(session.host.packages, name);
  if (known === undefined) refuseArgument("apt-mark", `${name}, which is not installed`);
  if ((known.held === true) === hold) return `${name} was already ${hold ? "set on hold" : "not on hold"}.\n`;
  const { held: _held, ...rest } = known;
  session.change().packages[name] = hold ? { ...rest, held: true } : rest;
  return hold ? `${name} set on hold.\n` : `Canceled hold on ${name}.\n`;
}
