import { z } from "zod";
import type { ArchiveMember } from "../engine/formats/archive-listing.ts";
import { parseTarListing, parseZipListing } from "../engine/formats/archive-listing.ts";
import { type Unpacked, unpackedMembers } from "../engine/formats/archive-members.ts";
import { parseJson } from "../engine/formats/json.ts";
import { parentFolder } from "../engine/formats/paths.ts";
import type { ExecAnswer, Plan, ReadOp, Refusal, Stat, Step } from "../engine/module/index.ts";
import {
  absolutePath,
  change,
  compareOwnership,
  defineModule,
  localFile,
  noFolder,
  ownerName,
  read,
  refuse,
  write,
} from "../engine/module/index.ts";

const HOUR_MS = 3_600_000;
/** So many are looked at one by one; an archive of more is told by these. */
const LOOKED_AT = 1000;

const params = z
  .strictObject({
    src: localFile().optional().describe("An archive of the site (in the role's `files/`, or beside the playbook)."),
    path: absolutePath.optional().describe("An archive that is on the host already; `download` brings one."),
    dest: absolutePath.describe("The folder that it is unpacked into. It is made; its parent must be there."),
    format: z
      .enum(["tar", "zip"], { error: "expected tar or zip" })
      .optional()
      .describe("`tar` (also compressed with gzip, bzip2, xz or zstd) or `zip`. Unsaid: as the file's name ends."),
    strip: z
      .int({ error: "expected a number of levels" })
      .min(0, { error: "expected 0 or more levels" })
      .max(50)
      .default(0)
      .describe(
        "How many leading folders are taken off each name (tar only). The `.` of names such as `./a/b` counts as one.",
      ),
    owner: ownerName
      .optional()
      .describe("Owner of all that is unpacked. Unsaid: whoever unpacks it; never who packed it."),
    group: ownerName.optional().describe("Group of all that is unpacked."),
    creates: absolutePath.optional().describe("If this path exists, there is nothing to do."),
  })
  .superRefine((given, context) => {
    const wrong = (path: string, message: string) => context.addIssue({ code: "custom", path: [path], message });
    const { src, path, dest, strip } = given;
    if (src === undefined && path === undefined)
      context.addIssue({ code: "custom", message: "say which archive: src (of the site) or path (on the host)" });
    else if (src !== undefined && path !== undefined) wrong("path", "src and path contradict each other: give one");
    else if (formatOf(given) === null)
      wrong(src === undefined ? "path" : "src", "its name does not say what it is: add format: tar or format: zip");
    else if (strip > 0 && formatOf(given) === "zip") wrong("strip", "of a zip no levels can be stripped");
    if (dest === "/") wrong("dest", "an archive is never unpacked over the whole system: name a folder");
  });
type Params = z.output<typeof params>;

interface Seen {
  readonly stamp?: string | null | undefined;
  readonly folder: Stat | null;
  readonly parent: Stat | null;
  readonly created?: Stat | null | undefined;
  readonly archive: Stat | null;
  readonly list?: ExecAnswer | undefined;
  readonly [member: `/${string}`]: Stat | null;
}

export const archive = defineModule({
  name: "archive",
  summary: "Unpack a tar or zip archive into a folder.",
  description: `It is unpacked again when the archive is another one, or when something of what it held is gone (of an archive with more than
${LOOKED_AT} members, of the first ${LOOKED_AT}). A file that was edited since stays as it is until then, and what a newer archive no longer holds is not removed. What was unpacked is kept in
\`dest\`, in a file \`.lab-archive-NAME.json\`. An archive is refused, before anything of it is unpacked, if a member or a link leads out of the folder. Owners and set-id bits of the archive are not
taken over. Needs GNU tar (and gzip, xz or zstd), or unzip.`,
  params,
  probes(given) {
    const { dest, path, creates } = given;
    return {
      stamp: read.text(stampOf(given)),
      folder: read.stat(dest, { follow: true }),
      parent: read.stat(parentFolder(dest), { follow: true }),
      created: creates === undefined ? undefined : read.stat(creates),
      archive: read.stat(path ?? stageOf(given), { follow: path !== undefined, sha256: true }),
    };
  },
  probesAfter(given, { stamp, archive: there, created }) {
    const looks: Record<`/${string}`, ReadOp<Stat | null>> = {};
    if (created != null) return { list: undefined, ...looks };
    const sum = wantedSum(given, there);
    const known = knownMembers(given, stamp, sum);
    for (const { path } of (known ?? []).slice(0, LOOKED_AT))
      looks[`/${inFolder(given, path)}`] = read.stat(`/${inFolder(given, path)}`);
    const unread = known === null && there?.sha256 !== undefined && there.sha256 === sum;
    return { list: unread ? listing(given, archiveOf(given)) : undefined, ...looks };
  },
  plan: (given, seen) => planFor(given, seen),
  result(given, { stamp, archive: there }) {
    const known = stampIn(stamp);
    return {
      dest: given.dest,
      sha256: given.src?.content.sha256 ?? there?.sha256 ?? null,
      members: known?.members.length ?? null,
    };
  },
  examples: [
    "archive: { path: /opt/hello-1.0.tar, dest: /srv/hello, strip: 1, owner: root, group: root }",
    "archive: { src: hello.tar, dest: /srv/www, creates: /srv }",
  ],
});

