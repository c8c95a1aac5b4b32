import { execFileSync, spawn } from "node:child_process";
import {
  chmodSync,
  chownSync,
  copyFileSync,
  lstatSync,
  mkdirSync,
  readFileSync,
  renameSync,
  symlinkSync,
  writeFileSync,
} from "node:fs";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { expectExit, expectForetold, recapOf, resultsOf } from "../../support/e2e-events.ts";
import { openRig, type Rig } from "../../support/e2e-rig.ts";

// Real accounts, ACLs, mounts and Samba on this machine, all under names of their own; fstab and the accounts are put back.

const people = ["labt-anna", "labt-per", "labt-lisa", "labt-stranger"] as const;
const groups = ["labt-parents", "labt-kids"] as const;
const KEY = "ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAIAABAgMEBQYHCAkKCwwNDg8QERITFBUWFxgZGhscHR4f";
const OTHER = "ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAIB8eHRwbGhkYFxYVFBMSERAPDg0MCwoJCAcGBQQDAgEA";

let rig: Rig;
const here = (...path: readonly string[]) => join(rig.target, ...path);
const run = (command: string, ...args: readonly string[]) => execFileSync(command, args, { encoding: "utf8" });
const tried = (command: string, ...args: readonly string[]) => {
  try {
    return run(command, ...args);
  } catch {
    return null;
  }
};
function clean(): void {
  for (const name of people) {
    tried("smbpasswd", "-x", name);
    tried("userdel", "-r", name);
  }
  for (const name of groups) tried("groupdel", name);
}

beforeAll(async () => {
  for (const tool of ["useradd", "setfacl", "setpriv", "pdbedit", "smbpasswd", "mkfs.ext4", "losetup"])
    run("sh", "-c", `command -v ${tool}`);
  copyFileSync("/etc/fstab", "/tmp/lab-users-fstab");
  clean();
  rig = await openRig();
});
afterAll(async () => {
  for (const line of run("findmnt", "-rno", "TARGET").split("\n").reverse())
    if (rig && line.startsWith(rig.target)) tried("umount", line);
  tried("losetup", "-D");
  copyFileSync("/tmp/lab-users-fstab", "/etc/fstab");
  clean();
  await rig?.stop();
});

const play = (tasks: readonly object[], ...args: readonly string[]) => {
  rig.write("play.yml", JSON.stringify([{ name: "Play", hosts: "all", tasks }]));
  return rig.play("play.yml", ...args);
};
/** Check, run, run again: what was foretold came, and then nothing is left to do. */
async function converge(tasks: readonly object[]): Promise<Awaited<ReturnType<typeof play>>> {
  const check = await play(tasks, "--check", "--diff");
  expectExit(check, 0);
  const done = await play(tasks);
  expectExit(done, 0);
  expect(expectForetold(check, done).deferred).toBe(0);
  expect(recapOf(done).changed).toBeGreaterThan(0);
  const again = await play(tasks);
  expectExit(again, 0);
  expect(recapOf(again).changed).toBe(0);
  expect(resultsOf(again).flatMap(({ warnings }) => warnings)).toEqual([]);
  return done;
}

const accounts = [
  { group: { name: "labt-parents", gid: 30100 } },
  { group: { name: "labt-kids", gid: 30101 } },
  { user: { name: "labt-anna", uid: 30001, groups: ["labt-parents"], shell: "/bin/sh", comment: "Anna" } },
  { user: { name: "labt-per", uid: 30002, groups: ["labt-parents"], shell: "/usr/sbin/nologin", create_home: false } },
  {
    user: {
      name: "labt-lisa",
      uid: 30003,
      groups: [30101],
      shell: "/usr/sbin/nologin",
      create_home: false,
      expires: "2031-12-31",
    },
  },
  { user: { name: "labt-stranger", uid: 30004, shell: "/usr/sbin/nologin", create_home: false, locked: true } },
];

