import { readdirSync, readFileSync, statSync } from "node:fs";
import { join, resolve } from "node:path";
import { beforeAll, describe, expect, it } from "vitest";
import type { Node } from "../../../engine/sim/world.ts";
import { runSite, type SiteRun } from "../../support/run-site.ts";
import { createWorld, type TestWorld } from "../../support/world.ts";

// The description of the facts, with passwords and a telephone; every test changes what it is about.
const phone = (letter: string) => [letter.repeat(7), ...Array.from({ length: 7 }, () => "A".repeat(7))].join("-");
const anna = "P56IOI7-MZJNU2Y-IQGDREY-DM2MGTI-MGL3BXN-PQ6W5BM-TBBZ4TJ-XZWICQ2";
type Mode = "offset" | "hole" | "mount" | "none";
const familyIn = (idmap: Mode) => ({
  id_plan: { uid_base: 3000, gid_base: 3100, size: 200 },
  host: "node1",
  container: { vmid: 110, unprivileged: idmap !== "none", idmap },
  nas_tag: "tag:nas",
  roles: { parents: { gid: 3100 }, kids: { gid: 3101 } } as Record<string, { gid: number }>,
  people: {
    anna: { uid: 3001, role: "parents", tailscale: ["anna@example.com"], syncthing: [anna], smb: true },
    per: { uid: 3002, role: "parents", tailscale: ["per@example.com"] },
    lisa: { uid: 3003, role: "kids", tailscale: [], devices: ["tag:kid-lisa"] },
  } as Record<string, Readonly<Record<string, unknown>>>,
  shares: {
    Family_Archive: {
      dataset: "tank/Family_Archive",
      target: "/srv/Family_Archive",
      access: { parents: "rw", kids: "ro" } as Record<string, string>,
      snapshots: { daily: 30, monthly: 24 },
    },
    Personal_Backups: {
      dataset: "tank/Personal_Backups",
      target: "/srv/Personal_Backups",
      per_person: true,
      quota: "500G",
    },
  } as Record<string, Readonly<Record<string, unknown>>>,
  ports: { smb: ["tcp:445"], syncthing: ["tcp:22000", "udp:22000"] },
  admin: { people: ["anna"], ports: ["tcp:22", "tcp:8006"] },
});
type Family = ReturnType<typeof familyIn>;
const passwords = { anna: "example-of-anna" };

const repository = resolve(import.meta.dirname, "../../..");
const ground = `
- hosts: nodes
  tasks:
    - zpool: { name: tank, vdevs: [{ type: mirror, disks: [/dev/sdc, /dev/sdd] }], allow_create: true }
    - pct: { vmid: 110, template: debian-12, hostname: nas1, unprivileged: UNPRIVILEGED, features: { nesting: true } }
`;
const plays: Readonly<Record<string, string>> = {
  "main.yml": "- hosts: nodes\n  roles: [family_storage]\n",
  "container.yml": include("nas", "container"),
  "repair.yml": include("nodes", "repair"),
  "verify.yml": include("nodes", "verify"),
  "inside.yml": include("nas", "verify_inside"),
  "join.yml": `- hosts: nodes
  tasks:
    - pct: { vmid: 110, state: started, devices: [/dev/net/tun], restart: if_needed }
${include("nas", "tailscale")}      vars: { tailscale_auth_key: auth-key-of-the-embedded-lab }
`,
  "leave.yml": "- hosts: nas\n  tasks:\n    - tailscale: { state: down }\n",
  "tailnet.yml": `${include("nodes", "tailnet")}    - name: policy
      tailscale_acl:
        auth: { api_key: key-of-the-embedded-lab }
        overwrite_external: true
        allow_lockout: true
        policy: POLICY
`,
};
function include(hosts: string, list: string): string {
  return `- hosts: ${hosts}\n  tasks:\n    - include_role: { name: family_storage, tasks_from: ${list} }\n`;
}
const role = Object.fromEntries(
  below("roles/family_storage").map((path) => [path, readFileSync(join(repository, path), "utf8")]),
);
const inventory = readFileSync(join(repository, "roles/family_storage/tests/inventory.yml"), "utf8");

