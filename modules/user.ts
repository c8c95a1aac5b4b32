// More than 300 lines: the parameters, which are the manual, are a third of it, and creating and changing share the rest.
import { z } from "zod";
import type { GroupEntry, PasswdEntry, ShadowEntry } from "../engine/formats/accounts.ts";
import { dateOfDays, daysOfDate, parseGroups, parsePasswd, parseShadow } from "../engine/formats/accounts.ts";
import { isSystemPath } from "../engine/formats/paths.ts";
import { mountPoints } from "../engine/formats/proc-mounts.ts";
import type { Change, ExecAnswer, Plan, Refusal, Stat, Step, Value } from "../engine/module/index.ts";
import {
  absolutePath,
  atCreate,
  change,
  defineModule,
  ownerName,
  presence,
  read,
  refuse,
  Secret,
  secret,
  write,
} from "../engine/module/index.ts";

/** All that useradd and its like may write to. */
const ACCOUNTS = ["/etc/passwd", "/etc/shadow", "/etc/group", "/etc/gshadow", "/etc/subuid", "/etc/subgid"];
const USERADD = "/usr/sbin/useradd";
/** What crypt(3) makes: `$id$…`, or the 13 characters of old. A `:` would end the field. */
const HASH = /^(\$[0-9a-z]{1,8}\$[!-9;-~]+|[./0-9A-Za-z]{13})$/;

const params = z
  .strictObject({
    name: z
      .string()
      .regex(/^[a-z_][a-z0-9_.-]{0,31}$/i, {
        error: "expected the name of a user: letters, digits, _ . and -, beginning with a letter, at most 32",
      })
      .describe("The user."),
    state: presence.describe("`absent` removes the account; the home stays unless `remove_home`."),
    uid: z
      .int({ error: "expected a number" })
      .min(0)
      .max(4294967293)
      .optional()
      .describe("Number of the user. Unsaid: the next free one, and an existing user keeps the own one."),
    change_uid: z
      .boolean()
      .default(false)
      .describe("Let an existing user get another number. Files outside of the home keep the old one."),
    group: ownerName
      .optional()
      .describe("Primary group, by name or number; it must exist. Unsaid: a new user gets a group of the own name."),
    groups: z
      .array(ownerName, { error: "expected a list of groups" })
      .optional()
      .describe("Further groups, exactly these unless `append`. Unsaid: left as they are."),
    append: z.boolean().default(false).describe("Keep groups that `groups` does not name."),
    home: absolutePath.optional().describe("Home folder. Unsaid: /home/NAME for a new user."),
    move_home: z.boolean().default(false).describe("When `home` changes, move what is in the old one."),
    shell: absolutePath.optional().describe("Login shell; `/usr/sbin/nologin` for one who shall not log in."),
    comment: z
      .string()
      .max(255)
      .regex(/^[^:\0-\x1f\x7f]*$/, { error: "a comment is one line and cannot hold a colon" })
      .optional()
      .describe("Full name or purpose."),
    system: atCreate(z.boolean().default(false)).describe(
      "Take the number of a new user from those for services, and make no home unless told.",
    ),
    create_home: atCreate(z.boolean().optional()).describe("Make the home of a new user. Unsaid: unless `system`."),
    password_hash: secret()
      .optional()
      .describe(
        "Password as a hash, which `openssl passwd -6` makes. It reaches the host on a stdin, never in an argv.",
      ),
    locked: z
      .boolean()
      .optional()
      .describe("Whether the password is locked. Keys still let the user in: remove them, or set `expires`."),
    expires: z
      .string()
      .refine((date) => date === "never" || daysOfDate(date) !== null, {
        error: "expected a date such as 2027-12-31, or never",
      })
      .optional()
      .describe("Last day but one of the account, `2027-12-31`, or `never`. From that day on nobody logs in."),
    remove_home: z.boolean().default(false).describe("With `state: absent`: remove the home and the mail too."),
  })
  .superRefine((given, context) => {
    const wrong = (path: string, message: string) => context.addIssue({ code: "custom", path: [path], message });
    const { state, name, password_hash } = given;
    const extras = [
      "uid",
      "group",
      "groups",
      "home",
      "shell",
      "comment",
      "password_hash",
      "locked",
      "expires",
    ] as const;
    for (const each of extras) {
      if (state === "absent" && given[each] !== undefined) wrong(each, `${each} has no meaning with state: absent`);
    }
    if (state === "absent" && name === "root") wrong("name", "root belongs to the system");
    if (state === "present" && given.remove_home) wrong("remove_home", "remove_home goes with state: absent");
    if (given.change_uid && given.uid === undefined) wrong("change_uid", "change_uid needs the uid that it shall have");
    if (given.append && given.groups === undefined) wrong("append", "append needs the groups to add");
    if (given.move_home && given.home === undefined) wrong("move_home", "move_home needs the home to move to");
    if (password_hash instanceof Secret && !HASH.test(password_hash.reveal())) {
      wrong("password_hash", "expected a hash, not the password itself: `openssl passwd -6` makes one");
    }
  });