describe("accounts", () => {
  it("are made as foretold, changed, and then left alone", async () => {
    await converge(accounts);
    expect(run("id", "labt-anna")).toMatch(
      /^uid=30001\(labt-anna\) gid=30001\(labt-anna\) groups=30001\(labt-anna\),30100\(labt-parents\)/,
    );
    expect(run("getent", "shadow", "labt-lisa").split(":")[7]).toBe("22644");
    const hash = `$6$labsalt$${"a".repeat(86)}`;
    await converge([
      {
        user: {
          name: "labt-anna",
          comment: "Anna L.",
          password_hash: hash,
          groups: ["labt-kids"],
          append: true,
          locked: true,
        },
      },
    ]);
    expect(run("getent", "shadow", "labt-anna").split(":")[1]).toBe(`!${hash}`);
    await converge([{ user: { name: "labt-anna", locked: false, groups: ["labt-parents"] } }]);
    expect(run("getent", "shadow", "labt-anna").split(":")[1]).toBe(hash);
    expect(run("id", "-Gn", "labt-anna").trim()).toBe("labt-anna labt-parents");
    await converge([{ group: { name: "labt-kids", members: ["labt-lisa", "labt-stranger"] } }]);
    await converge([
      { group: { name: "labt-kids", members: ["labt-lisa"] } },
      { user: { name: "labt-lisa", expires: "never" } },
    ]);
  });
  it("another number is refused unless it is asked for, and a group in use does not go", async () => {
    const refused = await play([
      { user: { name: "labt-per", uid: 30999 }, ignore_errors: true },
      { user: { name: "labt-per", uid: 30001 }, ignore_errors: true },
      { group: { name: "labt-anna", state: "absent" }, ignore_errors: true },
      { user: { name: "labt-nobody", groups: ["labt-missing"] }, ignore_errors: true },
    ]);
    expect(resultsOf(refused).map(({ reason }) => reason)).toEqual([
      expect.stringContaining("has the number 30002, and shall have 30999"),
      expect.stringContaining("the number 30001 belongs to labt-anna"),
      expect.stringContaining("is the primary group of labt-anna"),
      expect.stringContaining("there is no group labt-missing"),
    ]);
    await converge([{ user: { name: "labt-per", uid: 30999, change_uid: true } }]);
    await play([{ user: { name: "labt-per", uid: 30002, change_uid: true } }]);
  });
});

