import { basename, dirname, extname, join } from "node:path";
import type { Report } from "../site/expect.ts";
import type { SiteFiles } from "../site/files.ts";
import { release } from "../site/release.ts";
import { nearest } from "../text/nearest.ts";

/** The YAML files of a source, those of a folder in name order. What else looks like an inventory is refused, not skipped. */
export function findInventoryFiles(source: string, files: SiteFiles, report: Report): readonly string[] {
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
  return names.flatMap((name) => {
    const path = join(folder, name);
    // What editors and people leave lying in the folder. Named on the command line, such a file is an error.
    if (kind === "folder" && (name.startsWith(".") || name.endsWith("~") || /\.(md|txt|orig|bak|swp)$/.test(name)))
      return [];
    if (files.kind(path) === "folder") {
      if (name !== "group_vars" && name !== "host_vars") {
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
    if (/^\.ya?ml$/.test(extname(name)) && !looksLikeIni(files.read(path) ?? "")) return [path];
    reportIni(path, files, report);
    return [];
  });
}

/** An INI file that was called .yml would give a syntax error that leads nowhere. */
function looksLikeIni(text: string): boolean {
  const first = text.split("\n").find((line) => line.trim() !== "" && !/^\s*[#;]/.test(line));
  return first !== undefined && /^\[[\w.:-]+\]\s*$/.test(first);
}

function reportIni(path: string, files: SiteFiles, report: Report): void {
  report({
    code: "not-supported",
    message: `${files.show(path)} is no YAML file: inventories in INI form and programs that print one are not supported in ${release}`,
    place: { file: files.show(path), line: 1, column: 1 },
    hint: "write it in YAML, in a file that ends in .yml: `all: { hosts: { NAME: } }`",
  });
}
