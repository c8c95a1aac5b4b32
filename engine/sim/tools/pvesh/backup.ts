import { isCalendarEvent, nextCalendarRun, parseCalendarEvent } from "../../../formats/calendar-event.ts";
import { seconds } from "../../files/file-tree.ts";
import { sha256 } from "../../files/node.ts";
import { readUserCfg } from "../../pve/access/user-cfg.ts";
import { assertSchedule } from "../../pve/cluster/assert-schedule.ts";
import { JOBS, normaliseJobOption, PROPERTY_OPTIONS, VZDUMP_OPTIONS } from "../../pve/cluster/backup-jobs.ts";
import {
  CONFIG_ID,
  normalValue,
  readSections,
  type Section,
  sectionRecord,
  writeSections,
} from "../../pve/cluster/section-file.ts";
import { distinctWords } from "../../pve/command/formats.ts";
import { ParameterError, PveError } from "../../pve/command/pve-error.ts";
import { parseProperties, type Schema } from "../../pve/command/schema.ts";

import type { Session } from "../../session.ts";
import { NotImitated } from "../../tool.ts";
import type { FrozenHost } from "../../world.ts";
import type { ApiPath, Json } from "./api.ts";
import { guestsOf } from "./cluster.ts";

const text: Schema = { kind: "string" };
const boolean: Schema = { kind: "boolean" };
const EDITABLE: Readonly<Record<string, Schema>> = {
  ...VZDUMP_OPTIONS,
  comment: text,
  dow: text,
  enabled: boolean,
  "repeat-missed": boolean,
  schedule: text,
  starttime: { kind: "string", pattern: /^\d{1,2}:\d{1,2}$/ },
};
const DELETABLE = new Set([...Object.keys(VZDUMP_OPTIONS), "comment", "repeat-missed"]);
const WEEK = ["mon", "tue", "wed", "thu", "fri", "sat", "sun"];