function planFor(given: Params, seen: Seen): Plan {
  const { dest, src, creates } = given;
  if (seen.created != null) {
    const there = { unpacked: `${creates} exists` };
    return change(there, there, []);
  }
  if (seen.folder !== null && seen.folder.type !== "directory")
    return refuse(`${dest} is no folder (${seen.folder.type})`);
  if (seen.folder === null && seen.parent?.type !== "directory") return noFolder(parentFolder(dest));
  if (src === undefined && seen.archive === null)
    return refuse(
      `there is no archive ${given.path}`,
      "bring it there with download or copy, or name one of the site with src",
    );
  if (src === undefined && seen.archive?.type !== "file") return refuse(`${given.path} is no regular file`);
  const sum = wantedSum(given, seen.archive) ?? "";
  const known = knownMembers(given, seen.stamp, sum);
  const wrong = known === null ? [] : wrongOf(given, known, seen);
  const after = { archive: short(sum), strip: given.strip, wrong: [] };
  const stamp = stampIn(seen.stamp);
  const before = {
    archive: stamp === null ? null : short(stamp.archive),
    strip: stamp?.strip ?? given.strip,
    wrong: wrong.slice(0, 20),
  };
  if (known !== null && wrong.length === 0) return change(after, after, []);

  const folder = seen.folder === null && write.mkdir(dest);
  if (src !== undefined && seen.archive?.sha256 !== sum) {
    // A large content travels ahead of its batch: the folder that it goes into must be there before.
    const upload = write.upload(stageOf(given), src.content, { mode: "0600" });
    return change(before, after, [folder || upload], { again: true });
  }
  if (known !== null) return change(before, after, [unpack(given, sum, known)]);
  const read = membersOf(given, seen.list);
  if ("kind" in read) return read;
  return change(before, after, [
    folder,
    unpack(given, sum, read.members),
    write.text(stampOf(given), stampText(sum, given.strip, read.members), { mode: "0644" }),
  ]);
}

function unpack(given: Params, sum: string, members: readonly Unpacked[]): Step {
  const { dest, strip, owner = "", group = "", src } = given;
  const words = [
    formatOf(given) ?? "tar",
    archiveOf(given),
    sum,
    dest,
    String(strip),
    owner,
    group,
    src === undefined ? "" : "1",
  ];
  const stdin = members.map(({ path }) => `./${path}\0`).join("");
  return write.script("unpack-archive", words, { stdin, touches: [dest], limitMs: HOUR_MS });
}

/** Reads an archive's list of members, or says why it cannot be unpacked. */
function membersOf(given: Params, list: ExecAnswer | undefined): { readonly members: readonly Unpacked[] } | Refusal {
  const name = given.src?.name ?? given.path ?? "";
  const said = list?.stderr.trim() ?? "";
  const zip = formatOf(given) === "zip";
  if (list === undefined) return refuse(`${name} is no regular file`);
  if (list.code === 127)
    return refuse(`there is no ${zip ? "unzip" : "tar"} on the host`, `install the package ${zip ? "unzip" : "tar"}`);
  const packer = /(?:tar|sh): .*\b(gzip|bzip2|xz|lzip|zstd)\b.*(?:Cannot exec|not found)/.exec(said)?.[1];
  if (packer !== undefined)
    return refuse(
      `${name} cannot be read: there is no ${packer} on the host`,
      `install the package ${packer === "xz" ? "xz-utils" : packer}`,
    );
  if (/unrecognized option|invalid option/.test(said))
    return refuse("the tar of the host is not GNU tar", "install the package tar");
  if (list.code !== 0)
    return refuse(`${name} cannot be read: ${said}`, zip ? "is it a zip?" : "is it a tar archive, and whole?");
  const read: readonly ArchiveMember[] | null = zip ? parseZipListing(list.stdout) : parseTarListing(list.stdout);
  if (read === null) return refuse(`the list of what ${name} holds cannot be read`, "is it whole?");
  const unpacked = unpackedMembers(read, given.strip);
  if ("error" in unpacked)
    return refuse(`${name} is not unpacked: ${unpacked.error}`, "such an archive writes where it has no business");
  if (unpacked.members.length === 0)
    return refuse(
      `nothing of ${name} would be unpacked`,
      given.strip > 0 ? `strip: ${given.strip} takes all of its names away` : "it is empty",
    );
  return unpacked;
}

