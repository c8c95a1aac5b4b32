import { describe, expect, test } from "vitest";
import { Unknown } from "../../../engine/module/index.ts";
import { packages } from "../../../modules/package.ts";
import { changeOf, commandsOf, exec, looksOf, planOf, problemsOf, resultOf, stat } from "../../support/plan-module.ts";

const NOW = 1_700_000_000;
const row = (
  name: string,
  version: string,
  { want = "install", status = "installed", provides = "", arch = "amd64" } = {},
) => `${name}\t${arch}\t${version}\t${want}\t${status}\t${provides}\n`;
const policy = (name: string, candidate: string, ...versions: string[]) =>
  `${name}:\n  Installed: (none)\n  Candidate: ${candidate}\n  Version table:\n${versions.map((version) => `     ${version} 500\n        500 http://x\n`).join("")}`;
interface World {
  readonly dpkg?: string;
  readonly policies?: string;
  readonly all?: string;
  readonly ageSeconds?: number;
  readonly empty?: boolean;
}
function seen({ dpkg = "", policies = "", all = "", ageSeconds = 60, empty = false }: World) {
  return {
    installed: exec(dpkg, dpkg === "" ? 1 : 0),
    now: exec(`${NOW}\n`),
    lists: stat({ type: "directory", mtime: NOW - ageSeconds }),
    entries: empty ? ["lock", "partial"] : ["lock", "partial", "deb.debian.org_Packages"],
    policy: exec(policies),
    all: exec(all),
  };
}
const OPTIONS = "-o DPkg::Lock::Timeout=120 -o Dpkg::Options::=--force-confdef -o Dpkg::Options::=--force-confold";
const UPDATE = [
  "apt-get update -o DPkg::Lock::Timeout=120 -o APT::Update::Error-Mode=any",
  "touch -- /var/lib/apt/lists",
];
const HTOP = policy("htop", "3.2-1", "3.2-1", "3.1-1");

