import { nodeOf } from "../../files/look-at-path.ts";
import { sha256 } from "../../files/node.ts";
import { type Output, PveError } from "../../pve/command/pve-error.ts";
import { OS_TYPES } from "../../pve/container/keys/container-keys.ts";
import { assertSource, isMountKey, parseMount } from "../../pve/container/mount-points.ts";
import type { HeldConf } from "../../pve/guest/guest-conf.ts";
import { newContainer } from "../../pve/inside/new-container.ts";
import { filePath } from "../../pve/storage/volumes.ts";
import type { Session } from "../../session.ts";

interface Start {
  readonly template: string;
  readonly conf: HeldConf;
  readonly sshKeys?: string;
  readonly password?: string;
}

/** Mounts what the configuration names, unpacks the template there and sets up what is inside. Throws PveError. */
export function mountAndUnpack(session: Session, vmid: string, start: Start, output: Output): void {
  const { conf, template } = start;
  try {
    for (const [key, value] of conf.values) if (isMountKey(key)) assertSource(session, parseMount(key, value));
  } catch (error) {
    output.out("mounting container failed");
    throw error;
  }
  const archive = archiveOf(session, template);
  output.out(`extracting archive '${archive}'`);
  session.spend(UNPACK_MS);
  output.out("Total bytes read: 2150400 (2.1MiB, 91MiB/s)");
  const name = archive.split("/").at(-1) ?? "";
  if (!conf.values.has("ostype")) conf.values.set("ostype", osTypeOf(name));
  if (!conf.values.has("arch")) {
    conf.values.set("arch", archOf(name));
    output.out(`Detected container architecture: ${archOf(name)}`);
  }
  const hostname = conf.values.get("hostname") ?? `CT${vmid}`;
  const { sshKeys, password } = start;
  const inside = newContainer(session, {
    vmid,
    template,
    hostname,
    values: conf.values,
    ...(sshKeys === undefined ? {} : { sshKeys }),
    ...(password === undefined ? {} : { password }),
  });
  // A Debian template brings the SSH daemon, whose keys no two containers may share.
  if (conf.values.get("ostype") === "debian") {
    for (const type of ["rsa", "ecdsa", "ed25519"]) {
      const print = Buffer.from(sha256(`${vmid} ${type} ${session.host.clockMs}`), "hex")
        .toString("base64")
        .slice(0, 43);
      output.out(`Creating SSH host key 'ssh_host_${type}_key' - this may take some time ...`);
      output.out(`done: SHA256:${print} root@${hostname.split(".")[0]}`);
    }
  }
  const { pve } = session.change();
  if (pve !== undefined) pve.containers[vmid] = { inside, running: null, snapshots: {} };
}

const UNPACK_MS = 1500;

/** The template's file on the node: a volume id, or an absolute path, which root may name. */
function archiveOf(session: Session, template: string): string {
  if (template.startsWith("/")) {
    if (nodeOf(session, template)?.type !== "file") throw new PveError(`can't find file '${template}'`);
    return template;
  }
  if (!template.includes(":")) throw new PveError(`can't find file '${template}'`);
  const path = filePath(session.host, template)?.path ?? "";
  const node = nodeOf(session, path);
  if (node?.type !== "file") throw new PveError(`volume '${template}' does not exist`);
  return path;
}

function osTypeOf(name: string): string {
  const first = /^[a-z]+/.exec(name)?.[0] ?? "";
  const alias = ["almalinux", "rockylinux"].includes(first) ? "centos" : first;
  return OS_TYPES.find((type) => type === alias) ?? "unmanaged";
}

function archOf(name: string): string {
  return /_(amd64|i386|arm64|armhf|riscv32|riscv64)\.tar/.exec(name)?.[1] ?? "amd64";
}
