import { execFileSync, spawnSync } from "node:child_process";
import { randomBytes } from "node:crypto";
import {
  chmodSync,
  cpSync,
  existsSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  rmSync,
  symlinkSync,
  truncateSync,
  writeFileSync,
} from "node:fs";
import { join } from "node:path";
import { deflateSync } from "node:zlib";
import { afterAll, beforeAll, expect, inject, it } from "vitest";
import { parseDdrescueMap, summaryOf } from "../../../engine/formats/ddrescue-map.ts";
import { expectExit, recapOf, resultsOf } from "../../support/e2e-events.ts";
import { openRig, type Rig } from "../../support/e2e-rig.ts";
import { until } from "../../support/shell-run.ts";

// Real ddrescue and photorec, real loop devices in the place of disks. What a loop device has not, a serial number, stands
// where udev would have noted it; bad sectors come from ddrescue's own --test-mode, by a ddrescue earlier in PATH.

const MIB = 1024 ** 2;
const run = (command: string, ...args: string[]) => execFileSync(command, args, { encoding: "utf8" }).trim();
const shaOf = (path: string) => run("sha256sum", path).split(" ")[0];
const wrapper = "/usr/local/sbin/ddrescue";

let rig: Rig;
const loops: string[] = [];
const undo: (() => void)[] = [];
const here = (...path: string[]) => join(rig.target, ...path);

beforeAll(async () => {
  for (const tool of ["ddrescue", "photorec", "losetup", "lsblk", "mkfs.ext2", "mkntfs", "rsync"])
    run("sh", "-c", `command -v ${tool}`);
  rig = await openRig();
});
afterAll(async () => {
  for (const back of undo.reverse()) back();
  for (const loop of loops) {
    // A loop device keeps the flag for whoever gets it next.
    spawnSync("blockdev", ["--setrw", loop]);
    spawnSync("losetup", ["-d", loop]);
  }
  await rig?.stop();
});

/** A disk of random bytes with a serial number and a name under /dev/disk/by-id. */
function plugIn(serial: string, bytes = 8 * MIB) {
  const file = here(`${serial}.disk`);
  if (!existsSync(file)) writeFileSync(file, randomBytes(bytes));
  const loop = run("losetup", "-f", "--show", file);
  loops.push(loop);
  run("blockdev", "--setrw", loop);
  const id = `lab-${process.pid}-${serial}`;
  const note = `/run/udev/data/b7:${loop.replace("/dev/loop", "")}`;
  mkdirSync("/run/udev/data", { recursive: true });
  mkdirSync("/dev/disk/by-id", { recursive: true });
  writeFileSync(note, `E:ID_SERIAL_SHORT=${serial}\nE:ID_SERIAL=LAB_${serial}\nG:systemd\n`);
  rmSync(`/dev/disk/by-id/${id}`, { force: true });
  symlinkSync(loop, `/dev/disk/by-id/${id}`);
  undo.push(() => {
    for (const path of [note, `/dev/disk/by-id/${id}`]) rmSync(path, { force: true });
  });
  return { file, loop, source: { by_id: id, serial } };
}
/** Some of ddrescue's own switches, for tests: areas that cannot be read, and how slow it is. */
function ddrescueWith(...options: string[]): void {
  writeFileSync(wrapper, `#!/bin/sh\nexec /usr/bin/ddrescue ${options.join(" ")} "$@"\n`);
  chmodSync(wrapper, 0o755);
  undo.push(() => rmSync(wrapper, { force: true }));
}
function playbook(name: string, ...tasks: object[]): string {
  rig.write(name, JSON.stringify([{ name: "Rescue", hosts: "all", tasks }]));
  return name;
}
const ofMap = (path: string) => {
  const map = parseDdrescueMap(readFileSync(path, "utf8"));
  if ("error" in map) throw new Error(map.error);
  return summaryOf(map);
};
const jobReads = (loop: string) =>
  readFileSync(`/sys/block/${loop.replace("/dev/", "")}/stat`, "utf8")
    .trim()
    .split(/\s+/)[0];

