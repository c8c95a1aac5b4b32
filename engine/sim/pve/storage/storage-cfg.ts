import { CONTENT_TYPES, STORAGE_TYPES } from "./storage-types.ts";
import { checkProperty, normaliseProperty } from "./storage-values.ts";

export interface StorageSection {
  readonly type: string;
  readonly id: string;
  readonly options: ReadonlyMap<string, string>;
  readonly implicit: boolean;
}
interface Open {
  readonly id: string;
  readonly type: string;
  readonly options: Map<string, string>;
  readonly skipped: boolean;
}

/**
 * storage.cfg as the tools read it. What they do not understand they pass over with a warning, and it is gone when the
 * file is written next: sections of an unknown type or without what they need, options unknown or with a wrong value.
 */
export function parseStorageCfg(text: string): {
  readonly sections: readonly StorageSection[];
  readonly warnings: readonly string[];
  /** A section without what it needs. The tools pass it over, and yet fail over it as soon as they list or write. */
  readonly broken: string | null;
} {
  const sections: StorageSection[] = [];
  const warnings: string[] = [];
  let open: Open | null = null;
  let broken: string | null = null;
  let line = 0;
  const at = () => `file /etc/pve/storage.cfg line ${line}`;
  const close = () => {
    if (open !== null && !open.skipped) {
      const missing = STORAGE_TYPES[open.type]?.required.find((name) => open?.options.has(name) === false);
      if (missing === undefined) sections.push(finished(open));
      else {
        broken = open.id;
        warnings.push(`${at()} (skip section '${open.id}'): missing value for required option '${missing}'`);
      }
    }
    open = null;
  };
  const lines = text.split("\n");
  for (const [index, content] of lines.entries()) {
    // The place that a whole section is blamed on is its last line, so the number moves on only after an end of one.
    if (open !== null && content === "") close();
    line = index + 1;
    if (content === "" || /^\s*#/.test(content)) continue;
    if (open === null) {
      open = openSection(content, (why) => warnings.push(`${at()}${why}`));
      continue;
    }
    const option = /^\s+(\S+)(?:\s+(.*\S))?\s*$/.exec(content);
    if (!option) warnings.push(`${at()} (section '${open.id}') - ignore config line: ${content}`);
    else if (!open.skipped) {
      const wrong = takeOption(open, option[1] ?? "", option[2]);
      if (wrong !== null)
        warnings.push(`${at()} (section '${open.id}') - unable to parse value of '${option[1]}': ${wrong}`);
    }
  }
  close();
  const local = sections.find(({ id }) => id === "local");
  if (local?.type === "dir" && local.options.get("path") === LOCAL_PATH) return { sections, warnings, broken };
  return { sections: [...sections.filter(({ id }) => id !== "local"), IMPLICIT_LOCAL], warnings, broken };
}

const LOCAL_PATH = "/var/lib/vz";
const IMPLICIT_LOCAL: StorageSection = {
  type: "dir",
  id: "local",
  options: new Map([
    ["path", LOCAL_PATH],
    ["content", CONTENT_TYPES.filter((type) => type !== "import" && type !== "none").join(",")],
    ["prune-backups", "keep-all=1"],
  ]),
  implicit: true,
};

/** Letters first, a letter or digit last, at least two. */
export function isStorageId(id: string): boolean {
  return /^[a-z][a-z0-9\-_.]*[a-z0-9]$/i.test(id);
}

function openSection(line: string, warn: (why: string) => void): Open | null {
  const head = /^(\S+):\s*(\S+)\s*$/.exec(line);
  if (!head) {
    warn(` - ignore config line: ${line}`);
    return null;
  }
  const [, type = "", id = ""] = head;
  const why = !isStorageId(id)
    ? `storage ID '${id}' contains illegal characters`
    : STORAGE_TYPES[type] === undefined
      ? `unsupported type '${type}'`
      : null;
  if (why !== null) warn(` (skip section '${id}'): ${why}`);
  return { id, type, options: new Map(), skipped: why !== null };
}

/** Takes an option in; returns what is wrong with it. */
function takeOption({ type, options }: Open, name: string, given: string | undefined): string | null {
  const known = STORAGE_TYPES[type];
  if (known === undefined) return null;
  // A bare word is a yes: `disable`, and `sparse` as the installer writes it.
  const value = given ?? "1";
  if (!known.required.includes(name) && !known.optional.includes(name)) return "unknown property type";
  if (options.has(name)) return "duplicate attribute";
  const wrong = checkProperty(name, value);
  if (wrong !== null) return wrong;
  options.set(name, normaliseProperty(name, value));
  return null;
}

function finished({ id, type, options }: Open): StorageSection {
  const known = STORAGE_TYPES[type];
  const all = new Map(options);
  if (!all.has("content") && known !== undefined) all.set("content", known.defaultContent.join(","));
  // The older way to say how many backups are kept is understood, and written in the newer way.
  const kept = all.get("maxfiles");
  if (kept !== undefined && !all.has("prune-backups")) {
    all.set("prune-backups", Number(kept) > 0 ? `keep-last=${kept}` : "keep-all=1");
    all.delete("maxfiles");
  }
  return { id, type, options: all, implicit: false };
}
