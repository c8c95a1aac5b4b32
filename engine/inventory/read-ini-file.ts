import type { Place } from "../errors/diagnostic.ts";
import type { Report } from "../site/expect.ts";
import { nearest } from "../text/nearest.ts";
import type { MapEntry, MapNode } from "../value/node.ts";
import { iniValue, textNode } from "./ini-value.ts";
import { type IniWord, iniWords } from "./ini-words.ts";
import { checkGroupName, type Mention, type RawGroup, type RawInventory, rawGroup, rawHosts } from "./raw-inventory.ts";
import { addVars } from "./read-inventory-file.ts";

type Section =
  | { readonly kind: "loose" }
  | { readonly kind: "hosts" | "children" | "vars"; readonly name: string }
  /** Its header is wrong: what stands in it is not judged. */
  | { readonly kind: "broken" };

/**
 * Adds what an inventory in Ansible's INI form says: hosts with `key=value` behind them, `[group]`, `[group:children]`
 * and `[group:vars]`. Gives the groups that it takes for granted.
 */
export function readIniFile(file: string, text: string, raw: RawInventory, report: Report): readonly Mention[] {
  const mentions: Mention[] = [];
  let section: Section = { kind: "loose" };
  text.split("\n").forEach((written, index) => {
    const line = written.replace(/\r$/, "");
    const from = line.search(/\S/);
    if (from < 0 || line[from] === "#" || line[from] === ";") return;
    const at = (start: number, length = 1): Place => ({
      file,
      line: index + 1,
      column: start + 1,
      length: Math.max(1, length),
    });
    if (line[from] === "[" && /^\s*\[[^\]=]*\]?\s*([#;].*)?$/.test(line)) {
      section = readHeader(line.slice(from).trimEnd(), at(from, line.trim().length), raw, mentions, report);
    } else if (section.kind === "vars") readVarLine(line, at, rawVars(section.name, at(from), raw), report);
    else if (section.kind === "children") readChild(line, at, rawGroup(section.name, at(from), raw), mentions, report);
    else if (section.kind !== "broken") {
      readHost(line, at, section.kind === "hosts" ? rawGroup(section.name, at(from), raw) : null, raw, report);
    }
  });
  return mentions;
}

function readHeader(header: string, place: Place, raw: RawInventory, mentions: Mention[], report: Report): Section {
  const [, name, kind = "hosts"] = /^\[([^:\]\s]+)(?::([^\]]*))?\]\s*(?:[#;].*)?$/.exec(header) ?? [];
  if (name === undefined) {
    const hint = "a section is `[group]`, `[group:children]` or `[group:vars]`";
    report({ code: "ini-syntax", message: `\`${header}\` is no section`, place, hint });
    return { kind: "broken" };
  }
  const ofName = { ...place, column: place.column + 1, length: name.length };
  if (kind !== "hosts" && kind !== "children" && kind !== "vars") {
    const guess = kind.startsWith("child") ? "children" : nearest(kind, ["children", "vars", "hosts"]);
    const hint = guess === undefined ? "there are :children and :vars" : `did you mean \`[${name}:${guess}]\`?`;
    report({ code: "ini-syntax", message: `there is no section \`[${name}:${kind}]\``, place, hint });
    return { kind: "broken" };
  }
  if (!checkGroupName(name, ofName, report)) return { kind: "broken" };
  if (kind === "vars") mentions.push({ name, place: ofName, as: "vars" });
  else rawGroup(name, ofName, raw);
  return { kind, name };
}

/** Not made into a group: whether there is one shows when all files are read. */
function rawVars(name: string, place: Place, raw: RawInventory): Pick<RawGroup, "name" | "vars"> {
  if (name === "all" || name === "ungrouped") return rawGroup(name, place, raw);
  const known = raw.groups.get(name) ?? raw.strayVars.get(name);
  if (known) return known;
  const stray = { name, vars: new Map() };
  raw.strayVars.set(name, stray);
  return stray;
}

type At = (start: number, length?: number) => Place;

function readVarLine(line: string, at: At, group: Pick<RawGroup, "name" | "vars">, report: Report): void {
  const [, before = "", key = "", equals, behind = "", value = ""] =
    /^(\s*)([^=]*?)(\s*=)?(\s*)((?<==\s*).*)?$/.exec(line.trimEnd()) ?? [];
  const place = at(before.length, key.length);
  if (equals === undefined) {
    report({
      code: "ini-syntax",
      message: `\`${line.trim()}\` sets no variable`,
      place: at(before.length, line.trim().length),
      hint: "write `name = value`",
    });
    return;
  }
  const start = before.length + key.length + equals.length + behind.length;
  warnOfComment(/(^|\s)#/.test(value) && !/^["'[{]/.test(value), at(start, value.length), report);
  addVars(
    mapOf([entryOf(key, place, value, at(start, value.length), report)], place),
    `vars of group ${group.name}`,
    2,
    group.vars,
    report,
  );
}

function readChild(line: string, at: At, group: RawGroup, mentions: Mention[], report: Report): void {
  const [, before = "", name, rest = ""] = /^(\s*)(\S+)\s*(.*)$/.exec(line) ?? [];
  if (name === undefined) return;
  const place = at(before.length, name.length);
  if (rest !== "" && !/^[#;]/.test(rest)) {
    const hint = "one name of a group a line; variables of a group stand below `[group:vars]`";
    report({ code: "ini-syntax", message: `\`${rest.trim()}\` cannot stand behind the name of a group`, place, hint });
    return;
  }
  if (!checkGroupName(name, place, report)) return;
  if (name === "all") {
    report({ code: "group-cycle", message: "`all` holds every group and can be in none", place });
    return;
  }
  group.children.set(name, place);
  mentions.push({ name, place, as: "children" });
}

function readHost(line: string, at: At, group: RawGroup | null, raw: RawInventory, report: Report): void {
  const split = iniWords(line);
  if (!split.ok) {
    report({ code: "ini-syntax", message: split.message, place: at(split.at) });
    return;
  }
  const [first, ...rest] = split.words;
  if (first === undefined) return;
  const place = at(first.start, first.text.length);
  if (first.value !== undefined || /^(\w+):$/.test(first.text)) {
    const yaml = /:$/.test(first.text);
    report({
      code: "ini-syntax",
      message: `\`${first.text}\` cannot be the name of a host`,
      place,
      hint: yaml
        ? "is this YAML? Then the file's name ends in .yml"
        : "variables of a group stand below `[group:vars]`",
    });
    return;
  }
  const [, name = first.text, port] = /^((?:[^:[\]]|\[[^\]]*\])+):(\d{1,5})$/.exec(first.text) ?? [];
  // What comes behind the first word that sets nothing is most likely the rest of it: `x = 1`.
  const odd = rest.findIndex(({ value }) => value === undefined || value.at === 1);
  const entries = rest.slice(0, odd < 0 ? undefined : odd + 1).flatMap((word) => hostVar(word, at, report));
  if (port !== undefined) {
    const ofPort = at(first.start + name.length + 1, port.length);
    entries.unshift({ key: "lab_port", keyPlace: ofPort, value: iniValue(port, ofPort, report) });
  }
  for (const host of rawHosts(name, { ...place, length: name.length }, raw, report)) {
    group?.hosts.add(host.name);
    if (entries.length > 0) addVars(mapOf(entries, place), `vars of host ${host.name}`, 3, host.vars, report);
  }
}

function hostVar({ text, start, value, hash }: IniWord, at: At, report: Report): MapEntry[] {
  if (value === undefined || value.at === 1) {
    const hint = "behind a host stands `name=value`, without white space; a value with some is quoted; one host a line";
    report({ code: "ini-syntax", message: `\`${text}\` sets no variable`, place: at(start, text.length), hint });
    return [];
  }
  const [key, said] = [text.slice(0, value.at - 1), text.slice(value.at)];
  const place = at(value.start, said.length);
  warnOfComment(hash, place, report);
  // The quotes are gone: what YAML would take for a comment is a part of the value.
  const node = /(^|\s)#/.test(said) ? textNode(said, place) : undefined;
  return [
    node === undefined
      ? entryOf(key, at(start, key.length), said, place, report)
      : { key, keyPlace: at(start, key.length), value: node },
  ];
}

function entryOf(key: string, keyPlace: Place, text: string, place: Place, report: Report): MapEntry {
  const value = iniValue(text, place, report);
  if (/^None(\s*#.*)?$/.test(text)) {
    const message = "`None` is a text here, as it is in YAML";
    report({ code: "ini-value", severity: "warning", message, place, hint: "write `null`" });
  }
  return { key, keyPlace, value };
}

function mapOf(entries: readonly MapEntry[], place: Place): MapNode {
  return { kind: "map", entries, place };
}

function warnOfComment(found: boolean, place: Place, report: Report): void {
  if (!found) return;
  report({
    code: "ini-value",
    severity: "warning",
    message: "Ansible and YAML differ on what the `#` in this value begins",
    place,
    hint: "put the value in quotes, or the comment on a line of its own",
  });
}
