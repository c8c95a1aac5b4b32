import { z } from "zod";
import {
  APPLIANCE_INDEXES,
  type Appliance,
  isTemplateFile,
  matchingTemplates,
  parseApplianceIndex,
  parseTemplateName,
  type ResolvedTemplate,
  resolveTemplate,
} from "../engine/formats/pve-template.ts";
import { findSection, listOf, parseSectionConfig } from "../engine/formats/section-config.ts";
import type { ExecAnswer, Plan, Refusal, Stat, Step } from "../engine/module/index.ts";
import { change, defineModule, noPveNode, presence, read, refuse, Unknown, write } from "../engine/module/index.ts";

const CFG = "/etc/pve/storage.cfg";
const INDEX = APPLIANCE_INDEXES.proxmox;
const TURNKEY = APPLIANCE_INDEXES.turnkey;
const LOCAL = "/var/lib/vz/template/cache";
const DAY = 86_400;
const UPDATE_MS = 300_000;
const DOWNLOAD_MS = 3_600_000;

const params = z
  .strictObject({
    template: z
      .string()
      .max(200)
      .regex(/^[a-z0-9][\w.+-]*$/i, {
        error: "expected the name of a template, or how it begins: debian-12, debian-12-standard",
      })
      .describe(
        "Which one: a distribution with or without its release (`debian-12`, `alpine`), a package (`debian-12-standard`), one version of it (`debian-12-standard_12.7-1`) or a whole file name.",
      ),
    storage: z
      .string()
      .regex(/^[a-z][a-z0-9\-_.]*[a-z0-9]$/i, { error: "expected the name of a storage" })
      .default("local")
      .describe("Where it is kept; the storage's content must have vztmpl."),
    state: presence.describe("`absent` removes every version of it that the storage holds."),
    update: z
      .enum(["if_missing", "always", "never"], { error: "expected if_missing, always or never" })
      .default("if_missing")
      .describe(
        "When the list of what is on offer is fetched. `if_missing`: when the template is neither there nor in a list of today; what is there will do. `always`: once a day, and the newest version is downloaded. `never`: not at all.",
      ),
    verify: z
      .enum(["none", "report", "replace"], { error: "expected none, report or replace" })
      .default("none")
      .describe(
        "Also check the sum of a file that is there already, each time: `report` refuses a wrong one, `replace` downloads it anew. What is downloaded is always checked.",
      ),
  })
  .superRefine(({ state, update, verify }, context) => {
    const wrong = (path: string, message: string) => context.addIssue({ code: "custom", path: [path], message });
    if (state === "absent" && update === "always") wrong("update", "what shall be absent is not looked for");
    if (state === "absent" && verify !== "none") wrong("verify", "what shall be absent has no sum to check");
  });
type Params = z.output<typeof params>;

interface Seen {
  readonly cfg: string | null;
  readonly pmxcfs: Stat | null;
  /** Names in the folder of `local`, which needs no second look. */
  readonly local: readonly string[] | null;
  readonly there?: readonly string[] | null | undefined;
  readonly index?: string | null | undefined;
  readonly turnkey?: string | null | undefined;
  readonly indexStat?: Stat | null | undefined;
  readonly clock?: ExecAnswer | undefined;
  readonly sum?: ExecAnswer | undefined;
}

