import { parseDeviceNumbers, parseDeviceRule, parseMountEntry, strayRules } from "../../engine/formats/device-rules.ts";
import type { IdRange } from "../../engine/formats/idmap.ts";
import { idMapGaps, idMapProblems, missingSubIds, parseIdRange, parseSubIds } from "../../engine/formats/idmap.ts";
import { parsePropertyString } from "../../engine/formats/property-string.ts";
import { mergedEntries, parseGuestConf } from "../../engine/formats/pve-conf.ts";
import { parseGuestList } from "../../engine/formats/pve-guests.ts";
import { type RawLine, rawLinesOf } from "../../engine/formats/raw-lines.ts";
import type { Refusal } from "../../engine/module/index.ts";
import { refuse } from "../../engine/module/index.ts";
import { deviceSources, type Seen } from "./look.ts";
import { type Params, wantedLines } from "./params.ts";

/** Whether there is such a container on this node at all. */
export function identityTrouble({ vmid }: Params, { guests, conf, state }: Seen): Refusal | null {
  const known = guests === null ? null : parseGuestList(guests);
  if (known === null)
    return refuse(
      "this is no Proxmox VE node: there is no /etc/pve/.vmlist",
      "is pve-cluster running (systemctl status pve-cluster)?",
    );
  const guest = known.get(String(vmid));
  if (guest?.type === "qemu")
    return refuse(`${vmid} is a virtual machine: it has no raw lines of LXC`, "name a container");
  if (guest !== undefined && conf === null)
    return refuse(
      `container ${vmid} is on node ${guest.node} of the cluster, not on this one`,
      `run the task on ${guest.node}`,
    );
  // Without it everything would look stopped, and nothing would ever wait for a restart.
  if (conf !== null && state.code === 127)
    return refuse(
      "the node has no lxc-info, so whether a container runs cannot be told",
      "it comes with the package lxc-pve",
    );
  return null;
}

/** What the lines of the container, as they would be, cannot be together. */
export function linesTrouble({ vmid }: Params, text: string, seen: Seen): Refusal | null {
  const conf = parseGuestConf(text);
  const raw = rawLinesOf(text);
  const ranges = rangesOf(raw);
  const [bad] = ranges.filter((range): range is { readonly error: string } => "error" in range);
  if (bad) return refuse(`lxc.idmap of container ${vmid}: ${bad.error}`);
  const map = ranges.filter((range): range is IdRange => !("error" in range));
  const problems = idMapProblems(map);
  if (problems.length > 0) {
    return refuse(
      `the id map of container ${vmid} is wrong: ${problems.join("; ")}`,
      "one lxc.idmap line replaces the whole of the usual map, so all ranges must be given, none of them twice",
    );
  }
  const missing = missingSubIds(map, { u: parseSubIds(seen.subuid ?? ""), g: parseSubIds(seen.subgid ?? "") });
  if (missing.length > 0) {
    const lines = missing.map(({ file, line }) => `${line} in ${file}`).join(", ");
    return refuse(`root may not hand out ids that the map of container ${vmid} uses`, `add first: ${lines}`);
  }
  const devices = mergedEntries(conf)
    .filter(({ key }) => /^dev\d+$/.test(key))
    .map(({ key, value }) => ({ key, path: parsePropertyString(value, "path").options.get("path") ?? "" }));
  for (const { key, value } of raw) {
    const entry = key === "lxc.mount.entry" ? parseMountEntry(value) : null;
    const twin = devices.find(
      ({ path }) => entry !== null && (path === entry.target || path.startsWith(`${entry.target}/`)),
    );
    if (entry === null || twin === undefined) continue;
    return refuse(
      `${twin.key} of container ${vmid} makes ${twin.path} inside, and so does "${key}: ${value}": it would not start`,
      `keep one of the two: take the device out with pct (devices), or the line out with state: absent`,
    );
  }
  return null;
}

/** What works, but most likely not as it is meant. */
export function linesWarnings(given: Params, text: string, seen: Seen): readonly string[] {
  const raw = rawLinesOf(text);
  const { state } = given;
  const wanted = wantedLines(given);
  if (state === "absent") return [];
  const warnings: string[] = [];
  for (const { key, value } of wanted) {
    if (/^lxc\.cgroup\./.test(key))
      warnings.push(
        `${key} counts with cgroup v1 alone, which Proxmox VE has left behind: write ${key.replace("cgroup", "cgroup2")}`,
      );
    const rule = key.endsWith(".devices.allow") ? parseDeviceRule(value) : null;
    if (rule !== null && (rule.major === null || rule.minor === null))
      warnings.push(
        `"${key}: ${value}" lets in ${rule.major === null ? "every device" : `every device of major ${rule.major}`}`,
      );
  }
  const gaps = idMapGaps(rangesOf(raw).filter((range): range is IdRange => !("error" in range)));
  if (gaps.length > 0) warnings.push(`not mapped, so that their files belong to nobody inside: ${gaps.join(", ")}`);
  return [...warnings, ...deviceWarnings(given, seen)];
}

/** Numbers of devices are not stable: a graphics card may be card1 after an update. */
function deviceWarnings(given: Params, seen: Seen): readonly string[] {
  const numbers = parseDeviceNumbers(seen.numbers?.stdout ?? "");
  const allowed = wantedLines(given)
    .filter(({ key }) => key === "lxc.cgroup2.devices.allow")
    .map(({ value }) => value);
  const stray = strayRules(allowed, numbers).map(({ value, there }) => {
    const real = there.map(({ path, major, minor }) => `${path} is ${major}:${minor}`).join(", ");
    return `"${value}" lets in a device that is not there: ${real}`;
  });
  const missing = deviceSources(given)
    .filter(({ path, folder }) => (folder ? seen[path] == null : !numbers.some((each) => each.path === path)))
    .map(({ path, optional }) =>
      optional
        ? `the node has no ${path}: the container starts without it`
        : `the node has no ${path}, and the line is not optional: the container will not start`,
    );
  return [...stray, ...missing];
}

function rangesOf(raw: readonly RawLine[]): readonly (IdRange | { readonly error: string })[] {
  return raw.filter(({ key }) => key === "lxc.idmap").map(({ value }) => parseIdRange(value));
}
