import { beforeEach, describe, expect, it } from "vitest";
import { roleFiles, rolePlay } from "../../support/role-site.ts";
import { runSite, type SiteRun } from "../../support/run-site.ts";
import { openWholeLab } from "../../support/whole-lab.ts";
import { createWorld, put, type TestWorld } from "../../support/world.ts";

const phone = "P56IOI7-MZJNU2Y-IQGDREY-DM2MGTI-MGL3BXN-PQ6W5BM-TBBZ4TJ-XZWICQ2";
const introduced = "ABCDEFG-HIJKLMO-ABCDEFG-HIJKLMO-ABCDEFG-HIJKLMO-ABCDEFG-HIJKLA2";
const files = roleFiles("syncthing");
const home = "/var/lib/syncthing";
const usual = {
  uid: 3050,
  gui_user: "family",
  gui_password: "planted-password-1",
  devices: [{ name: "phone", id: phone, addresses: ["tcp://192.0.2.7:22000"] }],
  folders: [
    {
      id: "photos",
      path: "/srv/phones/photos",
      mount: "/srv/phones",
      dataset: "Tank-Archive/Phones",
      type: "receiveonly",
      devices: ["phone"],
      ignores: ["// what phones make", "*.tmp", "", "!keep.tmp"],
    },
  ],
};
const mounted = { source: "Tank-Archive/Phones", target: "/srv/phones", fstype: "zfs", options: "rw" } as const;

let world: TestWorld;
beforeEach(() => {
  world = createWorld({ h1: { mounts: [mounted] } });
  const folder = { type: "directory", mode: "2770", uid: 3050, gid: 3050, mtime: 1 } as const;
  world.host("h1").files["/srv/phones"] = folder;
});
const play = (more: object = {}, tasksFrom?: string, check = false): Promise<SiteRun> =>
  runSite({ files: { ...files, "site.yml": rolePlay("syncthing", { ...usual, ...more }, tasksFrom) }, world, check });
const text = (path: string): string => {
  const node = world.host("h1").files[path];
  return node?.type === "file" ? node.content : "";
};
const changed = ({ results }: SiteRun) => results.filter((result) => result.changed).map(({ name }) => name);
const said = ({ results, diagnostics }: SiteRun) =>
  [...results.map(({ reason }) => reason), ...diagnostics.map(({ message }) => message)].join("\n");
const idOf = ({ results }: SiteRun) =>
  results.map(({ result }) => result).find((result) => JSON.stringify(result ?? "").includes("device_id"));