/** Backup jobs. Nothing in the lab runs them. */
export const backupPaths: readonly ApiPath[] = [
  {
    path: "/cluster/backup",
    get: {
      columns: ["id"],
      run: ({ session: { host } }) => {
        const { sections, warnings } = readSections(host, JOBS);
        return { data: sections.filter(isVzdump).map((job) => record(job, host)), stderr: warnings };
      },
    },
    create: {
      options: { ...EDITABLE, id: CONFIG_ID },
      lists: ["exclude-path"],
      run: ({ session, options }) => {
        const given = new Map([...options].map(([name, value]) => [name, normalValue(JOBS, name, value)]));
        checkTogether(given, true);
        assertPool(session, given);
        const { sections, warnings, broken } = readSections(session.host, JOBS);
        const id = given.get("id") ?? generatedId(session.host);
        if (sections.some((job) => job.id === id)) throw new PveError(`Job '${id}' already exists`);
        for (const name of ["id", "dow", "starttime"]) given.delete(name);
        if (!given.has("enabled")) given.set("enabled", "1");
        checkSelection(given, true);
        keepFromFiles(given);
        if (broken) throw new PveError(`${warnings}${UNWRITABLE}`);
        const stderr = writeSections(session, JOBS, [...sections, { type: "vzdump", id, options: given }]);
        return { data: null, stderr: warnings + stderr };
      },
    },
  },
  {
    path: "/cluster/backup/{id}",
    get: {
      run: ({ session: { host }, path }) => {
        const { sections, warnings } = readSections(host, JOBS);
        const job = sections.find(({ id }) => id === path.id);
        if (job === undefined) throw new ParameterError(new Map([["id", `No such job '${path.id}'`]]));
        return { data: record(job), stderr: warnings };
      },
    },
    set: {
      options: { ...EDITABLE, delete: text },
      lists: ["exclude-path"],
      run: ({ session, path, options }) => {
        const given = new Map([...options].map(([name, value]) => [name, normalValue(JOBS, name, value)]));
        checkTogether(given, false);
        assertPool(session, given);
        const { sections, warnings, broken } = readSections(session.host, JOBS);
        if (given.size === 0) throw new PveError("no options specified");
        const deleted = distinctWords(given.get("delete") ?? "");
        for (const name of ["delete", "dow", "starttime"]) given.delete(name);
        checkSelection(given, false);
        const odd = deleted.find((name) => !DELETABLE.has(name));
        if (odd !== undefined) throw wrong("delete", `unknown option '${odd}'`);
        const job = sections.find(({ id, type }) => id === path.id && type === "vzdump");
        if (broken) throw new PveError(`${warnings}${UNWRITABLE}`);
        if (job === undefined) throw new PveError(`${warnings}no such vzdump job`);
        const changed = new Map(job.options);
        for (const name of deleted) changed.delete(name);
        for (const [name, value] of given) changed.set(name, value);
        for (const name of displaced(given)) changed.delete(name);
        checkSelection(changed, true);
        keepFromFiles(changed);
        const stderr = writeSections(
          session,
          JOBS,
          sections.map((each) => (each === job ? { ...job, options: changed } : each)),
        );
        return { data: null, stderr: warnings + stderr };
      },
    },
    delete: {
      run: ({ session, path }) => {
        const { sections, warnings, broken } = readSections(session.host, JOBS);
        if (!sections.some(({ id }) => id === path.id)) throw wrong("id", `No such job '${path.id}'`);
        if (broken) throw new PveError(`${warnings}${UNWRITABLE}`);
        const stderr = writeSections(
          session,
          JOBS,
          sections.filter(({ id }) => id !== path.id),
        );
        return { data: null, stderr: warnings + stderr };
      },
    },
  },
  {
    path: "/cluster/backup/{id}/included_volumes",
    get: {
      run: ({ session: { host }, path }) => {
        const job = readSections(host, JOBS).sections.find(({ id }) => id === path.id);
        if (job === undefined) throw new ParameterError(new Map([["id", `No such job '${path.id}'`]]));
        if (coveredBy(host, job).size > 0)
          throw new NotImitated("the embedded lab's pvesh does not tell which volumes of guests a job saves");
        return { data: { children: [] } };
      },
    },
  },
  {
    path: "/cluster/backup-info/not-backed-up",
    get: {
      columns: ["name", "type", "vmid"],
      run: ({ session: { host } }) => {
        const jobs = readSections(host, JOBS).sections.filter(isVzdump);
        const covered = new Set(jobs.flatMap((job) => [...coveredBy(host, job)]));
        return {
          data: guestsOf(host)
            .filter(({ vmid }) => !covered.has(vmid))
            .map(({ vmid, type }) => ({ type, vmid: Number(vmid) })),
        };
      },
    },
  },
];

const UNWRITABLE = "unknown section type ''";
const isVzdump = ({ type }: Section) => type === "vzdump";

function wrong(name: string, why: string): PveError {
  return new PveError(`400 Parameter verification failed.\n${name}: ${why}`);
}

/** What the command line refuses before the job is looked at: schedules, and options that another one needs. */
function checkTogether(given: Map<string, string>, isNew: boolean): void {
  const refuse = (name: string, why: string) => {
    throw new ParameterError(new Map([[name, why]]));
  };
  assertSchedule(given.get("schedule"));
  for (const name of ["notes-template", "protected"])
    if (given.has(name) && !given.has("storage"))
      refuse("storage", `missing property - '${name}' requires this property`);
  if (given.has("dow") && !given.has("starttime"))
    refuse("starttime", "missing property - 'dow' requires this property");
  const start = given.get("starttime");
  if (start !== undefined && given.has("schedule"))
    refuse("starttime", "'starttime' and 'schedule' cannot both be set");
  if (start !== undefined) {
    const days = distinctWords(given.get("dow") ?? "");
    const every = days.length === 0 || WEEK.every((day) => days.includes(day));
    given.set("schedule", every ? start : `${days.join(",")} ${start}`);
  }
  if (isNew && !given.has("schedule")) refuse("schedule", "neither 'starttime' nor 'schedule' were set");
  const notes = given.get("notes-template");
  if (notes?.includes("\n")) throw wrong("notes-template", "contains a line feed\n");
  const unknown = [...(notes ?? "").matchAll(/\{\{([^}]*)\}\}/g)].find(
    ([, name = ""]) => !["cluster", "guestname", "node", "vmid"].includes(name),
  );
  if (unknown !== undefined)
    throw wrong("notes-template", `found unknown: variable '${unknown[1]}' at char ${(unknown.index ?? 0) + 4}\n`);
}

