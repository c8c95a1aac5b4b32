import { compareVersions } from "./apt-version.ts";

/** Where `pveam update` keeps the index of each source, one file a source, named as its host. */
export const APPLIANCE_INDEX_FOLDER = "/var/lib/pve-manager/apl-info";
/** The two sources of Proxmox VE: its own images (sections system and mail), and TurnKey Linux. */
export const APPLIANCE_INDEXES = {
  proxmox: `${APPLIANCE_INDEX_FOLDER}/download.proxmox.com`,
  turnkey: `${APPLIANCE_INDEX_FOLDER}/releases.turnkeylinux.org`,
} as const;

/** A container template that a source offers. */
export interface Appliance {
  /** Name of its file: `debian-12-standard_12.7-1_amd64.tar.zst`. */
  readonly file: string;
  /** `debian-12-standard`. */
  readonly package: string;
  /** `12.7-1`, or a date. */
  readonly version: string;
  readonly os: string;
  readonly section: string;
  readonly architecture: string;
  /** Relative to the source, or an URL. */
  readonly location: string;
  readonly infopage: string;
  readonly maintainer: string;
  readonly sha512sum: string | null;
  /** First line of the description; the lines after it are in `description`. */
  readonly headline: string;
  readonly description: string;
}

/** The index, in paragraphs as Debian's control files have them. A paragraph that offers no container template is passed over. */
export function parseApplianceIndex(text: string): readonly Appliance[] {
  return text.split(/\n(?:[ \t]*\n)+/).flatMap((paragraph) => {
    const fields = fieldsOf(paragraph);
    const field = (name: string) => fields.get(name)?.[0] ?? "";
    const location = field("location");
    const needed = [location, field("package"), field("version"), field("os"), field("infopage")];
    if (field("type") !== "lxc" || needed.includes("")) return [];
    return [
      {
        file: location.slice(location.lastIndexOf("/") + 1),
        package: field("package"),
        version: field("version"),
        os: field("os"),
        section: field("section") || "unknown",
        architecture: field("architecture"),
        location,
        infopage: field("infopage"),
        maintainer: field("maintainer"),
        sha512sum: field("sha512sum") || null,
        headline: field("description"),
        description: (fields.get("description") ?? []).slice(1).join(" "),
      },
    ];
  });
}

/** Values by name in small letters: the first line, then the lines that go on from it. */
function fieldsOf(paragraph: string): ReadonlyMap<string, readonly string[]> {
  const fields = new Map<string, string[]>();
  let open: string[] | undefined;
  for (const line of paragraph.split("\n")) {
    const head = /^([^\s:][^:]*):\s*(.*?)\s*$/.exec(line);
    if (head) {
      open = [head[2] ?? ""];
      fields.set((head[1] ?? "").toLowerCase(), open);
    } else if (/^\s+\S/.test(line)) open?.push(line.trim());
  }
  return fields;
}

/** What the name of a template file says. Null: it is none. */
export interface TemplateName {
  readonly file: string;
  /** `debian-12-standard`. */
  readonly package: string;
  readonly version: string;
  readonly architecture: string;
  /** What of the package's name tells the release: `12`, `3.20`; "" if nothing does (`archlinux-base`). */
  readonly release: string;
}
const ARCHIVE = /\.tar(?:\.(?:gz|xz|zst|bz2))?$/;

export function parseTemplateName(file: string): TemplateName | null {
  const parts = /^([^_/]+)_([^_/]+)(?:_([a-z0-9]+))?\.tar(?:\.(?:gz|xz|zst|bz2))?$/.exec(file);
  if (!parts) return null;
  const [, name = "", version = "", architecture = ""] = parts;
  const release = name.split("-").find((word) => /^\d/.test(word)) ?? "";
  return { file, package: name, version, architecture, release };
}

/** Whether a whole file is named, and not the beginning of a name. */
export function isTemplateFile(wanted: string): boolean {
  return ARCHIVE.test(wanted);
}

export type ResolvedTemplate =
  /** It is in the storage already. */
  | { readonly kind: "on-disk"; readonly file: string }
  /** A source offers it. */
  | { readonly kind: "download"; readonly file: string; readonly appliance: Appliance }
  /** No source offers it; `known` are the nearest that they do offer, at most ten names. */
  | { readonly kind: "unknown"; readonly known: readonly string[] }
  /** It is not in the storage, and what the sources offer is not known yet. */
  | { readonly kind: "no-index" };

