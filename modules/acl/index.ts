import { parseGroups, parsePasswd } from "../../engine/formats/accounts.ts";
import type { Acl } from "../../engine/formats/acl.ts";
import { aclLines, aclOfMode, modeOfAcl, parseAcl, UNMAPPED_ID } from "../../engine/formats/acl.ts";
import { mountHolding, parseMountinfo } from "../../engine/formats/mountinfo.ts";
import type { ExecAnswer, Plan, ReadOp, Refusal, Stat, Value } from "../../engine/module/index.ts";
import { change, compareOwnership, defineModule, read, refuse, write } from "../../engine/module/index.ts";
import type { Params, WantedEntry } from "./params.ts";
import { params } from "./params.ts";
import { type Drift, driftOf, treeWants } from "./tree.ts";
import { type Numbered, wantedAcl } from "./wanted.ts";

const SHOWN = 10;
interface Seen {
  readonly stat: Stat | null;
  readonly acl: ExecAnswer;
  readonly mounts: string | null;
  readonly users?: ExecAnswer | undefined;
  readonly groups?: ExecAnswer | undefined;
  readonly tree?: ExecAnswer | undefined;
}

export const acl = defineModule({
  name: "acl",
  summary: "Keep the POSIX ACL of a folder or file, and of all that is below it.",
  description: `Compares by number, entry by entry, with mask and default entries. An ACL that is as it shall be is not written
again. With \`recursive\` a script on the host looks at everything below and repairs only what differs: a file that was moved in, a
\`chmod\` that cut the mask, an entry that somebody took away. ZFS keeps ACLs only with \`acltype: posixacl\`. Needs the package \`acl\`.`,
  params,
  // A tree is walked in the task's own turn; one path is looked at together with others.
  ahead: ({ recursive }) => !recursive,
  probes: ({ path, entries, owner, group }: Params) => {
    const names = (type: "user" | "group", more: string | undefined) => [
      ...new Set(
        [...entries.filter((entry) => entry.type === type).map(({ name }) => name), more ?? null].filter(
          (name): name is string => name !== null && !/^\d+$/.test(name),
        ),
      ),
    ];
    const look = (database: string, wanted: readonly string[]) =>
      wanted.length === 0
        ? undefined
        : read.exec(["getent", database, "--", ...wanted], { looksAt: [`/etc/${database}`, "/etc/nsswitch.conf"] });
    return {
      stat: read.stat(path),
      acl: read.exec(["getfacl", "-ncpE", "--", path], { looksAt: [path] }),
      mounts: read.text("/proc/self/mountinfo"),
      users: look("passwd", names("user", owner)),
      groups: look("group", names("group", group)),
    };
  },
  probesAfter(given, seen): { readonly tree: ReadOp<ExecAnswer> | undefined } {
    const target = targetOf(given, seen);
    if (!given.recursive || "kind" in target) return { tree: undefined };
    return {
      tree: read.script("tree-acl", treeArgv("count", given, target), { stdin: treeWants(target.acl, target.special) }),
    };
  },
  plan: planOf,
  result({ path }, { stat, acl: seen }) {
    const is = parseAcl(seen.stdout);
    return { path, entries: is === null ? [] : aclLines(is), mode: stat?.mode ?? null };
  },
  examples: [
    `acl:
  path: /srv
  mode: "2775"
  entries: ["group:3101:r-x"]
  inherit: true`,
    "acl: { path: /srv, entries: [user:www-data:r-x], state: present }",
    "acl: { path: /srv, entries: [user:www-data], state: absent }",
    `acl: { path: /srv, mode: "0750", recursive: true, group: www-data }`,
  ],
});

/** What the path shall have. */
interface Target {
  readonly is: Acl;
  readonly acl: Acl;
  /** First digit of the mode. */
  readonly special: string;
  readonly uid: number | null;
  readonly gid: number | null;
}

function planOf(given: Params, seen: Seen): Plan {
  // The mode is an ACL, too: what is to do is known before the tools are there.
  if (seen.acl.code === 127 && seen.stat !== null) {
    const planned = planOf(given, { ...seen, acl: { ...seen.acl, code: 1 }, tree: { ...seen.acl, code: 3 } });
    return refuse(
      "there is no getfacl on the host",
      "install the package acl",
      planned.kind === "change" ? { otherwise: planned } : {},
    );
  }
  const target = targetOf(given, seen);
  if ("kind" in target) return target;
  const { stat } = seen;
  if (stat === null) return refuse(`there is no ${given.path}`);
  const drift = seen.tree === undefined ? null : driftOf(seen.tree);
  // In a check a folder that is only going to be made has nothing below it.
  if (given.recursive && drift === null && seen.tree?.code !== 3) {
    return refuse(`${given.path} could not be searched: ${(seen.tree?.stderr ?? "").trim()}`);
  }
  return converge(given, seen, target, stat, drift);
}

