import { beforeEach, expect, test } from "vitest";
import { read, write } from "../../../engine/ops/build.ts";
import { findUser } from "../../../engine/sim/host/accounts.ts";
import { openSession, type Session } from "../../../engine/sim/session.ts";
import type { Host } from "../../../engine/sim/world.ts";
import { createDataset, destroyDataset, findDataset, snapshotDataset } from "../../../engine/sim/zfs/datasets.ts";
import { zfsLab } from "../../support/zfs-lab.ts";
import { ask, errorOf, run } from "./lab-host.ts";

let host: Host;
let session: Session;
beforeEach(() => {
  host = zfsLab("2.3.2-2~bpo12+2");
  fine("zpool create -o ashift=12 tank mirror vdb vdc");
  const root = findUser(host, "root");
  if (root === undefined) throw new Error("no root");
  session = openSession(host, root, "write", () => {});
});

function fine(line: string, stdin?: string): string {
  const { code, stdout, stderr } = run(host, line, stdin === undefined ? {} : { stdin });
  expect({ line, code, stderr }).toEqual({ line, code: 0, stderr: "" });
  return stdout;
}
const get = (property: string, dataset: string) =>
  fine(`zfs get -Hp -o value,source ${property} ${dataset}`).trimEnd().replace("\t", " ");
function put(path: string, content: string): void {
  ask(host, [write.text(path, content)]);
}
function text(path: string): string | null {
  const node = host.files[path];
  return node?.type === "file" ? node.content : null;
}

test("a fresh mirror has to the byte the room that a real one of these disks has", () => {
  const [used = 0, available = 0] = fine("zfs list -Hp -o used,available tank").split("\t").map(Number);
  expect(used + available).toBe(872_415_232);
});
test("files count, and a quota below them is refused", () => {
  fine("zfs create tank/q");
  const empty = Number(get("used", "tank/q").split(" ")[0]);
  put("/tank/q/f", "x".repeat(100_000));
  expect(Number(get("used", "tank/q").split(" ")[0])).toBe(empty + 102_400);
  expect(run(host, "zfs set quota=128K tank/q")).toMatchObject({
    code: 255,
    stderr: "cannot set property for 'tank/q': size is less than current used or reserved space\n",
  });
  fine("zfs set quota=1M tank/q");
  expect(Number(get("available", "tank/q").split(" ")[0])).toBe(2 ** 20 - empty - 102_400);
  // Also while it is not mounted.
  fine("zfs unmount tank/q");
  expect(Number(get("used", "tank/q").split(" ")[0])).toBe(empty + 102_400);
});