it("copies a disk that it has made sure of, leaves it as it was, and reads nothing a second time", async () => {
  const { file, loop, source } = plugIn("LABGOOD1");
  const before = shaOf(file);
  const image = here("good.img");
  const name = playbook("good.yml", { ddrescue: { source, image, sha256: true } });
  const check = await rig.play(name, "--check");
  expectExit(check, 0);
  expect(existsSync(image)).toBe(false);
  expect(run("blockdev", "--getro", loop)).toBe("0");
  const first = await rig.play(name);
  expectExit(first, 0);
  expect(shaOf(image)).toBe(before);
  expect(readFileSync(`${image}.sha256`, "utf8")).toBe(`${before}  ${image}\n`);
  expect(run("stat", "-c", "%a", image)).toBe("444");
  expect(run("blockdev", "--getro", loop)).toBe("1");
  expect(spawnSync("dd", ["if=/dev/zero", `of=${loop}`, "bs=512", "count=1", "conv=notrunc"]).status).not.toBe(0);
  expect(shaOf(file)).toBe(before);
  expect(resultsOf(first)[0]?.result).toMatchObject({ complete: true, rescued_bytes: 8 * MIB, bad_bytes: 0 });
  const reads = jobReads(loop);
  const again = await rig.play(name);
  expectExit(again, 0);
  expect(recapOf(again).changed).toBe(0);
  expect(jobReads(loop)).toBe(reads);
});

it("refuses a disk with another serial number or size, and one that is mounted, before it is touched", async () => {
  const { file, loop, source } = plugIn("LABWRONG");
  const image = here("wrong.img");
  const refusals: [object, string][] = [
    [{ source: { ...source, serial: "LABOTHER" }, image }, "serial number LABWRONG, not LABOTHER"],
    [{ source: { ...source, size_bytes: 5 }, image }, "8388608 bytes, not 5"],
    [{ source: { ...source, by_id: "lab-nothing-here" }, image }, "there is no disk"],
    [{ source, image: here("no-such-folder", "x.img") }, "for the image is not there"],
  ];
  for (const [params, why] of refusals) {
    const refused = await rig.play(playbook("wrong.yml", { ddrescue: params }));
    expectExit(refused, 2);
    expect(resultsOf(refused)[0]?.reason).toContain(why);
  }
  run("mkfs.ext2", "-q", "-F", loop);
  mkdirSync(here("mnt"));
  run("mount", loop, here("mnt"));
  try {
    const mounted = await rig.play(playbook("mounted.yml", { ddrescue: { source, image } }));
    expectExit(mounted, 2);
    expect(resultsOf(mounted)[0]?.reason).toContain(`mounted at ${here("mnt")}`);
    // On the source itself.
    const itself = await rig.play(playbook("itself.yml", { ddrescue: { source, image: here("mnt", "x.img") } }));
    expectExit(itself, 2);
  } finally {
    run("umount", here("mnt"));
  }
  expect(run("blockdev", "--getro", loop)).toBe("0");
  expect(existsSync(image)).toBe(false);
  expect(existsSync(file)).toBe(true);
});

it("refuses a destination that is too small before the first byte is read", async () => {
  const { loop, source } = plugIn("LABSMALL");
  const small = here("small.fs");
  writeFileSync(small, "");
  truncateSync(small, 4 * MIB);
  run("mkfs.ext2", "-q", "-F", small);
  mkdirSync(here("small"));
  run("mount", "-o", "loop", small, here("small"));
  try {
    const refused = await rig.play(playbook("small.yml", { ddrescue: { source, image: here("small", "x.img") } }));
    expectExit(refused, 2);
    expect(resultsOf(refused)[0]?.reason).toContain("8388608 are needed: nothing was read");
    expect(run("blockdev", "--getro", loop)).toBe("0");
  } finally {
    run("umount", here("small"));
  }
});

