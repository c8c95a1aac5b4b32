import { readFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, test } from "vitest";
import { bcryptHash } from "../../../engine/formats/bcrypt.ts";
import type { Step } from "../../../engine/module/index.ts";
import { Secret } from "../../../engine/value/secret.ts";
import { syncthing } from "../../../modules/syncthing/index.ts";
import { changeOf, looksOf, planOf, problemsOf, resultOf, stat, verbOf } from "../../support/plan-module.ts";

const fixture = (name: string) =>
  readFileSync(join(import.meta.dirname, "../../fixtures/recordings/syncthing", name), "utf8");
const xml = fixture("config.xml");
const recorded = JSON.parse(fixture("rest-config.json"));
const self: string = recorded.defaults.folder.devices[0].deviceID;
const peer = "P56IOI7-MZJNU2Y-IQGDREY-DM2MGTI-MGL3BXN-PQ6W5BM-TBBZ4TJ-XZWICQ2";
const other = "ABCDEFG-HIJKLMO-ABCDEFG-HIJKLMO-ABCDEFG-HIJKLMO-ABCDEFG-HIJKLA2";

const answer = (status: number, body: unknown) => ({
  status,
  headers: {},
  body: typeof body === "string" ? body : JSON.stringify(body),
});
const device = (deviceID: string, more = {}) => ({ ...recorded.defaults.device, deviceID, ...more });
const folder = (id: string, more = {}) => ({ ...recorded.defaults.folder, id, path: `/srv/${id}`, ...more });
const shared = (deviceID: string, more = {}) => ({ deviceID, introducedBy: "", encryptionPassword: "", ...more });

/** What a node with these settings answers to all looks of the task. */
interface Raw {
  readonly folders?: readonly { readonly id: string; readonly [key: string]: unknown }[];
  readonly [key: string]: unknown;
}
function seen(raw: Raw, config: object, more: object = {}) {
  const status = { myID: self, tilde: "/home/anna", startTime: "2026-01-01T00:00:00Z" };
  const ofFolders = (raw.folders ?? []).flatMap(({ id }) => [
    [`marker ${id}`, stat({ type: "directory" })],
    [`state ${id}`, answer(200, { state: "idle", sequence: 7 })],
    [`ignores ${id}`, answer(200, { ignore: null })],
  ]);
  return {
    config: xml,
    oldConfig: null,
    newConfig: null,
    settings: answer(200, { ...recorded, folders: [], devices: [device(self, { name: "box" })], ...config }),
    status: answer(200, status),
    version: answer(200, { version: "v1.19.2" }),
    restart: answer(200, { requiresRestart: false }),
    connections: answer(200, { connections: {} }),
    owner: stat({ uid: 1000, owner: "anna" }),
    ...Object.fromEntries(ofFolders),
    ...more,
  };
}
/** The requests of a plan: what is sent where. */
const requests = (steps: readonly Step[]) =>
  steps.flatMap((step) => {
    if (step.kind !== "http") return [`wait for ${step.kind === "wait-until" ? step.why : step.kind}`];
    const body = step.body instanceof Secret ? ` ${step.body.reveal()}` : "";
    return [`${step.method} ${step.url.replace("http://127.0.0.1:18384/rest/", "")}${body}`];
  });
const phone = { name: "phone", id: peer };
const base = { devices: [device(self, { name: "box" }), device(peer, { name: "phone" })] };

