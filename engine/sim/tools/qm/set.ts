import { splitList } from "../../pve/command/formats.ts";
import { collectOutput, type Output, ParameterError, PveError } from "../../pve/command/pve-error.ts";
import { VM_KEYS } from "../../pve/vm/keys/vm-keys.ts";
import { changeVmConf } from "../../pve/vm/vm-change.ts";
import { writeVmConf } from "../../pve/vm/vm-conf.ts";
import { assertBalloon, assertHookScript, assertValues } from "../../pve/vm/vm-values.ts";
import type { Session } from "../../session.ts";
import { handedOn, keysOf } from "./given-values.ts";
import { assertDigest, loadVmForChange } from "./load.ts";
import { type GuestCall, type Subcommand, usageOf } from "./options.ts";
import { STORAGE, VMID } from "./words.ts";

/** Options that are about the call and not a part of the change. */
const CONTROLS = ["background_delay", "digest", "vmid"];

export const set: Subcommand = {
  words: [VMID],
  options: {
    ...VM_KEYS,
    cdrom: { kind: "string" },
    cipassword: { kind: "string", asked: true },
    background_delay: { kind: "integer", min: 1, max: 30 },
    delete: { kind: "string", list: true },
    digest: { kind: "string", maxLength: 40 },
    force: { kind: "boolean" },
    "import-working-storage": STORAGE,
    revert: { kind: "string", list: true },
    skiplock: { kind: "boolean" },
    // What stands as a word counts; this one is not looked at.
    vmid: { kind: "string" },
  },
  run({ session, cwd }, call) {
    return collectOutput(usageOf("set", set), (output) => setVm(session, call, handedOn(session, cwd, call), output));
  },
};

/** Takes disks off; with `--force` their data goes, too. */
export const unlink: Subcommand = {
  words: [VMID],
  options: { force: { kind: "boolean" }, idlist: { kind: "string", list: true, required: true } },
  run({ session }, call) {
    return collectOutput(usageOf("disk unlink", unlink), (output) => {
      const force = call.options.get("force");
      const options = new Map([
        ["delete", call.options.get("idlist") ?? ""],
        ...(force === undefined ? [] : [["force", force] as const]),
      ]);
      setVm(session, call, options, output);
    });
  },
};

function setVm(session: Session, { vmid }: GuestCall, options: ReadonlyMap<string, string>, output: Output): void {
  const said = [...options].filter(([name]) => !CONTROLS.includes(name)).sort(([a], [b]) => (a < b ? -1 : 1));
  const values = keysOf(session, options);
  if (said.length === 0) throw new PveError("no options specified");
  const removed = named(options, "delete", values);
  const reverted = named(options, "revert", values);
  assertValues(session, values);
  assertHookScript(session, values.get("hookscript"));
  const conf = loadVmForChange(session, vmid, { ...output, warn: () => {} }, options.get("skiplock") === "1");
  assertDigest(conf, options.get("digest"));
  assertBalloon(values, conf);
  const shown = said.map(([name, value]) => `-${name} ${name === "cipassword" ? "<hidden>" : value}`);
  output.out(`update VM ${vmid}: ${shown.join(" ")}`);
  for (const warning of conf.warnings) output.warn(warning);
  const destroys = options.get("force") === "1";
  writeVmConf(session, vmid, changeVmConf(session, vmid, conf, { values, removed, reverted, destroys }, output));
}

/** The keys of `--delete` or `--revert`; none of them may be set at the same time. */
function named(
  options: ReadonlyMap<string, string>,
  option: "delete" | "revert",
  values: ReadonlyMap<string, string>,
): readonly string[] {
  const keys = [...new Set(splitList(options.get(option) ?? ""))].map((key) => (key === "cdrom" ? "ide2" : key));
  for (const key of keys) {
    // The quotes are as the tool sets them.
    const both = option === "delete" ? `'-${key}' and -delete ${key}'` : `'-${key}' and '-revert ${key}'`;
    if (values.has(key)) throw new ParameterError(new Map([[option, `you can't use ${both} at the same time`]]));
    if (!Object.hasOwn(VM_KEYS, key)) throw new ParameterError(new Map([[option, `unknown option '${key}'`]]));
  }
  return keys;
}