function play(
  world: TestWorld,
  family: Family,
  names: readonly string[],
  more: { policy?: unknown; check?: boolean } = {},
) {
  const files = {
    ...role,
    ...Object.fromEntries(
      Object.entries(plays).map(([name, text]) => [name, text.replace("POLICY", JSON.stringify(more.policy ?? {}))]),
    ),
    "ground.yml": ground.replace("UNPRIVILEGED", String(family.container.unprivileged)),
    "inventory/hosts.yml": inventory,
    "inventory/group_vars/all.yml": JSON.stringify({ family, smb_passwords: passwords }),
  };
  return runSite({ files, playbooks: names, world, ...(more.check && { check: true }) });
}
const everything = ["main.yml", "container.yml"];
const verification = ["verify.yml", "inside.yml"];

/** A node with a pool and an empty container. */
const grounds = new Map<boolean, TestWorld>();
async function groundFor(family: Family): Promise<TestWorld> {
  const { unprivileged } = family.container;
  const known = grounds.get(unprivileged);
  if (known) return known.copy();
  const disks = ["sdc", "sdd"].map((name, index) => ({ name, bytes: 4e12, serial: String(index), model: "TEST" }));
  const world = createWorld({ node1: { kind: "proxmox", disks } });
  expectFine(await play(world, family, ["ground.yml"]));
  grounds.set(unprivileged, world);
  return world.copy();
}
function expectFine(run: SiteRun): SiteRun {
  const said = [...run.diagnostics.map(({ message }) => message), ...failures(run)];
  expect(said).toEqual([]);
  expect(run.exitCode).toBe(0);
  return run;
}
const failures = ({ results }: SiteRun) =>
  results
    .filter(({ status, kind }) => (status === "failed" || status === "unreachable") && kind !== "item")
    .map(({ name, reason }) => `${name}: ${reason}`);
const changed = ({ results }: SiteRun) =>
  results
    .filter((each) => each.changed)
    .map(({ name, item }) => (item === undefined ? name : `${name} [${labelOf(item)}]`));
const changedItems = (run: SiteRun) => [...new Set(changed(run))];
const labelOf = (item: unknown): string => (typeof item === "string" ? item : JSON.stringify(item));
const onNode = (world: TestWorld, path: string): Node => {
  const node = world.host("node1").files[path];
  if (!node) throw new Error(`there is no ${path}`);
  return node;
};
const conf = (world: TestWorld): string => {
  const node = onNode(world, "/etc/pve/nodes/node1/lxc/110.conf");
  return node.type === "file" ? node.content : "";
};
function below(folder: string): readonly string[] {
  return readdirSync(join(repository, folder)).flatMap((name) => {
    const path = `${folder}/${name}`;
    return statSync(join(repository, path)).isDirectory() ? below(path) : [path];
  });
}

let usual: TestWorld;
beforeAll(async () => {
  usual = await groundFor(familyIn("offset"));
  expectFine(await play(usual, familyIn("offset"), everything));
}, 60_000);

