import { groupName, userName } from "../host/accounts.ts";
import { newHost } from "../host/new-host.ts";
import { packageFiles } from "../host/packages.ts";
import { activityOf, findUnit } from "../host/systemd.ts";
import { openSession } from "../session.ts";
import { type FrozenHost, type Host, type Node, own } from "../world.ts";
import { type StorageDifference, storageDifferences } from "./storage-differences.ts";

/** One thing that is not as on a fresh host of the same description. */
export type Difference =
  | { readonly kind: "file"; readonly path: string; readonly state: "new" | "gone" | "changed" }
  | { readonly kind: "attributes"; readonly path: string; readonly before: string; readonly after: string }
  | { readonly kind: "unit"; readonly name: string; readonly before: string; readonly after: string }
  | { readonly kind: "package"; readonly name: string; readonly before: string | null; readonly after: string | null }
  | { readonly kind: "sysctl"; readonly name: string; readonly before: string; readonly after: string }
  | StorageDifference;

/** What has been changed since the host was fresh. Times do not count, nor does what comes and goes with a package. */
export function differences(host: Host): readonly Difference[] {
  const fresh = newHost(host.description);
  const changedPackages = keysOfBoth(fresh.packages, host.packages).filter(
    (name) => versionOf(fresh, name) !== versionOf(host, name),
  );
  const ofPackages = new Set(changedPackages.flatMap((name) => packageFiles(name)));
  const found: Difference[] = [];
  for (const path of keysOfBoth(fresh.files, host.files)) {
    const before = own(fresh.files, path);
    const after = own(host.files, path);
    if (isNoise(path) || (ofPackages.has(path) && (before === undefined || after === undefined))) continue;
    if (before === undefined || after === undefined)
      found.push({ kind: "file", path, state: before === undefined ? "new" : "gone" });
    else {
      if (contentOf(before) !== contentOf(after)) found.push({ kind: "file", path, state: "changed" });
      const was = attributesOf(fresh, before);
      const is = attributesOf(host, after);
      if (was !== is) found.push({ kind: "attributes", path, before: was, after: is });
    }
  }
  for (const name of keysOfBoth(fresh.units, host.units)) {
    const before = stateOf(fresh, name);
    const after = stateOf(host, name);
    if (before !== after) found.push({ kind: "unit", name, before, after });
  }
  for (const name of changedPackages) {
    found.push({ kind: "package", name, before: versionOf(fresh, name), after: versionOf(host, name) });
  }
  for (const name of keysOfBoth(fresh.sysctl, host.sysctl)) {
    const before = own(fresh.sysctl, name) ?? "";
    const after = own(host.sysctl, name) ?? "";
    if (before !== after) found.push({ kind: "sysctl", name, before, after });
  }
  found.push(...storageDifferences(fresh, host));
  return found;
}

// What apt keeps for itself, and what the kernel makes.
function isNoise(path: string): boolean {
  return /^\/(var\/lib\/apt\/|var\/cache\/apt|dev\/|sys\/)/.test(path);
}

function keysOfBoth(a: Readonly<Record<string, unknown>>, b: Readonly<Record<string, unknown>>): readonly string[] {
  return [...new Set([...Object.keys(a), ...Object.keys(b)])].sort();
}

function versionOf(host: FrozenHost, name: string): string | null {
  const known = own(host.packages, name);
  return known?.state === "installed" ? known.version : null;
}

function stateOf(host: Host, name: string): string {
  const root = { name: "root", uid: 0, gid: 0, gids: [0], home: "/root", line: "" };
  const session = openSession(host, root, "read", () => {});
  return activityOf(host, findUnit(session, name)).active;
}

/** What a node holds, as a text to compare. */
function contentOf(node: Node): string {
  switch (node.type) {
    case "file":
      return `file ${node.content}`;
    case "symlink":
      return `symlink ${node.target}`;
    default:
      return "directory";
  }
}

function attributesOf(host: FrozenHost, node: Node): string {
  return `${node.mode} ${userName(host, node.uid)}:${groupName(host, node.gid)}`;
}
