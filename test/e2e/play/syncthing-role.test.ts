import { execFileSync } from "node:child_process";
import { chownSync, existsSync, mkdirSync, readFileSync, statSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { afterAll, beforeAll, expect, it } from "vitest";
import { expectExit, resultsOf } from "../../support/e2e-events.ts";
import { journals, openRig, type PlayRun, type Rig } from "../../support/e2e-rig.ts";
import { freePort } from "../../support/sshd.ts";
import { type SyncthingNode, startPrepared } from "../../support/syncthing-nodes.ts";

/**
 * Two real instances under two users of Debian's, made by the role over a real sshd: it prepares their homes, they are started as its unit
 * starts them (there is no systemd here), and it brings them to what is declared.
 */
const users = { phone: { name: "games", uid: 5, gid: 60 }, house: { name: "lp", uid: 7, gid: 7 } } as const;
type Side = keyof typeof users;
const password = "planted-interface-password";
let rig: Rig;
let nodes: Record<Side, SyncthingNode>;
const ports: Record<string, number> = {};

beforeAll(async () => {
  rig = await openRig();
  for (const side of ["phone", "house"] as const)
    for (const what of ["gui", "sync"]) ports[`${side} ${what}`] = await freePort();
  const reached = { lab_host: "127.0.0.1", lab_port: rig.sshd.port, lab_user: "root" };
  const host = (side: Side) => ({
    ...reached,
    user: users[side].name,
    home: join(rig.target, side, "home"),
    gui_address: `127.0.0.1:${ports[`${side} gui`]}`,
    listen: [`tcp://127.0.0.1:${ports[`${side} sync`]}`],
    gui_user: "family",
    gui_password: password,
    escrow: join(rig.target, "escrow", side),
    options: { reconnectionIntervalS: 5 },
  });
  rig.write("hosts.yml", JSON.stringify({ all: { hosts: { phone: host("phone"), house: host("house") } } }));
  for (const side of ["phone", "house"] as const) {
    const data = join(rig.target, side, "data");
    mkdirSync(data, { recursive: true });
    chownSync(data, users[side].uid, users[side].gid);
  }
  // As the role family_storage leaves a shared folder: who comes later gets the same rights.
  const acl = "u::rwx,g::rwx,g:lp:rwx,g:sync:r-x,m::rwx,o::-,d:u::rwx,d:g::rwx,d:g:lp:rwx,d:g:man:r-x,d:m::rwx,d:o::-";
  execFileSync("setfacl", ["-m", acl.replace("g:sync", "g:man"), join(rig.target, "house", "data")]);
}, 60_000);
afterAll(async () => {
  await Promise.all(Object.values(nodes ?? {}).map((node) => node.stop()));
  await rig?.stop();
});

const play = async (list: string, vars: object = {}, ...more: readonly string[]): Promise<PlayRun> => {
  const task = { name: "it", include_role: { name: "syncthing", tasks_from: list }, vars };
  rig.write("site.yml", JSON.stringify([{ name: "Syncthing", hosts: "all", tasks: [task] }]));
  return rig.play("site.yml", ...more);
};
const changes = (run: PlayRun) => resultsOf(run).filter((result) => result.changed).length;
const declared = () => {
  const folder = {
    id: "pictures",
    path: "{{ dirname home }}/data/pictures",
    ignores: ["// not these", "*.tmp", "", "!keep.tmp"],
  };
  return {
    devices: (["phone", "house"] as const).map((name) => ({
      name,
      id: nodes[name].id,
      addresses: [nodes[name].address],
    })),
    folders: [{ ...folder, devices: ["phone", "house"] }],
  };
};

it("prepares two homes, whose instances let nobody in and tell nobody from their first moment on", {
  timeout: 180_000,
}, async () => {
  expectExit(await play("first"), 0);
  const config = readFileSync(join(rig.target, "house", "home", "config.xml"), "utf8");
  expect(config).toContain("<globalAnnounceEnabled>false<");
  const start = (side: Side) => startPrepared(join(rig.target, side, "home"), users[side]);
  const [phone, house] = await Promise.all([start("phone"), start("house")]);
  nodes = { phone, house };
  expect(await house.get("config/folders")).toEqual([]);
  expect(await house.get("config/options")).toMatchObject({
    globalAnnounceEnabled: false,
    localAnnounceEnabled: false,
    relaysEnabled: false,
    natEnabled: false,
    urAccepted: -1,
  });
  expect(existsSync(join(rig.target, "house", "Sync"))).toBe(false);
});

it("brings them together: a file arrives with owner, group and access list as the folder has them", {
  timeout: 180_000,
}, async () => {
  const first = await play("settings", declared());
  expectExit(first, 0);
  expect(changes(first)).toBeGreaterThan(0);
  const hash = /<password>([^<]+)</.exec(readFileSync(join(nodes.house.home, "config.xml"), "utf8"))?.[1];
  const from = join(rig.target, "phone/data/pictures");
  const to = join(rig.target, "house/data/pictures");
  writeFileSync(join(from, "holiday.jpg"), "a picture", { mode: 0o600 });
  chownSync(join(from, "holiday.jpg"), users.phone.uid, users.phone.gid);
  await nodes.phone.ask("POST", "db/scan?folder=pictures");
  for (let tries = 0; !existsSync(join(to, "holiday.jpg")) && tries < 300; tries += 1)
    await new Promise((resolve) => setTimeout(resolve, 200));
  const { uid, gid } = statSync(join(to, "holiday.jpg"));
  expect([uid, gid]).toEqual([users.house.uid, users.house.gid]);
  const acl = execFileSync("getfacl", ["-cpE", join(to, "holiday.jpg")], { encoding: "utf8" });
  // What 0600 on the phone would have cut: others of the family read it.
  expect(acl).toMatch(/group:man:r-x/);
  expect(acl).toMatch(/mask::rw/);
  expect(acl).toMatch(/other::---/);
  expect(readFileSync(join(to, ".stignore"), "utf8")).toBe("// not these\n*.tmp\n\n!keep.tmp\n");

  const again = await play("settings", declared());
  expectExit(again, 0);
  expect(changes(again)).toBe(0);
  expect(readFileSync(join(nodes.house.home, "config.xml"), "utf8")).toContain(`<password>${hash}<`);
  // The interface without its key: neither with nor without a wrong password.
  for (const headers of [{}, { authorization: `Basic ${btoa("family:wrong")}` }])
    expect([401, 403]).toContain((await fetch(`${nodes.house.url}/rest/config`, { headers })).status);
  expect(`${first.stdout}${first.stderr}${journals(rig)}`).not.toContain("planted");
});

it("a home that is lost gets its identity back from the escrow", { timeout: 120_000 }, async () => {
  const { home, id } = nodes.house;
  await nodes.house.stop();
  execFileSync("rm", ["-rf", home]);
  expectExit(await play("first"), 0);
  const house = await startPrepared(home, users.house);
  nodes = { ...nodes, house };
  expect(house.id).toBe(id);
  expectExit(await play("settings", declared()), 0);
  expect(readFileSync(join(rig.target, "house/data/pictures/holiday.jpg"), "utf8")).toBe("a picture");
});
