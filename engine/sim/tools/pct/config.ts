import { encodeDescription } from "../../../formats/pve-conf.ts";
import { collectOutput, ParameterError, PveError } from "../../pve/command/pve-error.ts";
import { checkValue } from "../../pve/command/schema.ts";
import { loadConf } from "../../pve/container/container-conf.ts";
import { containerKey } from "../../pve/container/keys/container-keys.ts";
import type { ConfPart } from "../../pve/guest/guest-conf.ts";
import { mergedPart } from "../../pve/guest/merged-conf.ts";
import { type Subcommand, usageOf } from "./options.ts";
import { VMID } from "./words.ts";

export const config: Subcommand = {
  words: [VMID],
  options: { current: { kind: "boolean" }, snapshot: { kind: "string", maxLength: 40 } },
  run({ session }, { vmid, options }) {
    return collectOutput(usageOf("config", config), (output) => {
      const conf = loadConf(session.host, vmid, output.warn);
      const name = options.get("snapshot");
      if (name !== undefined && options.get("current") === "1")
        throw new ParameterError(new Map([["snapshot", "cannot use 'snapshot' parameter with 'current'"]]));
      const part = name === undefined ? undefined : conf.snapshots.get(name);
      if (name !== undefined && part === undefined) throw new PveError(`snapshot '${name}' does not exist`);
      const shown = part ?? (options.get("current") === "1" ? conf : mergedPart(conf));
      verifyResult(shown);
      const text = printed(shown);
      if (text !== "") output.out(text);
    });
  },
};

/** One line each, the description encoded; raw lines last. */
function printed(part: ConfPart): string {
  const lines = [...part.values];
  if (part.description !== undefined) lines.push(["description", encodeDescription(part.description)]);
  return [...lines.sort(([a], [b]) => (a < b ? -1 : 1)), ...part.raw]
    .map(([key, value]) => `${key}: ${value}\n`)
    .join("");
}

// What the file holds is checked as an answer of the interface, so a wrong value hides all others.
function verifyResult(part: ConfPart): void {
  const errors = new Map<string, string>();
  for (const [key, value] of part.values) {
    const schema = containerKey(key);
    if (schema !== undefined) checkValue(errors, key, schema, value.trim() === "" ? "" : value);
  }
  for (const key of errors.keys()) if (part.values.get(key)?.trim() === "") errors.delete(key);
  if (errors.size > 0) throw new ParameterError(errors, "400 Result verification failed");
}
