import { parseMountEntry } from "../../engine/formats/device-rules.ts";
import { askRunningConfig, isComparableRaw, isRunningState } from "../../engine/formats/lxc-running.ts";
import { GUEST_LIST } from "../../engine/formats/pve-guests.ts";
import { rawLinesOf } from "../../engine/formats/raw-lines.ts";
import type { ExecAnswer, ReadOp, Stat } from "../../engine/module/index.ts";
import { MEMBERS, read } from "../../engine/module/index.ts";
import { type Params, wantedLines } from "./params.ts";

export const LOCK_FOLDER = "/run/lock/lxc";

export interface Seen {
  readonly guests: string | null;
  readonly conf: string | null;
  readonly state: ExecAnswer;
  readonly lockFolder: Stat | null;
  readonly members: string | null;
  readonly running?: ExecAnswer | undefined;
  /** What its last start, or a later change, made of the configuration for LXC. */
  readonly generated?: string | null | undefined;
  readonly subuid?: string | null | undefined;
  readonly subgid?: string | null | undefined;
  readonly numbers?: ExecAnswer | undefined;
  /** What is mounted from /dev: a folder's names, or null where it is none. */
  readonly [path: `/dev/${string}`]: readonly string[] | null;
}

export function confPath(vmid: number): string {
  return `/etc/pve/lxc/${vmid}.conf`;
}

interface DeviceSource {
  readonly path: `/dev/${string}`;
  readonly folder: boolean;
  readonly optional: boolean;
}
/** Sources below /dev of the lines that the task names. */
export function deviceSources(given: Params): readonly DeviceSource[] {
  return wantedLines(given).flatMap(({ key, value }) => {
    const entry = key === "lxc.mount.entry" ? parseMountEntry(value) : null;
    if (entry === null || !isDevice(entry.source)) return [];
    const has = (option: string) => entry.options.includes(option);
    return [{ path: entry.source, folder: has("create=dir"), optional: has("optional") }];
  });
}
function isDevice(path: string): path is `/dev/${string}` {
  return path.startsWith("/dev/");
}

export function firstLook(given: Params) {
  const folders: Record<`/dev/${string}`, ReadOp<readonly string[] | null>> = {};
  if (given.state === "present") {
    for (const { path, folder } of deviceSources(given)) if (folder) folders[path] = read.list(path);
  }
  return {
    guests: read.text(GUEST_LIST),
    conf: read.text(confPath(given.vmid)),
    state: read.exec(["lxc-info", "-n", String(given.vmid), "-s"], { looksAt: [`guest:${given.vmid}`] }),
    lockFolder: read.stat(LOCK_FOLDER, { follow: true }),
    members: read.text(MEMBERS),
    ...folders,
  };
}

export function secondLook(given: Params, seen: Seen) {
  const raw = rawLinesOf(seen.conf ?? "");
  const keys = [...new Set([...raw, ...wantedLines(given)].map(({ key }) => key).filter(isComparableRaw))].sort();
  const running = seen.conf !== null && isRunningState(seen.state.stdout);
  const mapped = [...raw, ...wantedLines(given)].some(({ key }) => key === "lxc.idmap");
  const devices = given.state === "present" ? deviceSources(given) : [];
  const nodes = devices.flatMap(({ path, folder }) =>
    folder ? (seen[path] ?? []).map((name) => `${path}/${name}`) : [path],
  );
  return {
    running:
      running && keys.length > 0
        ? read.exec(askRunningConfig(given.vmid, keys), { looksAt: [`guest:${given.vmid}`] })
        : undefined,
    generated: running && given.state === "absent" ? read.text(`/var/lib/lxc/${given.vmid}/config`) : undefined,
    subuid: mapped ? read.text("/etc/subuid") : undefined,
    subgid: mapped ? read.text("/etc/subgid") : undefined,
    numbers:
      nodes.length > 0
        ? read.exec(["stat", "-L", "-c", "%t %T %n", "--", ...nodes], { looksAt: devices.map(({ path }) => path) })
        : undefined,
  };
}
