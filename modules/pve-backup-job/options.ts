import { sameSchedule } from "../../engine/formats/calendar-event.ts";
import { parsePropertyString } from "../../engine/formats/property-string.ts";
import { decodeDescription } from "../../engine/formats/pve-conf.ts";
import { listOf } from "../../engine/formats/section-config.ts";
import type { Value, ValueMap } from "../../engine/module/index.ts";

/** How the text in jobs.cfg and the parameter become the same thing. */
type Kind =
  | "text"
  | "comment"
  | "schedule"
  | "flag"
  | "number"
  | "set"
  | "lines"
  | "compress"
  | "pruning"
  | "fleecing"
  | "map";
export interface Option {
  /** Of the parameter. */
  readonly param: string;
  /** In jobs.cfg and on the command line. */
  readonly key: string;
  readonly kind: Kind;
  /** What it is where the file says nothing. */
  readonly unset: Value;
}
const option = (param: string, kind: Kind, unset: Value = null, key = param.replaceAll("_", "-")): Option => ({
  param,
  key,
  kind,
  unset,
});

/** Every parameter that is an option of a job, but those that choose the guests. */
export const OPTIONS: readonly Option[] = [
  option("schedule", "schedule"),
  option("storage", "text"),
  option("mode", "text"),
  option("compress", "compress"),
  option("enabled", "flag", true),
  option("node", "text"),
  option("comment", "comment", ""),
  option("repeat_missed", "flag", false),
  option("notes_template", "text"),
  option("protected", "flag", false),
  option("prune_backups", "pruning"),
  option("remove", "flag", true),
  option("mailto", "set", []),
  option("mailnotification", "text"),
  option("notification_mode", "text"),
  option("exclude_paths", "lines", [], "exclude-path"),
  option("fleecing", "fleecing"),
  option("performance", "map"),
  option("pbs_change_detection_mode", "text"),
  option("bwlimit", "number"),
  option("ionice", "number"),
  option("zstd", "number"),
  option("pigz", "number"),
  option("lockwait", "number"),
  option("stopwait", "number"),
  option("tmpdir", "text"),
  option("script", "text"),
];

/** What a text of jobs.cfg means, in the user's words. */
export function readOption({ kind, unset }: Option, text: string | undefined): Value {
  if (text === undefined) return unset;
  switch (kind) {
    case "text":
    case "schedule":
      return text;
    case "comment":
      return decodeDescription(text);
    case "flag":
      return isYes(text);
    case "number":
      return Number(text);
    case "set":
      return listOf(text);
    case "lines":
      return text.split("\n").sort();
    case "compress":
      // The switch of old times: on was lzo.
      return text === "0" ? "none" : text === "1" ? "lzo" : text;
    case "pruning":
      return readPruning(text);
    case "fleecing": {
      const { options } = parsePropertyString(text, "enabled");
      return isYes(options.get("enabled") ?? "0") ? { storage: options.get("storage") ?? null } : null;
    }
    case "map":
      return Object.fromEntries(
        [...parsePropertyString(text).options].map(([name, value]) => [name.replaceAll("-", "_"), Number(value)]),
      );
  }
}
function isYes(text: string): boolean {
  return /^(1|on|yes|true)$/i.test(text);
}
/** A count of 0 keeps nothing more, and where nothing else is said everything is kept. */
function readPruning(text: string): ValueMap {
  const kept = [...parsePropertyString(text).options].flatMap(
    ([name, value]): readonly (readonly [string, Value])[] => {
      if (name === "keep-all") return isYes(value) ? [["keep_all", true]] : [];
      return Number(value) > 0 ? [[name.replaceAll("-", "_"), Number(value)]] : [];
    },
  );
  return kept.length === 0 ? { keep_all: true } : Object.fromEntries(kept);
}

/** Whether both mean the same. */
export function sameOption({ kind }: Option, a: Value, b: Value): boolean {
  if (kind === "schedule" && typeof a === "string" && typeof b === "string") return sameSchedule(a, b);
  return canonical(a) === canonical(b);
}
function canonical(value: Value): string {
  if (typeof value !== "object" || value === null || Array.isArray(value)) return JSON.stringify(value);
  return JSON.stringify(Object.entries(value).sort(([a], [b]) => (a < b ? -1 : 1)));
}

/** The words for a value; a list of paths is given one by one. */
export function wordsFor({ kind, key }: Option, value: Value): readonly string[] {
  const word = (text: string) => [`--${key}`, text];
  if (kind === "lines" && Array.isArray(value)) return value.flatMap((each) => word(String(each)));
  if (kind === "set" && Array.isArray(value)) return word(value.join(","));
  if (kind === "compress") return word(value === "none" ? "0" : String(value));
  if (typeof value === "object" && value !== null && !Array.isArray(value)) {
    const pairs = Object.entries(value).map(
      ([name, each]) => `${name.replaceAll("_", "-")}=${each === true ? 1 : String(each)}`,
    );
    return word([...(kind === "fleecing" ? ["enabled=1"] : []), ...pairs].join(","));
  }
  return word(value === true ? "1" : value === false ? "0" : String(value));
}