test("files go where their file system goes, and what it covered comes back", () => {
  put("/srv/under", "covered");
  fine("zfs create -o mountpoint=/srv tank/s");
  expect(text("/srv/under")).toBeNull();
  put("/srv/f", "mine");
  fine("zfs set mountpoint=/mnt/s tank/s");
  expect([text("/srv/under"), text("/srv/f"), text("/mnt/s/f")]).toEqual(["covered", null, "mine"]);
  fine("zfs unmount tank/s");
  expect(text("/mnt/s/f")).toBeNull();
  fine("zfs mount tank/s");
  expect(text("/mnt/s/f")).toBe("mine");
});
test("a file system below stays mounted in its place when the one above moves", () => {
  fine("zfs create tank/a");
  fine("zfs create tank/a/b");
  put("/tank/a/b/f", "deep");
  fine("zfs set mountpoint=/data tank/a");
  expect(text("/data/b/f")).toBe("deep");
  expect(get("mountpoint", "tank/a/b")).toBe("/data/b inherited from tank/a");
  expect(host.mounts.filter(({ fstype }) => fstype === "zfs").map(({ target }) => target)).toEqual([
    "/tank",
    "/data",
    "/data/b",
  ]);
  // Nobody had chosen the old folder.
  expect(host.files["/tank/a"]).toBeUndefined();
});
test("renaming carries mounts, files and snapshots along", () => {
  fine("zfs create tank/old");
  put("/tank/old/f", "kept");
  fine("zfs snapshot tank/old@s");
  fine("zfs clone tank/old@s tank/copy");
  fine("zfs rename tank/old tank/new");
  expect([text("/tank/new/f"), get("origin", "tank/copy"), get("mounted", "tank/new")]).toEqual([
    "kept",
    "tank/new@s -",
    "yes -",
  ]);
});
test("a rollback brings files back, mounted or not, and a clone has them too", () => {
  fine("zfs create tank/r");
  put("/tank/r/f", "before");
  fine("zfs snapshot tank/r@s");
  put("/tank/r/f", "after");
  put("/tank/r/g", "new");
  expect(fine("zfs diff tank/r@s")).toBe("M\t/tank/r/\nM\t/tank/r/f\n+\t/tank/r/g\n");
  fine("zfs clone tank/r@s tank/c");
  expect(text("/tank/c/f")).toBe("before");
  fine("zfs rollback tank/r@s");
  expect([text("/tank/r/f"), text("/tank/r/g")]).toEqual(["before", null]);
});
test("a stream carries files and what is set, and goes on from a snapshot", () => {
  fine("zpool create back vdd");
  fine("zfs create -o compression=zstd tank/x");
  put("/tank/x/f", "one");
  fine("zfs snapshot tank/x@1");
  fine("zfs receive back/x", fine("zfs send -p tank/x@1"));
  expect([text("/back/x/f"), get("compression", "back/x")]).toEqual(["one", "zstd received"]);
  expect(get("guid", "back/x@1")).toBe(get("guid", "tank/x@1"));
  put("/tank/x/f", "two");
  fine("zfs snapshot tank/x@2");
  fine("zfs receive back/x", fine("zfs send -i @1 tank/x@2"));
  expect(text("/back/x/f")).toBe("two");
  expect(run(host, "zfs receive back/x", { stdin: fine("zfs send -i @1 tank/x@2") })).toMatchObject({
    code: 1,
    stderr: "cannot receive incremental stream: most recent snapshot of back/x does not\nmatch incremental source\n",
  });
});
test("a snapshot whose destruction was put off goes with its clone", () => {
  fine("zfs create tank/d");
  fine("zfs snapshot tank/d@s");
  fine("zfs clone tank/d@s tank/dc");
  fine("zfs destroy -d tank/d@s");
  expect(get("defer_destroy", "tank/d@s")).toBe("on -");
  fine("zfs destroy tank/dc");
  expect(fine("zfs list -H -t snapshot -o name tank/d")).toBe("");
});
test("volumes have devices", () => {
  fine("zfs create -p -V 10M tank/vms/v-0");
  expect(host.files["/dev/zvol/tank/vms/v-0"]).toMatchObject({ type: "symlink", target: "../../../zd0" });
  fine("zfs create -s -V 10M tank/vms/v-1");
  expect(host.files["/dev/zd16"]).toMatchObject({ type: "block" });
  fine("zfs rename tank/vms/v-0 tank/vms/w-0");
  expect(host.files["/dev/zvol/tank/vms/v-0"]).toBeUndefined();
  fine("zfs destroy tank/vms/w-0");
  expect([host.files["/dev/zvol/tank/vms/w-0"], host.files["/dev/zd0"]]).toEqual([undefined, undefined]);
});
test("a locked file system is not mounted, nor given children, until its key is there", () => {
  fine("zfs create -o encryption=on -o keyformat=passphrase tank/e", "correct horse\n");
  put("/tank/e/f", "secret");
  fine("zfs unmount tank/e");
  fine("zfs unload-key tank/e");
  expect(text("/tank/e/f")).toBeNull();
  expect(run(host, "zfs mount tank/e").stderr).toBe("cannot mount 'tank/e': encryption key not loaded\n");
  expect(run(host, "zfs load-key tank/e", { stdin: "wrong horse\n" }).code).toBe(255);
  fine("zfs load-key tank/e", "correct horse\n");
  fine("zfs mount tank/e");
  expect(text("/tank/e/f")).toBe("secret");
  // The key itself is nowhere in the lab's state.
  expect(JSON.stringify(host)).not.toContain("correct horse");
});