describe("requests hold what differs and no more", () => {
  const table: readonly (readonly [string, Raw, object, readonly string[]])[] = [
    [
      "an option",
      { options: { urAccepted: 3, natEnabled: recorded.options.natEnabled } },
      {},
      ['PATCH config/options {"urAccepted":3}'],
    ],
    ["options that are so", { options: { urAccepted: recorded.options.urAccepted } }, {}, []],
    ["a new device", { devices: [phone] }, {}, [`PUT config/devices/${peer} {"deviceID":"${peer}","name":"phone"}`]],
    ["a device that is there", { devices: [{ ...phone, addresses: ["dynamic"] }] }, base, []],
    [
      "addresses in another order",
      { devices: [{ ...phone, addresses: ["tcp://b:1", "tcp://a:1"] }] },
      { devices: [device(peer, { name: "phone", addresses: ["tcp://a:1", "tcp://b:1"] })] },
      [],
    ],
    [
      "a device's field",
      { devices: [{ ...phone, introducer: true, settings: { maxSendKbps: 5 } }] },
      base,
      [`PATCH config/devices/${peer} {"introducer":true,"maxSendKbps":5}`],
    ],
    [
      "a new folder",
      { folders: [{ id: "photos", path: "/srv/photos", devices: [] }] },
      {},
      [
        `PUT config/folders/photos {"id":"photos","path":"/srv/photos","devices":[]}`,
        "wait for Syncthing to take up the folder photos",
      ],
    ],
    [
      "a new folder is paused until its patterns are there",
      { folders: [{ id: "photos", path: "/srv/photos", ignores: ["*.tmp"] }] },
      {},
      [
        `PUT config/folders/photos {"id":"photos","path":"/srv/photos","paused":true}`,
        `POST db/ignores?folder=photos {"ignore":["*.tmp"]}`,
        `PATCH config/folders/photos {"paused":false}`,
        "wait for Syncthing to take up the folder photos",
      ],
    ],
    [
      "an id is escaped",
      { folders: [{ id: "a b?c&d", path: "/srv/x" }] },
      {},
      [
        `PUT config/folders/a%20b%3Fc%26d {"id":"a b?c&d","path":"/srv/x"}`,
        "wait for Syncthing to take up the folder a b?c&d",
      ],
    ],
    [
      "a path in another spelling",
      { folders: [{ id: "a", path: "/home/anna/x" }] },
      { folders: [folder("a", { path: "~/x/" })] },
      [],
    ],
    [
      "a size in another spelling",
      { folders: [{ id: "a", min_free: "1000 MB" }] },
      { folders: [folder("a", { minDiskFree: { value: 1, unit: "GB" } })] },
      [],
    ],
    [
      "versioning that is told less goes as a whole",
      { folders: [{ id: "a", versioning: { type: "simple", params: { keep: 5 } } }] },
      {
        folders: [
          {
            id: "a",
            path: "/srv/a",
            type: "sendreceive",
            versioning: { type: "simple", params: { keep: "5", cleanoutDays: "1" } },
          },
        ],
      },
      [
        `PUT config/folders/a {"id":"a","label":"","path":"/srv/a","type":"sendreceive","markerName":"","paused":false,"devices":[],"versioning":{"type":"simple","params":{"keep":"5"}}}`,
        "wait for Syncthing to take up the folder a",
      ],
    ],
    ["versioning that is so", { folders: [{ id: "a", versioning: "none" }] }, { folders: [folder("a")] }, []],
    [
      "sharing keeps this device and introduced ones",
      { folders: [{ id: "a", devices: ["phone"] }], devices: [phone] },
      { ...base, folders: [folder("a", { devices: [shared(self), shared(other, { introducedBy: peer })] })] },
      [
        `PATCH config/folders/a {"devices":[${JSON.stringify(shared(self))},${JSON.stringify(shared(other, { introducedBy: peer }))},{"deviceID":"${peer}","introducedBy":"","encryptionPassword":""}]}`,
        "wait for Syncthing to take up the folder a",
      ],
    ],
    [
      "how often old versions are cleaned up, and no more",
      { folders: [{ id: "a", versioning: { type: "simple", cleanup_interval_s: 60 } }] },
      { folders: [folder("a", { versioning: { type: "simple", params: { keep: "5" }, cleanupIntervalS: 60 } })] },
      [],
    ],
    [
      "sharing that is so",
      { folders: [{ id: "a", devices: [peer] }] },
      { ...base, folders: [folder("a", { devices: [shared(peer), shared(self)] })] },
      [],
    ],
    [
      "exact: folders first, devices last, never this one or an introduced one",
      { exact: true, devices: [], folders: [] },
      { devices: [device(self), device(peer), device(other, { introducedBy: peer })], folders: [folder("a")] },
      ["DELETE config/folders/a", `DELETE config/devices/${peer}`],
    ],
    ["exact is about what is named", { exact: true, folders: [] }, base, []],
    ["an unnamed device stays", { devices: [] }, base, []],
    [
      "the interface comes last",
      { gui: { theme: "dark", address: "127.0.0.1:9" }, options: { urAccepted: 3 } },
      {},
      [
        'PATCH config/options {"urAccepted":3}',
        'PATCH config/gui {"address":"127.0.0.1:9","theme":"dark"}',
        "wait for Syncthing's interface to answer at http://127.0.0.1:9",
      ],
    ],
  ];
  test.each(table)("%s", (_, raw, config, sent) => {
    expect(requests(changeOf(syncthing, raw, seen(raw, config)).steps)).toEqual(sent);
  });
});

