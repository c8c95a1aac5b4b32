import { execFileSync, spawn, spawnSync } from "node:child_process";
import { cpSync, existsSync, mkdirSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { afterAll, beforeAll, expect, inject, it } from "vitest";
import { expectExit, resultsOf } from "../../support/e2e-events.ts";
import { openRig, type Rig } from "../../support/e2e-rig.ts";

// Who may do what, tried by real processes in real user namespaces, on folders whose permissions the role itself has set over sshd.

type Mode = "offset" | "hole" | "none";
/** What a container of this mode has as its id map, users and groups alike; none: no namespace at all. */
const maps: Readonly<Record<Mode, readonly string[]>> = {
  offset: ["0 100000 65536"],
  hole: ["0 100000 3000", "3000 3000 200", "3200 103200 62336"],
  none: [],
};
const people = { anna: 3001, per: 3002, lisa: 3003, otto: 3004, stranger: 3050 } as const;
type Person = keyof typeof people;
const roles: Readonly<Record<Person, string>> = { anna: "3100", per: "3100", lisa: "3101", otto: "3101", stranger: "" };

const familyIn = (mode: Mode, folder: string) => ({
  container: { vmid: 110, unprivileged: mode !== "none", idmap: mode },
  roles: { parents: { gid: 3100 }, kids: { gid: 3101 } },
  people: {
    anna: { uid: people.anna, role: "parents", tailscale: ["anna@example.com"] },
    per: { uid: people.per, role: "parents", tailscale: ["per@example.com"] },
    lisa: { uid: people.lisa, role: "kids", devices: ["tag:kid-lisa"] },
    otto: { uid: people.otto, role: "kids", devices: ["tag:kid-otto"] },
  },
  shares: {
    Archive: {
      dataset: "tank/Archive",
      path: join(folder, "archive"),
      target: "/srv/archive",
      access: { parents: "rw", kids: "ro" },
    },
    Personal: { dataset: "tank/Personal", path: join(folder, "personal"), target: "/srv/personal", per_person: true },
  },
  admin: { people: ["anna"] },
});

/** Twelve things to try; `$me` is who tries. What ends with 0 was allowed. */
const actions = {
  "list the archive": "ls $archive",
  "read anna's file": "cat $archive/photo",
  "create a file": "echo x >$archive/of-$me",
  "add to anna's file": "echo x >>$archive/photo",
  "rename anna's file": "mv $archive/rename-$me $archive/renamed-$me",
  "delete anna's file": "rm -f $archive/delete-$me",
  "create in anna's folder": "echo x >$archive/year/of-$me",
  "change the mode of anna's file": "chmod 660 $archive/photo",
  "list whose folders there are": "ls $personal",
  "write into the own folder": "echo x >$personal/$me/letter && cat $personal/$me/letter",
  "read in anna's own folder": "cat $personal/anna/diary",
  "write into lisa's own folder": "echo x >$personal/lisa/of-$me",
} as const;
type Action = keyof typeof actions;
const parents: readonly Person[] = ["anna", "per"];
const allowed: Readonly<Record<Action, readonly Person[]>> = {
  "list the archive": [...parents, "lisa", "otto"],
  "read anna's file": [...parents, "lisa", "otto"],
  "create a file": parents,
  "add to anna's file": parents,
  "rename anna's file": parents,
  "delete anna's file": parents,
  "create in anna's folder": parents,
  "change the mode of anna's file": ["anna"],
  "list whose folders there are": [],
  "write into the own folder": [...parents, "lisa", "otto"],
  "read in anna's own folder": ["anna"],
  "write into lisa's own folder": ["lisa"],
};
const declared = Object.keys(people).flatMap((person) =>
  Object.entries(allowed).map(
    ([action, who]) => `${person}: ${action}: ${who.some((each) => each === person) ? "yes" : "no"}`,
  ),
);

const modes: readonly Mode[] = ["offset", "hole", "none"];
const folderOf = (mode: Mode) => join(rig.target, mode);
/** The script that the timer runs. It is kept for each mode, as there is one machine for all three. */
const mender = "/usr/local/sbin/lab-family-repair";
const menderOf = (mode: Mode) => join(rig.target, `mender-${mode}`);

let rig: Rig;
beforeAll(async () => {
  for (const tool of ["setpriv", "unshare", "nsenter", "setfacl"]) execFileSync("sh", ["-c", `command -v ${tool}`]);
  if (existsSync(mender)) throw new Error(`${mender} is there: this is no machine for tests`);
  rig = await openRig();
  cpSync(join(inject("lab"), "roles/family_storage"), join(rig.folder, "roles/family_storage"), { recursive: true });
  const list = (name: string) => ({ include_role: { name: "family_storage", tasks_from: name } });
  rig.write("repair.yml", JSON.stringify([{ hosts: "all", tasks: [list("repair")] }]));
  const keep = { command: { argv: ["cp", mender, "{{ kept }}"] } };
  const setUp = { hosts: "all", serial: 1, tasks: [list("validate"), list("repair"), list("mender"), keep] };
  rig.write(
    "moves.yml",
    JSON.stringify([{ hosts: "all", tasks: [list("moves"), list("repair")], vars: { homes: [] } }]),
  );
  rig.write("set-up.yml", JSON.stringify([setUp]));
  // One machine under three names, each with a family of its own.
  const reached = { lab_host: "127.0.0.1", lab_port: rig.sshd.port, lab_user: "root" };
  const hosts = modes.map((mode) => [
    mode,
    { ...reached, kept: menderOf(mode), family: familyIn(mode, folderOf(mode)) },
  ]);
  rig.write("hosts.yml", JSON.stringify({ all: { hosts: Object.fromEntries(hosts) } }));
  for (const mode of modes) {
    for (const each of ["archive", "personal/anna", "personal/per", "personal/lisa", "personal/otto"]) {
      mkdirSync(join(folderOf(mode), each), { recursive: true });
    }
  }
  expectExit(await rig.play("set-up.yml"), 0);
});
afterAll(async () => {
  rmSync(mender, { force: true });
  await rig?.stop();
});

/** Runs a script as root of such a container; its output. */
async function inside(mode: Mode, script: string): Promise<string> {
  const path = join(rig.target, "inside.sh");
  writeFileSync(path, script, { mode: 0o755 });
  if (mode === "none") return execFileSync("sh", [path], { encoding: "utf8", stdio: ["ignore", "pipe", "pipe"] });
  // Nobody is anybody in the namespace before its maps are written, from outside.
  const holder = spawn("unshare", ["-U", "sh", "-c", "echo ready; exec sleep 60"], {
    stdio: ["ignore", "pipe", "ignore"],
  });
  try {
    await new Promise((resolve) => holder.stdout.once("data", resolve));
    for (const kind of ["uid_map", "gid_map"]) writeFileSync(`/proc/${holder.pid}/${kind}`, maps[mode].join("\n"));
    const entering = ["--user", "--target", String(holder.pid), "--setuid", "0", "--setgid", "0"];
    return execFileSync("nsenter", [...entering, "sh", path], { encoding: "utf8", stdio: ["ignore", "pipe", "pipe"] });
  } finally {
    holder.kill("SIGKILL");
  }
}

/** Lines of a script that act as somebody; what they print is dropped. */
const as = (person: Person, text: string): string =>
  `me=${person} setpriv --reuid ${people[person]} --regid ${people[person]} ${roles[person] === "" ? "--clear-groups" : `--groups ${roles[person]}`} sh -c '${text}' >/dev/null 2>&1`;
const prologue = (folder: string) => `umask 022\nexport archive=${folder}/archive personal=${folder}/personal\n`;
const matrix = (folder: string): string =>
  prologue(folder) +
  as(
    "anna",
    `echo x >$archive/photo; mkdir -p $archive/year; echo x >$personal/anna/diary; for who in ${Object.keys(people).join(" ")}; do echo x >$archive/rename-$who; echo x >$archive/delete-$who; done`,
  ) +
  "\n" +
  Object.keys(people)
    .filter((person): person is Person => person in people)
    .flatMap((person) =>
      Object.entries(actions).map(
        ([action, text]) =>
          `if ${as(person, text)}; then echo "${person}: ${action}: yes"; else echo "${person}: ${action}: no"; fi\n`,
      ),
    )
    .join("");
const tried = (text: string) => text.split("\n").filter((line) => line !== "");
const check = (mode: Mode) => spawnSync(menderOf(mode), ["--check"], { encoding: "utf8" });

it.each(modes)("five people try twelve actions, and may what the description says: id mode %s", async (mode) => {
  expect(tried(await inside(mode, matrix(folderOf(mode))))).toEqual(declared);
  // In use it has not drifted: what people made is as the kernel makes it.
  expect(check(mode)).toMatchObject({ status: 0, stdout: "" });
});

it("what people and programs do to permissions is found, and mended by lab and by the node's script alike", async () => {
  const drift = [
    as("anna", "echo x >$archive/cut; chmod 640 $archive/cut"),
    as("anna", "echo x >$archive/closed; chmod 600 $archive/closed"),
    as("anna", "echo x >/tmp/family-moved-$$; chmod 644 /tmp/family-moved-$$; mv /tmp/family-moved-$$ $archive/moved"),
    as(
      "anna",
      "echo x >$personal/anna/copied; chmod 444 $personal/anna/copied; cp $personal/anna/copied $archive/copied",
    ),
    as(
      "anna",
      "mkdir $archive/bare; echo x >$archive/bare/file; setfacl -b -k $archive/bare; chgrp 3001 $archive/bare",
    ),
  ].join("\n");
  const names = ["cut", "closed", "moved", "copied", "bare/file"];
  const able = async (mode: Mode, person: Person, action: string) => {
    const lines = names.map((name) => `if ${as(person, `${action}$archive/${name}`)}; then echo ${name}; fi\n`);
    return tried(await inside(mode, prologue(folderOf(mode)) + lines.join("")));
  };
  for (const mode of modes) {
    await inside(mode, `${prologue(folderOf(mode))}${drift}\n`);
    expect(await able(mode, "per", "echo x >>")).not.toEqual(names);
    const told = check(mode);
    expect(told.status).toBe(1);
    for (const name of ["cut", "closed", "moved", "copied", "bare"]) {
      expect(told.stdout).toContain(`/archive/${name}\n`);
    }
  }
  const looked = await rig.play("repair.yml", "--check");
  const foretold = looked.events
    .filter((event) => event.type === "result")
    .filter(({ changed, kind }) => changed && kind === "item");
  // Hosts answer in any order.
  for (const mode of modes) {
    expect(foretold.filter(({ host }) => host === mode).map(({ before }) => before)).toEqual([
      expect.objectContaining({ "not as wanted": 5 }),
    ]);
  }
  // One is mended by lab, the others by the script.
  expectExit(await rig.play("repair.yml", "--limit", "offset"), 0);
  for (const mode of ["hole", "none"] as const) execFileSync(menderOf(mode));
  expect(resultsOf(await rig.play("repair.yml")).filter(({ changed }) => changed)).toEqual([]);
  for (const mode of modes) {
    expect(check(mode)).toMatchObject({ status: 0, stdout: "" });
    expect(await able(mode, "lisa", "cat ")).toEqual(names);
    expect(await able(mode, "stranger", "cat ")).toEqual([]);
    expect(await able(mode, "per", "echo x >>")).toEqual(names);
  }
});

it("files that are given the numbers of another id mode are everybody's as before", async () => {
  const hosts = {
    moved: {
      lab_host: "127.0.0.1",
      lab_port: rig.sshd.port,
      lab_user: "root",
      family: familyIn("hole", folderOf("offset")),
    },
  };
  rig.write("moved.yml", JSON.stringify({ all: { hosts } }));
  const from = ["-i", "moved.yml", "-e", "migrate_from=offset"];
  expectExit(await rig.play("moves.yml", ...from), 0);
  expect(resultsOf(await rig.play("moves.yml", ...from)).filter(({ changed }) => changed)).toEqual([]);
  expect(tried(await inside("hole", matrix(folderOf("offset"))))).toEqual(declared);
});

it("an id that the container does not have is seen in its ACL, and nothing can be set there from inside", async () => {
  const folder = join(rig.target, "foreign");
  mkdirSync(folder);
  execFileSync("setfacl", ["-m", "g:200000:r-x", folder]);
  execFileSync("chown", ["100000:100000", folder]);
  const set = `setfacl -m u:3001:r ${folder} 2>/dev/null || echo refused`;
  const said = await inside("offset", `getfacl -ncpE ${folder}\n${set}\n`);
  expect(said).toContain("group:4294967295:r-x");
  expect(said).toContain("refused");
});
