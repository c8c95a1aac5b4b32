import { parsePropertyString } from "../../engine/formats/property-string.ts";
import { parseGuestConf } from "../../engine/formats/pve-conf.ts";
import { parsePveSize } from "../../engine/formats/pve-size.ts";
import { keepBytes } from "../../engine/sim/files/node.ts";
import { qcow2Image } from "../../engine/sim/pve/storage/disk-image.ts";
import { startProcess } from "../../engine/sim/pve/vm/vm-process.ts";
import type { Host, Node } from "../../engine/sim/world.ts";
import { type RecordedGuest, recordedNode, rootSession } from "./recorded-node.ts";

const MIB = 1024 ** 2;
const KEYS = [
  "ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAILhnOaHlsJTKRuHIPGlssw6MjIORSexoNiBfNgH+9co0 user@host one\n",
  "ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAIMPL+UY4qP7lTjyGvPngMIeKYMzIE6ptJJ/a+/VJjsVy two\n",
];

/** The node that the transcripts of `qm` were made on, with these virtual machines. */
export function recordedVms(vms: Readonly<Record<string, RecordedGuest>> = {}): Host {
  const host = recordedNode();
  const file = (content: string, mode = "0644"): Node => ({ type: "file", mode, uid: 0, gid: 0, mtime: 1, content });
  const image = (bytes: Uint8Array): Node => ({ ...file(""), ...keepBytes(bytes) }) as Node;
  host.files["/root/keys.pub"] = file(KEYS.join(""));
  host.files["/root/k1.pub"] = file(KEYS[0] ?? "");
  host.files["/var/lib/vz/template/iso/src.qcow2"] = image(qcow2Image(96 * MIB));
  host.files["/var/lib/vz/template/iso/disk.img"] = image(qcow2Image(96 * MIB));
  host.files["/var/lib/vz/template/iso/x.iso"] = file("\0".repeat(MIB));
  host.files["/var/lib/vz/snippets/user.yaml"] = file("#cloud-config\npackages: []\n");
  host.files["/etc/pve/user.cfg"] = file("user:root@pam:1:0:::::\npool:p1::::\n");
  for (const path of Object.keys(host.files))
    if (path.startsWith("/usr/share/pve-edk2-firmware")) delete host.files[path];
  for (const [vmid, vm] of Object.entries(vms)) addVm(host, vmid, vm);
  return host;
}

export function addVm(host: Host, vmid: string, { conf, running = false }: RecordedGuest): void {
  const { files, pve } = host;
  if (pve === undefined) throw new Error("the host is no node");
  const content = `${conf.join("\n")}\n`;
  const path = `/etc/pve/nodes/${host.hostname}/qemu-server/${vmid}.conf`;
  files[path] = { type: "file", mode: "0640", uid: 0, gid: 33, mtime: 1, content };
  for (const { value } of parseGuestConf(content).current) {
    const { options } = parsePropertyString(value, "file");
    const volid = options.get("file") ?? "";
    if (!/^[a-z]\w+:(\d+\/)?(vm|base)-/.test(volid)) continue;
    const bytes = parsePveSize(options.get("size") ?? "4M") ?? 0;
    pve.volumes[volid] = { bytes, format: volid.endsWith(".qcow2") ? "qcow2" : "raw" };
  }
  pve.vms[vmid] = { running: null };
  if (running) startProcess(rootSession(host), vmid);
}