export const pveTemplate = defineModule({
  name: "pve_template",
  summary: "Have a container template in a storage of Proxmox VE, downloaded if need be.",
  description: `Of several versions the newest is meant. One that is there already is right as it is, without a look at the network, unless
\`update: always\` asks for the newest on offer. \`pveam\` downloads, and checks the sum; that it says "done" is not believed: the file must be
there. Older versions are left alone. The result has \`file\`, \`volid\` (for \`pct create\`), \`path\` and \`version\`.`,
  params,
  probes: () => ({ cfg: read.text(CFG), pmxcfs: read.stat("/etc/pve/nodes"), local: read.list(LOCAL) }),
  probesAfter(given, first) {
    const folder = folderOf(given, first.cfg);
    if (typeof folder !== "string") return {};
    const elsewhere = folder === LOCAL ? undefined : read.list(folder);
    // Elsewhere the names come with this look only, so a file is known there only where it is named as a whole.
    const whole = isTemplateFile(given.template) ? given.template : null;
    const file = elsewhere === undefined ? onDisk(given, first.local ?? []) : whole;
    // What is there already needs no list of what is on offer, which is long.
    const here = elsewhere === undefined && file !== null;
    const settled = given.state === "absent" || (here && given.update !== "always" && given.verify === "none");
    return {
      there: elsewhere,
      index: settled ? undefined : read.text(INDEX),
      turnkey: settled ? undefined : read.text(TURNKEY),
      indexStat: settled ? undefined : read.stat(INDEX),
      clock: settled ? undefined : read.exec(["date", "+%s"], { looksAt: [] }),
      sum:
        given.verify === "none" || file === null
          ? undefined
          : read.exec(["sha512sum", "--", `${folder}/${file}`], { looksAt: [folder] }),
    };
  },
  plan(given, observed) {
    const seen: Seen = observed;
    if (seen.pmxcfs === null) return noPveNode();
    const folder = folderOf(given, seen.cfg);
    if (typeof folder !== "string") return folder;
    const names = filesIn(folder, seen);
    return given.state === "absent" ? absent(given, folder, names) : present(given, folder, names, seen);
  },
  result(given, observed) {
    const folder = folderOf(given, observed.cfg);
    const path = typeof folder === "string" ? folder : null;
    const file = path === null ? null : wantedFile(given, filesIn(path, observed), observed);
    return {
      template: given.template,
      file,
      volid: file === null ? null : `${given.storage}:vztmpl/${file}`,
      path: file === null ? null : `${path}/${file}`,
      version: file === null ? null : (parseTemplateName(file)?.version ?? null),
    };
  },
  examples: [
    "pve_template: { template: debian-12 }",
    "pve_template: { template: alpine-3.20, update: always }",
    "pve_template: { template: debian-12-standard_12.7-1_amd64.tar.zst, storage: local, update: never }",
    "pve_template: { template: ubuntu-22.04, state: absent }",
  ],
  shorthand: "template",
});

function present(given: Params, folder: string, names: readonly string[], seen: Seen): Plan {
  const index = indexOf(seen);
  const old = ageOf(seen) > DAY;
  const found = resolve(given, names, index);
  const there = onDisk(given, names);
  const asks = given.update === "always" ? index === null || old : given.update === "if_missing" && old;
  if (given.update === "always" ? asks : asks && found.kind === "unknown") return updated(there, index);
  switch (found.kind) {
    case "on-disk":
      return checked(given, folder, found.file, index, seen);
    case "download":
      return downloaded(given, folder, there, found.file);
    case "no-index":
      if (given.update !== "never") return updated(there, index);
      return refuse(
        `the storage ${given.storage} has no template ${given.template}, and the node has no list of what is on offer`,
        "say update: if_missing, or run pveam update on the node",
      );
    case "unknown":
      return refuse(
        `no template begins with "${given.template}", neither in the storage ${given.storage} nor on offer`,
        found.known.length > 0 ? `there are: ${found.known.join(", ")}` : undefined,
      );
  }
}

/** What is on offer is asked for first; then it is seen what there is to do. */
function updated(there: string | null, index: readonly Appliance[] | null): Plan {
  return change(
    { file: there, index: index === null ? "missing" : "older than a day" },
    { file: new Unknown("the newest that is on offer, known when the list is there"), index: "of today" },
    [
      write.exec(["pveam", "update"], { limitMs: UPDATE_MS, touches: [INDEX, TURNKEY, "/var/log/pveam.log"] }),
      // Whether it could fetch anything its exit code does not tell.
      write.waitUntil(read.stat(INDEX), (stat) => stat !== null, {
        why: "pveam update fetched no list (see /var/log/pveam.log on the node: has it a name server and a way out?)",
        forMs: 1000,
      }),
    ],
    { again: true },
  );
}

function downloaded({ storage }: Params, folder: string, there: string | null, file: string): Plan {
  return change({ file: there }, { file }, download(storage, folder, file));
}
function download(storage: string, folder: string, file: string): readonly Step[] {
  const path = `${folder}/${file}`;
  return [
    write.exec(["pveam", "download", storage, file], { limitMs: DOWNLOAD_MS, touches: [folder] }),
    // A download that failed ends with 0 as well.
    write.waitUntil(read.stat(path), (stat) => stat !== null, {
      why: `pveam download left no ${path}: the source did not answer, or the sum was wrong`,
      forMs: 1000,
    }),
  ];
}