test.each([
  {
    name: "missing",
    raw: { name: "htop" },
    world: { policies: HTOP },
    before: { htop: null },
    after: { htop: "3.2-1" },
    commands: [`apt-get install -y ${OPTIONS} -- htop`],
  },
  {
    name: "there",
    raw: { name: "htop" },
    world: { dpkg: row("htop", "1") },
    before: { htop: "1" },
    after: { htop: "1" },
    commands: [],
  },
  {
    name: "several, one call for those that are missing",
    raw: { name: ["curl", "htop", "jq"], install_recommends: false },
    world: { dpkg: row("curl", "7"), policies: HTOP + policy("jq", "1.6", "1.6") },
    before: { curl: "7", htop: null, jq: null },
    after: { curl: "7", htop: "3.2-1", jq: "1.6" },
    commands: [`apt-get install -y ${OPTIONS} --no-install-recommends -- htop jq`],
  },
  {
    name: "removed but not purged is not there",
    raw: { name: "htop" },
    world: { dpkg: row("htop", "1", { want: "deinstall", status: "config-files" }), policies: HTOP },
    before: { htop: null },
    after: { htop: "3.2-1" },
    commands: [`apt-get install -y ${OPTIONS} -- htop`],
  },
  {
    name: "provided by another",
    raw: { name: "mail-transport-agent" },
    world: {
      policies: policy("mail-transport-agent", "(none)"),
      all: row("postfix", "3", { provides: "default-mta, mail-transport-agent" }),
    },
    before: { "mail-transport-agent": "provided by postfix" },
    after: { "mail-transport-agent": "provided by postfix" },
    commands: [],
  },
  {
    name: "latest, older there",
    raw: { name: "htop", state: "latest" },
    world: { dpkg: row("htop", "3.1-1"), policies: HTOP },
    before: { htop: "3.1-1" },
    after: { htop: "3.2-1" },
    commands: [`apt-get install -y ${OPTIONS} -- htop`],
  },
  {
    name: "latest, newer there than apt has",
    raw: { name: "htop", state: "latest" },
    world: { dpkg: row("htop", "4"), policies: HTOP },
    before: { htop: "4" },
    after: { htop: "4" },
    commands: [],
  },
  {
    name: "a pin that fits",
    raw: { name: "htop=3.1*" },
    world: { dpkg: row("htop", "3.1-1") },
    before: { htop: "3.1-1" },
    after: { htop: "3.1-1" },
    commands: [],
  },
  {
    name: "a pin that is missing",
    raw: { name: "htop=3.1*" },
    world: { policies: HTOP },
    before: { htop: null },
    after: { htop: "3.1-1" },
    commands: [`apt-get install -y ${OPTIONS} -- htop=3.1-1`],
  },
  {
    name: "a pin back, allowed",
    raw: { name: "htop=3.1-1", allow_downgrade: true },
    world: { dpkg: row("htop", "3.2-1"), policies: HTOP },
    before: { htop: "3.2-1" },
    after: { htop: "3.1-1" },
    commands: [`apt-get install -y ${OPTIONS} --allow-downgrades -- htop=3.1-1`],
  },
  {
    name: "from a release",
    raw: { name: "htop", default_release: "bookworm-backports" },
    world: { policies: HTOP },
    before: { htop: null },
    after: { htop: "3.2-1" },
    commands: [`apt-get install -y ${OPTIONS} -o APT::Default-Release=bookworm-backports -- htop`],
  },
  {
    name: "another architecture",
    raw: { name: "libc6:i386" },
    world: { dpkg: row("libc6", "2", { arch: "amd64" }), policies: policy("libc6:i386", "2", "2") },
    before: { "libc6:i386": null },
    after: { "libc6:i386": "2" },
    commands: [`apt-get install -y ${OPTIONS} -- libc6:i386`],
  },
  {
    name: "held",
    raw: { name: "htop", hold: true },
    world: { dpkg: row("htop", "1") },
    before: { htop: "1", held: [] },
    after: { htop: "1", held: ["htop"] },
    commands: ["apt-mark hold -- htop"],
  },
  {
    name: "installed, then held",
    raw: { name: "htop", hold: true },
    world: { policies: HTOP },
    before: { htop: null, held: [] },
    after: { htop: "3.2-1", held: ["htop"] },
    commands: [`apt-get install -y ${OPTIONS} --allow-change-held-packages -- htop`, "apt-mark hold -- htop"],
  },
  {
    name: "held no more",
    raw: { name: "htop", hold: false },
    world: { dpkg: row("htop", "1", { want: "hold" }) },
    before: { htop: "1", held: ["htop"] },
    after: { htop: "1", held: [] },
    commands: ["apt-mark unhold -- htop"],
  },
  {
    name: "gone",
    raw: { name: ["htop", "jq"], state: "absent" },
    world: { dpkg: row("htop", "1") },
    before: { htop: "1", jq: null },
    after: { htop: null, jq: null },
    commands: [`apt-get remove -y ${OPTIONS} -- htop`],
  },
  {
    name: "gone already",
    raw: { name: "htop", state: "absent" },
    world: { dpkg: row("htop", "1", { status: "config-files" }) },
    before: { htop: null },
    after: { htop: null },
    commands: [],
  },
  {
    name: "purged",
    raw: { name: "htop", state: "purged" },
    world: { dpkg: row("htop", "1", { status: "config-files" }) },
    before: { htop: "removed, its settings are left" },
    after: { htop: null },
    commands: [`apt-get purge -y ${OPTIONS} -- htop`],
  },
  {
    name: "lists that are young enough",
    raw: { update_cache: true },
    world: {},
    before: { "package lists": "up to date" },
    after: { "package lists": "up to date" },
    commands: [],
  },
  {
    name: "lists that are old",
    raw: { update_cache: true },
    world: { ageSeconds: 4000 },
    before: { "package lists": "older than 1 h" },
    after: { "package lists": "up to date" },
    commands: UPDATE,
  },
])("$name", ({ raw, world, before, after, commands }) => {
  const plan = changeOf(packages, raw, seen(world));
  expect(plan.before).toEqual(before);
  expect(plan.after).toEqual(after);
  expect(commandsOf(plan.steps)).toEqual(commands);
  expect(plan.again).toBe(false);
});

describe("old lists come first, and the rest is decided from new ones", () => {
  test.each([
    ["a package that is not to be had, and no lists", { name: "htop" }, { empty: true }, "empty"],
    [
      "a package that is not to be had, and lists of yesterday",
      { name: "htop" },
      { ageSeconds: 90_000 },
      "older than 1 day",
    ],
    [
      "a package that is to be had",
      { name: "htop", update_cache: true, cache_max_age: "30m" },
      { policies: HTOP, ageSeconds: 2000 },
      "older than 30 min",
    ],
  ])("%s", (_, raw, world, lists) => {
    const plan = changeOf(packages, raw, seen(world));
    expect(commandsOf(plan.steps)).toEqual(UPDATE);
    expect(plan.again).toBe(true);
    expect(plan.before).toEqual({ htop: null, "package lists": lists });
    expect(plan.after).toEqual({ htop: expect.any(Unknown), "package lists": "up to date" });
  });

  test("without a second round if nothing is left to decide", () => {
    const plan = changeOf(
      packages,
      { name: "htop", update_cache: true },
      seen({ dpkg: row("htop", "1"), ageSeconds: 9999 }),
    );
    expect(plan.again).toBe(false);
    expect(plan.after).toEqual({ htop: "1", "package lists": "up to date" });
  });

  test("the second round installs", () => {
    const plan = changeOf(packages, { name: "htop", update_cache: true }, seen({ policies: HTOP, ageSeconds: 1 }));
    expect(commandsOf(plan.steps)).toEqual([`apt-get install -y ${OPTIONS} -- htop`]);
    expect(plan.before).toEqual({ htop: null, "package lists": "up to date" });
  });
});

