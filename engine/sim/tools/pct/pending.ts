import { encodeDescription } from "../../../formats/pve-conf.ts";
import { collectOutput } from "../../pve/command/pve-error.ts";
import { loadConf } from "../../pve/container/container-conf.ts";
import { type PendingEntry, pendingView } from "../../pve/guest/merged-conf.ts";
import { type Subcommand, usageOf } from "./options.ts";
import { VMID } from "./words.ts";

export const pending: Subcommand = {
  words: [VMID],
  options: {},
  run({ session }, { vmid }) {
    return collectOutput(usageOf("pending", pending), (output) => {
      const lines = pendingView(loadConf(session.host, vmid, output.warn)).map(printed);
      if (lines.length > 0) output.out(lines.join(""));
    });
  },
};

function printed({ key, value, pending: next, removed }: PendingEntry): string {
  const shown = key === "description" ? encodeDescription(value ?? "") : value;
  if (value === undefined) return `new ${key}: ${next}\n`;
  if (removed) return `del ${key}: ${shown}\n`;
  return `cur ${key}: ${shown}\n${next === undefined ? "" : `new ${key}: ${next}\n`}`;
}