it("says of a disk with bad sectors how many bytes are lost, though ddrescue ends with 0", async () => {
  const { file, source } = plugIn("LABBAD01");
  const before = shaOf(file);
  const bad = here("bad.map");
  writeFileSync(
    bad,
    "0x00000000     +               1\n0x00000000  0x00080000  +\n0x00080000  0x00001000  -\n0x00081000  0x0077F000  +\n",
  );
  ddrescueWith(`--test-mode=${bad}`);
  const image = here("bad.img");
  const failed = await rig.play(playbook("bad.yml", { ddrescue: { source, image, direct: false } }));
  expectExit(failed, 2);
  expect(resultsOf(failed)[0]?.reason).toContain(
    "the image is partial: 4096 of 8388608 bytes, in 1 area, could not be read in 3 retries",
  );
  expect(ofMap(`${image}.map`)).toMatchObject({ bad: 4096, badAreas: 1, left: 0 });
  // Told once more, and nothing is read for it.
  rmSync(wrapper);
  const told = await rig.play("bad.yml");
  expectExit(told, 2);
  expect(ofMap(`${image}.map`).bad).toBe(4096);
  const accepted = playbook("accepted.yml", { ddrescue: { source, image, direct: false, allow_partial: true } });
  expectExit(await rig.play(accepted), 0);
  const again = await rig.play(accepted);
  expectExit(again, 0);
  expect(recapOf(again).changed).toBe(0);
  expect(resultsOf(again)[0]?.result).toMatchObject({ complete: false, bad_bytes: 4096, bad_areas: 1 });
  expect(shaOf(file)).toBe(before);
  // More retries are made, and now the sectors can be read.
  const more = await rig.play(playbook("more.yml", { ddrescue: { source, image, direct: false, retries: 4 } }));
  expectExit(more, 0);
  expect(shaOf(image)).toBe(before);
});

it("goes on from its map when it was killed, and is followed when only the controller was", async () => {
  const { file, source } = plugIn("LABSLOW1");
  const before = shaOf(file);
  ddrescueWith("-Z 1M", "--cluster-size=16");
  const image = here("slow.img");
  const name = playbook("slow.yml", { ddrescue: { source, image, direct: false } });
  const live = rig.start("play", name, "--format", "jsonl");
  await until(() => existsSync(image) && readFileSync(image).length > MIB, 30_000);
  live.child.kill("SIGKILL");
  await live.done;
  const alive = () => run("sh", "-c", "ps axww -o pid,args | grep '[/]usr/bin/ddrescue.*slow.img' | awk '{print $1}'");
  expect(alive()).not.toBe("");
  const pid = alive().split("\n")[0] ?? "";
  // A second run finds it; then it dies as well, and its map is what is left.
  const second = rig.start("play", name, "--format", "jsonl");
  await until(() => existsSync(`${image}.map`) && /"type":"progress"/.test(second.stdout()), 30_000);
  expect(alive().split("\n")[0]).toBe(pid);
  run("kill", "-TERM", pid);
  const broken = await second.done;
  expect(broken.code === 2 || broken.code === 0).toBe(true);
  rmSync(wrapper);
  expectExit(await rig.play(name), 0);
  expect(shaOf(image)).toBe(before);
  expect(shaOf(file)).toBe(before);
});

/** A PNG that a carver believes: noise, so that it has a size. */
function png(seed: number): Buffer {
  const [width, height] = [40, 40];
  const crcTable = Array.from({ length: 256 }, (_, n) => {
    let c = n;
    for (let k = 0; k < 8; k += 1) c = c & 1 ? 0xedb88320 ^ (c >>> 1) : c >>> 1;
    return c >>> 0;
  });
  const crc = (bytes: Buffer) => {
    let c = 0xffffffff;
    for (const byte of bytes) c = (crcTable[(c ^ byte) & 255] ?? 0) ^ (c >>> 8);
    return (c ^ 0xffffffff) >>> 0;
  };
  const chunk = (type: string, data: Buffer) => {
    const body = Buffer.concat([Buffer.from(type), data]);
    const head = Buffer.alloc(4);
    head.writeUInt32BE(data.length);
    const tail = Buffer.alloc(4);
    tail.writeUInt32BE(crc(body));
    return Buffer.concat([head, body, tail]);
  };
  const header = Buffer.alloc(13);
  header.writeUInt32BE(width, 0);
  header.writeUInt32BE(height, 4);
  header.set([8, 2, 0, 0, 0], 8);
  const raw = Buffer.alloc(height * (1 + width * 3));
  for (let index = 0; index < raw.length; index += 1)
    raw[index] = index % (1 + width * 3) === 0 ? 0 : (index * seed * 2654435761) >>> 24;
  return Buffer.concat([
    Buffer.from("\x89PNG\r\n\x1a\n", "latin1"),
    chunk("IHDR", header),
    chunk("IDAT", deflateSync(raw)),
    chunk("IEND", Buffer.alloc(0)),
  ]);
}

