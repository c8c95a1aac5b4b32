import { fails, says, type ToolContext } from "../../tool.ts";
import { own } from "../../world.ts";
import { checkProperties } from "../../zfs/check-properties.ts";
import { readKey } from "../../zfs/encryption.ts";
import { allDatasets, changeDataset, findDataset } from "../../zfs/find-dataset.ts";
import { mountDataset, mountFault, mountOf } from "../../zfs/mount-dataset.ts";
import { encryptionRootOf, resolveProperty } from "../../zfs/resolve-property.ts";
import { rulesOf } from "../../zfs/versions.ts";
import { propertyPairs, type ZfsCommand, zfsOptions } from "./options.ts";
import { misused } from "./usage.ts";

const FAILED = 255;

/** The named dataset, or all encryption roots below or anywhere. */
function rootsOf(
  { session: { host } }: ToolContext,
  words: readonly string[],
  flags: ReadonlySet<string>,
): readonly string[] {
  if (!flags.has("a") && !flags.has("r")) return words;
  return allDatasets(host, flags.has("a") ? undefined : words[0])
    .filter(({ keyDigest }) => keyDigest !== undefined)
    .map(({ name }) => name);
}

/** `zfs load-key`: a passphrase comes on standard input. */
export const loadKey: ZfsCommand = (context, args) => {
  const { session } = context;
  const { host } = session;
  const options = zfsOptions(context, "load-key", args, { letters: "arnL:" });
  if ("failure" in options) return options.failure;
  const { flags, words, values } = options;
  if (words.length === 0 && !flags.has("a"))
    return misused(rulesOf(host), "load-key", "Missing dataset argument or -a option");
  let stderr = "";
  for (const name of rootsOf(context, words, flags)) {
    const dataset = findDataset(host, name);
    if (dataset === undefined) return fails(1, `cannot open '${name}': dataset does not exist\n`);
    const wrong = (why: string) => `Key load error: ${why}\n`;
    const root = encryptionRootOf(host, dataset);
    if (root === undefined) stderr += wrong(`'${name}' is not encrypted.`);
    else if (root.name !== name)
      stderr += wrong(`Keys must be loaded for encryption root of '${name}' (${root.name}).`);
    else if (root.keyLoaded === true && !flags.has("n")) stderr += wrong(`Key already loaded for '${name}'.`);
    else {
      const place = values.get("L")?.at(-1) ?? resolveProperty(host, dataset, "keylocation").value;
      const key = readKey(context, own(dataset.fixed, "keyformat") ?? "passphrase", place);
      if ("error" in key) stderr += wrong(key.error);
      else if (key.digest !== root.keyDigest) stderr += wrong(`Incorrect key provided for '${name}'.`);
      else if (!flags.has("n")) changeDataset(session, name).keyLoaded = true;
    }
  }
  return stderr === "" ? says("") : fails(FAILED, stderr);
};

/** `zfs unload-key`: not while something that needs it is mounted. */
export const unloadKey: ZfsCommand = (context, args) => {
  const { session } = context;
  const { host } = session;
  const options = zfsOptions(context, "unload-key", args, { letters: "ar" });
  if ("failure" in options) return options.failure;
  const { flags, words } = options;
  if (words.length === 0 && !flags.has("a"))
    return misused(rulesOf(host), "unload-key", "Missing dataset argument or -a option");
  let stderr = "";
  for (const name of rootsOf(context, words, flags)) {
    const dataset = findDataset(host, name);
    if (dataset === undefined) return fails(1, `cannot open '${name}': dataset does not exist\n`);
    const wrong = (why: string) => `Key unload error: ${why}\n`;
    const root = encryptionRootOf(host, dataset);
    if (root === undefined) stderr += wrong(`'${name}' is not encrypted.`);
    else if (root.name !== name)
      stderr += wrong(`Keys must be unloaded for encryption root of '${name}' (${root.name}).`);
    else if (root.keyLoaded !== true) stderr += wrong(`Key already unloaded for '${name}'.`);
    else if (
      allDatasets(host, name).some((each) => encryptionRootOf(host, each) === root && mountOf(host, each.name))
    ) {
      stderr += wrong(`'${name}' is busy.`);
    } else changeDataset(session, name).keyLoaded = false;
  }
  return stderr === "" ? says("") : fails(FAILED, stderr);
};

/** `zfs change-key`: another key, format or place; -i takes the parent's. */
export const changeKey: ZfsCommand = (context, args) => {
  const { session } = context;
  const { host } = session;
  const options = zfsOptions(context, "change-key", args, { letters: "lio:" });
  if ("failure" in options) return options.failure;
  const [name] = options.words;
  if (name === undefined) return misused(rulesOf(host), "change-key", "Missing dataset argument");
  const pairs = propertyPairs(options);
  if ("error" in pairs) return fails(1, `${pairs.error}\n`);
  const dataset = findDataset(host, name);
  if (dataset === undefined) return fails(1, `cannot open '${name}': dataset does not exist\n`);
  const wrong = (why: string) => fails(FAILED, `Key change error: ${why}\n`);
  const root = encryptionRootOf(host, dataset);
  if (root === undefined) return wrong("Dataset not encrypted.");
  if (options.flags.has("i")) {
    if (root.name !== name) return wrong("Key inheritting can only be performed on encryption roots.");
    const above = encryptionRootOf(host, findDataset(host, name.slice(0, name.lastIndexOf("/"))) ?? dataset);
    if (above === undefined || above === root) return wrong("Root dataset cannot inherit key.");
    const changed = changeDataset(session, name);
    delete changed.keyDigest;
    delete changed.properties.keylocation;
    delete changed.fixed.keyformat;
    delete changed.fixed.pbkdf2iters;
    return says("");
  }
  if (root.keyLoaded !== true) return wrong("Key must be loaded.");
  const allowed = pairs.pairs.find(([property]) => !["keyformat", "keylocation", "pbkdf2iters"].includes(property));
  if (allowed !== undefined) return wrong("Only keyformat, keylocation and pbkdf2iters may be set with this command.");
  const checked = checkProperties({ host, type: dataset.type }, pairs.pairs);
  if ("error" in checked) return wrong(checked.error);
  const said = new Map(checked.pairs.map((pair) => [pair.name, pair.value]));
  const format = said.get("keyformat") ?? own(root.fixed, "keyformat") ?? "passphrase";
  const place = said.get("keylocation") ?? resolveProperty(host, root, "keylocation").value;
  const key = readKey(context, format, place);
  if ("error" in key) return wrong(key.error);
  const changed = changeDataset(session, name);
  changed.keyDigest = key.digest;
  changed.keyLoaded = true;
  changed.fixed.keyformat = format;
  changed.properties.keylocation = { value: place, source: "local" };
  if (format === "passphrase")
    changed.fixed.pbkdf2iters = said.get("pbkdf2iters") ?? changed.fixed.pbkdf2iters ?? "350000";
  else delete changed.fixed.pbkdf2iters;
  if (options.flags.has("l") && mountFault(host, name) === null) mountDataset(session, name);
  return says("");
};