test("a password is compared with its hash, and never shown", () => {
  const raw = { gui: { user: "anna", password: "geheim" } };
  const kept = (password: string) => ({ gui: { ...recorded.gui, user: "anna", password } });
  const hash = bcryptHash("geheim", "abcdefghijklmnopqrstuO", 4);
  expect(changeOf(syncthing, raw, seen(raw, kept(hash))).steps).toEqual([]);
  const plan = changeOf(syncthing, raw, seen(raw, kept(bcryptHash("old", "abcdefghijklmnopqrstuO", 4))));
  expect(requests(plan.steps)[0]).toBe('PATCH config/gui {"password":"geheim"}');
  expect([plan.before.gui, plan.after.gui]).toEqual([
    { user: "anna", password: "another one" },
    { user: "anna", password: "the one given" },
  ]);
  expect(JSON.stringify(plan)).not.toContain("geheim");
});

test("the password of an encrypted share is not shown, and left alone where none is given", () => {
  const is = {
    ...base,
    folders: [folder("a", { devices: [shared(self), shared(peer, { encryptionPassword: "kept-password" })] })],
  };
  const unsaid = { folders: [{ id: "a", devices: ["phone"] }] };
  expect(changeOf(syncthing, unsaid, seen(unsaid, is)).steps).toEqual([]);
  const said = { folders: [{ id: "a", devices: [{ device: "phone", encryption_password: "new-password" }] }] };
  const plan = changeOf(syncthing, said, seen(said, is));
  expect(requests(plan.steps)[0]).toContain('"encryptionPassword":"new-password"');
  expect(JSON.stringify(plan)).not.toMatch(/kept-password|new-password/);
});

describe("is refused, and nothing sent", () => {
  const folders = [folder("a", { devices: [shared(self)] })];
  const a = (more: object) => ({ folders: [{ id: "a", path: "/srv/a", ...more }] });
  const state = (more: object) => ({ "state a": answer(200, { state: "idle", sequence: 7, ...more }) });
  const down = { status: 0, headers: {}, body: "", unanswered: "curl: (7) refused" };
  const table: readonly (readonly [string, Raw, object, object, string])[] = [
    ["no config.xml", { options: {} }, {}, { config: null }, "no config.xml"],
    [
      "a config.xml without a key",
      { options: {} },
      {},
      { config: "<configuration><gui><address>x:1</address></gui></configuration>" },
      "no key",
    ],
    ["a socket", { options: {} }, {}, { config: xml.replace(/<address>127[^<]*/, "<address>/run/st.sock") }, "socket"],
    ["the interface off", { options: {} }, {}, { config: xml.replace('enabled="true"', 'enabled="false"') }, "off"],
    ["nobody there", { options: {} }, {}, { settings: down }, "does not answer"],
    ["another key", { options: {} }, {}, { settings: answer(403, "CSRF Error\n") }, "does not take the key"],
    ["something else there", { options: {} }, {}, { settings: answer(200, "<html>") }, "not Syncthing's API"],
    ["an old one", { options: {} }, {}, { settings: answer(404, "404") }, "no such API"],
    ["an error of it", { options: {} }, {}, { status: answer(500, "oops") }, "answers 500: oops"],
    ["an unknown option", { options: { natEnable: true } }, {}, {}, 'no option "natEnable"'],
    [
      "an option of another type",
      { options: { natEnabled: 1 } },
      {},
      {},
      "is a truth value, and the task gives a number",
    ],
    [
      "an unknown field of a device",
      { devices: [{ ...phone, settings: { numConnections: 2 } }] },
      {},
      {},
      '"numConnections"',
    ],
    ["an unknown device", a({ devices: ["fone"] }), { ...base, folders }, {}, 'shared with "fone"'],
    [
      "a password without a user",
      { gui: { password: "x" } },
      { gui: { ...recorded.gui, user: "" } },
      {},
      "a password alone",
    ],
    ["a lost marker", a({ label: "x" }), { folders }, { "marker a": null }, "has no .stfolder"],
    [
      "a lost marker, as Syncthing says",
      a({}),
      { folders },
      state({ state: "error", error: "folder marker missing (…)" }),
      "has no .stfolder",
    ],
    [
      "a move without the marker",
      { folders: [{ id: "a", path: "/srv/b" }] },
      { folders },
      { "marker a": null },
      "no .stfolder",
    ],
    ["a folder that cannot become encrypted", a({ type: "receiveencrypted" }), { folders }, {}, "cannot become"],
    ["a new folder without a path", { folders: [{ id: "b" }] }, {}, {}, "there is no folder b"],
    ["a new folder in another's place", { folders: [{ id: "b", path: "/srv/a" }] }, { folders }, {}, "is the folder a"],
    [
      "a folder in error",
      a({}),
      { folders },
      state({ state: "error", error: "folder path missing" }),
      "in error: folder path missing",
    ],
    [
      "patterns that cannot be read",
      a({ ignores: ["x"] }),
      { folders },
      { "ignores a": answer(500, "denied") },
      "cannot be read: denied",
    ],
  ];
  test.each(table)("%s", (_, raw, config, more, why) => {
    expect(planOf(syncthing, raw, seen(raw, config, more))).toMatchObject({
      kind: "refuse",
      why: expect.stringContaining(why),
    });
  });
});