it("carves deleted pictures out of an image, once, and leaves the image as it was", async () => {
  const image = here("carve.img");
  writeFileSync(image, "");
  truncateSync(image, 16 * MIB);
  run("mkfs.ext2", "-q", "-F", "-b", "4096", image);
  mkdirSync(here("carve-mnt"));
  run("mount", "-o", "loop", image, here("carve-mnt"));
  const pictures = [png(3), png(7), png(11)];
  for (const [index, picture] of pictures.entries()) writeFileSync(here("carve-mnt", `p${index}.png`), picture);
  run("sync");
  rmSync(here("carve-mnt", "p1.png"));
  run("umount", here("carve-mnt"));
  const before = shaOf(image);
  const dest = here("carved");
  mkdirSync(dest);
  const name = playbook("carve.yml", { photorec: { image, dest, filetypes: ["png"], ext: true } });
  const first = await rig.play(name);
  expectExit(first, 0);
  const found = () => readdirSync(join(dest, "recup_dir.1")).filter((each) => each.endsWith(".png"));
  expect(found()).toHaveLength(3);
  expect(
    found()
      .map((each) => shaOf(join(dest, "recup_dir.1", each)))
      .sort(),
  ).toEqual(
    pictures.map((picture) => execFileSync("sha256sum", { input: picture, encoding: "utf8" }).split(" ")[0]).sort(),
  );
  expect(resultsOf(first)[0]?.result).toMatchObject({ files: 3, by_type: { png: 3 } });
  const again = await rig.play(name);
  expectExit(again, 0);
  expect(recapOf(again).changed).toBe(0);
  expect(existsSync(join(dest, "recup_dir.2"))).toBe(false);
  expect(shaOf(image)).toBe(before);
  // Other options into the same folder would make duplicates.
  const other = await rig.play(playbook("other.yml", { photorec: { image, dest } }));
  expectExit(other, 2);
  expect(existsSync(join(dest, "recup_dir.2"))).toBe(false);
});

it("does not take a syntax error of photorec for an end, and starts anew what was cut off", async () => {
  const image = here("carve.img");
  const dest = here("typo");
  mkdirSync(dest);
  const failed = await rig.play(playbook("typo.yml", { photorec: { image, dest, filetypes: ["nosuchtype"] } }));
  expectExit(failed, 2);
  expect(resultsOf(failed)[0]?.reason).toContain("Syntax error in command line: nosuchtype");
  expect(existsSync(join(dest, ".lab-photorec.done"))).toBe(false);
  const cut = here("cut");
  mkdirSync(join(cut, "recup_dir.1"), { recursive: true });
  writeFileSync(join(cut, "recup_dir.1", "half.png"), "half");
  const name = playbook("cut.yml", { photorec: { image, dest: cut, filetypes: ["png"], ext: true } });
  const stranger = await rig.play(name);
  expectExit(stranger, 2);
  expect(existsSync(join(cut, "recup_dir.1", "half.png"))).toBe(true);
  // The mark of a run that began: now it is known whose they are.
  const { size, mtimeMs } = JSON.parse(run("stat", "-c", '{"size":%s,"mtimeMs":%Y}', image));
  const command = `${image} partition_none,options,mode_ext2,fileopt,everything,disable,png,enable,wholespace,search`;
  writeFileSync(join(cut, ".lab-photorec.begun"), JSON.stringify({ command, size, mtime: mtimeMs, sha256: null }));
  expectExit(await rig.play(name), 0);
  expect(existsSync(join(cut, "recup_dir.1", "half.png"))).toBe(false);
  expect(readdirSync(join(cut, "recup_dir.1")).filter((each) => each.endsWith(".png"))).toHaveLength(3);
  expect(existsSync(join(cut, "recup_dir.2"))).toBe(false);
});