/** A file that is there, and that has the sum it should have if that is asked. */
function checked(given: Params, folder: string, file: string, index: readonly Appliance[] | null, { sum }: Seen): Plan {
  if (given.verify === "none") return change({ file }, { file }, []);
  const right = { file, sum: "right" };
  if (sum === undefined)
    return refuse(
      `which file of ${given.storage} is to be checked is not known before its folder is read`,
      `say the whole name: template: ${file}`,
    );
  const wanted = index?.find((appliance) => appliance.file === file)?.sha512sum ?? null;
  if (wanted === null) {
    const warnings = [`${file} is not on offer (any more): its sum cannot be checked`];
    return change({ file, sum: null }, { file, sum: null }, [], { warnings });
  }
  const is = sum.stdout.replace(/^\\/, "").split(/\s/)[0];
  if (sum.code !== 0) return refuse(`the sum of ${folder}/${file} cannot be taken: ${sum.stderr.trim()}`);
  if (is === wanted) return change(right, right, []);
  if (given.verify === "report")
    return refuse(
      `${folder}/${file} is not what is on offer: its sum is another`,
      "say verify: replace to download it anew",
    );
  return change({ file, sum: "wrong" }, right, [
    write.remove(`${folder}/${file}`),
    ...download(given.storage, folder, file),
  ]);
}

function absent({ template, storage }: Params, folder: string, names: readonly string[]): Plan {
  const gone = isTemplateFile(template)
    ? names.filter((name) => name === template)
    : matchingTemplates(template, names);
  return change(
    { files: [...gone].sort() },
    { files: [] },
    gone.map((file) => write.exec(["pveam", "remove", `${storage}:vztmpl/${file}`], { touches: [folder] })),
  );
}

// ---- what there is ----

function resolve(given: Params, names: readonly string[], index: readonly Appliance[] | null): ResolvedTemplate {
  return resolveTemplate(given.template, { onDisk: names, index, newest: given.update === "always" });
}
/** The one that the storage holds, whatever is on offer. */
function onDisk({ template }: Params, names: readonly string[]): string | null {
  const found = resolveTemplate(template, { onDisk: names, index: null });
  return found.kind === "on-disk" ? found.file : null;
}
function wantedFile(given: Params, names: readonly string[], seen: Seen): string | null {
  const found = resolve(given, names, indexOf(seen));
  return found.kind === "on-disk" ? found.file : onDisk(given, names);
}
function filesIn(folder: string, { local, there }: Pick<Seen, "local" | "there">): readonly string[] {
  return (folder === LOCAL ? local : there) ?? [];
}
function indexOf({ index, turnkey }: Seen): readonly Appliance[] | null {
  const texts = [index, turnkey].filter((text): text is string => typeof text === "string");
  return texts.length === 0 ? null : texts.flatMap(parseApplianceIndex);
}
/** Seconds since the list of what is on offer was fetched. */
function ageOf({ indexStat, clock }: Seen): number {
  if (indexStat == null || clock === undefined) return Number.POSITIVE_INFINITY;
  return Number(clock.stdout.trim()) - indexStat.mtime;
}

/** Where the storage keeps templates, or why it keeps none. */
function folderOf({ storage }: Params, cfg: string | null): string | Refusal {
  const section = findSection(parseSectionConfig(cfg ?? ""), storage);
  // `local` is always there, also where the file does not name it.
  if (section === undefined)
    return storage === "local"
      ? LOCAL
      : refuse(`there is no storage ${storage}`, "correct the name, or add it with pve_storage");
  const path = section.options.get("path") ?? (/^(nfs|cifs|cephfs)$/.test(section.type) ? `/mnt/pve/${storage}` : null);
  const content = listOf(section.options.get("content"));
  if (path === null)
    return refuse(
      `the storage ${storage} is of the type ${section.type}, which keeps no templates`,
      "name one of files, such as local",
    );
  if (!content.includes("vztmpl"))
    return refuse(
      `the storage ${storage} is for ${content.join(", ") || "images, rootdir"}, not for templates`,
      `add vztmpl to its content: pve_storage: { id: ${storage}, content: [${[...content, "vztmpl"].join(", ")}] }`,
    );
  if (section.options.get("disable") === "1")
    return refuse(`the storage ${storage} is disabled`, "enable it: pve_storage with disable: false");
  const moved = section.options
    .get("content-dirs")
    ?.split(",")
    .find((pair) => pair.startsWith("vztmpl="))
    ?.slice("vztmpl=".length);
  return `${path}/${moved ?? "template/cache"}`.replaceAll(/\/{2,}/g, "/");
}
