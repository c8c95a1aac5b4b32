import { parseCrontab, renderCrontab } from "../../formats/crontab.ts";
import { keepBytes, nodeText } from "../files/node.ts";
import { findPackage } from "../host/catalogue.ts";
import { newHost } from "../host/new-host.ts";
import { dependants, removePackage } from "../host/packages.ts";
import { openSession, type Session } from "../session.ts";
import { type FileNode, type Host, own, type World } from "../world.ts";
import { storageBreaks } from "./break-storage.ts";
import { differences } from "./differences.ts";

/** One thing that was broken, in the user's words. */
export interface Broken {
  readonly host: string;
  readonly what: string;
  /** The path, unit, package or parameter; `compression of tank/a`. */
  readonly name: string;
}

/** Something that a run has set and that can be broken, and how. */
interface Candidate extends Broken {
  /** One of each kind is broken in a lab. */
  readonly kind: string;
  apply(): void;
}

/**
 * Breaks things that a run has set, one of each kind where there is one, never what came with the fresh host: a check
 * must find each of them again. The seed decides which.
 */
export function breakLab(world: World, seed: number): readonly Broken[] {
  const random = generator(seed);
  const candidates = Object.keys(world.hosts)
    .sort()
    .flatMap((name) => {
      const host = own(world.hosts, name);
      return host === undefined ? [] : candidatesOf(name, host);
    });
  const broken: Broken[] = [];
  const taken = new Set<string>();
  for (const kind of KINDS) {
    const open = candidates.filter(
      (candidate) => candidate.kind === kind && !taken.has(`${candidate.host} ${candidate.name}`),
    );
    const chosen = open[Math.floor(random() * open.length)];
    if (chosen === undefined) continue;
    // Two breaks of one thing would show as one.
    taken.add(`${chosen.host} ${chosen.name}`);
    chosen.apply();
    broken.push({ host: chosen.host, what: chosen.what, name: chosen.name });
  }
  return broken;
}

const KINDS = ["delete", "edit", "mode", "cron", "unit", "package", "sysctl", "disk", "property", "container"];

function candidatesOf(name: string, host: Host): readonly Candidate[] {
  const fresh = newHost(host.description);
  const root = { name: "root", uid: 0, gid: 0, gids: [0], home: "/root", line: "" };
  const session = openSession(host, root, "write", () => {});
  const storage = storageBreaks(session).map((each): Candidate => ({ host: name, ...each }));
  const ofHost = differences(host).flatMap((difference): readonly Candidate[] => {
    switch (difference.kind) {
      case "file":
        return difference.state === "gone"
          ? []
          : fileCandidates(name, session, difference.path, own(fresh.files, difference.path));
      case "attributes":
        return [modeCandidate(name, session, difference.path)];
      case "unit":
        return difference.after === "active" && own(host.units, difference.name)?.asked === true
          ? [unitCandidate(name, session, difference.name)]
          : [];
      case "package":
        return packageCandidates(name, session, difference.name, difference.after);
      case "sysctl":
        return [
          {
            host: name,
            kind: "sysctl",
            what: "a kernel parameter was set back",
            name: difference.name,
            apply: () => {
              session.change().sysctl[difference.name] = difference.before;
            },
          },
        ];
      default:
        return [];
    }
  });
  return [...ofHost, ...storage];
}

