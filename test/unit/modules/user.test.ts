import { describe, expect, test } from "vitest";
import { user } from "../../../modules/user.ts";
import { changeOf, commandsOf, exec, plain, planOf, problemsOf, resultOf, stat } from "../../support/plan-module.ts";

const HASH = `$6$salt$${"a".repeat(86)}`;
const passwd =
  "root:x:0:0:root:/root:/bin/bash\nanna:x:3001:3001:Anna:/home/anna:/bin/sh\nper:x:3002:3002::/home/per:/bin/sh\n";
const groups = "root:x:0:\nanna:x:3001:\nper:x:3002:\nparents:x:3100:anna\nkids:x:3101:\nadm:x:4:anna\n";
const shadow = (password: string, expires = "") => `root:*:1::::::\nanna:${password}:1:0:99999:7::${expires}:\n`;
const seen = (more = {}) => ({
  passwd,
  groups,
  shadow: shadow("!"),
  nss: exec("", 2),
  tool: stat(),
  shellFile: stat(),
  mounts: "",
  ...more,
});

test.each([
  ["a new one", { name: "lisa" }, {}, ["useradd -m -- lisa"]],
  [
    "a new one with everything",
    {
      name: "lisa",
      uid: 3003,
      group: "kids",
      groups: ["parents", 4],
      home: "/srv/lisa",
      shell: "/bin/sh",
      comment: "Lisa B",
      expires: "2031-12-31",
      create_home: false,
    },
    {},
    ["useradd -u 3003 -g kids -G parents,4 -d /srv/lisa -s /bin/sh -c Lisa B -e 2031-12-31 -M -- lisa"],
  ],
  ["a service", { name: "media", system: true }, {}, ["useradd -r -M -- media"]],
  ["whose group is there already", { name: "kids" }, {}, ["useradd -g kids -m -- kids"]],
  ["with a hash", { name: "lisa", password_hash: HASH }, {}, ["useradd -m -- lisa", "chpasswd -e"]],
  [
    "as it is",
    { name: "anna", uid: 3001, group: 3001, groups: ["adm", "parents"], shell: "/bin/sh", comment: "Anna" },
    {},
    [],
  ],
  ["groups in another order, by number", { name: "anna", groups: [3100, "adm"] }, {}, []],
  ["a group more", { name: "anna", groups: ["kids"], append: true }, {}, ["usermod -G adm,kids,parents -- anna"]],
  ["other groups", { name: "anna", groups: ["kids"] }, {}, ["usermod -G kids -- anna"]],
  ["no groups", { name: "anna", groups: [] }, {}, ["usermod -G  -- anna"]],
  ["another home, moved", { name: "anna", home: "/srv/a", move_home: true }, {}, ["usermod -d /srv/a -m -- anna"]],
  ["another number", { name: "anna", uid: 4000, change_uid: true }, {}, ["usermod -u 4000 -- anna"]],
  ["to be locked", { name: "anna", locked: true }, { shadow: shadow(HASH) }, ["usermod -L -- anna"]],
  ["to be unlocked", { name: "anna", locked: false }, { shadow: shadow(`!${HASH}`) }, ["usermod -U -- anna"]],
  ["locked already", { name: "anna", locked: true }, {}, []],
  ["the same hash under a lock", { name: "anna", password_hash: HASH }, { shadow: shadow(`!${HASH}`) }, []],
  ["never expires", { name: "anna", expires: "never" }, { shadow: shadow("!", "22644") }, ["usermod -e  -- anna"]],
  ["expires as said", { name: "anna", expires: "2031-12-31" }, { shadow: shadow("!", "22644") }, []],
  ["gone", { name: "lisa", state: "absent" }, {}, []],
  ["to go", { name: "anna", state: "absent" }, {}, ["userdel -- anna"]],
  ["to go with the home", { name: "anna", state: "absent", remove_home: true }, {}, ["userdel -r -- anna"]],
])("%s", (_, raw, more, commands) => {
  expect(commandsOf(changeOf(user, raw, seen(more)).steps)).toEqual(commands);
});

test("a password reaches the host on a stdin, and keeps its lock", () => {
  const step = (raw: object, field: string) =>
    changeOf(user, { name: "anna", password_hash: HASH, ...raw }, seen({ shadow: shadow(field) })).steps.at(-1);
  const said = (raw: object, field: string) => {
    const { stdin } = plain(step(raw, field)) as { readonly stdin: { reveal(): string } };
    return stdin.reveal();
  };
  expect(said({}, "!")).toBe(`anna:${HASH}\n`);
  expect(said({}, "!$6$old$x")).toBe(`anna:!${HASH}\n`);
  expect(said({ locked: false }, "!$6$old$x")).toBe(`anna:${HASH}\n`);
  expect(said({ locked: true }, "*")).toBe(`anna:!${HASH}\n`);
  expect(JSON.stringify(changeOf(user, { name: "anna", password_hash: HASH }, seen()))).not.toContain(HASH);
});