describe("one description", () => {
  it("gives datasets, numbers, ACLs, mounts and services, and the second run changes nothing", async () => {
    const world = usual.copy();
    expect(onNode(world, "/tank/Family_Archive")).toMatchObject({
      mode: "2770",
      uid: 100_000,
      gid: 103_100,
      acl: {
        access: ["user::rwx", "group::rwx", "group:103101:r-x", "mask::rwx", "other::---"],
        default: ["user::rwx", "group::rwx", "group:103101:r-x", "mask::rwx", "other::---"],
      },
    });
    expect(onNode(world, "/tank/Personal_Backups")).toMatchObject({ mode: "0711", uid: 100_000, gid: 100_000 });
    expect(onNode(world, "/tank/Personal_Backups/lisa")).toMatchObject({ mode: "0700", uid: 103_003, gid: 103_003 });
    expect(onNode(world, "/tank/Personal_Backups/lisa").acl).toBeUndefined();
    expect(changed(expectFine(await play(world, familyIn("offset"), everything)))).toEqual([]);
    expectFine(await play(world, familyIn("offset"), verification));
  });

  it("makes each dataset a mount of its own, the outer ones first", () => {
    expect(
      conf(usual)
        .split("\n")
        .filter((line) => line.startsWith("mp")),
    ).toEqual([
      "mp0: /tank/Family_Archive,mp=/srv/Family_Archive",
      "mp1: /tank/Personal_Backups,mp=/srv/Personal_Backups",
      "mp2: /tank/Personal_Backups/anna,mp=/srv/Personal_Backups/anna",
      "mp3: /tank/Personal_Backups/per,mp=/srv/Personal_Backups/per",
      "mp4: /tank/Personal_Backups/lisa,mp=/srv/Personal_Backups/lisa",
    ]);
  });

  it.each<[Mode, number, number]>([
    ["hole", 100_000, 3100],
    ["none", 0, 3100],
  ])("lets each person do what it says in the id mode %s", async (mode, root, parents) => {
    const family = familyIn(mode);
    const world = await groundFor(family);
    expectFine(await play(world, family, everything));
    expect(onNode(world, "/tank/Family_Archive")).toMatchObject({ uid: root, gid: parents, mode: "2770" });
    expect(onNode(world, "/tank/Personal_Backups/lisa")).toMatchObject({ uid: 3003, gid: 3003 });
    expectFine(await play(world, family, verification));
    expect(changed(expectFine(await play(world, family, everything)))).toEqual([]);
    if (mode === "hole") {
      expect(onNode(world, "/etc/subuid")).toMatchObject({ content: "root:100000:65536\nroot:3000:200\n" });
      expect(conf(world)).toContain("lxc.idmap: u 3200 103200 62336");
    }
  });

  it("is refused for another id mode once files are there", async () => {
    const world = usual.copy();
    const before = world.state();
    const run = await play(world, familyIn("hole"), ["main.yml"]);
    expect(failures(run).join()).toMatch(/The id mode is no other than that of the files: .*tasks_from: migrate/);
    expect(world.host("node1").files["/tank/Family_Archive"]).toEqual(
      usual.host("node1").files["/tank/Family_Archive"],
    );
    expect(JSON.parse(JSON.stringify(world.state())) === before).toBe(true);
  });

  it("is refused with maps of single mounts where Proxmox VE is too old for them, before anything is made", async () => {
    const world = await groundFor(familyIn("mount"));
    const before = JSON.stringify(world.state());
    const run = await play(world, familyIn("mount"), ["main.yml"]);
    expect(failures(run)).toEqual([expect.stringMatching(/takes pve-container 6\.1\.6 or later .*node1 has 5\.2\.6/)]);
    expect(JSON.stringify(world.state()) === before).toBe(true);
  });

  it("says the numbers at each mount where Proxmox VE is new enough", async () => {
    // Files of the mode hole have the same numbers. The embedded lab knows no such mounts, so this is what would be done.
    const world = await groundFor(familyIn("hole"));
    expectFine(await play(world, familyIn("hole"), everything));
    const pveContainer = world.host("node1").packages["pve-container"];
    if (pveContainer === undefined) throw new Error("there is no pve-container");
    pveContainer.version = "6.1.10";
    const run = expectFine(await play(world, familyIn("mount"), ["main.yml"], { check: true }));
    const mounted = run.results.find(({ name }) => name === "The container sees each dataset");
    expect(mounted?.after).toMatchObject({
      mounts: {
        "/srv/Family_Archive": { source: "/tank/Family_Archive", idmap: "g:3000:3000:200;u:3000:3000:200" },
        "/srv/Personal_Backups/lisa": { idmap: "g:3000:3000:200;u:3000:3000:200" },
      },
    });
  });

  it("gives a share that several roles write to a group of its own, and people their own entries", async () => {
    const family = familyIn("offset");
    family.shares.Films = {
      dataset: "tank/Films",
      target: "/srv/Films",
      access: { parents: "rw", kids: "rw", per: "ro" },
      gid: 3150,
    };
    const world = usual.copy();
    expectFine(await play(world, family, everything));
    expect(onNode(world, "/tank/Films")).toMatchObject({
      gid: 103_150,
      acl: {
        access: [
          "user::rwx",
          "user:103002:r-x",
          "group::rwx",
          "group:103100:rwx",
          "group:103101:rwx",
          "mask::rwx",
          "other::---",
        ],
      },
    });
    expectFine(await play(world, family, verification));
  });

  it("puts acltype right before it sets an ACL", async () => {
    const world = usual.copy();
    const zfs = (...words: readonly string[]) => ({
      "by-hand.yml": `- hosts: nodes\n  tasks:\n    - command: { argv: ${JSON.stringify(["zfs", ...words])} }\n`,
    });
    expectFine(
      await runSite({
        files: { ...zfs("set", "acltype=off", "tank/Family_Archive"), "inventory/hosts.yml": inventory },
        playbooks: ["by-hand.yml"],
        world,
      }),
    );
    expect(failures(await play(world, familyIn("offset"), ["verify.yml"])).join()).toContain("The datasets keep ACLs");
    const run = expectFine(await play(world, familyIn("offset"), ["main.yml"]));
    expect(changed(run)).toContain("Datasets of what is shared");
    expectFine(await play(world, familyIn("offset"), verification));
  });
});

