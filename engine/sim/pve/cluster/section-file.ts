import { decodeDescription, encodeDescription } from "../../../formats/pve-conf.ts";
import { pveDigest } from "../../../formats/pve-digest.ts";
import { nodeAt, put, seconds } from "../../files/file-tree.ts";
import { keepBytes, nodeBytes } from "../../files/node.ts";
import type { Session } from "../../session.ts";
import type { FrozenHost } from "../../world.ts";
import { configId, nodeName } from "../command/formats.ts";
import { PveError } from "../command/pve-error.ts";
import { parseBoolean, type Schema, valueFault } from "../command/schema.ts";

import { perlBytes, perlText, WIDE_CHARACTER } from "./perl-text.ts";
import { printSections } from "./print-sections.ts";

/** A file of sections (`jobs.cfg`, `ha/groups.cfg`): its types of sections, and what options they have. */
export interface SectionFile {
  readonly path: string;
  readonly types: Readonly<Record<string, SectionType>>;
  /** By name; an option of several types is the same in all. */
  readonly kinds: Readonly<Record<string, Schema>>;
  /** What is wrong with the id of a section; null if nothing is. */
  checkId(type: string, id: string): string | null;
  /** Options that are kept percent-encoded. */
  readonly encoded?: readonly string[];
  /** Options that may stand there several times. */
  readonly repeated?: readonly string[];
  /** Lists that come out in another order at each write. */
  readonly shuffled?: readonly string[];
  /** How a value is held. */
  normalise?(name: string, value: string): string;
}
export interface SectionType {
  /** In the order in which they are written. */
  readonly required: readonly string[];
  readonly optional: readonly string[];
}
export interface Section {
  readonly type: string;
  readonly id: string;
  /** As Perl holds them. A repeated one's values are joined by line feeds. */
  readonly options: ReadonlyMap<string, string>;
}
export interface ReadSections {
  readonly sections: readonly Section[];
  /** For stderr, each with its line feed. */
  readonly warnings: string;
  /** A section lacks what it cannot be without. It is passed over; some tools then write nothing at all. */
  readonly broken: boolean;
  /** SHA-1 of the file. */
  readonly digest: string;
}

export function sectionFileText(host: FrozenHost, { path }: SectionFile): string | null {
  const node = nodeAt(host, path);
  return node?.type === "file" ? perlText(nodeBytes(node)) : null;
}

