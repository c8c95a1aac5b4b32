import { describe, expect, test } from "vitest";
import { hostname } from "../../../modules/hostname.ts";
import { sambaUser } from "../../../modules/samba-user.ts";
import { timezone } from "../../../modules/timezone.ts";
import { changeOf, commandsOf, exec, plain, planOf, problemsOf, stat } from "../../support/plan-module.ts";

describe("hostname", () => {
  const seen = (more = {}) => ({
    saved: "old\n",
    live: "old\n",
    hosts: "127.0.0.1\tlocalhost\n127.0.1.1\told\n",
    nodes: null,
    ...more,
  });
  test("now, at boot, and in /etc/hosts", () => {
    expect(changeOf(hostname, { name: "NAS.example" }, seen()).steps.map(plain)).toEqual([
      { kind: "write-file", path: "/etc/hostname", content: "nas.example\n" },
      { kind: "write-file", path: "/etc/hosts", content: "127.0.0.1\tlocalhost\n127.0.1.1\tnas.example nas\n" },
      { kind: "exec", argv: ["hostname", "--", "nas.example"], touches: ["/proc/sys/kernel"] },
    ]);
  });
  test.each([
    ["as it is", { name: "old" }, {}, 0],
    ["without /etc/hosts", { name: "new", hosts: false }, {}, 2],
    ["only the kernel differs", { name: "old" }, { live: "x\n" }, 1],
  ])("%s", (_, raw, more, count) => {
    expect(changeOf(hostname, raw, seen(more)).steps).toHaveLength(count);
  });
  test("a node of Proxmox VE keeps its name, and a container of one is told", () => {
    expect(planOf(hostname, { name: "new" }, seen({ nodes: ["old"] }))).toMatchObject({
      kind: "refuse",
      why: expect.stringContaining("node old of Proxmox VE"),
    });
    expect(changeOf(hostname, { name: "old" }, seen({ nodes: ["old"] })).steps).toEqual([]);
    expect(changeOf(hostname, { name: "new" }, seen({ hosts: "# --- BEGIN PVE ---\n" })).warnings.join()).toContain(
      "module pct",
    );
  });
  test.each(["", "-x", "a_b", "a b", "a\nb", "$(id)", "ünï", "a..b", "x".repeat(65), "a.", "12"])(
    "%j is no name",
    (name) => {
      expect(problemsOf(hostname, { name })).not.toEqual([]);
    },
  );
});

describe("timezone", () => {
  const link = (target: string) => stat({ type: "symlink", target });
  const seen = (more = {}) => ({
    link: link("/usr/share/zoneinfo/Etc/UTC"),
    saved: "Etc/UTC\n",
    zone: stat(),
    zones: stat({ type: "directory" }),
    ...more,
  });
  const raw = { name: "Europe/Berlin" };
  test.each([
    ["link and file", {}, ["symlink", "write-file"]],
    ["no file", { saved: null }, ["symlink"]],
    ["a relative link, right", { link: link("../usr/share/zoneinfo/Europe/Berlin"), saved: null }, []],
    ["a copy of a zone", { link: stat(), saved: null }, ["remove", "symlink"]],
    ["nothing", { link: null, saved: null }, ["symlink"]],
    ["the file alone is wrong", { link: link("/usr/share/zoneinfo/Europe/Berlin") }, ["write-file"]],
  ])("%s", (_, more, kinds) => {
    expect(changeOf(timezone, raw, seen(more)).steps.map(({ kind }) => kind)).toEqual(kinds);
  });
  test("what the host does not know is refused", () => {
    expect(planOf(timezone, raw, seen({ zone: null }))).toMatchObject({
      why: expect.stringContaining("knows no time zone"),
    });
    expect(planOf(timezone, raw, seen({ zone: null, zones: null }))).toMatchObject({
      hint: expect.stringContaining("tzdata"),
    });
  });
  test.each(["", "../etc/shadow", "Europe/../x", "/Etc/UTC", "europe/berlin", "Europe/Berlin\n", "A;B", "--x"])(
    "%j is no zone",
    (name) => {
      expect(problemsOf(timezone, { name })).not.toEqual([]);
    },
  );
});

describe("samba_user", () => {
  const line = (flags: string, hash = "8846F7EAEE8FB117AD06BDD830B7586C") =>
    exec(`anna:3001:XXXX:${hash}:[${flags.padEnd(11)}]:LCT-6B02619E:\n`);
  const none = exec("", 255, "Username not found!\n");
  const system = exec("anna:x:3001:3001::/:/bin/sh\n");
  const raw = { name: "anna", password: "password" };
  test.each([
    ["new", raw, none, ["smbpasswd -s -a anna"]],
    ["new and off", { ...raw, enabled: false }, none, ["smbpasswd -s -a anna", "smbpasswd -d anna"]],
    ["as it is", raw, line("U"), []],
    ["another password", { ...raw, password: "other" }, line("U"), ["smbpasswd -s anna"]],
    ["switched off", { ...raw, enabled: false }, line("U"), ["smbpasswd -d anna"]],
    ["switched on again", raw, line("DU"), ["smbpasswd -e anna"]],
    ["without a password said", { name: "anna" }, line("U", "X".repeat(32)), []],
    ["to go", { name: "anna", state: "absent" }, line("U"), ["smbpasswd -x anna"]],
    ["gone", { name: "anna", state: "absent" }, none, []],
    ["gone with all of Samba", { name: "anna", state: "absent" }, exec("", 127), []],
  ])("%s", (_, given, account, commands) => {
    const plan = changeOf(sambaUser, given, { account, system });
    expect(commandsOf(plan.steps)).toEqual(commands);
    expect(JSON.stringify(plan)).not.toMatch(/password\\n|8846F7/);
  });
  test("the password is on a stdin, twice", () => {
    const step = plain(changeOf(sambaUser, raw, { account: none, system }).steps[0]) as {
      readonly stdin: { reveal(): string };
    };
    expect(step.stdin.reveal()).toBe("password\npassword\n");
  });
  test.each([
    ["no user of the system", raw, none, exec("", 2), /no user anna/],
    ["no Samba", raw, exec("", 127), system, /no Samba/],
    ["no password for a new one", { name: "anna" }, none, system, /needs a password/],
    ["a mistake in smb.conf", raw, exec("", 1, "Can't load smb.conf\n"), system, /Can't load/],
  ])("%s is refused", (_, given, account, who, why) => {
    expect(planOf(sambaUser, given, { account, system: who })).toMatchObject({
      kind: "refuse",
      why: expect.stringMatching(why),
    });
  });
  test.each([
    [{}, "name"],
    [{ name: "-x", password: "a" }, "name of a user"],
    [{ name: "anna", password: "" }, "empty"],
    [{ name: "anna", password: "a\nb" }, "one line"],
    [{ name: "anna", password: "x".repeat(200) }, "127 bytes"],
    [{ name: "anna", password: "a", state: "absent" }, "takes no password"],
  ])("%j", (bad, message) => {
    expect(problemsOf(sambaUser, bad).join("\n")).toContain(message);
  });
});