type Params = z.output<typeof params>;
interface Seen {
  readonly passwd: string | null;
  readonly groups: string | null;
  readonly shadow?: string | null | undefined;
  readonly nss: ExecAnswer;
  readonly tool: Stat | null;
  readonly shellFile?: Stat | null | undefined;
  readonly mounts?: string | null | undefined;
}
interface Fields {
  readonly before: Record<string, Value>;
  readonly after: Record<string, Value>;
}

export const user = defineModule({
  name: "user",
  summary: "Make or remove a user, with number, groups, home, shell and password.",
  description: `Looks at /etc/passwd, /etc/group and /etc/shadow and uses \`useradd\`, \`usermod\` and \`chpasswd -e\`. A parameter
that is not given leaves that side alone. A user that only a directory service knows (LDAP, SSSD) is not touched. On Alpine these tools
are in the package \`shadow\`. Who is a member of a group since now gets it at the next log-in, a service with its next start.`,
  params,
  probes: ({ name, shell, password_hash, locked, expires, remove_home }) => ({
    passwd: read.text("/etc/passwd"),
    groups: read.text("/etc/group"),
    shadow:
      password_hash !== undefined || locked !== undefined || expires !== undefined
        ? read.text("/etc/shadow")
        : undefined,
    nss: read.exec(["getent", "passwd", "--", name], { looksAt: [...ACCOUNTS, "/etc/nsswitch.conf"] }),
    tool: read.stat(USERADD, { follow: true }),
    shellFile: shell === undefined ? undefined : read.stat(shell, { follow: true }),
    mounts: remove_home ? read.text("/proc/mounts") : undefined,
  }),
  plan(given, seen) {
    const found = parsePasswd(seen.passwd ?? "").find(({ name }) => name === given.name);
    if (found === undefined && seen.nss.code === 0) {
      return refuse(
        `the user ${given.name} comes from a directory service, not from /etc/passwd`,
        "manage the account there, or choose another name",
      );
    }
    return given.state === "absent" ? absent(given, seen, found) : present(given, seen, found);
  },
  result({ name }, { passwd, groups }) {
    const found = parsePasswd(passwd ?? "").find((each) => each.name === name);
    return {
      name,
      uid: found?.uid ?? null,
      gid: found?.gid ?? null,
      home: found?.home ?? null,
      shell: found?.shell ?? null,
      groups: memberships(parseGroups(groups ?? ""), name),
    };
  },
  examples: [
    "user: { name: anna, uid: 3001, comment: Anna, shell: /usr/sbin/nologin, create_home: false }",
    "user: { name: deploy, groups: [adm], append: true, shell: /bin/bash, expires: never }",
    "user: { name: media, system: true, home: /var/lib/media, locked: true }",
    "user: { name: deploy, state: absent, remove_home: true }",
  ],
});

function absent({ name, remove_home }: Params, seen: Seen, found: PasswdEntry | undefined): Plan {
  if (found === undefined) return change({ state: "absent" }, { state: "absent" }, []);
  if (found.uid === 0) return refuse(`${name} has the number 0, it is root under another name`);
  if (remove_home) {
    const inside = mountPoints(seen.mounts ?? "").filter(
      (each) => each === found.home || each.startsWith(`${found.home}/`),
    );
    if (isSystemPath(found.home)) {
      return refuse(`the home of ${name} is ${found.home}, which belongs to the system`, "leave remove_home out");
    }
    if (inside.length > 0) {
      return refuse(
        `${inside.slice(0, 3).join(", ")} is mounted in the home of ${name}: all that is on it would go`,
        "unmount it first",
      );
    }
  }
  const touches = remove_home ? [...ACCOUNTS, found.home, "/var/mail"] : ACCOUNTS;
  const removal = write.exec(["userdel", ...(remove_home ? ["-r"] : []), "--", name], { touches });
  const warnings = [remove_home && `removes ${found.home} with all that is in it`];
  return noTools(seen) ?? change({ state: "present" }, { state: "absent" }, [removal], { warnings });
}