describe("by hand", () => {
  it.each([
    ["/etc/samba/smb.conf", "nas"],
    ["/usr/local/sbin/lab-family-repair", "node"],
  ])("a change of %s is found by verify and mended", async (path, where) => {
    const world = usual.copy();
    const task = `- hosts: ${where === "nas" ? "nas" : "nodes"}\n  tasks:\n    - copy: { dest: ${path}, content: "guest ok = yes\\n" }\n`;
    expectFine(
      await runSite({
        files: { "by-hand.yml": task, "inventory/hosts.yml": inventory },
        playbooks: ["by-hand.yml"],
        world,
      }),
    );
    expect((await play(world, familyIn("offset"), verification)).exitCode).toBe(2);
    expectFine(await play(world, familyIn("offset"), everything));
    expectFine(await play(world, familyIn("offset"), verification));
  });

  it("a dataset that is mounted elsewhere is found", async () => {
    const usually = familyIn("offset");
    const share = { ...usually.shares.Family_Archive, path: "/srv/elsewhere" };
    const family = { ...usually, shares: { ...usually.shares, Family_Archive: share } };
    const world = usual.copy();
    expect(failures(await play(world, family, ["verify.yml"])).join()).toContain("The datasets keep ACLs");
  });
});

describe("people", () => {
  it("a new kid is a group, a user, a dataset and a mount, and nothing else changes", async () => {
    const family = familyIn("offset");
    family.people.mia = { uid: 3004, role: "kids", devices: ["tag:kid-mia"] };
    const world = usual.copy();
    const run = expectFine(await play(world, family, everything));
    const tasks = run.results
      .filter((each) => each.changed && each.kind === "item")
      .map(({ name, item }) => [name, labelOf(item)]);
    for (const [name, label] of tasks) expect(`${name} ${label}`).toContain("mia");
    expect([
      ...new Set(run.results.filter((each) => each.changed && each.kind === "task").map(({ name }) => name)),
    ]).toEqual([
      "Datasets of each person",
      "A folder of each person",
      "Which nobody else enters",
      "The container sees each dataset",
      "What mends permissions",
      "A group for each person",
      "People are users",
      "A home for each",
    ]);
    expect(onNode(world, "/tank/Family_Archive")).toEqual(onNode(usual, "/tank/Family_Archive"));
    expectFine(await play(world, family, verification));
  });

  it("a kid who becomes a parent loses the one group and gets the other", async () => {
    const family = familyIn("offset");
    family.people.lisa = { ...family.people.lisa, role: "parents" };
    const world = usual.copy();
    expect(failures(await play(world, family, ["inside.yml"])).join()).toContain("Each person reads and writes");
    const run = expectFine(await play(world, family, everything));
    expect(run.results.filter((each) => each.changed && each.kind === "task").map(({ name }) => name)).toEqual([
      "Nobody keeps a role that is not theirs any more",
      "People are users",
    ]);
    // Processes keep the groups that they were started with.
    expect(
      run.results.filter(({ kind, status }) => kind === "handler" && status === "changed").map(({ name }) => name),
    ).toEqual(["Samba begins anew", "Syncthing of each person begins anew"]);
    expectFine(await play(world, family, verification));
  });

  it("who leaves loses everything but the data, until that is told to go", async () => {
    const family = familyIn("offset");
    const world = usual.copy();
    world.host("node1").files["/tank/Personal_Backups/anna/letter"] = {
      type: "file",
      mode: "0600",
      uid: 103_001,
      gid: 103_001,
      mtime: 1,
      content: "x",
    };
    family.admin.people = ["per"];
    const gone = { ...family, people: { ...family.people, anna: { ...family.people.anna, state: "absent" } } };
    const withoutPassword = await play(world, gone, everything);
    expectFine(withoutPassword);
    expect(conf(world)).not.toContain("/anna");
    expect(onNode(world, "/tank/Personal_Backups/anna/letter")).toMatchObject({ content: "x" });
    expectFine(await play(world, gone, verification));
    expect(changed(expectFine(await play(world, gone, everything)))).toEqual([]);
    const destroyed = { ...gone, people: { ...gone.people, anna: { ...gone.people.anna, data: "destroy" } } };
    expectFine(await play(world, destroyed, everything));
    expect(world.host("node1").files["/tank/Personal_Backups/anna/letter"]).toBeUndefined();
    // Somebody else cannot get the number.
    const reused = { ...destroyed, people: { ...destroyed.people, otto: { uid: 3001, role: "kids" } } };
    expect((await play(world, reused, everything)).diagnostics.map(({ message }) => message).join()).toContain(
      "the number 3001 is given twice",
    );
  });
});