/** What is not as it was unpacked: gone, of another kind, or somebody else's. */
function wrongOf(given: Params, known: readonly Unpacked[], seen: Seen): readonly string[] {
  return known.slice(0, LOOKED_AT).flatMap(({ path, type }) => {
    const stat = seen[`/${inFolder(given, path)}`];
    if (stat == null || stat.type !== type) return [`${path}: ${stat == null ? "gone" : `now a ${stat.type}`}`];
    const owned = compareOwnership({ owner: given.owner, group: given.group }, stat);
    return owned.missing === null ? [] : [`${path}: of ${stat.owner}:${stat.group}`];
  });
}

function listing(given: Params, path: string): ReadOp<ExecAnswer> {
  const options = { looksAt: [path], limitMs: HOUR_MS };
  if (formatOf(given) === "zip") return read.exec(["unzip", "-Z", path], options);
  const words = ["--list", "--verbose", "--full-time", "--numeric-owner", "--quoting-style=c", "--force-local"];
  return read.exec(["tar", ...words, "--file", path], options);
}

function formatOf({ format, src, path }: Pick<Params, "format" | "src" | "path">): "tar" | "zip" | null {
  if (format !== undefined) return format;
  const name = src?.name ?? path ?? "";
  if (/\.(tar|tar\.(gz|bz2|xz|zst)|tgz|tbz2?|txz|tzst)$/i.test(name)) return "tar";
  return /\.zip$/i.test(name) ? "zip" : null;
}

function wantedSum({ src }: Params, there: Stat | null): string | undefined {
  return src === undefined ? there?.sha256 : src.content.sha256;
}
function inFolder({ dest }: Params, path: string): string {
  return `${dest}/${path}`.slice(1);
}
function nameOf({ src, path }: Params): string {
  return (src?.name ?? path ?? "")
    .replace(/^.*\//, "")
    .replace(/[^\w.+-]/g, "_")
    .slice(0, 150);
}
function stampOf(given: Params): string {
  return `${given.dest}/.lab-archive-${nameOf(given)}.json`;
}
/** Where an archive of the site lies while it is unpacked: in the folder itself, which no other user can write. */
function stageOf(given: Params): string {
  return `${given.dest}/.lab-archive-${nameOf(given)}.part`;
}
function archiveOf(given: Params): string {
  return given.path ?? stageOf(given);
}
function short(sum: string): string {
  return `sha256:${sum.slice(0, 16)}`;
}

interface Stamp {
  readonly archive: string;
  readonly strip: number;
  readonly members: readonly Unpacked[];
}
const stampShape = z.object({
  archive: z.string(),
  strip: z.int(),
  members: z.array(z.object({ path: z.string().regex(/^[^/]/), type: z.enum(["file", "directory", "symlink"]) })),
});
/** A stamp that nobody wrote like this is as good as none: the archive is unpacked again. */
function stampIn(text: string | null | undefined): Stamp | null {
  const parsed = stampShape.safeParse(parseJson(text ?? ""));
  return parsed.success && !parsed.data.members.some(({ path }) => path.split("/").includes("..")) ? parsed.data : null;
}
function knownMembers(
  { strip }: Params,
  stamp: string | null | undefined,
  sum: string | undefined,
): readonly Unpacked[] | null {
  const known = stampIn(stamp);
  return known !== null && known.archive === sum && known.strip === strip ? known.members : null;
}
function stampText(archive: string, strip: number, members: readonly Unpacked[]): string {
  const lines = members.map(({ path, type }) => `    ${JSON.stringify({ path, type })}`);
  return `{\n  "archive": "${archive}",\n  "strip": ${strip},\n  "members": [\n${lines.join(",\n")}\n  ]\n}\n`;
}