test.each([
  ["an unknown package", { name: "nonono" }, {}, /knows no package "nonono"/],
  [
    "a virtual package",
    { name: "mail-transport-agent" },
    { policies: policy("mail-transport-agent", "(none)") },
    /no version of "mail-transport-agent"/,
  ],
  ["a version that is not to be had", { name: "htop=9" }, { policies: HTOP }, /no htop 9/],
  [
    "going back unasked",
    { name: "htop=3.1-1" },
    { dpkg: row("htop", "3.2-1"), policies: HTOP },
    /newer than the wanted/,
  ],
  [
    "a held package",
    { name: "htop", state: "latest" },
    { dpkg: row("htop", "3.1-1", { want: "hold" }), policies: HTOP },
    /is held at 3.1-1/,
  ],
  ["dpkg interrupted", { name: "htop" }, { dpkg: row("htop", "1", { status: "half-configured" }) }, /was interrupted/],
])("%s is refused", (_, raw, world, why) => {
  expect(planOf(packages, raw, seen(world))).toMatchObject({
    kind: "refuse",
    why: expect.stringMatching(why),
    hint: expect.any(String),
  });
});

test("a host without dpkg", () => {
  expect(planOf(packages, { name: "htop" }, { ...seen({}), installed: exec("", 127) })).toMatchObject({
    kind: "refuse",
  });
});

test("it asks apt only about what it must", () => {
  const there = looksOf(packages, { name: "htop" }, seen({ dpkg: row("htop", "1") }));
  expect(there).toMatchObject({ policy: undefined, all: undefined });
  expect(there.installed).toMatchObject({
    argv: [
      "dpkg-query",
      "-W",
      "-f",
      "${Package}\\t${Architecture}\\t${Version}\\t${db:Status-Want}\\t${db:Status-Status}\\t${Provides}\\n",
      "--",
      "htop",
    ],
  });
  const one = looksOf(packages, { name: ["curl=1", "htop"] }, seen({ dpkg: row("curl", "2") + row("htop", "1") }));
  expect(one).toMatchObject({ policy: { argv: ["apt-cache", "policy", "--", "curl"] }, all: undefined });
  const missing = looksOf(packages, { name: "htop", default_release: "sid" }, seen({}));
  expect(missing).toMatchObject({
    policy: { argv: ["apt-cache", "-o", "APT::Default-Release=sid", "policy", "--", "htop"] },
    all: { kind: "exec" },
  });
  const absent = looksOf(packages, { name: "htop", state: "absent" }, { installed: exec("", 1) });
  expect(absent).toMatchObject({ now: undefined, lists: undefined, entries: undefined, policy: undefined });
});

test("nobody is asked, and the time is enough", () => {
  const [step] = changeOf(packages, { name: "htop" }, seen({ policies: HTOP })).steps;
  expect(step).toMatchObject({ env: { DEBIAN_FRONTEND: "noninteractive" }, limitMs: 1_800_000 });
});

describe("bad parameters", () => {
  test.each([
    [{}, "say which package"],
    [{ name: "" }, "package's name"],
    [{ name: [] }, "empty list"],
    [{ name: 5 }, "name of a package"],
    [{ name: "a,b" }, "are a list"],
    [{ name: "curl jq" }, "are a list"],
    [{ name: "-y" }, "package's name"],
    [{ name: "htop-" }, "package's name"],
    [{ name: "$(id)" }, "package's name"],
    [{ name: "a\0b" }, "package's name"],
    [{ name: "lib*" }, "pattern"],
    [{ name: "/tmp/x.deb" }, ".deb"],
    [{ name: "htop=" }, "expected a version"],
    [{ name: "htop=1;id" }, "expected a version"],
    [{ name: ["htop", "htop=1"] }, "named twice"],
    [{ name: "htop=1", state: "latest" }, "contradict"],
    [{ name: "htop=1", state: "absent" }, "contradict"],
    [{ name: "htop", state: "absent", hold: true }, "no meaning"],
    [{ name: "htop", allow_downgrade: true }, "only a pinned"],
    [{ name: "htop", cache_max_age: "soon" }, "a time"],
    [{ name: "htop", cache_max_age: 5 }, "a minute or more"],
    [{ name: "htop", state: "installed" }, "expected present"],
    [{ name: "htop", default_release: "-x" }, "release"],
    [{ update_cache: true, hold: true }, "say which package"],
    [{ name: "x".repeat(400) }, "300"],
  ])("%j", (raw, message) => {
    expect(problemsOf(packages, raw).join("\n")).toContain(message);
  });
});

test("the result has the versions", () => {
  expect(resultOf(packages, { name: ["htop", "jq"] }, seen({ dpkg: row("htop", "1") }), new Date(0))).toEqual({
    installed: { htop: "1", jq: null },
  });
});
