import { findGroup, findUser } from "../host/accounts.ts";
import type { Frozen, FrozenHost } from "../world.ts";
import { isPowerOfTwo, niceNumber, parseNumber } from "./numbers.ts";
import { isUserProperty, isWrittenProperty, type Property, propertyNamed, quotaProperty } from "./properties.ts";
import { encryptionRootOf, resolveProperty } from "./resolve-property.ts";
import type { Dataset } from "./state.ts";
import { rulesOf } from "./versions.ts";

/** A pair that may be set: the property's full name, the value as -p prints it. */
export interface CheckedPair {
  readonly name: string;
  readonly value: string;
  /** Of creation only. */
  readonly once: boolean;
}
interface CheckContext {
  readonly host: FrozenHost;
  readonly type: "filesystem" | "volume" | "snapshot";
  /** The dataset that has it; absent: it is being made. */
  readonly dataset?: Frozen<Dataset>;
}
type Checked<T> = T | { readonly error: string };

/** What `refreservation=auto` stands for until the volume's size is known. */
export const AUTO = "auto";

/** The first check of `zfs set`, `create` and `clone`, before anything is changed: all pairs, or what is wrong with one. */
export function checkProperties(
  context: CheckContext,
  pairs: readonly (readonly [name: string, text: string])[],
): Checked<{ readonly pairs: readonly CheckedPair[] }> {
  const checked: CheckedPair[] = [];
  for (const [name, text] of pairs) {
    const pair = checkPair(context, name, text);
    if ("error" in pair) return pair;
    checked.push(pair);
  }
  return { pairs: checked };
}

function checkPair(context: CheckContext, name: string, text: string): Checked<CheckedPair> {
  const { host, type, dataset } = context;
  const rules = rulesOf(host);
  const property = propertyNamed(rules, name);
  if (property === undefined && isUserProperty(name)) {
    if (name.length >= 256) return { error: `property name '${name}' is too long` };
    if (Buffer.byteLength(text) >= 8192) return { error: "property value too long" };
    return { name, value: text, once: false };
  }
  if (type === "snapshot") return { error: "this property can not be modified for snapshots" };
  if (quotaProperty(name) !== undefined) return checkQuota(context, name, text);
  if (isWrittenProperty(name)) return { error: `'${name}' is readonly` };
  if (property === undefined) return { error: `invalid property '${name}'` };
  if (!property.types.includes(type === "volume" ? "v" : "f")) {
    return { error: `'${name}' does not apply to datasets of this type` };
  }
  const once = property.attribute === "once";
  if (property.attribute === "readonly" || (once && dataset !== undefined)) return { error: `'${name}' is readonly` };
  const value = parseValue(context, property, text);
  if (typeof value !== "string") return value;
  const error = furtherFault(context, property, value, text);
  return error === null ? { name: property.name, value, once } : { error };
}

function parseValue({ type }: CheckContext, property: Property, text: string): Checked<string> {
  const { name } = property;
  if (property.kind === "string") return text;
  if (property.kind === "index") {
    return property.words.get(text) ?? { error: `'${name}' must be one of '${property.values}'` };
  }
  if (property.kind === "limit" && text === "none") return property.default;
  if (text === AUTO) {
    if (name === "quota" || name === "refquota") return { error: "use 'none' to disable quota/refquota" };
    if (name !== "refreservation") return { error: `'auto' is invalid value for '${name}'` };
    return type === "volume" ? AUTO : { error: "'refreservation=auto' only allowed on volumes" };
  }
  const number = text === "none" ? { value: 0 } : parseNumber(text);
  if ("error" in number) return number;
  if ((name === "quota" || name === "refquota") && number.value === 0 && text !== "none") {
    return { error: "use 'none' to disable quota/refquota" };
  }
  return BigInt(number.value).toString();
}