describe("folders of a family", () => {
  const archive = () => here("archive");
  const tasks = () => [
    { file: { path: archive(), state: "directory" } },
    {
      acl: {
        path: archive(),
        owner: "root",
        group: 30100,
        mode: "2770",
        entries: ["group:30101:r-x"],
        inherit: true,
        recursive: true,
      },
    },
    { file: { path: here("personal"), state: "directory", mode: "0711" } },
    { file: { path: here("personal/labt-anna"), state: "directory" } },
    { acl: { path: here("personal/labt-anna"), owner: "labt-anna", group: "labt-anna", mode: "0700" } },
  ];
  const as = (name: string, script: string) => {
    const [uid, gid, ...more] = [run("id", "-u", name), run("id", "-g", name), ...run("id", "-G", name).split(" ")].map(
      (each) => each.trim(),
    );
    try {
      execFileSync(
        "setpriv",
        ["--reuid", uid ?? "", "--regid", gid ?? "", "--groups", more.join(","), "sh", "-c", `umask 022; ${script}`],
        { stdio: "pipe" },
      );
      return true;
    } catch {
      return false;
    }
  };
  it("let each do what was declared, and no more", async () => {
    await converge(tasks());
    const can = (name: string) => ({
      list: as(name, `ls ${archive()}`),
      create: as(name, `echo ${name} >${archive()}/of-${name}`),
      read: as(name, `cat ${archive()}/of-labt-anna`),
      append: as(name, `echo more >>${archive()}/of-labt-anna`),
      remove: as(name, `touch ${archive()}/t-${name} && rm ${archive()}/t-${name}`),
      mkdir: as(name, `mkdir ${archive()}/d-${name} && echo x >${archive()}/d-${name}/f`),
      others: as(name, `echo x >>${archive()}/d-labt-anna/f`),
      cross: as(
        name,
        `cat ${here("personal")}/labt-anna/diary 2>/dev/null || echo dear >${here("personal")}/labt-anna/diary`,
      ),
      personal: as(name, `ls ${here("personal")}`),
    });
    const parent = { list: true, create: true, read: true, append: true, remove: true, mkdir: true, others: true };
    const kid = { list: true, create: false, read: true, append: false, remove: false, mkdir: false, others: false };
    const nobody = {
      list: false,
      create: false,
      read: false,
      append: false,
      remove: false,
      mkdir: false,
      others: false,
    };
    expect(can("labt-anna")).toEqual({ ...parent, cross: true, personal: false });
    expect(can("labt-per")).toEqual({ ...parent, cross: false, personal: false });
    expect(can("labt-lisa")).toEqual({ ...kid, cross: false, personal: false });
    expect(can("labt-stranger")).toEqual({ ...nobody, cross: false, personal: false });
    // Files that people made in it are as they shall be: nothing is left to repair.
    const again = await play(tasks());
    expect(
      resultsOf(again)
        .filter(({ changed }) => changed)
        .map(({ before }) => before),
    ).toEqual([]);
  });
  it("are repaired after each kind of drift, and only there", async () => {
    const file = `${archive()}/of-labt-anna`;
    const kept = `${archive()}/of-labt-per`;
    const before = lstatSync(kept).ctimeMs;
    chmodSync(file, 0o600);
    writeFileSync(here("moved"), "from elsewhere", { mode: 0o644 });
    chownSync(here("moved"), 30001, 30001);
    renameSync(here("moved"), `${archive()}/moved in`);
    run("setfacl", "-b", `${archive()}/d-labt-anna`);
    writeFileSync(`${archive()}/d-labt-per/line\nend\\`, "");
    chmodSync(`${archive()}/d-labt-per/line\nend\\`, 0o644);
    writeFileSync(`${archive()}/program`, "#!/bin/sh\n");
    chmodSync(`${archive()}/program`, 0o755);
    symlinkSync("/etc/passwd", `${archive()}/link`);
    const passwd = lstatSync("/etc/passwd").mode;
    const check = await play(tasks(), "--check", "--diff");
    const found = resultsOf(check).find(({ module }) => module === "acl");
    expect(found?.before).toMatchObject({ "not as wanted": 5 });
    expect(JSON.stringify(found?.before)).toContain("moved in");
    const done = await play(tasks());
    expectExit(done, 0);
    expect(expectForetold(check, done).deferred).toBe(0);
    expect(as("labt-lisa", `cat '${archive()}/moved in' ${file}`)).toBe(true);
    expect(as("labt-lisa", `${archive()}/program`)).toBe(true);
    expect(as("labt-per", `echo x >>${file}`)).toBe(true);
    expect(as("labt-stranger", `cat '${archive()}/moved in'`)).toBe(false);
    expect(lstatSync(`${archive()}/moved in`).uid).toBe(30001);
    expect(lstatSync(kept).ctimeMs).toBe(before);
    expect(lstatSync("/etc/passwd").mode).toBe(passwd);
    expect(recapOf(await play(tasks())).changed).toBe(0);
  });
  it("single entries come and go among others", async () => {
    await converge([{ acl: { path: archive(), entries: ["user:labt-stranger:r-x"], state: "present" } }]);
    expect(run("getfacl", "-ncpE", archive())).toContain("user:30004:r-x\n");
    expect(run("getfacl", "-ncpE", archive())).toContain("group:30101:r-x\n");
    await converge([{ acl: { path: archive(), entries: ["user:labt-stranger"], state: "absent" } }]);
    expect(run("getfacl", "-ncpE", archive())).not.toContain("30004");
  });
});