function fileCandidates(host: string, session: Session, path: string, fresh: unknown): readonly Candidate[] {
  const node = session.host.files[path];
  if (node?.type !== "file") return [];
  const spool = /^\/var\/spool\/cron\/crontabs\/(.+)$/.exec(path)?.[1];
  if (spool !== undefined) return cronLine(host, session, path, spool);
  const deletion: Candidate = {
    host,
    kind: "delete",
    what: "a file was deleted",
    name: path,
    apply: () => void delete session.change().files[path],
  };
  if (fresh !== undefined) {
    // Only part of it was set by a run; which part, the fresh one tells: it comes back as it was.
    const before = fresh as FileNode;
    return before.type === "file"
      ? [
          {
            host,
            kind: "edit",
            what: "a file was set back",
            name: path,
            apply: () => setContent(session, path, before),
          },
        ]
      : [];
  }
  if (/^\/etc\/cron\.d\//.test(path))
    return [
      { ...deletion, kind: "cron", what: "a cron.d file was deleted" },
      ...edits(host, session, path),
      ...modes(host, session, path),
    ];
  return [deletion, ...edits(host, session, path), ...modes(host, session, path)];
}

function edits(host: string, session: Session, path: string): readonly Candidate[] {
  const node = session.host.files[path];
  // A comment or a blank line may be nobody's: a line with something in it is.
  if (node?.type !== "file" || node.encoding !== undefined) return [];
  const lines = node.content.split("\n");
  const index = lines.findLastIndex((line) => line.trim() !== "" && !/^\s*#/.test(line));
  if (index < 0) return [];
  const edited = lines.with(index, `${lines[index]}-edited-by-hand`).join("\n");
  return [
    {
      host,
      kind: "edit",
      what: "a file was edited",
      name: path,
      apply: () => setContent(session, path, keepBytes(Buffer.from(edited))),
    },
  ];
}

// A mode that is not what a new file gets was asked for; any other may be nobody's.
function modes(host: string, session: Session, path: string): readonly Candidate[] {
  return session.host.files[path]?.mode === "0644" ? [] : [modeCandidate(host, session, path)];
}

function modeCandidate(host: string, session: Session, path: string): Candidate {
  return {
    host,
    kind: "mode",
    what: "a mode was changed",
    name: path,
    apply: () => {
      const node = session.change().files[path];
      if (node !== undefined) node.mode = node.mode === "0666" ? "0606" : "0666";
    },
  };
}

function cronLine(host: string, session: Session, path: string, user: string): readonly Candidate[] {
  const node = session.host.files[path];
  if (node?.type !== "file") return [];
  const lines = parseCrontab(nodeText(node), { system: false });
  const index = lines.findLastIndex((line) => line.kind === "job");
  if (index < 0) return [];
  return [
    {
      host,
      kind: "cron",
      what: "a line of a crontab was removed",
      name: `crontab of ${user}`,
      apply: () => setContent(session, path, keepBytes(Buffer.from(renderCrontab(lines.toSpliced(index, 1))))),
    },
  ];
}

function unitCandidate(host: string, session: Session, name: string): Candidate {
  return {
    host,
    kind: "unit",
    what: "a unit was stopped",
    name,
    apply: () => {
      const changed = session.change();
      const state = own(changed.units, name);
      if (state !== undefined) Object.assign(state, { phase: "stopped", since: changed.clockMs });
    },
  };
}

// One without units and files of its own that others may be working on: it must show as one missing package.
function packageCandidates(host: string, session: Session, name: string, after: string | null): readonly Candidate[] {
  const known = own(session.host.packages, name);
  const info = findPackage(name);
  if (after === null || known?.manual !== true || info === undefined) return [];
  if (info.units !== undefined || info.conffiles !== undefined || dependants(session, name).length > 0) return [];
  return [
    { host, kind: "package", what: "a package was removed", name, apply: () => removePackage(session, name, true) },
  ];
}

function setContent(session: Session, path: string, content: Pick<FileNode, "content" | "encoding">): void {
  const node = session.change().files[path];
  if (node?.type !== "file") return;
  node.content = content.content;
  if (content.encoding === undefined) delete node.encoding;
  else node.encoding = content.encoding;
}

/** A small generator of numbers from 0 to 1 (mulberry32): the same on every machine. */
function generator(seed: number): () => number {
  let state = seed >>> 0;
  return () => {
    state = (state + 0x6d2b79f5) >>> 0;
    let mixed = Math.imul(state ^ (state >>> 15), state | 1);
    mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61);
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 4_294_967_296;
  };
}