/** Of all, vmid and pool one; `exclude` alone makes it all. */
function checkSelection(given: Map<string, string>, needed: boolean): void {
  const guests = given.get("vmid") ?? "";
  if (given.has("exclude") && guests === "" && !given.has("pool")) given.set("all", "1");
  const other =
    guests === "" ? undefined : ["all", "exclude", "pool"].find((name) => given.has(name) && given.get(name) !== "0");
  if (other !== undefined) throw wrong(other, "option conflicts with option 'vmid'");
  if (needed && guests === "" && given.get("all") !== "1" && !given.has("pool"))
    throw wrong("vmid", "property is missing");
}

/** What another selection takes the place of. */
function displaced(given: ReadonlyMap<string, string>): readonly string[] {
  if (given.has("vmid")) return ["all", "exclude", "pool"];
  if (given.get("all") === "1") return ["vmid", "pool"];
  return given.has("pool") ? ["vmid", "all", "exclude"] : [];
}

/** The older way to say how many backups are kept is written in the newer way. */
function keepFromFiles(job: Map<string, string>): void {
  const files = job.get("maxfiles");
  if (files === undefined) return;
  if (!job.has("prune-backups")) job.set("prune-backups", `keep-last=${files}`);
  job.delete("maxfiles");
}

function assertPool({ host }: Session, given: ReadonlyMap<string, string>): void {
  const pool = given.get("pool");
  if (pool !== undefined && !readUserCfg(host).pools.has(pool))
    throw new PveError(`403 Permission check failed (pool '${pool}' does not exist)`);
}

function generatedId(host: FrozenHost): string {
  const hex = sha256(`job ${host.clockMs} ${readSections(host, JOBS).digest}`);
  return [hex.slice(0, 8), hex.slice(8, 12), `4${hex.slice(13, 16)}`, `a${hex.slice(17, 20)}`, hex.slice(20, 32)].join(
    "-",
  );
}

function record({ id, type, options }: Section, now?: FrozenHost): Json {
  const nested = Object.fromEntries(
    [...options].flatMap(([name, value]) => {
      const schema = PROPERTY_OPTIONS[name];
      if (schema !== undefined) return [[name, Object.fromEntries(parseProperties(schema, value))]];
      if (name === "prune-backups")
        return [
          [
            name,
            Object.fromEntries(
              normaliseJobOption(name, value)
                .split(",")
                .map((pair) => pair.split("=")),
            ),
          ],
        ];
      return name === "exclude-path" ? [[name, value.split("\n")]] : [];
    }),
  );
  const event = parseCalendarEvent(options.get("schedule") ?? "");
  const next = now === undefined || !isCalendarEvent(event) ? null : nextCalendarRun(event, seconds(now));
  const runs = next !== null && options.get("enabled") !== "0";
  return { enabled: 1, ...sectionRecord(JOBS, options), ...nested, id, type, ...(runs && { "next-run": next }) };
}

/** The guests that a job saves. */
function coveredBy(host: FrozenHost, { options }: Section): ReadonlySet<string> {
  const node = options.get("node");
  const here = guestsOf(host).filter((guest) => node === undefined || guest.node === node);
  const excluded = distinctWords(options.get("exclude") ?? "");
  const pool = readUserCfg(host).pools.get(options.get("pool") ?? "");
  const wanted =
    options.get("all") === "1"
      ? here
      : here.filter(({ vmid }) => distinctWords(options.get("vmid") ?? "").includes(vmid) || pool?.guests.has(vmid));
  return new Set(wanted.map(({ vmid }) => vmid).filter((vmid) => !excluded.includes(vmid)));
}