export interface TemplateSources {
  /** Names of the files in the storage's template folder. */
  readonly onDisk: readonly string[];
  /** Null: there is no index yet. */
  readonly index: readonly Appliance[] | null;
  /** The newest that there is, were it to be downloaded. Unsaid: what the storage holds will do. */
  readonly newest?: boolean;
  /** Of the node, as Debian says it. */
  readonly architecture?: string;
}

/**
 * Finds the template that is meant: a whole file name, or how a name begins (`debian-12-standard_12.7-1`,
 * `debian-12-standard`, `debian-12`, `debian`), ending where a part of the name ends. Of several the newest.
 */
export function resolveTemplate(wanted: string, sources: TemplateSources): ResolvedTemplate {
  const { onDisk, index, newest = false, architecture = "amd64" } = sources;
  if (isTemplateFile(wanted)) {
    if (onDisk.includes(wanted)) return { kind: "on-disk", file: wanted };
    if (index === null) return { kind: "no-index" };
    const appliance = index.find(({ file }) => file === wanted);
    return appliance === undefined
      ? { kind: "unknown", known: nearest(wanted, index) }
      : { kind: "download", file: wanted, appliance };
  }
  const there = newestOf(wanted, onDisk, architecture);
  if (there !== undefined && (!newest || index === null)) return { kind: "on-disk", file: there.file };
  if (index === null) return { kind: "no-index" };
  const offered = newestOf(
    wanted,
    index.map(({ file }) => file),
    architecture,
  );
  const appliance = index.find(({ file }) => file === offered?.file);
  if (offered === undefined || appliance === undefined) {
    return there === undefined
      ? { kind: "unknown", known: nearest(wanted, index) }
      : { kind: "on-disk", file: there.file };
  }
  if (there !== undefined && compareTemplates(there, offered) >= 0) return { kind: "on-disk", file: there.file };
  return onDisk.includes(offered.file)
    ? { kind: "on-disk", file: offered.file }
    : { kind: "download", file: offered.file, appliance };
}

function newestOf(wanted: string, files: readonly string[], architecture: string): TemplateName | undefined {
  return meant(wanted, files)
    .filter((name) => ["", "all", architecture].includes(name.architecture))
    .reduce<TemplateName | undefined>(
      (best, name) => (best === undefined || compareTemplates(name, best) > 0 ? name : best),
      undefined,
    );
}

/** Every file whose name begins as wanted, of whatever version. */
export function matchingTemplates(wanted: string, files: readonly string[]): readonly string[] {
  return meant(wanted, files).map(({ file }) => file);
}

function meant(wanted: string, files: readonly string[]): readonly TemplateName[] {
  const named = files.flatMap((file) => parseTemplateName(file) ?? []).filter((name) => begins(name, wanted));
  // TurnKey's appliances bear a distribution's name in front, and are nobody's plain Debian.
  return named.filter((name) => wanted.includes("turnkey") || !name.package.includes("-turnkey-"));
}

function begins({ file, package: name }: TemplateName, wanted: string): boolean {
  return name === wanted || name.startsWith(`${wanted}-`) || file.startsWith(`${wanted}_`);
}

/** The newer release, then the plainer kind (`standard`, `default`), then the newer version. */
function compareTemplates(a: TemplateName, b: TemplateName): number {
  const kinds = ["standard", "default"];
  const kind = (name: TemplateName) => kinds.findIndex((each) => name.package.endsWith(`-${each}`)) >>> 0;
  return (
    compareVersions(a.release, b.release) ||
    kind(b) - kind(a) ||
    compareText(b.package, a.package) ||
    compareVersions(a.version, b.version)
  );
}

/** Those of the same distribution, else all of the section that holds plain systems. */
function nearest(wanted: string, index: readonly Appliance[]): readonly string[] {
  const [distribution = ""] = wanted.split(/[-_]/);
  const same = index.filter((each) => each.package.startsWith(`${distribution}-`) && each.section !== "turnkeylinux");
  const offered = same.length > 0 ? same : index.filter(({ section }) => section === "system");
  return [...new Set(offered.map((each) => each.package))].sort(compareText).slice(0, 10);
}

function compareText(a: string, b: string): number {
  return a < b ? -1 : a > b ? 1 : 0;
}
