import { z } from "zod";
import { member } from "../engine/formats/json.ts";
import { parentFolder } from "../engine/formats/paths.ts";
import { comparePbs, pbsItem, pbsItems, pbsOptions } from "../engine/formats/pbs-options.ts";
import {
  absolutePath,
  change,
  defineModule,
  type ExecAnswer,
  type Plan,
  presence,
  read,
  refuse,
  refuseYet,
  type Stat,
  type Step,
  type Value,
  write,
} from "../engine/module/index.ts";

const TOOL = "proxmox-backup-manager";
const CFG = "/etc/proxmox-backup";
const OPTIONS = pbsOptions({ comment: null, email: null, firstname: null, lastname: null, enable: true, expire: 0 }, [
  "enable",
  "expire",
]);

const line = (what: string) =>
  z
    .string({ error: `expected ${what}` })
    .min(1, { error: "say null for none" })
    .max(64)
    .regex(/^[^\0-\x1f\x7f-][^\0-\x1f\x7f]*$/, { error: `${what} is one line that does not begin with -` })
    .nullable();

const params = z
  .strictObject({
    user: z
      .string()
      .max(64)
      .regex(/^[^\s:/!\0-\x1f\x7f-][^\s:/!\0-\x1f\x7f]*@[A-Za-z0-9_][A-Za-z0-9._-]*$/, {
        error: "expected a user with its realm, such as pve@pbs",
      })
      .describe("The user with its realm: `pve@pbs`. It gets no password: machines use a token."),
    state: presence.describe("`absent` removes the user, its tokens and what they may do."),
    comment: line("a comment").optional().describe("What people read. null: none."),
    email: line("an address").optional().describe("Where mail for it goes."),
    firstname: line("a name").optional().describe("First name."),
    lastname: line("a name").optional().describe("Last name."),
    enable: z.boolean().optional().describe("Whether it may log in."),
    expire: z.int().min(0).optional().describe("Until when, in seconds since 1970; 0: for ever."),
    token: z
      .string()
      .regex(/^[A-Za-z0-9_][A-Za-z0-9._-]{0,31}$/, { error: "expected the name of a token, such as lab" })
      .optional()
      .describe("A token of the user: `lab` is `pve@pbs!lab`."),
    token_file: absolutePath
      .optional()
      .describe(
        "The file on the host that gets the token's secret (0600, root): it is told once, when the token is made, and never shown.",
      ),
    regenerate: z
      .boolean()
      .default(false)
      .describe("Make the token anew if its file is gone. Whoever uses the old one is then locked out."),
    acl: z
      .array(
        z.strictObject({
          path: z
            .string()
            .max(128)
            .regex(/^\/(?:[A-Za-z0-9_][A-Za-z0-9._-]*(?:\/[A-Za-z0-9_][A-Za-z0-9._-]*)*)?$/, {
              error: "expected a path such as /datastore/Backup-Vault",
            }),
          role: z.string().regex(/^[A-Z][A-Za-z]{2,31}$/, { error: "expected a role such as DatastoreBackup" }),
          propagate: z.boolean().default(true),
        }),
        { error: "expected a list of { path, role }" },
      )
      .optional()
      .describe(
        "What it may do: all its roles, `{ path: /datastore/Backup-Vault, role: DatastoreBackup }`. The token gets the same, for it can never do more than its user.",
      ),
  })
  .superRefine((given, context) => {
    const wrong = (path: string, message: string) => context.addIssue({ code: "custom", path: [path], message });
    if ((given.token === undefined) !== (given.token_file === undefined))
      wrong("token_file", "a token and the file for its secret go together");
    if (
      given.state === "absent" &&
      (given.token !== undefined ||
        given.acl !== undefined ||
        OPTIONS.some(({ param }) => Reflect.get(given, param) !== undefined))
    )
      wrong("state", "state: absent takes no settings");
    const seen = given.acl?.map(({ path, role }) => `${path} ${role}`) ?? [];
    if (new Set(seen).size < seen.length) wrong("acl", "a role is named twice on one path");
  });