/** What the form of a value alone does not say. */
function furtherFault(context: CheckContext, { name }: Property, value: string, text: string): string | null {
  const { host, dataset } = context;
  const top = rulesOf(host).largestBlock;
  const range = `power of 2 from 512B to ${niceNumber(top)}`;
  const number = Number(value);
  const fine = isPowerOfTwo(number) && number >= 512 && number <= top;
  switch (name) {
    case "recordsize":
    case "volblocksize":
      return fine ? null : `'${name}' must be ${range}`;
    case "special_small_blocks":
      return fine || number === 0 ? null : `invalid '${name}=${value}' property: must be zero or a ${range}`;
    case "volsize": {
      if (number === 0) return "'volsize' cannot be zero";
      const block = dataset === undefined ? 512 : Number(resolveProperty(host, dataset, "volblocksize").value);
      return number % block === 0 ? null : `'volsize' must be a multiple of volume block size (${niceNumber(block)})`;
    }
    case "mountpoint":
      if (dataset !== undefined && resolveProperty(host, dataset, "zoned").value === "on") {
        return "'mountpoint' cannot be set on dataset in a non-global zone";
      }
      return text.startsWith("/") || text === "none" || text === "legacy"
        ? null
        : "'mountpoint' must be an absolute path, 'none', or 'legacy'";
    case "mlslabel":
      return "mlslabels are unsupported";
    case "sharenfs":
      return nfsOptionsKnown(text) ? null : "'sharenfs' cannot be set to invalid options";
    case "version": {
      const now = dataset === undefined ? 0 : Number(resolveProperty(host, dataset, "version").value);
      return number < now ? `Can not downgrade; already at version ${now}` : null;
    }
    case "keylocation":
      return dataset === undefined ? null : keyLocationFault(host, dataset, text);
    default:
      return null;
  }
}

function keyLocationFault(host: FrozenHost, dataset: Frozen<Dataset>, text: string): string | null {
  const root = encryptionRootOf(host, dataset);
  if (root === undefined) return text === "none" ? null : "keylocation must be 'none' for unencrypted datasets";
  if (!/^(prompt$|file:\/\/\/|https?:\/\/)/.test(text)) return "invalid keylocation";
  return root.name === dataset.name ? null : "keylocation may only be set on encryption roots";
}

const NFS_WORDS = new Set(
  [
    "on off rw ro sync async wdelay no_wdelay hide nohide crossmnt no_crossmnt subtree_check no_subtree_check insecure",
    "secure insecure_locks secure_locks no_auth_nlm auth_nlm root_squash no_root_squash all_squash no_all_squash acl",
    "no_acl sec anonuid anongid fsid mp mountpoint refer replicas pnfs no_pnfs security_label xprtsec root_mapping",
  ]
    .join(" ")
    .split(" "),
);
function nfsOptionsKnown(text: string): boolean {
  return text.split(",").every((option) => NFS_WORDS.has(option.split("=", 1)[0] ?? ""));
}

function checkQuota({ host, type, dataset }: CheckContext, name: string, text: string): Checked<CheckedPair> {
  const quota = quotaProperty(name);
  if (quota?.used !== false) return { error: `'${name}' is readonly` };
  if (type !== "filesystem") return { error: `'${name}' does not apply to datasets of this type` };
  const zoned = dataset !== undefined && resolveProperty(host, dataset, "zoned").value === "on";
  if (zoned || quotaId(host, name) === undefined) return { error: `'${name}' has an invalid user/group name` };
  const number = text === "none" ? { value: 0 } : parseNumber(text);
  return "error" in number ? number : { name, value: String(number.value), once: false };
}

/** The number of whom a quota is for; undefined if there is none of that name. */
export function quotaId(host: FrozenHost, name: string): number | undefined {
  const quota = quotaProperty(name);
  if (quota === undefined) return undefined;
  if (/^\d+$/.test(quota.who)) return Number(quota.who);
  if (quota.of === "user") return findUser(host, quota.who)?.uid;
  return quota.of === "group" ? findGroup(host, quota.who)?.gid : undefined;
}
