import { basename, dirname, extname, join } from "node:path";
import type { Report } from "../site/expect.ts";
import type { SiteFiles } from "../site/files.ts";
import { nearest } from "../text/nearest.ts";

export interface InventoryFile {
  readonly path: string;
  readonly kind: "yaml" | "ini" | "program";
}

/** What editors, package managers and people leave lying in a folder. Named on the command line, such a file is read. */
const passedOver =
  /^\.|~$|\.(md|txt|rst|orig|bak|swp|rpm|rpmsave|rpmnew|dpkg-old|dpkg-dist|pyc|pyo|retry|cfg|csv|license)$/i;

/** A folder that is there to be copied, and filled in. */
const toBeCopied = /^example(-|$)/;

/** The files of a source, those of a folder in name order. What looks like no inventory is refused, not skipped. */
export function findInventoryFiles(source: string, files: SiteFiles, report: Report): readonly InventoryFile[] {
  const kind = files.kind(source);
  if (kind === undefined) {
    const guess = nearest(basename(source), files.list(dirname(source)) ?? []);
    report({
      code: "missing-inventory",
      message: `there is no inventory file or folder ${files.show(source)}`,
      hint:
        guess === undefined
          ? "write the hosts into inventory/hosts.yml, or name another file: -i FILE"
          : `did you mean ${files.show(join(dirname(source), guess))}?`,
    });
    return [];
  }
  const names = kind === "folder" ? (files.list(source) ?? []) : [basename(source)];
  const folder = kind === "folder" ? source : dirname(source);
  return names.flatMap((name): readonly InventoryFile[] => {
    const path = join(folder, name);
    if (kind === "folder" && passedOver.test(name)) return [];
    if (files.kind(path) === "folder") {
      if (name !== "group_vars" && name !== "host_vars" && !toBeCopied.test(name)) {
        const message = `the folder ${files.show(path)} is not read: an inventory's files lie side by side`;
        report({
          code: "unread-folder",
          severity: "warning",
          message,
          place: { file: files.show(path), line: 1, column: 1 },
        });
      }
      return [];
    }
    const found = kindOf(path, files, report);
    return found === undefined ? [] : [{ path, kind: found }];
  });
}

function kindOf(path: string, files: SiteFiles, report: Report): InventoryFile["kind"] | undefined {
  const script = isScript(files.bytes(path) ?? new Uint8Array());
  const runs = files.executable?.(path) ?? false;
  // The bit alone says little: on file systems without any every file has it.
  if (runs && script) return "program";
  const text = files.read(path) ?? "";
  if (script) {
    report({
      code: "inventory-not-executable",
      message: `${files.show(path)} is a program, and must not be run`,
      place: { file: files.show(path), line: 1, column: 1 },
      hint: `let it be run: chmod +x ${files.show(path)}`,
    });
    return undefined;
  }
  // One that was called .yml though it is none would give an error of syntax that leads nowhere.
  if (/^\.(ya?ml|json)$/.test(extname(path)) || path.endsWith(".age")) return looksLikeIni(text) ? "ini" : "yaml";
  if (!looksLikeYaml(text)) return "ini";
  report({
    code: "unclear-inventory",
    message: `${files.show(path)} looks like YAML, and its name does not say so`,
    place: { file: files.show(path), line: 1, column: 1 },
    hint: "a file in YAML ends in .yml, one in INI form in .ini or in nothing",
  });
  return undefined;
}

/** `#!`, or a program of Linux. */
function isScript(bytes: Uint8Array): boolean {
  return (bytes[0] === 0x23 && bytes[1] === 0x21) || (bytes[0] === 0x7f && bytes[1] === 0x45 && bytes[2] === 0x4c);
}

function firstLine(text: string): string | undefined {
  return text.split("\n").find((line) => line.trim() !== "" && !/^\s*[#;]/.test(line));
}

function looksLikeIni(text: string): boolean {
  const first = firstLine(text);
  return first !== undefined && /^\[[\w.:-]+\]\s*([#;].*)?$/.test(first);
}

function looksLikeYaml(text: string): boolean {
  const first = firstLine(text);
  return first !== undefined && /^(---|[\w.-]+:(\s*([#{].*)?)?$)/.test(first.trimEnd());
}
