import { pveDigest } from "../../engine/formats/pve-digest.ts";
import type { ConfigSection } from "../../engine/formats/section-config.ts";
import {
  type Argv,
  type Change,
  change,
  type ExecAnswer,
  noPveNode,
  type Plan,
  type Refusal,
  refuse,
  type Secret,
  type Stat,
  utf8Locale,
  type Value,
  waiting,
  write,
} from "../../engine/module/index.ts";
import { type Ground, groundTrouble } from "./ground.ts";
import { usersOf } from "./in-use.ts";
import {
  OPTIONS,
  type Option,
  printOption,
  readOption,
  STORAGE_TYPES,
  type StorageType,
  sameOption,
} from "./options.ts";
import { misplaced, NEEDED, type Params } from "./params.ts";
import { type KeptSecrets, secretFields, secretPath } from "./secrets.ts";
import { CFG, halfSection, lostComments, sectionOf, typeOf } from "./storage-cfg.ts";

type Arg = Argv[number];

export interface Seen extends KeptSecrets, Ground {
  readonly cfg: string | null;
  readonly pmxcfs: Stat | null;
  readonly jobs?: string | null | undefined;
  readonly status?: ExecAnswer | undefined;
  /** Configurations of guests, by the names that guestLooks gives them. */
  readonly [guest: string]: unknown;
}

/** Whether `pvesm status` says that a storage is in use. */
export function isActive(status: string, id: string): boolean {
  return status.split("\n").some((line) => {
    const [name, , state] = line.split(/\s+/);
    return name === id && state === "active";
  });
}

export function planFor(given: Params, seen: Seen): Plan {
  const { id } = given;
  if (seen.pmxcfs === null) return noPveNode();
  const section = sectionOf(seen.cfg, id);
  if (given.state === "absent") return absent(given, seen, section);
  const half = halfSection(seen.cfg ?? "", id);
  if (half !== null) return half;
  if (section === undefined) return id === "local" ? adopted(given, seen) : added(given, seen);
  const type = typeOf(section);
  if (type === null)
    return refuse(
      `storage ${id} is of the type ${section.type}, which this module does not know`,
      "change it with pvesm",
    );
  return present(given, seen, section, type);
}

// ---- a storage that is there ----

function present(given: Params, seen: Seen, section: ConfigSection, type: StorageType): Plan {
  const { id } = given;
  if (given.type !== undefined && given.type !== type) return fixedRefusal(id, "type", type, given.type);
  const odd = misplaced(type, given)[0];
  if (odd !== undefined) return refuse(`\`${odd[0]}\` ${odd[1]}`, `storage ${id} is of the type ${type}`);
  const fields = fieldsOf(given, section, type);
  const fixed = fields.find(({ option, same }) => option.fixed === true && !same);
  if (fixed !== undefined) return fixedRefusal(id, fixed.option.param, fixed.is, fixed.wanted);
  const changed = fields.filter(({ same }) => !same);
  const secrets = secretFields(given, seen, type);
  const before: Record<string, Value> = { state: "present", type, ...secrets.before };
  const after: Record<string, Value> = { state: "present", type, ...secrets.after };
  for (const { option, is, wanted, same } of fields) {
    before[option.param] = is;
    // Another spelling of the same is no change: what is there is shown on both sides.
    after[option.param] = same ? is : wanted;
  }
  if (changed.length === 0 && secrets.argv.length === 0 && secrets.gone.length === 0) return inUse(given, seen, before);
  const gone = [...changed.filter(({ named }) => named === null).map(({ option }) => option.key), ...secrets.gone];
  const set = changed.filter(({ named }) => named !== null);
  const user = section.options.get("username");
  const withUser =
    secrets.argv.includes("--password") && type === "cifs" && given.username === undefined && user !== undefined
      ? ["--username", user]
      : [];
  const argv: readonly Arg[] = [
    "pvesm",
    "set",
    id,
    ...set.flatMap(({ option, wanted }) => words(option, wanted)),
    ...withUser,
    ...(gone.length > 0 ? ["--delete", gone.join(",")] : []),
    "--digest",
    pveDigest(seen.cfg ?? ""),
    ...secrets.argv,
  ];
  return change(before, after, [send(argv, id, secrets.stdin)], { warnings: [lostComments(seen.cfg ?? "")] });
}

/** Everything is as it shall be; what may be missing is that it is in use. */
function inUse(given: Params, { status }: Seen, fields: Readonly<Record<string, Value>>): Plan {
  if (given.verify_active && status !== undefined && !isActive(status.stdout, given.id)) {
    const why = status.stderr.trim().split("\n").at(-1) || "pvesm status does not say why";
    return waiting(`storage ${given.id} is not active: ${why}`);
  }
  return change(fields, fields, []);
}

// ---- a storage that is not there yet ----

function added(given: Params, seen: Seen): Plan {
  const { id, type } = given;
  if (type === undefined)
    return refuse(
      `there is no storage ${id}`,
      `say its type to add it (${STORAGE_TYPES.join(", ")}), or correct the name`,
    );
  const missing = NEEDED[type].filter((name) => given[name] === undefined);
  if (missing.length > 0)
    return refuse(
      `there is no storage ${id}, and to add one of the type ${type} ${missing.join(" and ")} must be said`,
    );
  const plan = addition(given, seen, type);
  const trouble = groundTrouble(given, seen);
  // An earlier task may have yet to make what it stands on.
  return trouble === null ? plan : { ...trouble, otherwise: plan };
}