test("someone else may do what was granted, and no more", () => {
  fine("zfs create tank/u");
  const denied = run(host, "zfs snapshot tank/u@s", { user: "nobody" });
  expect(denied).toMatchObject({ code: 1, stderr: "cannot create snapshot 'tank/u@s': permission denied\n" });
  fine("zfs allow -s @backup snapshot,send tank/u");
  fine("zfs allow nobody @backup tank/u");
  expect(run(host, "zfs snapshot tank/u@s", { user: "nobody" }).code).toBe(0);
  expect(run(host, "zfs set quota=1G tank/u", { user: "nobody" }).stderr).toContain("permission denied");
  expect(run(host, "zfs destroy -r tank/u", { user: "nobody" }).stderr).toContain("permission denied");
  expect(run(host, "zfs create tank/u/x", { user: "nobody" }).stderr).toContain("permission denied");
});

test("what only looks changes nothing, and what changes is refused as a look", () => {
  fine("zfs create tank/l");
  const looks = [
    "zfs get all tank/l",
    "zfs list -t all -r tank",
    "zfs mount",
    "zfs create -nv tank/n",
    "zfs destroy -nvr tank/l",
    "zfs allow tank/l",
  ];
  const world = () => JSON.stringify({ ...host, clockMs: 0 });
  const before = world();
  for (const line of looks) {
    const [reply] = ask(host, [read.exec(line.split(" "))]);
    expect({ line, kind: reply?.kind }).toEqual({ line, kind: "done" });
  }
  for (const line of [
    "zfs set quota=1G tank/l",
    "zfs set atime=off tank/l",
    "zfs inherit quota tank/l",
    "zfs create tank/n",
    "zfs snapshot tank/l@s",
    "zfs destroy tank/l",
    "zfs unmount tank/l",
    "zfs rename tank/l tank/m",
    "zfs allow nobody create tank/l",
  ]) {
    const [reply] = ask(host, [read.exec(line.split(" "))]);
    if (line.startsWith("zfs inherit")) continue;
    expect(errorOf(reply).message).toContain("was sent as a look; nothing was changed");
  }
  expect(world()).toBe(before);
});

test("other parts of the lab make, find and destroy datasets", () => {
  createDataset(session, "tank/subvol-101-disk-0", {
    type: "filesystem",
    properties: { refquota: String(8 * 2 ** 30), acltype: "posix" },
  });
  createDataset(session, "tank/vm-100-disk-0", { type: "volume", volsize: 64 * 2 ** 20, sparse: true });
  expect(get("refquota", "tank/subvol-101-disk-0")).toBe("8589934592 local");
  expect(host.mounts.at(-1)).toMatchObject({ source: "tank/subvol-101-disk-0", target: "/tank/subvol-101-disk-0" });
  expect(get("volsize", "tank/vm-100-disk-0")).toBe("67108864 local");
  snapshotDataset(session, "tank/subvol-101-disk-0", "vzdump");
  expect(findDataset(host, "tank/subvol-101-disk-0")?.snapshots.map(({ name }) => name)).toEqual(["vzdump"]);
  destroyDataset(session, "tank/subvol-101-disk-0");
  expect(findDataset(host, "tank/subvol-101-disk-0")).toBeUndefined();
  expect(host.files["/tank/subvol-101-disk-0"]).toBeUndefined();
  expect(findDataset(host, "constructor")).toBeUndefined();
});

test("an option that the real tool has and the lab has not is refused loudly", () => {
  const [reply] = ask(host, [write.exec(["zfs", "send", "-R", "tank@s"])]);
  expect(errorOf(reply)).toMatchObject({ code: "not-imitated" });
});
test("a look for people has columns", () => {
  expect(fine("zfs get compression,atime tank")).toBe(
    "NAME  PROPERTY     VALUE           SOURCE\ntank  compression  on              default\ntank  atime        on              default\n",
  );
});
