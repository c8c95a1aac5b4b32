import { splitList } from "../../pve/command/formats.ts";
import { collectOutput, ParameterError, PveError } from "../../pve/command/pve-error.ts";
import { assertStartable, assertStorages, changeConf } from "../../pve/container/change-conf.ts";
import { loadConf, writeConf } from "../../pve/container/container-conf.ts";
import { CONTAINER_KEYS } from "../../pve/container/keys/container-keys.ts";
import { writeLxcConfig } from "../../pve/container/lxc-config.ts";
import { loadForChange } from "./load.ts";
import { type Subcommand, usageOf } from "./options.ts";
import { VMID } from "./words.ts";

const CONTROLS = ["delete", "revert", "digest"];

export const set: Subcommand = {
  words: [VMID],
  options: {
    ...CONTAINER_KEYS,
    delete: { kind: "string", list: true },
    revert: { kind: "string", list: true },
    digest: { kind: "string", maxLength: 64 },
  },
  run({ session }, { vmid, options }) {
    return collectOutput(usageOf("set", set), (output) => {
      const values = new Map([...options].filter(([key]) => !CONTROLS.includes(key)));
      const removed = named(options, "delete", "-delete", values);
      const reverted = named(options, "revert", "-revert", values);
      if (values.size + removed.length + reverted.length === 0) throw new PveError("no options specified");
      assertStorages(session, values);
      const conf = loadForChange(session, vmid, output);
      const digest = options.get("digest");
      if (digest !== undefined && digest !== conf.digest)
        throw new PveError("detected modified configuration - file changed by other user? Try again.");
      const errors = changeConf(session, vmid, conf, { values, removed, reverted }, output);
      const [last] = [...errors.values()].slice(-1);
      if (last !== undefined)
        throw new ParameterError(
          new Map([...errors].map(([key, error]) => [key, error.message])),
          undefined,
          last.code,
        );
      writeConf(session, vmid, conf);
      const written = loadConf(session.host, vmid, output.warn);
      assertStartable(session, written);
      writeLxcConfig(session, vmid, written);
    });
  },
};

/** The keys of `--delete` or `--revert`; none of them may be set at the same time. */
function named(
  options: ReadonlyMap<string, string>,
  option: string,
  shown: string,
  values: ReadonlyMap<string, string>,
): readonly string[] {
  const keys = [...new Set(splitList(options.get(option) ?? ""))];
  for (const key of keys) {
    // The quotes are as the tool sets them.
    const both = option === "delete" ? `'-${key}' and ${shown} ${key}'` : `'-${key}' and '${shown} ${key}'`;
    if (values.has(key)) throw new ParameterError(new Map([[option, `you can't use ${both} at the same time`]]));
    if (!Object.hasOwn(CONTAINER_KEYS, key)) throw new ParameterError(new Map([[option, `unknown option '${key}'`]]));
  }
  return keys;
}
