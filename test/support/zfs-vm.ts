import { type ChildProcess, execFileSync, spawn, spawnSync } from "node:child_process";
import { createHash } from "node:crypto";
import { existsSync, mkdtempSync, openSync, readFileSync, rmSync, truncateSync, writeFileSync } from "node:fs";
import { createServer } from "node:net";
import { homedir, tmpdir } from "node:os";
import { join, resolve } from "node:path";
import { setTimeout } from "node:timers/promises";
import type { TestProject } from "vitest/node";

/** How to reach the virtual machine with real OpenZFS; or why there is none. */
export type ZfsVm =
  | { readonly kind: "running"; readonly port: number; readonly key: string; readonly hostKey: string }
  | { readonly kind: "missing"; readonly why: string };
declare module "vitest" {
  interface ProvidedContext {
    readonly zfsVm: ZfsVm;
  }
}

/** Beside that of the system: `/dev/disk/by-id/virtio-LABDISK1` and so on, 1 GiB each. */
export const DISKS = 8;
const build = resolve(import.meta.dirname, "../e2e/zfs/vm/build.sh");
const BOOT_MS = 240_000;
/** Where KVM works, the guest is up in a few seconds; where it opens and does not work, it never is. */
const KVM_MS = 40_000;

/**
 * Boots the guest once for all tests of the project; builds it before, if it is not in the cache or its script has
 * changed. A developer's machine that cannot gets a message and skipped tests, CI a failure.
 */
export default async function startZfsVm(project: TestProject): Promise<() => Promise<void>> {
  let machine: Machine | null = null;
  try {
    machine = await start(imageOf(process.env.LAB_ZFS_FLAVOUR ?? "backports"));
    project.provide("zfsVm", machine.reach);
  } catch (error) {
    const why = error instanceof Error ? error.message : String(error);
    if (process.env.CI) throw error;
    console.error(`The tests against real OpenZFS are left out: ${why}`);
    project.provide("zfsVm", { kind: "missing", why });
  }
  return async () => machine?.stop();
}

/** The folder of the built image. Outside of the checkout: it is large, and the same for all of them. */
function imageOf(flavour: string): string {
  const cache = join(process.env.LAB_TEST_CACHE ?? join(homedir(), ".cache/labplay"), "zfs-vm");
  const hash = createHash("sha256").update(readFileSync(build)).digest("hex").slice(0, 16);
  const folder = join(cache, `${flavour}-${hash}`);
  if (existsSync(join(folder, "versions"))) return folder;
  for (const tool of ["qemu-system-x86_64", "qemu-img", "mmdebstrap", "mkfs.ext4"]) {
    if (spawnSync("sh", ["-c", `command -v ${tool}`]).status !== 0)
      throw new Error(`${tool} is missing (apt-get install mmdebstrap qemu-system-x86 qemu-utils e2fsprogs)`);
  }
  console.error(`Building a virtual machine with OpenZFS (${flavour}) in ${folder}: about five minutes, once`);
  execFileSync("bash", [build, flavour, folder], { stdio: ["ignore", "inherit", "inherit"] });
  return folder;
}

interface Machine {
  readonly reach: ZfsVm & { readonly kind: "running" };
  stop(): Promise<void>;
}

async function start(image: string): Promise<Machine> {
  const folder = mkdtempSync(join(tmpdir(), "lab-zfs-vm-"));
  const hostKey = readFileSync(join(image, "host_key"), "utf8").trim();
  const broken = join(image, "kvm-does-not-work");
  const kvm = process.env.LAB_ACCEL === undefined ? existsSync("/dev/kvm") && !existsSync(broken) : false;
  const accelerators = kvm ? ["kvm", "tcg,thread=multi"] : [process.env.LAB_ACCEL ?? "tcg,thread=multi"];
  for (const accelerator of accelerators) {
    const port = await freePort();
    const child = boot(image, folder, port, accelerator);
    const stop = async (): Promise<void> => {
      const closed = new Promise<void>((done) => void child.once("close", () => done()));
      if (child.exitCode === null && child.kill("SIGKILL")) await closed;
    };
    const reach = { kind: "running" as const, port, key: join(image, "id_ed25519"), hostKey };
    if (await answers(reach, child, accelerator === "kvm" ? KVM_MS : BOOT_MS)) {
      return { reach, stop: () => stop().then(() => rmSync(folder, { recursive: true, force: true })) };
    }
    await stop();
    if (accelerator === "kvm") writeFileSync(broken, "");
  }
  const said = ["qemu.log", "console.log"].map((name) => readFileSync(join(folder, name), "utf8").slice(-2000));
  rmSync(folder, { recursive: true, force: true });
  throw new Error(`the virtual machine does not come up:\n${said.join("\n")}`);
}