type Params = z.output<typeof params>;

export const pbsUser = defineModule({
  name: "pbs_user",
  summary: "A user of Proxmox Backup Server, with a token and what both may do.",
  description: `The secret of a token is told once, when it is made. It goes straight into \`token_file\` on the host, and through no log or result. If the
token is there and the file is not, the task fails unless \`regenerate\` is given. What is not named is left alone; \`acl\` is exact.`,
  params,
  probes: ({ user, state, token_file, acl }) => ({
    list: read.exec([TOOL, "user", "list", "--output-format", "json"], { looksAt: [CFG] }),
    tokens:
      token_file === undefined && state === "present"
        ? undefined
        : read.exec([TOOL, "user", "list-tokens", user, "--output-format", "json"], { looksAt: [CFG] }),
    acls:
      acl === undefined && state === "present"
        ? undefined
        : read.exec([TOOL, "acl", "list", "--output-format", "json"], { looksAt: [CFG] }),
    kept: token_file === undefined ? undefined : read.stat(token_file, { follow: true }),
    folder: token_file === undefined ? undefined : read.stat(parentFolder(token_file), { follow: true }),
  }),
  plan(given, seen): Plan {
    if (seen.list.code !== 127) return planFor(given, seen);
    const none = { ...seen.list, code: 0, stdout: "[]", stderr: "" };
    return refuseYet(
      "this host has no Proxmox Backup Server",
      "install the package proxmox-backup-server first",
      planFor(given, {
        ...seen,
        list: none,
        tokens: seen.tokens && none,
        acls: seen.acls && none,
      }),
    );
  },
  result: ({ user, token, token_file }) => ({
    user,
    token_id: token === undefined ? null : `${user}!${token}`,
    token_file: token_file ?? null,
  }),
  examples: [
    `pbs_user:
  user: pve@pbs
  comment: Proxmox VE
  token: lab
  token_file: /root/pve-token
  acl:
    - { path: /datastore/Backup-Vault, role: DatastoreBackup }`,
    "pbs_user: { user: auditor@pbs, acl: [{ path: /, role: Audit }] }",
    "pbs_user: { user: old@pbs, state: absent }",
  ],
});

interface Seen {
  readonly list: ExecAnswer;
  readonly tokens: ExecAnswer | undefined;
  readonly acls: ExecAnswer | undefined;
  readonly kept: Stat | null | undefined;
  readonly folder: Stat | null | undefined;
}

function planFor(given: Params, { list, tokens, acls, kept, folder }: Seen): Plan {
  const { user, token, token_file } = given;
  if (list.code !== 0 || pbsItems(list.stdout) === null || (acls !== undefined && pbsItems(acls.stdout) === null))
    return refuse(
      `the users cannot be listed: ${list.stderr.trim() || acls?.stderr.trim() || "the answer is no JSON"}`,
      "this takes root: become: true",
    );
  const is = pbsItem(list.stdout, "userid", user);
  if (given.state === "absent") return absent(user, is !== undefined, tokens?.stdout ?? "[]", acls?.stdout ?? "[]");
  const { before, after, set, gone } = comparePbs(OPTIONS, given, is);
  const fields: { before: Record<string, Value>; after: Record<string, Value> } = {
    before: { state: is === undefined ? "absent" : "present", ...before },
    after: { state: "present", ...after },
  };
  const steps: Step[] = [];
  let anew = false;
  if (is === undefined) steps.push(manage("user", "create", user, ...set));
  else if (set.length > 0 || gone.length > 0) steps.push(manage("user", "update", user, ...set, ...gone));
  if (token !== undefined && token_file !== undefined) {
    const id = `${user}!${token}`;
    const there = is !== undefined && pbsItem(tokens?.stdout ?? "[]", "tokenid", id) !== undefined;
    const file = kept?.type === "file" && kept.size > 0;
    if (folder?.type !== "directory")
      return refuse(`there is no folder ${parentFolder(token_file)}`, "make it first, 0700, for it holds a secret");
    if (there && !file && !given.regenerate)
      return refuse(
        `the token ${id} is there, and its secret is not in ${token_file}`,
        "it was told once only: put it there, or say regenerate: true to make the token anew, which locks out whoever uses the old one",
      );
    anew = there && !file;
    if (anew) steps.push(manage("user", "delete-token", user, token));
    if (!there || !file)
      steps.push(write.script("pbs-token", [user, token, token_file], { touches: [CFG, token_file] }));
    const open = file && (kept.mode !== "0600" || kept.uid !== 0);
    if (there && open) steps.push(write.attributes(token_file, { mode: "0600", owner: "root" }));
    fields.before.token = !there ? null : !file ? "without its secret" : open ? "its secret is not root's alone" : id;
    fields.after.token = id;
  }
  const rights = rightsOf(given, acls?.stdout, anew);
  if (rights !== null) [fields.before.acl, fields.after.acl] = [rights.before, rights.after];
  return change(fields.before, fields.after, [...steps, ...(rights?.steps ?? [])]);
}