describe("who and what is taken out of the description", () => {
  it("is warned of, and stays", async () => {
    const full = familyIn("offset");
    full.shares.Films = { dataset: "tank/Films", target: "/srv/Films", access: { parents: "rw" }, gid: 3150 };
    full.people.otto = { uid: 3009, role: "kids" };
    const world = usual.copy();
    expect(warnings(expectFine(await play(world, full, everything)))).toEqual([]);
    const run = expectFine(await play(world, familyIn("offset"), everything));
    expect(warnings(run)).toEqual([
      expect.stringMatching(/^Warning: tank\/Films belongs to no share/),
      expect.stringMatching(/^Warning: the user otto, the group share-films: made by this role/),
    ]);
    expect(conf(world)).not.toContain("Films");
    expect(onNode(world, "/tank/Films")).toBeDefined();
    expect(changed(expectFine(await play(world, familyIn("offset"), everything)))).toEqual([]);
  });
  const warnings = ({ results }: SiteRun) =>
    results
      .filter(
        ({ name }) =>
          name === "What of former shares is left" || name === "Who and what is here, and not in the description",
      )
      .flatMap(({ result }) => (typeof result === "object" && result !== null && "msg" in result ? [result.msg] : []));
});

describe("what drifts", () => {
  const drifted = (): TestWorld => {
    const world = usual.copy();
    const { files } = world.host("node1");
    const archive = "/tank/Family_Archive";
    files[`${archive}/closed`] = { type: "file", mode: "0600", uid: 103_001, gid: 103_100, mtime: 1, content: "" };
    files[`${archive}/moved`] = { type: "file", mode: "0644", uid: 103_002, gid: 103_002, mtime: 1, content: "" };
    files[`${archive}/bare`] = { type: "directory", mode: "2770", uid: 103_001, gid: 103_100, mtime: 1 };
    return world;
  };

  it("is found by verify, and mended by the list repair alone", async () => {
    const world = drifted();
    expect(failures(await play(world, familyIn("offset"), ["verify.yml"])).join()).toContain(
      "Permissions of what is shared",
    );
    const run = expectFine(await play(world, familyIn("offset"), ["repair.yml"]));
    expect(changedItems(run)).toContain("They are open to those who are named, with all that is in them");
    for (const name of ["closed", "moved"]) {
      expect(onNode(world, `/tank/Family_Archive/${name}`)).toMatchObject({
        gid: 103_100,
        mode: "0660",
        acl: { access: ["user::rw-", "group::rwx", "group:103101:r-x", "mask::rw-", "other::---"] },
      });
    }
    expectFine(await play(world, familyIn("offset"), verification));
    expect(changed(expectFine(await play(world, familyIn("offset"), ["repair.yml"])))).toEqual([]);
  });

  it("is an id in an ACL that the container does not have: seen from inside", async () => {
    const world = usual.copy();
    const folder = onNode(world, "/tank/Family_Archive");
    folder.acl = { ...folder.acl, access: ["user::rwx", "group::rwx", "group:3101:r-x", "mask::rwx", "other::---"] };
    expect(failures(await play(world, familyIn("offset"), ["inside.yml"])).join()).toContain(
      "name nobody whom the container does not know",
    );
    expectFine(await play(world, familyIn("offset"), ["repair.yml"]));
    expectFine(await play(world, familyIn("offset"), ["inside.yml"]));
  });
});

