import { collectOutput } from "../../pve/command/pve-error.ts";
import { loadVmConf, parseVmConf, vmConfText, vmIds } from "../../pve/vm/vm-conf.ts";
import { vmStatus } from "../../pve/vm/vm-status.ts";
import { isOn, type Subcommand, usageOf } from "./options.ts";
import { VMID } from "./words.ts";

export const status: Subcommand = {
  words: [VMID],
  options: { verbose: { kind: "boolean" } },
  run({ session }, call) {
    return collectOutput(usageOf("status", status), ({ out, warn }) => {
      const all = vmStatus(session.host, call.vmid, loadVmConf(session.host, call.vmid, warn));
      if (!isOn(call, "verbose")) out(`status: ${all.qmpstatus}`);
      else for (const key of Object.keys(all).sort()) out(described(key, all[key] ?? "", ""));
    });
  },
};

/** What has parts of its own stands in lines below, indented. */
function described(key: string, value: unknown, indent: string): string {
  if (typeof value !== "object" || value === null) return `${indent}${key}: ${value}\n`;
  const parts = Object.entries(value).map(([name, part]) => described(name, part, `${indent}\t`));
  return `${indent}${key}:\n${parts.join("")}`;
}

export const list: Subcommand = {
  words: [],
  options: { full: { kind: "boolean" } },
  run({ session: { host } }) {
    return collectOutput(usageOf("list", list), ({ out, warn }) => {
      const rows = vmIds(host).map((vmid) => {
        const conf = parseVmConf(vmid, vmConfText(host, vmid) ?? "");
        for (const warning of conf.warnings) warn(warning);
        const { name, qmpstatus, maxmem, maxdisk, pid } = vmStatus(host, vmid, conf);
        const disk = (Number(maxdisk) / 1024 ** 3).toFixed(2);
        return row(vmid, String(name), String(qmpstatus), String(Number(maxmem) / 1024 ** 2), disk, String(pid ?? 0));
      });
      // Of no virtual machines not even the heading is printed.
      if (rows.length > 0) out(`${row("VMID", "NAME", "STATUS", "MEM(MB)", "BOOTDISK(GB)", "PID")}${rows.join("")}`);
    });
  },
};

function row(vmid: string, name: string, state: string, memory: string, disk: string, pid: string): string {
  const left = `${vmid.padStart(10)} ${name.padEnd(20)} ${state.padEnd(10)} ${memory.padEnd(10)}`;
  return `${left} ${disk.padStart(12)} ${pid.padEnd(10)}\n`;
}