describe("waits", () => {
  const is = { ...base, folders: [folder("a")] };
  const idle = { folders: [{ id: "a", path: "/srv/a" }], wait: "idle" };
  test.each([
    ["a folder that scans", idle, { "state a": answer(200, { state: "scanning" }) }, "folder a is scanning"],
    [
      "a folder that needs items",
      idle,
      { "state a": answer(200, { state: "idle", needTotalItems: 2 }) },
      "still needs 2 items",
    ],
    [
      "a marker that is still to be made",
      { ...idle, wait: "none" },
      { "marker a": null, "state a": answer(200, { state: "idle", sequence: 0 }) },
      "has not made the marker",
    ],
    ["a device that is away", { devices: [phone], wait: "connected" }, {}, "phone is not connected"],
  ])("%s", (_, raw, more, why) => {
    expect(planOf(syncthing, raw, seen(raw, is, more))).toMatchObject({
      kind: "waiting",
      why: expect.stringContaining(why),
    });
  });
  test("no longer than need be", () => {
    expect(changeOf(syncthing, idle, seen(idle, is)).steps).toEqual([]);
    const raw = { devices: [phone], wait: "connected" };
    const there = { connections: answer(200, { connections: { [peer]: { connected: true } } }) };
    expect(changeOf(syncthing, raw, seen(raw, is, there)).steps).toEqual([]);
  });
});

test("what ends the listener that is asked may go unanswered, and nothing else may", () => {
  const raw = { gui: { theme: "dark" }, options: { urAccepted: 3 } };
  const steps = changeOf(syncthing, raw, seen(raw, {})).steps.filter((step) => step.kind === "http");
  expect(steps.map(({ okStatuses, orUnanswered }) => [okStatuses, orUnanswered])).toEqual([
    [[200], undefined],
    [[200, 0], true],
  ]);
});

test("it is restarted only if it asks for that", () => {
  const raw = { options: { databaseTuning: "auto" } };
  expect(verbOf(syncthing, raw, seen(raw, {}))).toBeNull();
  const asks = seen(raw, {}, { restart: answer(200, { requiresRestart: true }) });
  expect(requests(verbOf(syncthing, raw, asks)?.steps ?? [])).toEqual([
    "POST system/restart",
    "wait for Syncthing to be up again",
  ]);
});

test("2.x keeps its settings elsewhere and has other ones: what it lacks is refused, and its version named", () => {
  const { databaseTuning: _, ...options } = recorded.options;
  const two = { config: null, newConfig: xml, version: answer(200, { version: "v2.1.0" }) };
  const gone = { home: "/home/anna", options: { databaseTuning: "small" } };
  expect(planOf(syncthing, gone, seen(gone, { options }, two))).toMatchObject({
    kind: "refuse",
    why: expect.stringMatching(/v?2\.1\.0.*knows no option "databaseTuning"/),
  });
  const there = { home: "/home/anna", options: { urAccepted: 3 } };
  expect(requests(changeOf(syncthing, there, seen(there, { options }, two)).steps)).toEqual([
    'PATCH config/options {"urAccepted":3}',
  ]);
});

test("dangers are told", () => {
  const raw = { options: {} };
  const warnings = (gui: object, more = {}) =>
    changeOf(syncthing, raw, seen(raw, { gui: { ...recorded.gui, ...gui } }, more)).warnings.join("\n");
  expect(warnings({ address: "127.0.0.1:8384", user: "", password: "" })).toBe("");
  expect(warnings({ address: "0.0.0.0:8384" })).toContain("all addresses");
  expect(warnings({ address: "192.0.2.1:8384", user: "", password: "" })).toContain("asks for no password");
  expect(warnings({ address: "127.0.0.1:1" }, { owner: stat() })).toContain("runs as root");
});