function present(given: Params, seen: Seen, found: PasswdEntry | undefined): Plan {
  const all = parseGroups(seen.groups ?? "");
  const twin =
    given.uid === undefined ? undefined : parsePasswd(seen.passwd ?? "").find((each) => each.uid === given.uid);
  if (twin !== undefined && twin.name !== given.name) {
    return refuse(`the number ${given.uid} belongs to ${twin.name}`, "choose another, or remove that user first");
  }
  if (found !== undefined && given.uid !== undefined && found.uid !== given.uid && !given.change_uid) {
    return refuse(
      `${given.name} has the number ${found.uid}, and shall have ${given.uid}: files would fall to nobody`,
      "say change_uid: true if that is meant; files outside of the home are then yours to look after",
    );
  }
  const entry = parseShadow(seen.shadow ?? "").find(({ name }) => name === given.name);
  if (given.locked === false && given.password_hash === undefined && /^!+\*?$/.test(entry?.password ?? "!")) {
    return refuse(`${given.name} has no password that could be unlocked`, "give one with password_hash");
  }
  const wanted = [...(given.group === undefined ? [] : [given.group]), ...(given.groups ?? [])];
  const missing = wanted.filter((name) => groupOf(all, name) === undefined);
  const planned = found === undefined ? created(given, seen, all) : changed(given, seen, all, found, entry);
  if (missing.length > 0) {
    const hint = "make it first, with the module group";
    return refuse(`there is no group ${missing.join(", ")} in /etc/group`, hint, { otherwise: planned });
  }
  return planned.steps.length === 0 ? planned : (noTools(seen) ?? planned);
}

function created(given: Params, seen: Seen, all: readonly GroupEntry[]): Change {
  const { name, uid, groups, home, shell, comment, system, expires, password_hash, locked } = given;
  const { before, after } = compared(given, all, undefined, undefined);
  // A group of the own name is taken, where useradd would refuse to make it again.
  const group = given.group ?? (all.some((each) => each.name === name) ? name : undefined);
  const makesHome = given.create_home ?? !system;
  const option = (flag: string, value: string | undefined) => (value === undefined ? [] : [flag, value]);
  const argv = [
    "useradd",
    ...(system ? ["-r"] : []),
    ...option("-u", uid === undefined ? undefined : String(uid)),
    ...option("-g", group),
    ...(groups === undefined || groups.length === 0 ? [] : ["-G", groups.join(",")]),
    ...option("-d", home),
    ...option("-s", shell),
    ...option("-c", comment),
    ...option("-e", expires === "never" ? undefined : expires),
    makesHome ? "-m" : "-M",
    "--",
    name,
  ];
  return change(
    { state: "absent", ...before },
    { state: "present", ...after },
    [
      write.exec(argv, { touches: makesHome ? [...ACCOUNTS, home ?? "/home", "/var/mail"] : ACCOUNTS }),
      password_hash !== undefined && setPassword(name, (locked ? "!" : "") + password_hash.reveal()),
    ],
    { warnings: shellWarning(given, seen) },
  );
}

function changed(
  given: Params,
  seen: Seen,
  all: readonly GroupEntry[],
  found: PasswdEntry,
  entry: ShadowEntry | undefined,
): Change {
  const { name } = given;
  const { before, after } = compared(given, all, found, entry);
  const differs = (field: string) => field in after && !same(before[field], after[field]);
  const moves = differs("home") && given.move_home;
  const options = [
    ...(differs("uid") ? ["-u", String(given.uid)] : []),
    ...(differs("group") ? ["-g", given.group ?? ""] : []),
    ...(differs("groups") ? ["-G", listed(after.groups).join(",")] : []),
    ...(differs("home") ? ["-d", given.home ?? "", ...(moves ? ["-m"] : [])] : []),
    ...(differs("shell") ? ["-s", given.shell ?? ""] : []),
    ...(differs("comment") ? ["-c", given.comment ?? ""] : []),
    ...(differs("expires") ? ["-e", given.expires === "never" ? "" : (given.expires ?? "")] : []),
  ];
  const password = passwordStep(given, entry, differs("password") || differs("locked"));
  const touches = moves || differs("uid") ? [...ACCOUNTS, found.home, given.home ?? found.home, "/var/mail"] : ACCOUNTS;
  return change(
    { state: "present", ...before },
    { state: "present", ...after },
    [options.length > 0 && write.exec(["usermod", ...options, "--", name], { touches }), password],
    {
      warnings: [
        ...shellWarning(given, seen),
        differs("uid") && `${name} gets another number: files outside of ${found.home} keep ${found.uid}`,
        differs("home") && !given.move_home && `the old home ${found.home} stays where it is; move_home: true moves it`,
      ],
    },
  );
}