function addition(given: Params, seen: Seen, type: StorageType): Change {
  const { id } = given;
  const wanted = OPTIONS.flatMap((option) => {
    const value = wantedValue(given, option);
    // What is the same as nothing said is not written: it would stand there as if somebody had meant it.
    return value === undefined || value === null || sameOption(option, value, option.unset) ? [] : [{ option, value }];
  });
  const secrets = secretFields(given, seen, type);
  const before: Record<string, Value> = { state: "absent", type: null };
  const after: Record<string, Value> = { state: "present", type };
  for (const option of OPTIONS) {
    const value = wantedValue(given, option);
    if (value === undefined) continue;
    before[option.param] = null;
    after[option.param] = value ?? option.unset;
  }
  for (const field of Object.keys(secrets.after)) {
    before[field] = null;
    after[field] = secrets.after[field] ?? null;
  }
  const argv: readonly Arg[] = [
    "pvesm",
    "add",
    type,
    id,
    ...wanted.flatMap(({ option, value }) => words(option, value)),
    ...secrets.given,
  ];
  const paths = [
    given.path,
    given.path === undefined && (type === "nfs" || type === "cifs") ? `/mnt/pve/${id}` : undefined,
  ];
  return change(before, after, [send(argv, id, secrets.stdin, paths)], { warnings: [lostComments(seen.cfg ?? "")] });
}

/** `local` is always there, in the file or not; the first change of it writes it down. */
function adopted(given: Params, seen: Seen): Plan {
  const section: ConfigSection = {
    type: "dir",
    id: "local",
    options: new Map([
      ["path", "/var/lib/vz"],
      ["content", "backup,images,iso,rootdir,snippets,vztmpl"],
      ["prune-backups", "keep-all=1"],
    ]),
  };
  return present(given, seen, section, "dir");
}

// ---- away with it ----

function absent(given: Params, seen: Seen, section: ConfigSection | undefined): Plan {
  const { id } = given;
  const gone = { state: "absent", type: null };
  if (section === undefined) return change(gone, gone, []);
  if (given.type !== undefined && given.type !== section.type)
    return refuse(
      `storage ${id} is of the type ${section.type}, not ${given.type}`,
      "leave the type out if it shall go all the same",
    );
  const users = usersOf(id, seen);
  if (users.length > 0 && !given.even_if_used) {
    const more = users.length > 10 ? ` and ${users.length - 10} more` : "";
    return refuse(
      `storage ${id} is used by ${users.slice(0, 10).join(", ")}${more}`,
      "move these away first; with `even_if_used: true` it goes all the same, and they will not start",
    );
  }
  return change({ state: "present", type: section.type }, gone, [send(["pvesm", "remove", id], id)], {
    warnings: [
      lostComments(seen.cfg ?? ""),
      users.length > 0 && `${users.join(", ")} still ${users.length === 1 ? "names" : "name"} storage ${id}`,
      id === "local" &&
        "local stays in every listing: Proxmox VE takes /var/lib/vz as local where nothing else is said",
    ],
  });
}

// ---- options ----

interface Field {
  readonly option: Option;
  readonly is: Value;
  /** Null: the option shall go. */
  readonly named: Value;
  /** What it then is. */
  readonly wanted: Value;
  readonly same: boolean;
}
function fieldsOf(given: Params, section: ConfigSection, type: StorageType): readonly Field[] {
  return OPTIONS.flatMap((option): readonly Field[] => {
    const named = wantedValue(given, option);
    if (named === undefined) return [];
    const is = readOption(option, type, section.options.get(option.key));
    const wanted = named ?? option.unset;
    return [{ option, is, named, wanted, same: sameOption(option, is, wanted) }];
  });
}
/** Undefined: the task does not name it. */
function wantedValue(given: Params, { param }: Option): Value | undefined {
  const value: unknown = Reflect.get(given, param);
  if (param === "nodes" && Array.isArray(value) && value.length === 0) return null;
  return value as Value | undefined;
}
function words(option: Option, value: Value): readonly string[] {
  return [`--${option.key}`, printOption(option, value)];
}

function fixedRefusal(id: string, what: string, is: Value, wanted: Value): Refusal {
  return refuse(
    `the ${what} of storage ${id} is ${String(is)} and shall be ${String(wanted)}, which Proxmox VE cannot change`,
    `keep it, or take the storage away first (state: absent; what is stored stays) and add it anew`,
  );
}

function send(
  argv: readonly Arg[],
  id: string,
  stdin: Secret | null = null,
  paths: readonly (string | undefined)[] = [],
) {
  const touched = paths.filter((path) => path !== undefined);
  return write.exec(argv, {
    touches: [CFG, secretPath(id, "pw"), secretPath(id, "enc"), ...touched],
    // A server that does not answer is waited for by the tool itself.
    limitMs: 120_000,
    ...utf8Locale(argv, stdin ?? undefined),
    ...(stdin !== null && argv.includes("--password") && { stdin }),
  });
}
