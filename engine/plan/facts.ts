import type { Observed, Probes } from "../module/define-module.ts";
import { read } from "../ops/build.ts";
import type { VariableUse } from "../value/expression.ts";
import type { Value } from "../value/value.ts";

/** What can be known of a host without asking for it in a playbook: each group is looked at only if the site reads it. */
export interface FactGroup {
  readonly name: string;
  readonly summary: string;
  readonly probes: Probes;
  read(observed: Readonly<Record<string, unknown>>): Value;
}

function group<P extends Probes>(
  name: string,
  summary: string,
  probes: P,
  readGroup: (observed: Observed<P>) => Value,
): FactGroup {
  return { name, summary, probes, read: (observed) => readGroup(observed as Observed<P>) };
}

export const factGroups: readonly FactGroup[] = [
  group(
    "distribution",
    "name, id, version, codename and pretty_name, from /etc/os-release",
    { release: read.text("/etc/os-release") },
    ({ release }) => {
      const fields = keyValues(release ?? "");
      const version = fields.get("VERSION_ID") ?? "";
      return {
        id: fields.get("ID") ?? "",
        name: fields.get("NAME") ?? "",
        version,
        major: /^\d+/.test(version) ? Number.parseInt(version, 10) : null,
        codename: fields.get("VERSION_CODENAME") ?? "",
        pretty_name: fields.get("PRETTY_NAME") ?? "",
        like: (fields.get("ID_LIKE") ?? "").split(" ").filter((word) => word !== ""),
      };
    },
  ),
  group("kernel", "release and machine, from uname", { uname: read.exec(["uname", "-r", "-m"]) }, ({ uname }) => {
    const [release = "", machine = ""] = uname.stdout.trim().split(" ");
    return { release, machine };
  }),
  group("hostname", "the host's own name", { name: read.exec(["uname", "-n"]) }, ({ name }) => name.stdout.trim()),
  group(
    "addresses",
    "addresses by interface, without loopback, from `ip -j addr`: {eth0: {mac, ipv4: [address/prefix], ipv6: […]}}",
    { links: read.exec(["ip", "-j", "addr"]) },
    ({ links }) => addresses(links.code === 0 ? links.stdout : "[]"),
  ),
  group(
    "mounts",
    "mounted file systems by mount point: {device, type, options}, from /proc/mounts",
    { mounts: read.text("/proc/mounts") },
    ({ mounts }) => mountsOf(mounts ?? ""),
  ),
  group("memory", "total and swap, in bytes, from /proc/meminfo", { info: read.text("/proc/meminfo") }, ({ info }) => {
    const kibibytes = (field: string): number =>
      Number(new RegExp(`^${field}:\\s+(\\d+) kB`, "m").exec(info ?? "")?.[1] ?? 0);
    return { total: kibibytes("MemTotal") * 1024, swap: kibibytes("SwapTotal") * 1024 };
  }),
  group("cpus", "count and model, from /proc/cpuinfo", { info: read.text("/proc/cpuinfo") }, ({ info }) => ({
    count: (info ?? "").match(/^processor\s*:/gm)?.length ?? 0,
    model: /^model name\s*:\s*(.*)$/m.exec(info ?? "")?.[1] ?? "",
  })),
];

/** Which groups a set of variable uses reads; `facts` as a whole reads them all. */
export function factGroupsRead(uses: Iterable<VariableUse>): readonly FactGroup[] {
  const wanted = new Set<string>();
  for (const { name, path } of uses) if (name === "facts") wanted.add(path[0] ?? "*");
  return wanted.has("*") ? factGroups : factGroups.filter(({ name }) => wanted.has(name));
}

function keyValues(text: string): ReadonlyMap<string, string> {
  const lines = text.split("\n").flatMap((line): [string, string][] => {
    const match = /^([A-Z_]+)=(.*)$/.exec(line);
    return match ? [[match[1] ?? "", (match[2] ?? "").replace(/^(["'])(.*)\1$/, "$2")]] : [];
  });
  return new Map(lines);
}

function addresses(json: string): Value {
  const links: unknown = JSON.parse(json);
  if (!Array.isArray(links)) return {};
  const found: [string, Value][] = [];
  for (const link of links as readonly Link[]) {
    if (!link.ifname || link.link_type === "loopback") continue;
    const of = (family: string): string[] =>
      (link.addr_info ?? []).filter((each) => each.family === family).map((each) => `${each.local}/${each.prefixlen}`);
    found.push([link.ifname, { mac: link.address ?? "", ipv4: of("inet"), ipv6: of("inet6") }]);
  }
  return Object.fromEntries(found);
}
/** The part of iproute2's JSON that is read. */
interface Link {
  readonly ifname?: string;
  readonly link_type?: string;
  readonly address?: string;
  readonly addr_info?: readonly { readonly family?: string; readonly local?: string; readonly prefixlen?: number }[];
}

function mountsOf(text: string): Value {
  const plain = (word: string): string =>
    word.replace(/\\(\d{3})/g, (_, octal: string) => String.fromCharCode(Number.parseInt(octal, 8)));
  const found: [string, Value][] = [];
  for (const line of text.split("\n")) {
    const [device, point, type, options] = line.split(" ");
    if (device === undefined || point === undefined || type === undefined || options === undefined) continue;
    found.push([plain(point), { device: plain(device), type, options: options.split(",") }]);
  }
  return Object.fromEntries(found);
}
