import type { Session } from "../../session.ts";

/** Where the pool's datasets are: written down with a new storage, unless it says so itself. */
export function adoptMountPoint(session: Session, id: string, options: Map<string, string>): string {
  const name = options.get("pool") ?? "";
  const [pool = ""] = name.split("/");
  if (session.host.zfs === undefined) {
    const line = `zfs error: open3: exec of zpool list -o name -H ${pool} failed: No such file or directory at /usr/share/perl5/PVE/Tools.pm line 527.\n\n`;
    return options.get("disable") === "1" || options.has("nodes") ? "" : line + line;
  }
  const imported = session.host.zfs.pools[pool];
  const dataset = imported?.datasets[name];
  if (imported === undefined || dataset === undefined) return "";
  const at = mountPointOf(imported.datasets, name);
  const wanted = options.get("mountpoint");
  if (at === null) return "";
  if (wanted === undefined) options.set("mountpoint", at);
  else if (wanted !== at)
    return `warning for ${id} - mountpoint: ${wanted} does not match current mount point: ${at}\n`;
  return "";
}

/** Set on the dataset or inherited from one above it; null where it has none. */
function mountPointOf(
  datasets: Readonly<Record<string, { readonly properties: Readonly<Record<string, { readonly value: string }>> }>>,
  name: string,
): string | null {
  const own = datasets[name]?.properties.mountpoint?.value;
  if (own !== undefined) return own.startsWith("/") ? own : null;
  const slash = name.lastIndexOf("/");
  if (slash < 0) return `/${name}`;
  const above = mountPointOf(datasets, name.slice(0, slash));
  return above === null ? null : `${above === "/" ? "" : above}${name.slice(slash)}`;
}