test.each([
  ["a number that is another's", { name: "lisa", uid: 3001 }, {}, /belongs to anna/],
  ["another number", { name: "anna", uid: 4000 }, {}, /has the number 3001, and shall have 4000/],
  ["a missing group", { name: "anna", groups: ["nosuch"] }, {}, /no group nosuch/],
  ["nothing to unlock", { name: "anna", locked: false }, {}, /no password/],
  ["of a directory service", { name: "ldap" }, { nss: exec("ldap:*:9:9::/:/bin/sh\n") }, /directory service/],
  ["no tools", { name: "lisa" }, { tool: null }, /no useradd/],
  ["root under another name", { name: "toor", state: "absent" }, { passwd: "toor:x:0:0::/:/bin/sh\n" }, /number 0/],
  [
    "a home of the system",
    { name: "anna", state: "absent", remove_home: true },
    { passwd: "anna:x:1:1::/srv:/bin/sh\n" },
    /belongs to the system/,
  ],
  [
    "a mount in the home",
    { name: "anna", state: "absent", remove_home: true },
    { mounts: "x /home/anna/nas nfs rw 0 0\n" },
    /is mounted in the home/,
  ],
])("%s is refused", (_, raw, more, why) => {
  expect(planOf(user, raw, seen(more))).toMatchObject({ kind: "refuse", why: expect.stringMatching(why) });
});
test("what a check shows where a group is only going to be made", () => {
  const plan = planOf(user, { name: "lisa", groups: ["soon"] }, seen());
  expect(plan.kind === "refuse" && commandsOf(plan.otherwise?.steps ?? [])).toEqual(["useradd -G soon -m -- lisa"]);
});
test("a shell that is not there is told", () => {
  expect(changeOf(user, { name: "anna", shell: "/bin/zsh" }, seen({ shellFile: null })).warnings.join()).toContain(
    "no /bin/zsh",
  );
});
test("the result", () => {
  expect(resultOf(user, { name: "anna" }, seen(), new Date(0))).toEqual({
    name: "anna",
    uid: 3001,
    gid: 3001,
    home: "/home/anna",
    shell: "/bin/sh",
    groups: ["adm", "parents"],
  });
});

describe("bad parameters", () => {
  test.each([
    [{}, "name"],
    [{ name: "" }, "name of a user"],
    [{ name: "-x" }, "name of a user"],
    [{ name: "a b" }, "name of a user"],
    [{ name: "a;id" }, "name of a user"],
    [{ name: "a\n" }, "name of a user"],
    [{ name: "$(id)" }, "name of a user"],
    [{ name: "ünï" }, "name of a user"],
    [{ name: "x".repeat(33) }, "at most 32"],
    [{ name: "1000" }, "beginning with a letter"],
    [{ name: "a", uid: -1 }, "uid"],
    [{ name: "a", uid: 4294967295 }, "uid"],
    [{ name: "a", uid: "x" }, "expected a number"],
    [{ name: "a", comment: "a:b" }, "colon"],
    [{ name: "a", comment: "a\nb" }, "one line"],
    [{ name: "a", shell: "bash" }, "absolute"],
    [{ name: "a", groups: "kids" }, "list of groups"],
    [{ name: "a", groups: ["a,b"] }, "group name"],
    [{ name: "a", password_hash: "secret" }, "openssl passwd -6"],
    [{ name: "a", password_hash: `${HASH}:0` }, "expected a hash"],
    [{ name: "a", password_hash: `${HASH}\nroot:x` }, "expected a hash"],
    [{ name: "a", expires: "2027-02-30" }, "expected a date"],
    [{ name: "a", append: true }, "needs the groups"],
    [{ name: "a", move_home: true }, "needs the home"],
    [{ name: "a", change_uid: true }, "needs the uid"],
    [{ name: "a", remove_home: true }, "state: absent"],
    [{ name: "a", state: "absent", uid: 1 }, "no meaning"],
    [{ name: "root", state: "absent" }, "belongs to the system"],
    [{ name: "a", state: "gone" }, "present or absent"],
  ])("%j", (bad, message) => {
    expect(problemsOf(user, bad).join("\n")).toContain(message);
  });
});