/** As the tools read it: what they do not understand they pass over with a warning. */
export function readSections(host: FrozenHost, file: SectionFile): ReadSections {
  const text = sectionFileText(host, file) ?? "";
  const node = nodeAt(host, file.path);
  const digest = pveDigest(node?.type === "file" ? nodeBytes(node) : "");
  const sections: Section[] = [];
  let warnings = "";
  let open: { type: string; id: string; options: Map<string, string>; skipped: boolean } | null = null;
  let broken = false;
  let line = 0;
  const warn = (why: string) => {
    warnings += `file ${file.path} line ${line}${why}\n`;
  };
  const close = () => {
    if (open !== null && !open.skipped) {
      const { type, id, options } = open;
      const missing = file.types[type]?.required.find((name) => !options.has(name));
      if (missing === undefined) sections.push({ type, id, options });
      else {
        broken = true;
        warn(` (skip section '${id}'): missing value for required option '${missing}'`);
      }
    }
    open = null;
  };
  for (const [index, content] of text.split("\n").entries()) {
    // A whole section is blamed on its last line, so the number moves on only after an end of one.
    if (open !== null && content === "") close();
    line = index + 1;
    if (content === "" || /^\s*#/.test(content)) continue;
    if (open === null) {
      const head = /^(\S+):\s*(\S+)\s*$/.exec(content);
      if (!head) {
        warn(` - ignore config line: ${content}`);
        continue;
      }
      const [, type = "", id = ""] = head;
      const why = file.types[type] === undefined ? `unsupported type '${type}'` : file.checkId(type, id);
      if (why !== null) warn(` (skip section '${id}'): ${why}`);
      open = { type, id, options: new Map(), skipped: why !== null };
      continue;
    }
    const option = /^\s+(\S+)(?:\s+(.*\S))?\s*$/.exec(content);
    if (!option) warn(` (section '${open.id}') - ignore config line: ${content}`);
    else if (!open.skipped) {
      const [, name = "", value = "1"] = option;
      const wrong = takeOption(file, open.type, open.options, name, value);
      if (wrong !== null) warn(` (section '${sidOf(file, open)}') - unable to parse value of '${name}': ${wrong}`);
    }
  }
  close();
  return { sections, warnings, broken, digest };
}

/** Resources are named with their type. */
function sidOf({ path }: SectionFile, { type, id }: { readonly type: string; readonly id: string }): string {
  return path.endsWith("/resources.cfg") ? `${type}:${id}` : id;
}

function takeOption(
  file: SectionFile,
  type: string,
  options: Map<string, string>,
  name: string,
  text: string,
): string | null {
  const known = file.types[type];
  const kind = file.kinds[name];
  if (kind === undefined || !(known?.required.includes(name) || known?.optional.includes(name)))
    return "unknown property type";
  const earlier = options.get(name);
  if (earlier !== undefined && !file.repeated?.includes(name)) return "duplicate attribute";
  const value = file.encoded?.includes(name) ? decodeDescription(text) : text;
  const wrong = valueFault(kind, value, name);
  if (wrong !== null) return wrong;
  const normal = normalValue(file, name, value);
  options.set(name, earlier === undefined ? normal : `${earlier}\n${normal}`);
  return null;
}

/** Booleans as digits; the rest as the file has it. */
export function normalValue(file: SectionFile, name: string, value: string): string {
  if (file.kinds[name]?.kind === "boolean") return parseBoolean(value) ?? value;
  return file.normalise?.(name, value) ?? value;
}

/** The whole file anew. Returns what Perl says to it on stderr. */
export function writeSections(session: Session, file: SectionFile, sections: readonly Section[]): string {
  for (const { options } of sections)
    for (const [name, value] of options)
      if (value.includes("\n") && !file.repeated?.includes(name)) throw new PveError("property contains a line feed");
  const written = sections.map(({ type, id, options }) => {
    const kept = [...options].filter(([, value]) => value !== "");
    return {
      type,
      id,
      options: new Map(
        kept.map(([name, value]) => [name, file.encoded?.includes(name) ? encodeDescription(value) : value]),
      ),
    };
  });
  const style = { first: (type: string) => file.types[type]?.required ?? [], shuffled: file.shuffled ?? [] };
  const text = printSections(written, style, sectionFileText(session.host, file) ?? "");
  const { bytes, wide } = perlBytes(text);
  const mtime = seconds(session.host);
  put(session, file.path, { type: "file", mode: "0640", uid: 0, gid: WWW_DATA, mtime, ...keepBytes(bytes) });
  return wide ? WIDE_CHARACTER : "";
}
const WWW_DATA = 33;

/** `--digest`: the change is made only if the file is still what somebody has read. */
export function assertDigest(given: string | undefined, digest: string, prefix = ""): void {
  if (given !== undefined && given !== digest)
    throw new PveError(`${prefix}detected modified configuration - file changed by other user? Try again.`);
}

/** What the API shows of a section: numbers as numbers. */
export function sectionRecord(
  file: SectionFile,
  options: ReadonlyMap<string, string>,
): Record<string, string | number> {
  return Object.fromEntries(
    [...options].map(([name, value]) => {
      const kind = file.kinds[name]?.kind;
      return [name, (kind === "boolean" || kind === "integer") && /^-?\d+$/.test(value) ? Number(value) : value];
    }),
  );
}

/** An identifier of Proxmox VE's configuration: groups, jobs, rules. */
export const CONFIG_ID: Schema = { kind: "string", format: configId };
export const NODE_NAME: Schema = { kind: "string", format: nodeName };