function boot(image: string, folder: string, port: number, accelerator: string): ChildProcess {
  const root = join(folder, "root.qcow2");
  rmSync(root, { force: true });
  execFileSync("qemu-img", ["create", "-q", "-f", "qcow2", "-F", "raw", "-b", join(image, "root.ext4"), root]);
  const disks = Array.from({ length: DISKS }, (_, index) => {
    const file = join(folder, `disk${index + 1}.raw`);
    writeFileSync(file, "");
    truncateSync(file, 1024 ** 3);
    const drive = `if=none,id=d${index},file=${file},format=raw,cache=unsafe,discard=unmap,detect-zeroes=unmap`;
    return ["-drive", drive, "-device", `virtio-blk-pci,drive=d${index},serial=LABDISK${index + 1}`];
  });
  const kernel =
    "root=/dev/vda rw console=ttyS0 quiet loglevel=4 mitigations=off systemd.show_status=0 random.trust_cpu=on";
  const log = openSync(join(folder, "qemu.log"), "w");
  return spawn(
    "qemu-system-x86_64",
    [
      ...["-accel", accelerator, "-cpu", "Nehalem", "-M", "q35", "-smp", "2", "-m", "1536", "-nodefaults"],
      ...["-display", "none", "-no-reboot", "-serial", `file:${join(folder, "console.log")}`],
      ...["-kernel", join(image, "vmlinuz"), "-initrd", join(image, "initrd.img"), "-append", kernel],
      ...["-drive", `if=none,id=root,file=${root},format=qcow2,cache=unsafe`],
      ...["-device", "virtio-blk-pci,drive=root,serial=LABROOT", ...disks.flat(), "-device", "virtio-rng-pci"],
      // No way out: the guest is reached, and reaches nothing.
      ...["-netdev", `user,id=n0,restrict=on,hostfwd=tcp:127.0.0.1:${port}-:22`, "-device", "virtio-net-pci,netdev=n0"],
    ],
    { stdio: ["ignore", log, log] },
  );
}

async function answers(vm: ZfsVm & { kind: "running" }, child: ChildProcess, forMs: number): Promise<boolean> {
  let ended = false;
  child.once("error", () => (ended = true));
  child.once("close", () => (ended = true));
  const until = Date.now() + forMs;
  while (Date.now() < until && !ended) {
    const words = [...sshWords(vm).slice(0, -1), "-o", "ConnectTimeout=5", "root@127.0.0.1", "zfs version"];
    // The guest's port is open before anything answers there.
    const tried = spawnSync("ssh", words, { timeout: 8_000 });
    if (tried.status === 0) return true;
    await setTimeout(500);
  }
  return false;
}

/** The words of ssh in front of a command for the guest. */
export function sshWords({ port, key }: ZfsVm & { kind: "running" }): readonly string[] {
  const options = ["StrictHostKeyChecking=no", "UserKnownHostsFile=/dev/null", "LogLevel=ERROR", "BatchMode=yes"];
  return [
    "-F",
    "none",
    "-i",
    key,
    "-p",
    String(port),
    ...options.flatMap((option) => ["-o", option]),
    "root@127.0.0.1",
  ];
}

async function freePort(): Promise<number> {
  const server = createServer();
  await new Promise<void>((done) => void server.listen(0, "127.0.0.1", done));
  const address = server.address();
  await new Promise<void>((done) => void server.close(() => done()));
  if (address === null || typeof address === "string") throw new Error("no port is free");
  return address.port;
}