describe("role syncthing", () => {
  it("makes an instance that lets nobody in and tells nobody, and has nothing left to do then", async () => {
    const check = await play({}, undefined, true);
    expect(check.after === check.before).toBe(true);
    const run = await play();
    expect(run.exitCode).toBe(0);
    expect(changed(run)).toContain("Its first settings let nobody in and tell nobody");
    const config = text(`${home}/config.xml`);
    for (const off of ["globalAnnounce", "localAnnounce", "relays", "nat", "crashReporting"])
      expect(config).toContain(`<${off}Enabled>false<`);
    expect(config).toContain("<address>127.0.0.1:8384</address>");
    // No folder that nobody asked for, and only one marker.
    expect(Object.keys(world.host("h1").files).filter((path) => path.endsWith("/.stfolder"))).toEqual([
      "/srv/phones/photos/.stfolder",
    ]);
    const again = await play();
    expect([again.exitCode, changed(again)]).toEqual([0, []]);
    expect(idOf(again)).toEqual(idOf(run));
    const verified = await play({}, "verify");
    expect([verified.exitCode, changed(verified), verified.after === verified.before]).toEqual([0, [], true]);
  });

  it("takes its key back from others' eyes", async () => {
    await play();
    const key = world.host("h1").files[`${home}/key.pem`];
    if (key?.type === "file") world.host("h1").files[`${home}/key.pem`] = { ...key, mode: "0644" };
    expect(said(await play({}, "verify"))).toContain("who has the key is this device");
    expect(changed(await play())).toEqual(["Its key is for nobody else"]);
    expect((await play({}, "verify")).exitCode).toBe(0);
  });

  it("keeps the hash of a password that is the same, and shows it nowhere", async () => {
    const run = await play();
    const hash = /<password>([^<]+)</.exec(text(`${home}/config.xml`))?.[1];
    expect(hash).toMatch(/^\$2a\$/);
    await play();
    expect(text(`${home}/config.xml`)).toContain(`<password>${hash}<`);
    expect(JSON.stringify(run.events)).not.toContain("planted");
    await play({ gui_password: "planted-password-2" });
    expect(text(`${home}/config.xml`)).not.toContain(`<password>${hash}<`);
  });

  it("writes nothing at all where the dataset is not mounted, or another one is", async () => {
    for (const mounts of [[], [{ ...mounted, source: "rpool/ROOT/pve-1", root: "/Tank-Archive/Phones" }]]) {
      world.host("h1").mounts = mounts;
      const run = await play();
      expect(run.exitCode).toBe(2);
      expect(said(run)).toMatch(
        /Not mounted: \/srv\/phones \((nothing|rpool\/ROOT\/pve-1\[.*\] instead of Tank-Archive)/,
      );
      expect(run.after === run.before).toBe(true);
    }
  });

  it("makes no marker anew for a folder that it knows", async () => {
    await play();
    delete world.host("h1").files["/srv/phones/photos/.stfolder"];
    const run = await play();
    expect(run.exitCode).toBe(2);
    expect(said(run)).toContain("has no .stfolder in /srv/phones/photos");
    expect(world.host("h1").files["/srv/phones/photos/.stfolder"]).toBeUndefined();
    expect((await play({}, "verify")).exitCode).toBe(2);
  });

  it("prunes what is not named, but no device that an introducer has added", async () => {
    const stray = { name: "stray", id: "PAPM7HJ-MAJ6JWE-KLT4TGR-WM7UXL6-27PWTTU-VXQI7HM-THWB73H-CYDJYAO" };
    await play({ devices: [...usual.devices, stray] });
    const config = text(`${home}/config.xml`);
    const one = /\n {4}<device id="P56[\s\S]*?\n {4}<\/device>/.exec(config)?.[0] ?? "";
    const added = one.replace(phone, introduced).replace('introducedBy=""', `introducedBy="${phone}"`);
    put(world, `${home}/config.xml`, config.replace(one, one + added));
    expect(changed(await play())).toEqual([]);
    await play({ prune: true });
    const left = text(`${home}/config.xml`);
    expect([introduced, phone, stray.id].filter((id) => left.includes(`<device id="${id}" name`))).toEqual([
      introduced,
      phone,
    ]);
  });

  it("gives a new host the identity from the escrow, and overwrites neither where they differ", async () => {
    const escrow = "/srv/phones/escrow";
    await play({ escrow });
    const [cert, key] = [text(`${home}/cert.pem`), text(`${home}/key.pem`)];
    expect([text(`${escrow}/cert.pem`), text(`${escrow}/key.pem`)]).toEqual([cert, key]);
    expect(world.host("h1").files[`${escrow}/key.pem`]).toMatchObject({ mode: "0600", uid: 0 });
    const kept = Object.entries(world.host("h1").files).filter(([path]) => path.startsWith("/srv/phones"));
    // The host is made again: only what is mounted is still there.
    world = createWorld({ h1: { mounts: [mounted] } });
    for (const [path, node] of kept) world.host("h1").files[path] = node;
    const anew = await play({ escrow, folders: [] });
    expect(anew.exitCode).toBe(0);
    expect([text(`${home}/cert.pem`), text(`${home}/key.pem`)]).toEqual([cert, key]);
    expect(JSON.stringify(anew.events)).not.toContain("PRIVATE KEY");
    put(world, `${escrow}/cert.pem`, "-----BEGIN CERTIFICATE-----\nQUJD\n-----END CERTIFICATE-----\n");
    const before = text(`${escrow}/cert.pem`);
    const other = await play({ escrow, folders: [] });
    expect(said(other)).toContain("is another device than");
    expect([text(`${escrow}/cert.pem`), text(`${home}/cert.pem`)]).toEqual([before, cert]);
  });

  it("takes the identity that is given", async () => {
    const pem = (what: string) => `-----BEGIN ${what}-----\nQUJDRA==\n-----END ${what}-----\n`;
    const given = { identity_cert: pem("CERTIFICATE"), identity_key: pem("EC PRIVATE KEY") };
    const run = await play(given);
    expect(run.exitCode).toBe(0);
    expect([text(`${home}/cert.pem`), text(`${home}/key.pem`)]).toEqual(Object.values(given));
    expect(world.host("h1").files[`${home}/key.pem`]).toMatchObject({ mode: "0600", uid: 3050 });
    expect(JSON.stringify(run.events)).not.toContain("QUJDRA==\\n-----END EC");
    expect(changed(await play(given))).toEqual([]);
  });
});

describe("role syncthing refuses before it touches the host", () => {
  it.each<[string, object, RegExp]>([
    [
      "an interface for everybody without a password",
      { gui_address: "0.0.0.0:8384", gui_user: null, gui_password: null },
      /is not the loopback/,
    ],
    ["a password without a user", { gui_user: null }, /there is a password and no user/],
    [
      "half an identity",
      { identity_cert: "-----BEGIN CERTIFICATE-----\nQUJD\n-----END CERTIFICATE-----\n" },
      /belong together/,
    ],
    [
      "a folder outside of its mount",
      { folders: [{ id: "a", path: "/srv/a", mount: "/srv/b" }] },
      /must be `mount` or below/,
    ],
    ["its own home as a folder", { folders: [{ id: "a", path: "/var/lib" }] }, /its keys would be synchronised/],
    [
      "an id with a wrong check character",
      { devices: [{ name: "p", id: phone.replace(/2$/, "3") }] },
      /check character/,
    ],
    ["another user's number than one", { uid: 0 }, /100 to 65533/],
    ["a folder's type that is none", { folders: [{ id: "a", path: "/srv/a", type: "both" }] }, /sendreceive/],
  ])("%s", async (_, more, message) => {
    const run = await play(more);
    expect(run.exitCode).not.toBe(0);
    expect(said(run)).toMatch(message);
    expect(run.after === run.before).toBe(true);
  });
});

describe("the container of Syncthing in the whole lab", () => {
  it("is the same device after it was destroyed and made again", async () => {
    const lab = openWholeLab();
    const at = await lab.empty();
    expect((await lab.play(at, ["storage.yml", "syncthing.yml"])).exitCode).toBe(0);
    const cert = () => {
      const node = at.host("pve1").pve?.containers["101"]?.inside?.files[`${home}/cert.pem`];
      return node?.type === "file" ? node.content : "";
    };
    const first = cert();
    expect(first).toContain("CERTIFICATE");
    const hand = (...tasks: readonly object[]) =>
      runSite({
        files: {
          "site.yml": JSON.stringify([{ name: "By hand", hosts: "pve1", tasks }]),
          "inventory/hosts.yml": "all: { hosts: { pve1: { lab_connection: lab } } }",
        },
        world: at,
      });
    await hand({ name: "gone", pct: { vmid: 101, state: "absent", force: true } });
    expect(cert()).toBe("");
    expect((await lab.play(at, ["syncthing.yml"])).exitCode).toBe(0);
    expect(cert()).toBe(first);
    expect((await lab.play(at, ["verify/syncthing.yml"])).exitCode).toBe(0);
  }, 120_000);
});
