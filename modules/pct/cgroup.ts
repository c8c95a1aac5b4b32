/** Which of the two layouts of control groups the node has, decided as Proxmox VE does it; null if its mounts do not tell. */
export function cgroupVersion(mounts: string | null | undefined): 1 | 2 | null {
  const [, type] = /^\S+ \/sys\/fs\/cgroup (\S+) /m.exec(mounts ?? "") ?? [];
  if (type === undefined) return null;
  return type === "cgroup2" ? 2 : 1;
}

/** What may become of a weight on its way into the configuration: it is cut to what the control groups take. */
export function cutWeights(wanted: number, version: 1 | 2 | null): readonly number[] {
  const least = Math.max(wanted, 2);
  const most = Math.min(wanted, 10_000);
  return version === 1 ? [least] : version === 2 ? [most] : [least, most];
}