function converge(given: Params, seen: Seen, target: Target, stat: Stat, drift: Drift | null): Plan {
  const { path, owner, group, recursive } = given;
  const mode = given.mode === undefined ? undefined : modeOfAcl(target.acl.access, target.special);
  const ownership = compareOwnership({ owner, group, mode }, stat);
  const lines = { is: aclLines(target.is), shall: aclLines(target.acl) };
  const differs = lines.is.join() !== lines.shall.join();
  const wrong = drift?.wrong ?? 0;
  const shown =
    drift === null || wrong === 0 ? [] : [...drift.examples.slice(0, SHOWN), ...(wrong > SHOWN ? ["…"] : [])];
  const before: Record<string, Value> = { acl: lines.is, ...ownership.before, ...(recursive && { below: shown }) };
  const after: Record<string, Value> = { acl: lines.shall, ...ownership.after, ...(recursive && { below: [] }) };
  if (recursive) [before["not as wanted"], after["not as wanted"]] = [wrong, 0];
  const missing = ownership.missing;
  // The mode first: chmod edits the mask of an ACL that is there.
  const first =
    missing === null ? null : { ...missing, ...(missing.mode !== undefined && { mode: given.mode ?? missing.mode }) };
  const sets = differs || (first?.mode !== undefined && lines.shall.length > 3);
  const text = lines.shall.map((line) => `${line}\n`).join("");
  const options = target.acl.default.length === 0 ? ["-k", "--set-file=-"] : ["--set-file=-"];
  const plan = change(before, after, [
    first !== null && write.attributes(path, first),
    sets && write.exec(["setfacl", ...options, "--", path], { stdin: text, touches: [path] }),
    wrong > 0 &&
      write.script("tree-acl", treeArgv("apply", given, target), {
        stdin: treeWants(target.acl, target.special),
        touches: [path],
      }),
  ]);
  return plan.steps.length === 0 ? plan : (groundTrouble(given, seen) ?? plan);
}

function targetOf(given: Params, seen: Omit<Seen, "tree">): Target | Refusal {
  const { path, mode } = given;
  const { stat, acl: answer } = seen;
  if (stat === null) return refuse(`there is no ${path}`, "make it first, with the module file");
  if (stat.type === "symlink") return refuse(`${path} is a link to ${stat.target}`, "name what it points to");
  if (given.recursive && stat.type !== "directory") return refuse(`${path} is no folder`, "leave recursive out");
  const inherits = given.inherit || (given.state !== "absent" && given.entries.some(({ isDefault }) => isDefault));
  if (inherits && stat.type !== "directory")
    return refuse(`${path} is no folder: nothing is made in it`, "leave default entries out");
  const is = answer.code === 0 ? parseAcl(answer.stdout) : aclOfMode(stat.mode);
  if (is === null) return refuse(`getfacl does not say the ACL of ${path}: ${(answer.stderr || answer.stdout).trim()}`);
  if ([...is.access, ...is.default].some(({ id }) => id === UNMAPPED_ID)) {
    return refuse(
      `the ACL of ${path} names ids that this container does not have (they show as ${UNMAPPED_ID})`,
      "such an entry was made on the node: take it away there, or use numbers that the container's id map holds",
    );
  }
  const numbered: Numbered[] = [];
  for (const entry of given.entries) {
    const id = idOf(entry, seen);
    if (id === undefined)
      return refuse(`there is no ${entry.type} ${entry.name} on the host`, "make it first, or name it by its number");
    numbered.push({ entry: { type: entry.type, id, perms: entry.perms }, isDefault: entry.isDefault });
  }
  const [uid, gid] = [ownerId("user", given.owner, seen), ownerId("group", given.group, seen)];
  if (uid === undefined)
    return refuse(`there is no user ${given.owner} on the host`, "make it first, with the module user");
  if (gid === undefined)
    return refuse(`there is no group ${given.group} on the host`, "make it first, with the module group");
  const special = (mode ?? stat.mode).padStart(4, "0").charAt(0);
  return { is, acl: wantedAcl(given, numbered, is), special, uid, gid };
}

function idOf(entry: WantedEntry, seen: Pick<Seen, "users" | "groups">): number | null | undefined {
  if (entry.name === null) return null;
  return entry.type === "user" || entry.type === "group" ? ownerId(entry.type, entry.name, seen) : null;
}
/** Null: not asked for. Undefined: the host knows no such name. */
function ownerId(
  type: "user" | "group",
  name: string | undefined,
  seen: Pick<Seen, "users" | "groups">,
): number | null | undefined {
  if (name === undefined) return null;
  if (/^\d+$/.test(name)) return Number(name);
  return type === "user"
    ? parsePasswd(seen.users?.stdout ?? "").find((each) => each.name === name)?.uid
    : parseGroups(seen.groups?.stdout ?? "").find((each) => each.name === name)?.gid;
}
function treeArgv(verb: "count" | "apply", { path, own_tree }: Params, { uid, gid }: Target): readonly string[] {
  return [verb, path, own_tree && uid !== null ? String(uid) : "", gid === null ? "" : String(gid)];
}

/** A file system that keeps no ACL says so only when one is set; what can be known before is told before. */
function groundTrouble({ path }: Params, { mounts }: Seen): Refusal | null {
  const mount = mountHolding(parseMountinfo(mounts ?? ""), path);
  if (mount === undefined) return null;
  const zfs = mount.fstype === "zfs";
  if (zfs ? mount.options.includes("posixacl") : !mount.options.includes("noacl")) return null;
  return refuse(
    `${path} is on ${mount.source} (${mount.fstype}), which keeps no POSIX ACLs: Operation not supported`,
    zfs
      ? `give the data set acltype: posixacl and xattr: sa, with the module zfs: { name: ${mount.source} }`
      : "mount it without the option noacl",
  );
}