describe("keys", () => {
  it("let in and are revoked; a link that the user laid is refused", async () => {
    const file = "/home/labt-anna/.ssh/authorized_keys";
    await converge([{ authorized_key: { user: "labt-anna", key: `${KEY} anna@laptop` } }]);
    expect(readFileSync(file, "utf8")).toBe(`${KEY} anna@laptop\n`);
    expect(lstatSync(file)).toMatchObject({ uid: 30001, mode: 0o100600 });
    expect(lstatSync("/home/labt-anna/.ssh")).toMatchObject({ uid: 30001, mode: 0o040700 });
    writeFileSync(file, `# mine\n${KEY} anna@laptop\n${OTHER} old\n`);
    chmodSync(file, 0o666);
    await converge([
      { authorized_key: { user: "labt-anna", key: `${KEY} anna@laptop`, options: "restrict", exclusive: true } },
    ]);
    expect(readFileSync(file, "utf8")).toBe(`# mine\nrestrict ${KEY} anna@laptop\n`);
    await converge([{ authorized_key: { user: "labt-anna", key: KEY, state: "absent" } }]);
    expect(readFileSync(file, "utf8")).toBe("# mine\n");
    run("rm", "-r", "/home/labt-anna/.ssh");
    symlinkSync("/root/.ssh", "/home/labt-anna/.ssh");
    const refused = await play([{ authorized_key: { user: "labt-anna", key: KEY }, ignore_errors: true }]);
    expect(resultsOf(refused)[0]?.reason).toContain("is a link to /root/.ssh");
  });
  it("of hosts are known, plain and hashed, and ssh-keygen finds them", async () => {
    const path = here("known_hosts");
    await converge([
      { known_host: { host: "nas.example", key: KEY, path } },
      { known_host: { host: "192.0.2.7", port: 2222, key: KEY, path, hashed: true } },
    ]);
    expect(run("ssh-keygen", "-F", "nas.example", "-f", path)).toContain(KEY);
    expect(run("ssh-keygen", "-F", "[192.0.2.7]:2222", "-f", path)).toContain("found");
    run("ssh-keygen", "-H", "-f", path);
    await converge([{ known_host: { host: "nas.example", key: OTHER, path } }]);
    expect(run("ssh-keygen", "-F", "nas.example", "-f", path)).not.toContain(KEY);
    await converge([{ known_host: { host: "nas.example", state: "absent", path } }]);
    expect(tried("ssh-keygen", "-F", "nas.example", "-f", path)).toBeNull();
  });
});