describe("what is wrong with a description", () => {
  const anonymous = { uid: 3009, role: "kids" };
  it.each<[string, (family: Family) => void, RegExp]>([
    [
      "a number for two people",
      ({ people }) => (people.otto = { ...anonymous, uid: 3001 }),
      /the number 3001 is given twice/,
    ],
    [
      "a number for a person and a role",
      ({ people }) => (people.otto = { ...anonymous, uid: 3100 }),
      /the number 3100 is given twice/,
    ],
    [
      "a login for two",
      ({ people }) => (people.otto = { ...anonymous, tailscale: ["Anna@example.com"] }),
      /anna@example.com is given twice/,
    ],
    [
      "a Syncthing for two",
      ({ people }) => (people.otto = { ...anonymous, syncthing: [anna] }),
      /p56ioi7.* is given twice/,
    ],
    [
      "a number outside of the plan",
      ({ people }) => (people.otto = { ...anonymous, uid: 3200 }),
      /3200 is outside of id_plan \(3000 to 3199\)/,
    ],
    ["a plan beyond the container's numbers", ({ id_plan }) => (id_plan.size = 62_537), /id_plan ends at 65536/],
    [
      "a role that nobody declared",
      ({ people }) => (people.otto = { ...anonymous, role: "aunts" }),
      /there is no role aunts of otto/,
    ],
    [
      "access for nobody",
      ({ shares }) => (shares.Films = { dataset: "tank/F", target: "/srv/F", access: { parents: "rw", kid: "ro" } }),
      /kid in Films is neither a role nor a person/,
    ],
    [
      "a right that there is not",
      ({ shares }) => (shares.Films = { dataset: "tank/F", target: "/srv/F", access: { parents: "rwx" } }),
      /expected `rw` or `ro`/,
    ],
    ["a name that no user can have", ({ people }) => (people.Otto = anonymous), /Otto is no name for a person/],
    ["a person called as a role", ({ people }) => (people.kids = anonymous), /kids is both a person and a role/],
    [
      "a dataset in another",
      ({ shares }) =>
        (shares.Films = { dataset: "tank/Family_Archive/Films", target: "/srv/F", access: { parents: "rw" } }),
      /Films in Family_Archive/,
    ],
    [
      "several who write and no group",
      ({ shares }) => (shares.Films = { dataset: "tank/F", target: "/srv/F", access: { parents: "rw", kids: "rw" } }),
      /Films needs a gid of its own/,
    ],
    [
      "a privileged container with a map",
      ({ container }) => (container.unprivileged = false),
      /idmap: none goes with unprivileged: false/,
    ],
    [
      "data of somebody who is here to be destroyed",
      ({ people }) => (people.otto = { ...anonymous, data: "destroy" }),
      /otto is here/,
    ],
    ["an admin who is nobody", ({ admin }) => (admin.people = ["otto"]), /otto of admin.people/],
    [
      "a Syncthing id that is none",
      ({ people }) => (people.otto = { ...anonymous, syncthing: [phone("1")] }),
      /syncthing.0/,
    ],
  ])("%s is told before anything is connected to", async (_, spoil, said) => {
    const family = familyIn("offset");
    spoil(family);
    const world = createWorld();
    const { exitCode, diagnostics, events } = await play(world, family, everything);
    expect({ exitCode, events }).toEqual({ exitCode: 1, events: [] });
    expect(diagnostics.map(({ message }) => message).join("\n")).toMatch(said);
    expect(world.trips).toEqual([]);
  });

  it("all of it is told at once", async () => {
    const family = familyIn("offset");
    family.people.otto = { ...anonymous, uid: 3001, role: "aunts" };
    const { diagnostics } = await play(createWorld(), family, everything);
    expect(diagnostics.map(({ message }) => message).join("\n")).toMatch(/given twice.*no role aunts/s);
  });

  it("somebody without login and device is a warning", async () => {
    const family = familyIn("offset");
    family.people.otto = anonymous;
    const run = expectFine(await play(usual.copy(), family, ["main.yml"], { check: true }));
    const warned = run.results.find(({ name }) => name === "Who is unknown to the tailnet");
    expect(warned?.result).toMatchObject({ msg: expect.stringContaining("otto has neither a log-in") });
  });
});

