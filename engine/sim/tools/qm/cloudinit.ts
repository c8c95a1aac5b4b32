import { splitList } from "../../pve/command/formats.ts";
import { collectOutput } from "../../pve/command/pve-error.ts";
import { CLOUD_INIT_KEYS } from "../../pve/vm/keys/vm-keys.ts";
import { cloudInitData, makeCloudInitImage } from "../../pve/vm/vm-cloud-init.ts";
import { loadVmConf, type VmConf, writeVmConf } from "../../pve/vm/vm-conf.ts";
import { cloudInitDrive } from "../../pve/vm/vm-drives.ts";
import { shownValue } from "./config.ts";
import { loadVmForChange } from "./load.ts";
import { type Subcommand, usageOf } from "./options.ts";
import { VMID } from "./words.ts";

export const dumpCloudInit: Subcommand = {
  words: [VMID, { name: "type", schema: { kind: "string", values: ["user", "network", "meta"] } }],
  options: {},
  run({ session }, { vmid, words }) {
    return collectOutput(usageOf("cloudinit dump", dumpCloudInit), ({ out, warn }) => {
      const conf = loadVmConf(session.host, vmid, warn);
      out(`${cloudInitData(session, vmid, conf, words.get("type") ?? "")}\n`);
    });
  },
};

export const pendingCloudInit: Subcommand = {
  words: [VMID],
  options: {},
  run({ session }, { vmid }) {
    return collectOutput(usageOf("cloudinit pending", pendingCloudInit), ({ out, warn }) => {
      const text = told(loadVmConf(session.host, vmid, warn));
      if (text !== "") out(text);
    });
  },
};

/** What the image says, and what it will say once it is made anew. */
function told({ values, cloudinit }: VmConf): string {
  const added = splitList(cloudinit.values.get("added") ?? "");
  const changed = [...cloudinit.values.keys()].filter((key) => key !== "added");
  const keys = new Set([...CLOUD_INIT_KEYS.filter((key) => values.has(key)), ...changed, ...added]);
  return [...keys]
    .sort()
    .map((key) => {
      const [was, is] = [cloudinit.values.get(key), values.get(key)];
      if (added.includes(key)) return `new ${key}: ${shownValue(key, is ?? "")}\n`;
      if (was === undefined) return `cur ${key}: ${shownValue(key, is ?? "")}\n`;
      if (is === undefined) return `del ${key}: ${shownValue(key, was)}\n`;
      return `cur ${key}: ${shownValue(key, was)}\nnew ${key}: ${shownValue(key, is)}\n`;
    })
    .join("");
}

export const updateCloudInit: Subcommand = {
  words: [VMID],
  options: {},
  run({ session }, { vmid }) {
    return collectOutput(usageOf("cloudinit update", updateCloudInit), (output) => {
      const conf = loadVmForChange(session, vmid, output);
      if (cloudInitDrive(conf.values) === undefined) return;
      makeCloudInitImage(conf, output);
      writeVmConf(session, vmid, conf);
    });
  },
};