describe("mounts", () => {
  it("of memory and of folders come, change and go", async () => {
    const [scratch, shown] = [here("scratch"), here("shown")];
    mkdirSync(here("source"));
    writeFileSync(here("source/f"), "x");
    await converge([
      { mount: { path: scratch, src: "tmpfs", fstype: "tmpfs", options: "size=4M,nodev,mode=0750" } },
      { mount: { path: shown, src: here("source"), fstype: "none", options: ["bind"] } },
    ]);
    expect(run("findmnt", "-no", "OPTIONS", "-M", scratch)).toMatch(/nodev.*size=4096k.*mode=750/);
    expect(readFileSync(join(shown, "f"), "utf8")).toBe("x");
    await converge([
      { mount: { path: scratch, src: "tmpfs", fstype: "tmpfs", options: "size=8M,nodev,noexec,mode=0750" } },
    ]);
    expect(run("findmnt", "-no", "OPTIONS", "-M", scratch)).toMatch(/noexec.*size=8192k/);
    // Drift: unmounted by hand, fstab kept.
    run("umount", scratch);
    await converge([
      { mount: { path: scratch, src: "tmpfs", fstype: "tmpfs", options: "size=8M,nodev,noexec,mode=0750" } },
    ]);
    const user = spawn("sleep", ["60"], { cwd: scratch, stdio: "ignore" });
    await new Promise((resolve) => user.once("spawn", resolve));
    const busy = await play([{ mount: { path: scratch, state: "unmounted" }, ignore_errors: true }]);
    expect(resultsOf(busy)[0]?.reason).toContain(`is in use by sleep (process ${user.pid})`);
    user.kill();
    await new Promise((resolve) => user.once("exit", resolve));
    await converge([{ mount: { path: scratch, state: "unmounted" } }]);
    expect(readFileSync("/etc/fstab", "utf8")).toContain(scratch);
    await converge([{ mount: { path: scratch, state: "absent" } }, { mount: { path: shown, state: "absent" } }]);
    expect(readFileSync("/etc/fstab", "utf8")).toBe(readFileSync("/tmp/lab-users-fstab", "utf8"));
  });
  it("of a disk by its UUID", async () => {
    const image = here("disk.img");
    run("truncate", "-s", "16M", image);
    run("mkfs.ext4", "-q", "-U", "5a8f6c1e-3b0d-4c57-9a52-7d1f0e6b2c00", image);
    const device = run("losetup", "-f", "--show", image).trim();
    const task = { mount: { path: here("usb"), src: device, fstype: "ext4", options: "nofail,noatime" } };
    await converge([task]);
    expect(run("findmnt", "-no", "SOURCE,OPTIONS", "-M", here("usb"))).toMatch(/loop\d+ .*noatime/);
    const wrong = await play([
      {
        mount: { path: here("usb2"), src: "UUID=00000000-0000-4000-8000-000000000000", fstype: "ext4" },
        ignore_errors: true,
      },
    ]);
    expect(resultsOf(wrong)[0]?.reason).toContain("there is no UUID=00000000");
    await converge([{ mount: { path: here("usb"), state: "absent" } }]);
    run("losetup", "-d", device);
  });
});

describe("Samba", () => {
  it("gets accounts, whose password is set again only when it is another", async () => {
    const password = "päss wörd $(id) 'x' \"y\"";
    await converge([{ samba_user: { name: "labt-anna", password } }]);
    const journal = await play([{ samba_user: { name: "labt-anna", password, enabled: false } }]);
    expect(recapOf(journal).changed).toBe(1);
    expect(run("pdbedit", "-L", "-w", "-u", "labt-anna")).toContain("[DU");
    expect(journal.stdout + journal.stderr).not.toContain("wörd");
    await converge([{ samba_user: { name: "labt-anna", password: "another" } }]);
    await converge([{ samba_user: { name: "labt-anna", state: "absent" } }]);
  });
});

describe("files", () => {
  it("of units, with sections, and of options in them", async () => {
    const path = here("app.ini");
    writeFileSync(path, "# top\n[global]\n   workgroup = OLD\n\n[homes]\n\tbrowseable=no\n");
    await converge([
      { ini: { path, section: "global", option: "workgroup", value: "HOME" } },
      { ini: { path, section: "homes", option: "read only", value: true } },
      { block: { path, block: "[extra]\nx = 1\n", name: "extra" } },
    ]);
    expect(readFileSync(path, "utf8")).toBe(
      "# top\n[global]\n   workgroup = HOME\n\n[homes]\n\tbrowseable=no\n\tread only=true\n# BEGIN extra\n[extra]\nx = 1\n# END extra\n",
    );
    const unit = {
      systemd_unit: {
        name: "labt-example.service",
        sections: { Service: { Type: "oneshot", ExecStart: "/bin/true" } },
      },
    };
    await converge([unit]);
    expect(run("systemd-analyze", "verify", "/etc/systemd/system/labt-example.service")).toBe("");
    await converge([{ systemd_unit: { name: "labt-example.service", state: "absent" } }]);
  });
});

describe("in the end", () => {
  it("users and groups go, with the home only if that is asked for", async () => {
    await converge([
      ...people.map((name) => ({ user: { name, state: "absent", remove_home: true } })),
      ...groups.map((name) => ({ group: { name, state: "absent" } })),
    ]);
    expect(tried("getent", "passwd", ...people)).toBeNull();
    expect(tried("ls", "/home/labt-anna")).toBeNull();
  });
});
