import { expect, it } from "vitest";
import { judgeLink } from "../../../engine/formats/judge-link.ts";
import { parseLinkProbe } from "../../../engine/formats/link-probe.ts";

interface Seen {
  readonly devices?: string;
  readonly from?: string;
  readonly to?: string;
}
const line = (fstype: string, { id = 36, target = "/data", own = "rw", options = "rw" } = {}): string =>
  `${id} ${id} 20 0:57 / ${target} ${own},relatime shared:1 - ${fstype} /dev/sdb1 ${options}`;
const placesOf = ({ devices = "57 57", from = "", to = from }: Seen) =>
  parseLinkProbe(`devices ${devices}\nyes ${from}\nyes ${to}\n`, ["/data/one", "/data/two"]);
const verdictOf = (seen: Seen) => {
  const [one, other] = placesOf(seen) ?? [];
  return one === undefined || other === undefined ? undefined : judgeLink(one, other);
};

it.each<[string, Seen, boolean | null, boolean | null, RegExp | null]>([
  ["one mount of a disk", { from: line("ext4") }, true, true, null],
  ["one data set", { from: line("zfs") }, true, true, null],
  ["a container's own files", { from: line("overlay", { target: "/" }) }, true, true, null],
  ["no stat, where one mount is one tree", { devices: "", from: line("xfs") }, true, true, null],
  [
    "two mounts of one disk: the device numbers are the same",
    { from: line("ext4"), to: line("ext4", { id: 37, target: "/data/two" }) },
    false,
    false,
    /^\/data and \/data\/two are two mounts: Invalid cross-device link$/,
  ],
  [
    "the same folder mounted twice, one over the other",
    { from: line("ext4"), to: line("ext4", { id: 37 }) },
    false,
    false,
    /two mounts/,
  ],
  ["two subvolumes", { devices: "57 58", from: line("btrfs") }, false, false, /two volumes of one btrfs/],
  ["one subvolume", { from: line("btrfs") }, true, true, null],
  ["perhaps two subvolumes", { devices: "", from: line("btrfs") }, null, null, /no `stat`/],
  ["a stick", { from: line("exfat") }, false, true, /exfat has no hard links/],
  ["project quotas", { from: line("xfs", { options: "rw,prjquota" }) }, null, null, /project quotas/],
  ["a union", { from: line("fuse.mergerfs") }, null, null, /policy/],
  ["a share", { from: line("cifs") }, null, null, /what cifs links/],
  ["a mount that cannot be seen", { from: "? " }, null, null, /cannot be looked at/],
  ["a mount outside of a chroot", { from: "36 " }, null, null, /of which kind/],
])("%s", (_, seen, links, moves, reason) => {
  const verdict = verdictOf(seen);
  expect(verdict).toMatchObject({ links, moves });
  if (reason === null) expect(verdict?.reason).toBeNull();
  else expect(verdict?.reason).toMatch(reason);
});

it.each([
  ["the mount", line("ext4", { own: "ro" })],
  ["the file system", line("ext4", { options: "ro" })],
])("nothing can be made where %s is read-only, whatever a shell thinks of root", (_, from) => {
  expect(placesOf({ from })?.map(({ writable }) => writable)).toEqual([false, false]);
});

it("another answer is none", () => {
  for (const text of ["", "devices 1 1\n", "links=yes moves=yes\n"])
    expect(parseLinkProbe(text, ["/one", "/two"])).toBeNull();
});