/** What was asked for, as it is and as it shall be. */
function compared(
  given: Params,
  all: readonly GroupEntry[],
  found: PasswdEntry | undefined,
  entry: ShadowEntry | undefined,
): Fields {
  const before: Record<string, Value> = {};
  const after: Record<string, Value> = {};
  const field = (name: string, is: Value, shall: Value | undefined) => {
    if (shall !== undefined) [before[name], after[name]] = [is, shall];
  };
  field("uid", found?.uid ?? null, given.uid);
  if (given.group !== undefined) {
    const wanted = groupOf(all, given.group);
    const is = all.find(({ gid }) => gid === found?.gid)?.name ?? (found === undefined ? null : String(found.gid));
    field("group", found !== undefined && wanted?.gid === found.gid ? given.group : is, given.group);
  }
  if (given.groups !== undefined) {
    const is = memberships(all, given.name);
    const named = given.groups.map((name) => groupOf(all, name)?.name ?? name);
    field("groups", [...is], [...new Set(given.append ? [...is, ...named] : named)].sort());
  }
  field("home", found?.home ?? null, given.home);
  field("shell", found?.shell ?? null, given.shell);
  field("comment", found?.comment ?? null, given.comment);
  const expiry = entry === undefined ? null : entry.expires === null ? "never" : dateOfDays(entry.expires);
  field("expires", found === undefined && given.expires === "never" ? "never" : expiry, given.expires);
  const password = entry?.password ?? "!";
  const hash = password.replace(/^!+/, "");
  if (given.password_hash !== undefined) field("password", new Secret(hash), given.password_hash);
  field("locked", found === undefined ? null : password.startsWith("!"), given.locked);
  // A new account is made locked; with a password it is not, unless that is asked for.
  if (found === undefined && given.locked === true && given.password_hash === undefined) before.locked = null;
  return { before, after };
}

function passwordStep(
  { name, password_hash, locked }: Params,
  entry: ShadowEntry | undefined,
  differs: boolean,
): Step | null {
  if (!differs) return null;
  const is = entry?.password ?? "!";
  if (password_hash === undefined)
    return write.exec(["usermod", locked ? "-L" : "-U", "--", name], { touches: ACCOUNTS });
  // A mark in front of a hash is a lock that somebody has put there; the bare mark is only "no password yet".
  const stays = locked ?? /^!+[^!*]/.test(is);
  return setPassword(name, (stays ? "!" : "") + password_hash.reveal());
}
function setPassword(name: string, field: string): Step {
  return write.exec(["chpasswd", "-e"], {
    stdin: new Secret(`${name}:${field}\n`),
    touches: ["/etc/shadow", "/etc/passwd"],
  });
}

function memberships(all: readonly GroupEntry[], name: string): readonly string[] {
  return all.flatMap((group) => (group.members.includes(name) ? [group.name] : [])).sort();
}
function groupOf(all: readonly GroupEntry[], wanted: string): GroupEntry | undefined {
  return (
    all.find(({ name }) => name === wanted) ?? all.find(({ gid }) => /^\d+$/.test(wanted) && gid === Number(wanted))
  );
}
function shellWarning({ shell }: Params, { shellFile }: Seen): readonly (string | false)[] {
  return [shell !== undefined && shellFile === null && `there is no ${shell} on the host: nobody logs in with it`];
}
function noTools({ tool }: Seen): Refusal | null {
  if (tool !== null) return null;
  return refuse("the host has no useradd", "install the package shadow (Alpine) or passwd (Debian)");
}
function listed(value: Value | undefined): readonly string[] {
  return Array.isArray(value) ? value.map(String) : [];
}
function same(one: Value | undefined, other: Value | undefined): boolean {
  const text = (value: Value | undefined) => (value instanceof Secret ? value.reveal() : JSON.stringify(value));
  return text(one) === text(other);
}