it("as a role: what can be read of a dying NTFS disk is copied and carved, it says partial, and the disk is as it was", async () => {
  cpSync(join(inject("lab"), "roles/recovery_toolkit"), join(rig.folder, "roles/recovery_toolkit"), {
    recursive: true,
  });
  const disk = here("LABNTFS1.disk");
  writeFileSync(disk, "");
  truncateSync(disk, 16 * MIB);
  run("mkntfs", "-q", "-F", "-Q", disk);
  const point = here("ntfs-mnt");
  mkdirSync(point);
  run("mount", "-t", "ntfs-3g", "-o", "loop", disk, point);
  writeFileSync(join(point, "thesis.txt"), "three years of work\n");
  writeFileSync(join(point, "photo.png"), png(5));
  run("sync");
  rmSync(join(point, "photo.png"));
  run("umount", point);
  const { loop, source } = plugIn("LABNTFS1");
  const before = shaOf(disk);
  const bad = here("ntfs-bad.map");
  // Its last 64 KiB but one, where nothing lies.
  const [good, lost, rest] = [15 * MIB, 65536, MIB - 65536];
  const row = (at: number, size: number, status: string) => `0x${at.toString(16)} 0x${size.toString(16)} ${status}\n`;
  writeFileSync(bad, `0x0 + 1\n${row(0, good, "+")}${row(good, lost, "-")}${row(good + lost, rest, "+")}`);
  ddrescueWith(`--test-mode=${bad}`);
  const role = {
    role: "recovery_toolkit",
    source,
    workdir: here("rescue"),
    allow_root_filesystem: true,
    hold_off_automount: false,
    direct: false,
    mount: { fs: "ntfs", partition: 0, uid: 1, gid: 1 },
    carve: { filetypes: ["png"] },
  };
  const write = (more: object) =>
    rig.write("role.yml", JSON.stringify([{ name: "Rescue", hosts: "all", roles: [{ ...role, ...more }] }]));
  write({});
  const partial = await rig.play("role.yml");
  expectExit(partial, 2);
  const failed = resultsOf(partial).filter(({ status }) => status === "failed");
  expect(failed.map(({ reason }) => reason?.replace(/\s+/g, " "))).toEqual([
    expect.stringContaining(`partial: ${lost} of ${16 * MIB} bytes could not be read, in 1 area.`),
  ]);
  expect(readFileSync(here("rescue/REPORT.txt"), "utf8")).toContain(`PARTIAL: ${lost} bytes in 1 area`);
  expect(readFileSync(here("rescue/files/thesis.txt"), "utf8")).toBe("three years of work\n");
  expect(readdirSync(here("rescue/carved/recup_dir.1")).filter((name) => name.endsWith(".png"))).toHaveLength(1);
  run("sh", "-c", `cd ${here("rescue/carved")} && sha256sum -c --quiet SHA256SUMS`);
  // Mounted and read, and still what came from the disk; nothing is mounted any more.
  run("sh", "-c", `sha256sum -c --quiet ${here("rescue/disk.img.sha256")}`);
  expect(spawnSync("mountpoint", ["-q", here("rescue/mnt")]).status).not.toBe(0);
  // The disk: the same as before, and nobody can write to it.
  expect(shaOf(disk)).toBe(before);
  expect(spawnSync("dd", ["if=/dev/zero", `of=${loop}`, "bs=512", "count=1"], { encoding: "utf8" }).stderr).toMatch(
    /Operation not permitted|Read-only/,
  );
  rmSync(wrapper);
  write({ allow_partial: true });
  const again = await rig.play("role.yml");
  expectExit(again, 0);
  expect(resultsOf(again).flatMap(({ status, name }) => (status === "changed" ? [name] : []))).toEqual([]);
  expect(existsSync(here("rescue/carved/recup_dir.2"))).toBe(false);
  const { role: name, ...vars } = { ...role, allow_partial: true };
  const verify = [{ name: "Look", include_role: { name, tasks_from: "verify" }, vars }];
  rig.write("look.yml", JSON.stringify([{ hosts: "all", tasks: verify }]));
  expectExit(await rig.play("look.yml"), 0);
}, 180_000);