test("a key that is given: config.xml is not read, and the key travels as a secret", () => {
  const raw = { options: { natEnabled: false }, api_key: "the-key", url: "http://127.0.0.1:1" };
  const looks = looksOf(syncthing, raw, seen(raw, {}));
  expect(Object.values(looks).filter((look) => look?.kind === "file")).toEqual([]);
  expect(JSON.stringify(looks)).not.toContain("the-key");
  const fromFile = looksOf(syncthing, { options: {} }, seen({}, {}));
  expect(JSON.stringify(fromFile)).not.toContain("Example0Key");
});

test("the result", () => {
  expect(resultOf(syncthing, { options: {} }, seen({}, {}), new Date(0))).toEqual({
    device_id: self,
    version: "v1.19.2",
    url: "http://127.0.0.1:18384",
  });
});

describe("bad parameters", () => {
  const one = (more: object) => ({ folders: [{ id: "a", path: "/srv/a", ...more }] });
  test.each([
    [{}, "say what shall be"],
    [{ options: 1 }, "map"],
    [{ options: { a: null } }, "no empty value"],
    [{ devices: [{ name: "", id: peer }] }, "empty text"],
    [{ devices: [{ name: "a\nb", id: peer }] }, "one line"],
    [{ devices: [{ name: "a" }] }, "device id"],
    [{ devices: [{ name: "a", id: 7 }] }, "device id"],
    [{ devices: [{ name: "a", id: "$(id)" }] }, 'not "$"'],
    [{ devices: [{ name: "a", id: peer.replace("ZWICQ2", "ZWICQ3") }] }, "check character"],
    [{ devices: [phone, { ...phone, id: other }] }, "devices[0] has this name"],
    [{ devices: [phone, { ...phone, name: "b" }] }, "this is the device devices[0]"],
    [{ devices: [{ ...phone, addresses: [] }] }, "say that"],
    [{ devices: [{ ...phone, addresses: ["tcp://a b:1"] }] }, "expected an address"],
    [{ devices: [{ ...phone, settings: { introducedBy: "x" } }] }, "itself"],
    [{ devices: [{ ...phone, colour: "red" }] }, "colour"],
    [one({ id: "" }), "empty text"],
    [one({ id: ".." }), "id of a folder"],
    [one({ id: "a/b" }), "holds a /"],
    [one({ id: "x".repeat(65) }), "64"],
    [one({ path: "a" }), "absolute"],
    [one({ path: "/a/../b" }), ".."],
    [one({ type: "both" }), "sendreceive"],
    [one({ ignores: ["a\nb"] }), "one line"],
    [one({ ignores: "a" }), "list"],
    [one({ min_free: "5" }), "neither"],
    [one({ min_free: "5 XB" }), "neither"],
    [one({ rescan_s: -1 }), "0"],
    [one({ versioning: "some" }), "none"],
    [one({ versioning: { type: "external" } }), "say the command"],
    [one({ versioning: { type: "staggered", params: { keep: 1 } } }), "staggered versioning has only"],
    [one({ devices: ["a", "a"] }), "named twice"],
    [{ ...one({ devices: ["fone"] }), devices: [phone], exact: true }, 'no device "fone"'],
    [
      {
        folders: [
          { id: "a", path: "/x" },
          { id: "b", path: "/x/" },
        ],
      },
      "same path",
    ],
    [{ folders: [{ id: "a" }, { id: "a" }] }, "folders[0] has this id"],
    [{ gui: { password: "" } }, "empty password"],
    [{ gui: { password: "ü".repeat(40) } }, "72 bytes"],
    [{ gui: { password: "$2b$10$x" } }, "not its hash"],
    [{ gui: { address: "127.0.0.1:99999" } }, "port"],
    [{ gui: { settings: { apiKey: "x" } } }, "config.xml"],
    [{ options: {}, exact: true }, "none of the two"],
    [{ options: {}, wait: "idle" }, "idle is about folders"],
    [{ options: {}, wait: "connected" }, "connected is about devices"],
    [{ options: {}, url: "http://x/y" }, "http://127.0.0.1:8384"],
    [{ options: {}, api_key: "" }, "no blanks"],
    [{ options: {}, home: "~" }, "absolute"],
  ])("%j", (bad, message) => {
    expect(problemsOf(syncthing, bad).join("\n")).toContain(message);
  });
});
