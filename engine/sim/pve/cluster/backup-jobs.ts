import { isCalendarEvent, parseCalendarEvent } from "../../../formats/calendar-event.ts";
import { distinctWords, storageId } from "../command/formats.ts";
import { FormatError, type PropertySchema, parseProperties, printProperties, type Schema } from "../command/schema.ts";
import { pruneBackupsFormat } from "../storage/storage-formats.ts";

import { CONFIG_ID, NODE_NAME, type SectionFile } from "./section-file.ts";

const boolean: Schema = { kind: "boolean" };
const text: Schema = { kind: "string" };
const count: Schema = { kind: "integer", min: 0 };
const oneOf = (...values: readonly string[]): Schema => ({ kind: "string", values });
const guests: Schema = {
  kind: "string",
  format: (value) =>
    distinctWords(value).every((id) => /^[1-9][0-9]{2,8}$/.test(id)) ? null : "value does not look like a valid VM ID",
};

const FLEECING: PropertySchema = {
  kind: "properties",
  bare: "enabled",
  options: { enabled: { kind: "boolean" }, storage: { kind: "string" } },
};
const PERFORMANCE: PropertySchema = {
  kind: "properties",
  options: {
    "max-workers": { kind: "integer", min: 1, max: 256 },
    "pbs-entries-max": { kind: "integer", min: 1 },
  },
};
export const PROPERTY_OPTIONS: Readonly<Record<string, PropertySchema>> = {
  fleecing: FLEECING,
  performance: PERFORMANCE,
};

function propertyText(name: string, schema: PropertySchema): Schema {
  return {
    kind: "string",
    format: (value) => {
      try {
        const found = parseProperties(schema, value, `${name}.`);
        return name === "fleecing" && found.get("enabled") === "1" && !found.has("storage")
          ? "'storage' parameter is required when 'enabled' is set"
          : null;
      } catch (error) {
        if (error instanceof FormatError) return error.message.trimEnd();
        throw error;
      }
    },
  };
}

/** What `vzdump` takes, and so a job, by name. */
export const VZDUMP_OPTIONS: Readonly<Record<string, Schema>> = {
  all: boolean,
  bwlimit: count,
  compress: oneOf("0", "1", "gzip", "lzo", "zstd"),
  dumpdir: text,
  exclude: guests,
  "exclude-path": text,
  fleecing: propertyText("fleecing", FLEECING),
  ionice: { kind: "integer", min: 0, max: 8 },
  lockwait: count,
  mailnotification: oneOf("always", "failure"),
  mailto: text,
  maxfiles: { kind: "integer", min: 1 },
  mode: oneOf("snapshot", "suspend", "stop"),
  node: NODE_NAME,
  "notes-template": { kind: "string" },
  "notification-mode": oneOf("auto", "legacy-sendmail", "notification-system"),
  "notification-policy": oneOf("always", "failure", "never"),
  "notification-target": CONFIG_ID,
  "pbs-change-detection-mode": oneOf("legacy", "data", "metadata"),
  performance: propertyText("performance", PERFORMANCE),
  pigz: { kind: "integer" },
  pool: text,
  protected: boolean,
  "prune-backups": { kind: "string", format: pruneBackupsFormat },
  quiet: boolean,
  remove: boolean,
  script: text,
  stdexcludes: boolean,
  stop: boolean,
  stopwait: count,
  storage: { kind: "string", format: storageId },
  tmpdir: text,
  vmid: guests,
  zstd: { kind: "integer" },
};

/** /etc/pve/jobs.cfg of Proxmox VE 8.4. */
export const JOBS: SectionFile = {
  path: "/etc/pve/jobs.cfg",
  types: {
    vzdump: {
      required: ["schedule"],
      optional: ["comment", "enabled", "id", "repeat-missed", ...Object.keys(VZDUMP_OPTIONS)],
    },
    "realm-sync": {
      required: ["schedule", "realm"],
      optional: ["comment", "enabled", "enable-new", "remove-vanished", "scope"],
    },
  },
  kinds: {
    ...VZDUMP_OPTIONS,
    comment: text,
    enabled: boolean,
    "enable-new": boolean,
    realm: text,
    "remove-vanished": text,
    "repeat-missed": boolean,
    schedule: {
      kind: "string",
      format: (value) => (isCalendarEvent(parseCalendarEvent(value)) ? null : `invalid calendar event '${value}'`),
    },
    scope: text,
  },
  checkId: (_, id) => (/^[A-Za-z0-9][A-Za-z0-9_-]*$/.test(id) ? null : `invalid configuration ID '${id}'`),
  encoded: ["comment"],
  repeated: ["exclude-path"],
  normalise: normaliseJobOption,
};

/** Sub-options come out sorted; a count of nothing means to keep everything. */
export function normaliseJobOption(name: string, value: string): string {
  const schema = PROPERTY_OPTIONS[name];
  if (schema !== undefined) return printProperties(schema, parseProperties(schema, value));
  if (name !== "prune-backups" || value === "") return value;
  const kept = value
    .split(",")
    .filter((pair) => pair !== "")
    .sort();
  const counted = kept.some((pair) => !/=0$/.test(pair));
  return counted ? kept.join(",") : "keep-all=1";
}