function manage(...words: readonly string[]): Step {
  return write.exec([TOOL, ...words], { touches: [CFG] });
}

/** All roles of the user and of its token, each on its path. Another propagation is another right. */
function rightsOf({ user, token, acl }: Params, json: string | undefined, anew: boolean) {
  if (acl === undefined) return null;
  const who = [user, ...(token === undefined ? [] : [`${user}!${token}`])];
  const is = rightsIn(json ?? "[]").filter(({ ugid }) => who.includes(ugid));
  const wanted = who.flatMap((ugid) => acl.map((each) => ({ ugid, ...each })));
  const shown = ({ ugid, path, role, propagate }: (typeof wanted)[number]) =>
    `${ugid} ${path} ${role}${propagate ? "" : " (not below)"}`;
  const [before, after] = [is.map(shown).sort(), wanted.map(shown).sort()];
  const flags = ({ ugid, propagate }: (typeof wanted)[number]) => ["--auth-id", ugid, "--propagate", String(propagate)];
  return {
    before,
    after,
    steps: [
      ...is
        .filter((each) => !after.includes(shown(each)))
        .map((each) => manage("acl", "update", each.path, each.role, "--auth-id", each.ugid, "--delete", "true")),
      // With an old token newer versions take away what it may do.
      ...wanted
        .filter((each) => (anew && each.ugid !== user) || !before.includes(shown(each)))
        .map((each) => manage("acl", "update", each.path, each.role, ...flags(each))),
    ],
  };
}

interface Right {
  readonly ugid: string;
  readonly path: string;
  readonly role: string;
  readonly propagate: boolean;
}
function rightsIn(json: string): readonly Right[] {
  return (pbsItems(json) ?? []).flatMap((each) => {
    const [ugid, path, role] = [member(each, "ugid"), member(each, "path"), member(each, "roleid")];
    if (typeof ugid !== "string" || typeof path !== "string" || typeof role !== "string") return [];
    return [{ ugid, path, role, propagate: member(each, "propagate") !== false }];
  });
}

/** Removing a user leaves its tokens and its rights behind in some versions: a user of the same name would have them again. */
function absent(user: string, there: boolean, tokens: string, acls: string): Plan {
  const rights = rightsIn(acls).filter(({ ugid }) => ugid === user || ugid.startsWith(`${user}!`));
  const names = (pbsItems(tokens) ?? []).flatMap((each) => {
    const id = member(each, "tokenid");
    return typeof id === "string" && id.startsWith(`${user}!`) ? [id.slice(user.length + 1)] : [];
  });
  const gone = { state: "absent", tokens: [], rights: 0 };
  return change({ state: there ? "present" : "absent", tokens: names, rights: rights.length }, gone, [
    ...rights.map(({ ugid, path, role }) => manage("acl", "update", path, role, "--auth-id", ugid, "--delete", "true")),
    ...names.map((name) => manage("user", "delete-token", user, name)),
    there && manage("user", "remove", user),
  ]);
}
