import { z } from "zod";
import { parseGroups, parsePasswd } from "../engine/formats/accounts.ts";
import type { ExecAnswer, Plan, Refusal, Stat, Step } from "../engine/module/index.ts";
import { atCreate, change, defineModule, presence, read, refuse, write } from "../engine/module/index.ts";

const FILES = ["/etc/group", "/etc/gshadow", "/etc/passwd"];
const GROUPADD = "/usr/sbin/groupadd";

const params = z
  .strictObject({
    name: z
      .string()
      .regex(/^[a-z_][a-z0-9_.-]{0,31}$/i, {
        error: "expected the name of a group: letters, digits, _ . and -, beginning with a letter, at most 32",
      })
      .describe("The group."),
    state: presence.describe("`absent` removes the group; files keep its number."),
    gid: z
      .int({ error: "expected a number" })
      .min(0)
      .max(4294967293)
      .optional()
      .describe("Its number. Unsaid: the next free one, and an existing group keeps its own."),
    change_gid: z
      .boolean()
      .default(false)
      .describe("Let an existing group get another number. Its files keep the old one, and so fall to nobody."),
    system: atCreate(z.boolean().default(false)).describe("Take the number of a new group from those for services."),
    members: z
      .array(z.string().regex(/^[a-z_][a-z0-9_.-]{0,31}\$?$/i, { error: "expected the name of a user" }))
      .transform((names) => [...new Set(names)].sort())
      .optional()
      .describe(
        "Exactly the users that have it beside their primary group. Unsaid: left alone (see `groups` of `user`).",
      ),
  })
  .superRefine(({ state, gid, members, change_gid, name }, context) => {
    const wrong = (path: string, message: string) => context.addIssue({ code: "custom", path: [path], message });
    if (state === "absent" && gid !== undefined) wrong("gid", "state: absent takes no gid");
    if (state === "absent" && members !== undefined) wrong("members", "state: absent takes no members");
    if (change_gid && gid === undefined) wrong("change_gid", "change_gid needs the gid that it shall have");
    if (state === "absent" && name === "root") wrong("name", "the group root belongs to the system");
  });
type Params = z.output<typeof params>;
interface Seen {
  readonly groups: string | null;
  readonly passwd: string | null;
  readonly nss: ExecAnswer;
  readonly tool: Stat | null;
}

export const group = defineModule({
  name: "group",
  summary: "Make or remove a group, with its number and members.",
  description: `Looks at /etc/group and uses \`groupadd\`, \`groupmod\` and \`gpasswd\`. A group that only a directory service
knows (LDAP, SSSD) is not touched. On Alpine these tools are in the package \`shadow\`.`,
  params,
  probes: ({ name }) => ({
    groups: read.text("/etc/group"),
    passwd: read.text("/etc/passwd"),
    nss: read.exec(["getent", "group", "--", name], { looksAt: [...FILES, "/etc/nsswitch.conf"] }),
    tool: read.stat(GROUPADD, { follow: true }),
  }),
  plan: (given, seen) => (given.state === "absent" ? absent(given, seen) : present(given, seen)),
  result({ name }, { groups }) {
    const found = parseGroups(groups ?? "").find((each) => each.name === name);
    return { name, gid: found?.gid ?? null, members: found?.members ?? [] };
  },
  examples: [
    "group: { name: family, gid: 3100 }",
    "group: { name: readers, system: true, members: [www-data] }",
    "group: { name: readers, state: absent }",
  ],
});

function absent({ name }: Params, seen: Seen): Plan {
  const found = parseGroups(seen.groups ?? "").find((each) => each.name === name);
  if (found === undefined) {
    return seen.nss.code === 0 ? elsewhere(name) : change({ state: "absent" }, { state: "absent" }, []);
  }
  const users = parsePasswd(seen.passwd ?? "").filter(({ gid }) => gid === found.gid);
  if (users.length > 0) {
    const names = users.map((each) => each.name).join(", ");
    return refuse(
      `${name} is the primary group of ${names}`,
      "give these users another group first, with the module user",
    );
  }
  return noTools(seen) ?? change({ state: "present" }, { state: "absent" }, [step(["groupdel", "--", name])]);
}

function present(given: Params, seen: Seen): Plan {
  const { name, gid, members, system, change_gid } = given;
  const all = parseGroups(seen.groups ?? "");
  const found = all.find((each) => each.name === name);
  if (found === undefined && seen.nss.code === 0) return elsewhere(name);
  const twin = gid === undefined ? undefined : all.find((each) => each.gid === gid && each.name !== name);
  if (twin !== undefined) {
    return refuse(`the number ${gid} belongs to the group ${twin.name}`, "choose another, or remove that group first");
  }
  if (found !== undefined && gid !== undefined && found.gid !== gid && !change_gid) {
    return refuse(
      `${name} has the number ${found.gid}, and shall have ${gid}: its files would fall to nobody`,
      "say change_gid: true if that is meant, and look after the files",
    );
  }
  const users = new Set(parsePasswd(seen.passwd ?? "").map((each) => each.name));
  const strangers = (members ?? []).filter((each) => !users.has(each));
  const is = found === undefined ? null : [...found.members].sort();
  const same =
    is !== null &&
    (members === undefined || (is.length === members.length && is.every((each, at) => each === members[at])));
  const before = {
    state: found === undefined ? "absent" : "present",
    ...(gid !== undefined && { gid: found?.gid ?? null }),
    ...(members !== undefined && { members: is ?? [] }),
  };
  const after = { state: "present", ...(gid !== undefined && { gid }), ...(members !== undefined && { members }) };
  const options = [...(gid === undefined ? [] : ["-g", String(gid)]), ...(system ? ["-r"] : [])];
  const planned = change(before, after, [
    found === undefined && step(["groupadd", ...options, "--", name]),
    found !== undefined && gid !== undefined && found.gid !== gid && step(["groupmod", "-g", String(gid), "--", name]),
    members !== undefined &&
      !same &&
      (found !== undefined || members.length > 0) &&
      step(["gpasswd", "-M", members.join(","), name]),
  ]);
  if (planned.steps.length === 0) return planned;
  if (strangers.length > 0) {
    return refuse(
      `there is no user ${strangers.join(", ")} in /etc/passwd`,
      "make the user first, with the module user",
      {
        otherwise: planned,
      },
    );
  }
  return noTools(seen) ?? planned;
}

function step(argv: readonly string[]): Step {
  return write.exec(argv, { touches: FILES });
}
function noTools({ tool }: Seen): Refusal | null {
  if (tool !== null) return null;
  return refuse("the host has no groupadd", "install the package shadow (Alpine) or passwd (Debian)");
}
function elsewhere(name: string): Refusal {
  return refuse(
    `the group ${name} comes from a directory service, not from /etc/group`,
    "manage it there, or choose another name",
  );
}
