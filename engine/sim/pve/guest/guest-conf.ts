import { encodeDescription } from "../../../formats/pve-conf.ts";
import { checkValue, FormatError, parseBoolean, parseProperties, type Schema } from "../command/schema.ts";

/** A part of a guest's configuration, to be worked on: what is in force, what is pending, or a snapshot. */
export interface ConfPart {
  /** Decoded; absent if there is none. */
  description?: string;
  readonly values: Map<string, string>;
  /** `lxc.…` lines in their order; a virtual machine has none. */
  raw: (readonly [key: string, value: string])[];
}
/** A guest's configuration as the tools hold it between reading and writing. */
export interface HeldConf extends ConfPart {
  /** Its `delete` entry is a list of keys. */
  readonly pending: ConfPart;
  readonly snapshots: Map<string, ConfPart>;
  /** SHA-1 of the file. */
  readonly digest: string;
  /** What every command that reads the file says on stderr. */
  readonly warnings: readonly string[];
}

export function emptyPart(): ConfPart {
  return { values: new Map(), raw: [] };
}
export function emptyConf(): HeldConf {
  return { ...emptyPart(), pending: emptyPart(), snapshots: new Map(), digest: "", warnings: [] };
}

/** Why a value of the file is not what its key takes, null if it is; types and sub-options only, not ranges. */
export function typeObjection(schema: Schema | undefined, key: string, value: string): string | null {
  if (schema === undefined) return `unknown setting '${key}'`;
  if (schema.kind === "properties") {
    try {
      parseProperties(schema, value);
      return null;
    } catch (error) {
      if (error instanceof FormatError) return error.message.trimEnd();
      throw error;
    }
  }
  if (schema.kind === "boolean")
    return parseBoolean(value) === null ? `type check ('boolean') failed - got '${value}'` : null;
  const errors = new Map<string, string>();
  if (schema.kind === "integer" || schema.kind === "number") checkValue(errors, key, { kind: schema.kind }, value);
  return errors.get(key) ?? null;
}

/** A value of the file as it is held: whole numbers and booleans as what they mean, all else as it was written. */
export function heldValue(schema: Schema | undefined, value: string): string {
  if (schema?.kind === "integer") return String(Number(value));
  return schema?.kind === "boolean" ? (parseBoolean(value) ?? value) : value;
}

export function printPart(part: ConfPart): string {
  const described = (part.description ?? "").replace(/\n+$/, "");
  const comments = part.description === undefined || part.description === "" ? [] : described.split("\n");
  return [
    ...comments.map((line) => `#${encodeDescription(line)}\n`),
    ...[...part.values].sort(([a], [b]) => (a < b ? -1 : 1)).map(([key, value]) => `${key}: ${value}\n`),
    ...part.raw.map(([key, value]) => `${key}: ${value}\n`),
  ].join("");
}

/** The sections behind what is in force: those of the tools, each only with something in it, then snapshots by name. */
export function printSections(conf: HeldConf, own: Readonly<Record<string, ConfPart>>): string {
  const tools = Object.entries(own).map(([name, part]) => [name, printPart(part)] as const);
  const snapshots = [...conf.snapshots].sort(([a], [b]) => (a < b ? -1 : 1));
  return [
    ...tools.filter(([, text]) => text !== ""),
    ...snapshots.map(([name, part]) => [name, printPart(part)] as const),
  ]
    .map(([name, text]) => `\n[${name}]\n${text}`)
    .join("");
}