describe("the tailnet", () => {
  it("has the container under the tag of the rules, or verify says that it has not", async () => {
    const world = usual.copy();
    const none = expectFine(await play(world, familyIn("offset"), ["inside.yml"]));
    expect(none.results.find(({ name }) => name === "It is none")?.result).toMatchObject({
      msg: expect.stringContaining("Warning: there is no Tailscale here"),
    });
    expectFine(await play(world, familyIn("offset"), ["tailnet.yml", "join.yml"]));
    const there = expectFine(await play(world, familyIn("offset"), ["inside.yml"]));
    expect(there.results.find(({ name }) => name === "It is none")?.status).toBe("skipped");
    expectFine(await play(world, familyIn("offset"), ["leave.yml"]));
    expect(failures(await play(world, familyIn("offset"), ["inside.yml"])).join()).toContain(
      "Connected, under its tag",
    );
  });

  // Beside it, what others contribute.
  const base = { tagOwners: { "tag:subnet-router": [] } };

  it("gets groups, tags, grants and tests, and each Syncthing is its owner's", async () => {
    const family = familyIn("offset");
    family.people.per = {
      ...family.people.per,
      syncthing: [anna.replace("P56IOI7", "P56IOI7")].map(
        () => "MFZWI3D-BONSGYC-YLTMRWG-C43ENR5-QXGZDMM-FZWI3DP-BONSGYY-LTMRWAD",
      ),
    };
    const world = createWorld();
    expectFine(await play(world, family, ["tailnet.yml"], { policy: base }));
    const policy = JSON.parse(
      (world.internet.tailnet?.policy ?? "").replace(/^\s*\/\/.*$/gm, "").replace(/,(\s*[}\]])/g, "$1"),
    );
    expect(policy.groups).toEqual({
      "group:parents": ["anna@example.com", "per@example.com"],
      "group:admins": ["anna@example.com"],
    });
    expect(Object.keys(policy.tagOwners).sort()).toEqual(["tag:kid-lisa", "tag:nas", "tag:pve", "tag:subnet-router"]);
    expect(policy.grants).toEqual([
      { src: ["group:parents", "tag:kid-lisa"], dst: ["tag:nas"], ip: ["tcp:445"] },
      { src: ["anna@example.com"], dst: ["tag:nas"], ip: ["tcp:22001", "udp:22001"] },
      { src: ["per@example.com"], dst: ["tag:nas"], ip: ["tcp:22002", "udp:22002"] },
      { src: ["group:admins"], dst: ["tag:nas", "tag:pve"], ip: ["tcp:22", "tcp:8006"] },
    ]);
    expect(policy.tests).toContainEqual({
      src: "tag:kid-lisa",
      accept: ["tag:nas:445"],
      deny: ["tag:nas:22001", "tag:nas:22002", "tag:nas:22", "tag:nas:8006", "tag:pve:22", "tag:pve:8006"],
    });
    expect(policy.tests).toContainEqual({
      src: "per@example.com",
      accept: ["tag:nas:445", "tag:nas:22002"],
      deny: ["tag:nas:22001", "tag:nas:22", "tag:nas:8006", "tag:pve:22", "tag:pve:8006"],
    });
  });

  it.each([
    ["the machines", { src: ["tag:kid-lisa"], dst: ["tag:pve"], ip: ["tcp:8006"] }],
    ["the container's shell", { src: ["tag:kid-lisa"], dst: ["tag:nas"], ip: ["tcp:22"] }],
    ["somebody else's Syncthing", { src: ["tag:kid-lisa"], dst: ["tag:nas"], ip: ["tcp:22001"] }],
  ])("a policy that would let a kid reach %s is not stored: a test of ours fails", async (_, grant) => {
    const world = createWorld();
    const before = (await play(world, familyIn("offset"), ["tailnet.yml"], { policy: base })).world.internet.tailnet
      ?.policy;
    const run = await play(world, familyIn("offset"), ["tailnet.yml"], { policy: { ...base, grants: [grant] } });
    expect(failures(run).join()).toContain("tag:kid-lisa");
    expect(world.internet.tailnet?.policy).toBe(before);
  });
});
