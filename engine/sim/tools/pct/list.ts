import { collectOutput } from "../../pve/command/pve-error.ts";
import { confText, containerIds, parseLxcConf } from "../../pve/container/container-conf.ts";
import { type Subcommand, usageOf } from "./options.ts";

export const list: Subcommand = {
  words: [],
  options: {},
  run({ session: { host } }) {
    return collectOutput(usageOf("list", list), (output) => {
      const rows = containerIds(host).map((vmid) => {
        const { values, warnings } = parseLxcConf(vmid, confText(host, vmid) ?? "");
        for (const warning of warnings) output.warn(warning);
        const memory = values.get("memory") ?? "512";
        if (!/^\d+$/.test(memory))
          output.warn(
            `Argument "${memory}" isn't numeric in multiplication (*) at /usr/share/perl5/PVE/LXC.pm line 287.`,
          );
        const status = host.pve?.containers[vmid]?.running ? "running" : "stopped";
        return row(vmid, status, values.get("lock") ?? "", values.get("hostname") ?? `CT${vmid}`);
      });
      // Of no containers not even the heading is printed.
      if (rows.length > 0) output.out(`${row("VMID", "Status", "Lock", "Name")}${rows.join("")}`);
    });
  },
};

function row(vmid: string, status: string, lock: string, name: string): string {
  return `${vmid.padEnd(10)} ${status.padEnd(10)} ${lock.padEnd(12)} ${name.padEnd(20)}\n`;
}
