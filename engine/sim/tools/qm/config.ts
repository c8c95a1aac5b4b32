import { encodeDescription } from "../../../formats/pve-conf.ts";
import { collectOutput, ParameterError, PveError } from "../../pve/command/pve-error.ts";
import type { ConfPart } from "../../pve/guest/guest-conf.ts";
import { mergedPart, type PendingEntry, pendingView } from "../../pve/guest/merged-conf.ts";
import { loadVmConf } from "../../pve/vm/vm-conf.ts";
import { type Subcommand, usageOf } from "./options.ts";
import { VMID } from "./words.ts";

export const config: Subcommand = {
  words: [VMID],
  options: { current: { kind: "boolean" }, snapshot: { kind: "string", maxLength: 40 } },
  run({ session }, { vmid, options }) {
    return collectOutput(usageOf("config", config), (output) => {
      const conf = loadVmConf(session.host, vmid, output.warn);
      const name = options.get("snapshot");
      if (name !== undefined && options.get("current") === "1")
        throw new ParameterError(new Map([["snapshot", "cannot use 'snapshot' parameter with 'current'"]]));
      const part = name === undefined ? undefined : conf.snapshots.get(name);
      if (name !== undefined && part === undefined) throw new PveError(`snapshot '${name}' does not exist`);
      const text = printed(part ?? (options.get("current") === "1" ? conf : mergedPart(conf)));
      if (text !== "") output.out(text);
    });
  },
};

/** One line each, the description encoded. */
function printed(part: ConfPart): string {
  const lines = [...part.values];
  if (part.description !== undefined) lines.push(["description", part.description]);
  return lines
    .sort(([a], [b]) => (a < b ? -1 : 1))
    .map(([key, value]) => `${key}: ${shownValue(key, value)}\n`)
    .join("");
}

export function shownValue(key: string, value: string): string {
  if (key === "cipassword") return "**********";
  return key === "description" ? encodeDescription(value) : value;
}

export const pending: Subcommand = {
  words: [VMID],
  options: {},
  run({ session }, { vmid }) {
    return collectOutput(usageOf("pending", pending), (output) => {
      const lines = pendingView(loadVmConf(session.host, vmid, output.warn)).map(entry);
      if (lines.length > 0) output.out(lines.join(""));
    });
  },
};

function entry({ key, value, pending: next, removed }: PendingEntry): string {
  const [is, will] = [value, next].map((each) => (each === undefined ? undefined : shownValue(key, each)));
  if (is === undefined) return `new ${key}: ${will}\n`;
  if (removed) return `del ${key}: ${is}\n`;
  return `cur ${key}: ${is}\n${will === undefined ? "" : `new ${key}: ${will}\n`}`;
}
