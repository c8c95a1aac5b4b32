import { existsSync, mkdirSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { expectExit, expectForetold, recapOf, resultsOf } from "../../support/e2e-events.ts";
import { journals, openRig, type PlayRun, type Rig } from "../../support/e2e-rig.ts";
import { type SyncthingNode, startNode } from "../../support/syncthing-nodes.ts";

/** Two real nodes on one machine, each configured as a host of the site, over a real sshd. */
let rig: Rig;
let one: SyncthingNode;
let two: SyncthingNode;
const password = "a-very-long-and-secret-pass-1";
const sharedSecret = "encrypted-with-this-secret-2";

beforeAll(async () => {
  rig = await openRig();
  [one, two] = await Promise.all([startNode(rig.target, "one"), startNode(rig.target, "two")]);
  const reached = { lab_host: "127.0.0.1", lab_port: rig.sshd.port, lab_user: "root" };
  const host = (node: SyncthingNode) => ({ ...reached, st_home: node.home, st_data: node.data });
  rig.write("hosts.yml", JSON.stringify({ all: { hosts: { one: host(one), two: host(two) } } }));
}, 60_000);
afterAll(async () => {
  await Promise.all([one?.stop(), two?.stop()]);
  await rig?.stop();
});

const devices = () => [
  { name: "one", id: one.id, addresses: [one.address] },
  { name: "two", id: two.id.toLowerCase().replaceAll("-", ""), addresses: [two.address] },
];
const wanted = () => ({
  home: "{{ st_home }}",
  options: { urAccepted: -1, reconnectionIntervalS: 5, setLowPriority: false },
  devices: devices(),
  folders: [
    {
      id: "photos",
      path: "{{ st_data }}/photos",
      devices: ["one", "two"],
      ignores: ["// none of these", "*.tmp", "", "!keep.tmp"],
      ignore_perms: true,
      rescan_s: 60,
      min_free: "1 MB",
      versioning: { type: "simple", params: { keep: 3 } },
    },
  ],
  gui: { user: "family", password, theme: "dark" },
});
const site = (task: object, hosts = "all") => {
  rig.write("site.yml", JSON.stringify([{ name: "Syncthing", hosts, tasks: [{ name: "it", syncthing: task }] }]));
};
/** Hosts are done side by side: their results are put in one order, for a check and its run to be compared. */
const play = async (...more: readonly string[]): Promise<PlayRun> => {
  const run = await rig.play("site.yml", ...more);
  const key = (event: PlayRun["events"][number]) => (event.type === "result" ? event.host : "");
  return { ...run, events: [...run.events].sort((a, b) => (key(a) < key(b) ? -1 : key(a) > key(b) ? 1 : 0)) };
};
const changedOf = (run: PlayRun, host: string) => recapOf(run, host).changed;

/** Check foretells, the run does exactly that, and then nothing is left to do. */
async function converges(task: object, hosts = "all"): Promise<PlayRun> {
  site(task, hosts);
  const config = await one.get("config");
  const check = await play("--check", "--diff");
  expectExit(check, 0);
  expect(await one.get("config")).toEqual(config);
  const run = await play();
  expectExit(run, 0);
  expect(expectForetold(check, run)).toMatchObject({ assumed: 0, deferred: 0 });
  const again = await play();
  expectExit(again, 0);
  expect(resultsOf(again).map(({ status, warnings }) => [status, warnings])).toEqual(
    resultsOf(again).map(() => ["ok", []]),
  );
  return run;
}

/** What a play that must fail says; nothing of the node's settings may have changed. */
async function fails(task: object, hosts = "one"): Promise<string> {
  site(task, hosts);
  const before = await one.get("config");
  const run = await play();
  expectExit(run, 2);
  expect(await one.get("config")).toEqual(before);
  return resultsOf(run)
    .map(({ reason, hint }) => `${reason} (${hint})`)
    .join("\n");
}

it("pairs two nodes, which then exchange a file; nothing is restarted, and a second run changes nothing", {
  timeout: 180_000,
}, async () => {
  const started = await Promise.all([one.startTime(), two.startTime()]);
  const argv = watchArgv();
  const run = await converges(wanted());
  expect([changedOf(run, "one"), changedOf(run, "two")]).toEqual([1, 1]);
  expect(await Promise.all([one.startTime(), two.startTime()])).toEqual(started);
  site({ ...wanted(), wait: "connected", wait_timeout: 60 });
  const connected = await rig.lab("play", "site.yml");
  expectExit(connected, 0);
  writeFileSync(join(one.data, "photos", "holiday.jpg"), "a picture");
  writeFileSync(join(one.data, "photos", "scratch.tmp"), "not this");
  await one.ask("POST", "db/scan?folder=photos");
  await until(() => existsSync(join(two.data, "photos", "holiday.jpg")));
  expect(readFileSync(join(two.data, "photos", "holiday.jpg"), "utf8")).toBe("a picture");
  expect(existsSync(join(two.data, "photos", "scratch.tmp"))).toBe(false);
  expect(readFileSync(join(one.data, "photos", ".stignore"), "utf8")).toBe("// none of these\n*.tmp\n\n!keep.tmp\n");
  // What opens a node must be seen nowhere: not by other users while it runs, nor in what is kept of it.
  for (const secret of [password, one.key, two.key]) {
    expect(argv.stop().filter((words) => words.includes(secret))).toEqual([]);
    expect(`${run.stdout}${run.stderr}${journals(rig)}`).not.toContain(secret);
  }
  expect(argv.stop().some((words) => words.includes("curl"))).toBe(true);
});

it("mends what somebody did by hand, and no more", { timeout: 120_000 }, async () => {
  await one.ask("PATCH", "config/folders/photos", { rescanIntervalS: 7, label: "mine" });
  await one.ask("PATCH", "config/folders/photos", { versioning: { params: { cleanoutDays: "3" } } });
  await one.ask("PATCH", "config/options", { urAccepted: 3, maxSendKbps: 50 });
  await one.ask("PATCH", "config/gui", { password: "somebody-elses" });
  await one.ask("DELETE", `config/devices/${two.id}`);
  const run = await converges(wanted());
  expect([changedOf(run, "one"), changedOf(run, "two")]).toEqual([1, 0]);
  expect(await one.get("config/folders/photos")).toMatchObject({
    label: "mine",
    rescanIntervalS: 60,
    versioning: { params: { keep: "3" } },
    devices: expect.arrayContaining([expect.objectContaining({ deviceID: two.id })]),
  });
  expect(await one.get("config/options")).toMatchObject({ urAccepted: -1, maxSendKbps: 50 });
});

it("with `exact` removes what is not named, but never this device or an introduced one", {
  timeout: 120_000,
}, async () => {
  const [stray, introduced] = [
    "P56IOI7-MZJNU2Y-IQGDREY-DM2MGTI-MGL3BXN-PQ6W5BM-TBBZ4TJ-XZWICQ2",
    "ABCDEFG-HIJKLMO-ABCDEFG-HIJKLMO-ABCDEFG-HIJKLMO-ABCDEFG-HIJKLA2",
  ];
  await one.ask("PUT", `config/devices/${stray}`, { deviceID: stray, name: "stray" });
  await one.ask("PUT", `config/devices/${introduced}`, { deviceID: introduced, introducedBy: two.id });
  const ids = async () => ((await one.get("config/devices")) as { deviceID: string }[]).map(({ deviceID }) => deviceID);
  await one.ask("PUT", "config/folders/old", { id: "old", path: join(one.data, "old") });
  await until(() => existsSync(join(one.data, "old", ".stfolder")));
  writeFileSync(join(one.data, "old", "kept"), "kept");
  await converges({ home: "{{ st_home }}", options: { urAccepted: -1 } }, "one");
  expect(await ids()).toContain(stray);
  await converges({ ...wanted(), exact: true }, "one");
  expect([...(await ids())].sort()).toEqual([one.id, two.id, introduced].sort());
  expect(readdirSync(join(one.data, "old"))).toContain("kept");
});

it("names a device that gets encrypted files alone, and hides its password", { timeout: 120_000 }, async () => {
  const folder = {
    id: "vault",
    path: "{{ st_data }}/vault",
    devices: [{ device: "two", encryption_password: sharedSecret }],
  };
  const run = await converges({ home: "{{ st_home }}", devices: devices(), folders: [folder] }, "one");
  expect(await one.get("config/folders/vault")).toMatchObject({
    devices: expect.arrayContaining([expect.objectContaining({ deviceID: two.id, encryptionPassword: sharedSecret })]),
  });
  expect(`${run.stdout}${journals(rig)}`).not.toContain(sharedSecret);
});

it("restarts Syncthing when that says so, and then is done", { timeout: 120_000 }, async () => {
  const before = await one.startTime();
  site({ home: "{{ st_home }}", options: { databaseTuning: "small" } }, "one");
  const check = await play("--check");
  expect(JSON.stringify(resultsOf(check)[0]?.after)).toContain("if Syncthing then asks for one");
  const run = await play();
  expectExit(run, 0);
  expect(await one.startTime()).not.toBe(before);
  expect(await one.get("config/restart-required")).toEqual({ requiresRestart: false });
  expect(resultsOf(await play()).map(({ status }) => status)).toEqual(["ok"]);
});

it("moves the interface, and asks there from then on", { timeout: 120_000 }, async () => {
  const address = one.url.replace("http://", "");
  const moved = address.replace("127.0.0.1", "127.0.0.2");
  site({ home: "{{ st_home }}", gui: { address: moved } }, "one");
  expectExit(await play(), 0);
  expect(readFileSync(join(one.home, "config.xml"), "utf8")).toContain(moved);
  expect(resultsOf(await play()).map(({ status, result }) => [status, result])).toEqual([
    ["ok", expect.objectContaining({ url: `http://${moved}`, device_id: one.id })],
  ]);
  site({ home: "{{ st_home }}", gui: { address } }, "one");
  expectExit(await play(), 0);
});

describe("refuses before anything is sent", () => {
  it.each([
    [
      "an option with a slip of the pen",
      () => ({ options: { globalAnounceEnabled: false } }),
      /knows no option "globalAnounceEnabled".*did you mean globalAnnounceEnabled/s,
    ],
    ["a value of another type", () => ({ options: { urAccepted: "no" } }), /is a number, and the task gives a text/],
    [
      "a folder's field that this version has not",
      () => ({ folders: [{ id: "photos", settings: { syncOwnership: true } }] }),
      /knows no field of a folder "syncOwnership"/,
    ],
    [
      "a device that nobody knows",
      () => ({ folders: [{ id: "photos", devices: ["tow"] }] }),
      /shared with "tow".*did you mean two/s,
    ],
    ["a new folder without a path", () => ({ folders: [{ id: "new" }] }), /there is no folder new/],
    [
      "a place that another folder has",
      () => ({ folders: [{ id: "other", path: "{{ st_data }}/photos" }] }),
      /is the folder photos/,
    ],
    [
      "a move to where no marker is",
      () => ({ folders: [{ id: "photos", path: "{{ st_data }}/elsewhere" }] }),
      /no \.stfolder/,
    ],
    ["a key that is none", () => ({ api_key: "wrong", url: one.url, options: {} }), /does not take the key/],
    [
      "a port where nobody listens",
      () => ({ url: "http://127.0.0.1:9", options: {} }),
      /does not answer.*is its service running/s,
    ],
    ["a home without settings", () => ({ home: "/nonexistent", options: {} }), /no config\.xml/],
  ])("%s", { timeout: 60_000 }, async (_, task, message) => {
    expect(await fails({ home: "{{ st_home }}", ...task() })).toMatch(message);
  });

  it("a folder whose dataset is not mounted, and makes no marker", { timeout: 60_000 }, async () => {
    const marker = join(one.data, "photos", ".stfolder");
    rmSync(marker, { recursive: true });
    const said = await fails({ ...wanted(), folders: [{ id: "photos", path: "{{ st_data }}/photos", label: "new" }] });
    expect(said).toMatch(/has no \.stfolder in .*is the dataset or disk that belongs there mounted\?/);
    expect(existsSync(marker)).toBe(false);
    mkdirSync(marker);
  });
});

it("finds what is wrong before it connects, all of it at once", async () => {
  const bad: readonly (readonly [object, string])[] = [
    [{}, "say what shall be"],
    [{ devices: [{ name: "x", id: one.id.replace(/.$/, (last) => (last === "A" ? "B" : "A")) }] }, "check character"],
    [{ devices: [{ name: "x", id: "short" }] }, "not"],
    [{ devices: [{ name: "x", id: one.id, addresses: ["; rm -rf /"] }] }, "expected an address"],
    [{ folders: [{ id: "a/b", path: "/x" }] }, "holds a /"],
    [{ folders: [{ id: "a\nb", path: "/x" }] }, "one line"],
    [{ folders: [{ id: "a", path: "x" }] }, "absolute"],
    [{ folders: [{ id: "a", versioning: { type: "trashcan", params: { keep: 3 } } }] }, "only cleanoutDays"],
    [{ folders: [{ id: "a", min_free: "lots" }] }, "neither a share nor a size"],
    [{ folders: [{ id: "a", settings: { label: "x" } }] }, "say `label`"],
    [{ gui: { password: "x".repeat(73) } }, "72 bytes"],
    [{ gui: { password: "$2a$10$abc" } }, "not its hash"],
    [{ gui: { address: "nowhere" } }, "address and a port"],
    [{ options: {}, exact: true }, "none of the two"],
    [{ options: {}, api_key: "a\nb" }, "a key has no blanks"],
    [{ options: {}, url: "file:///etc/passwd" }, "http://127.0.0.1"],
  ];
  const tasks = bad.map(([task], at) => ({ name: `bad ${at}`, syncthing: task }));
  rig.write("bad.yml", JSON.stringify([{ name: "Bad", hosts: "all", tasks }]));
  const run = await rig.lab("play", "bad.yml");
  expectExit(run, 1);
  for (const [, message] of bad) expect(run.stderr + run.stdout).toContain(message);
});

async function until(holds: () => boolean | Promise<boolean>, forMs = 60_000): Promise<void> {
  for (const end = Date.now() + forMs; Date.now() < end; ) {
    if (await holds()) return;
    await new Promise((resolve) => setTimeout(resolve, 200));
  }
  throw new Error("did not come about");
}

/** The words of every process, looked at again and again, as another user of the machine could. */
function watchArgv() {
  const seen = new Set<string>();
  const timer = setInterval(() => {
    for (const pid of readdirSync("/proc").filter((name) => /^\d+$/.test(name))) {
      try {
        seen.add(readFileSync(`/proc/${pid}/cmdline`, "utf8").replaceAll("\0", " "));
      } catch {
        // It has ended meanwhile.
      }
    }
  }, 5);
  return {
    stop: () => {
      clearInterval(timer);
      return [...seen];
    },
  };
}
