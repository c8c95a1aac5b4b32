import { describe, expect, test } from "vitest";
import { zfs } from "../../../modules/zfs/index.ts";
import { changeOf, commandsOf, exec, looksOf, plain, planOf, problemsOf, resultOf } from "../../support/plan-module.ts";

/** What `zfs get … all` of OpenZFS 2.3 tells of a file system, as far as it matters here. */
const base = {
  type: ["filesystem", "-"],
  used: ["98304", "-"],
  referenced: ["98304", "-"],
  mounted: ["yes", "-"],
  quota: ["0", "default"],
  recordsize: ["131072", "default"],
  mountpoint: ["/tank/a", "inherited from tank"],
  compression: ["lz4", "inherited from tank"],
  atime: ["on", "default"],
  canmount: ["on", "default"],
  xattr: ["on", "local"],
  acltype: ["posix", "local"],
  casesensitivity: ["sensitive", "-"],
  encryption: ["off", "default"],
  keystatus: ["-", "-"],
  filesystem_limit: ["none", "default"],
  refreservation: ["0", "default"],
  direct: ["standard", "default"],
} as const;
type Properties = Readonly<Record<string, readonly [string, string]>>;
const got = (properties: Properties) =>
  exec(
    Object.entries(properties)
      .map(([name, [value, source]]) => `${name}\t${value}\t${source}\n`)
      .join(""),
  );
const is = (more: Properties = {}) => ({ get: got({ ...base, ...more }) });
const volume = {
  ...base,
  type: ["volume", "-"],
  volsize: ["1073741824", "local"],
  volblocksize: ["16384", "default"],
} as const;
const none = { get: exec("", 1, "cannot open 'tank/a': dataset does not exist\n") };
const above = exec("tank\tfilesystem\t/tank\n");
const raw = { name: "tank/a" };
const want = (properties: Readonly<Record<string, unknown>>) => ({ ...raw, properties });

describe("properties of a dataset that is there", () => {
  test.each<[string, Readonly<Record<string, unknown>>, Properties, readonly string[]]>([
    ["as inherited", { compression: "lz4" }, {}, []],
    ["another value", { compression: "zstd", atime: false }, {}, ["zfs set compression=zstd atime=off tank/a"]],
    ["a size in other words", { quota: "500G" }, { quota: ["536870912000", "local"] }, []],
    ["a size as a number", { quota: 536870912000 }, { quota: ["536870912000", "local"] }, []],
    ["another size", { quota: "1.5G" }, { quota: ["1", "local"] }, ["zfs set quota=1536M tank/a"]],
    ["no limit, never set", { quota: "none" }, {}, []],
    [
      "zero is none, and only so it can be set",
      { quota: 0 },
      { quota: ["5000000", "local"] },
      ["zfs set quota=none tank/a"],
    ],
    ["a power of two", { recordsize: "128k" }, {}, []],
    ["on and off of YAML", { atime: true }, {}, []],
    ["xattr=sa reads as on", { xattr: "sa" }, {}, []],
    ["xattr=dir does not", { xattr: "dir" }, {}, ["zfs set xattr=dir tank/a"]],
    ["posixacl reads as posix", { acltype: "posixacl" }, {}, []],
    ["noacl reads as off", { acltype: "noacl" }, { acltype: ["off", "default"] }, []],
    ["gzip-6 reads as gzip", { compression: "gzip-6" }, { compression: ["gzip", "local"] }, []],
    [
      "zstd-3 is not zstd to zfs",
      { compression: "zstd-3" },
      { compression: ["zstd", "local"] },
      ["zfs set compression=zstd-3 tank/a"],
    ],
    ["a count of things", { filesystem_limit: "10K" }, { filesystem_limit: ["10240", "local"] }, []],
    [
      "no count, as 2.1 says it",
      { filesystem_limit: "none" },
      { filesystem_limit: ["18446744073709551615", "default"] },
      [],
    ],
    ["zero of a count is not none", { filesystem_limit: 0 }, {}, ["zfs set filesystem_limit=0 tank/a"]],
    ["secure is restricted", { aclinherit: "secure" }, { aclinherit: ["restricted", "default"] }, []],
    ["a mountpoint in other words", { mountpoint: "/tank//a/" }, {}, []],
  ])("%s", (_, properties, has, commands) => {
    const plan = changeOf(zfs, want(properties), { ...is(has), target: [], altroot: exec("-\n") });
    expect(commandsOf(plan.steps)).toEqual(commands);
  });

  test("before and after are in the words of the playbook", () => {
    const plan = changeOf(
      zfs,
      want({ quota: "500GiB", acltype: "posixacl", atime: false }),
      is({ quota: ["1073741824", "local"] }),
    );
    expect(plan.before).toEqual({
      state: "present",
      type: "filesystem",
      quota: "1G",
      acltype: "posixacl",
      atime: "on",
    });
    expect(plan.after).toEqual({
      state: "present",
      type: "filesystem",
      quota: "500G",
      acltype: "posixacl",
      atime: "off",
    });
    expect(plan.steps.map(plain)).toEqual([
      {
        kind: "exec",
        argv: ["zfs", "set", "quota=500G", "atime=off", "tank/a"],
        touches: ["zfs:tank/a", "/proc"],
        limitMs: 900_000,
      },
    ]);
  });

  // On 2.1 and 2.2 `on` means dir, and sa says so.
  const { direct: _, ...older } = base;
  test.each<[string, string, number]>([
    ["sa", "sa", 0],
    ["on", "sa", 1],
    ["on", "dir", 0],
    ["on", "on", 0],
    ["sa", "on", 1],
  ])("before 2.3 xattr reads %s, %s is wanted", (has, wanted, steps) => {
    const get = got({ ...older, xattr: [has, "local"] });
    expect(changeOf(zfs, want({ xattr: wanted }), { get }).steps).toHaveLength(steps);
  });

  test("a value that is only inherited is pinned when asked", () => {
    const plan = changeOf(zfs, { ...want({ compression: "lz4", xattr: "sa" }), pin: true }, is());
    expect(plan.before).toMatchObject({ compression: "lz4 (inherited from tank)", xattr: "sa" });
    expect(commandsOf(plan.steps)).toEqual(["zfs set compression=lz4 tank/a"]);
  });

  test("what is inherited stays so, what has a value of its own loses it", () => {
    const given = { ...raw, inherit: ["compression", "atime", "lab:x", "recordsize"] };
    const seen = {
      ...is({ compression: ["zstd", "local"], recordsize: ["1048576", "received"] }),
      "lab:x": exec("old\tlocal\n"),
    };
    const plan = changeOf(zfs, given, seen);
    expect(plan.before).toMatchObject({
      compression: "zstd (local)",
      atime: "inherited",
      "lab:x": "old (local)",
      recordsize: "1M (received)",
    });
    expect(commandsOf(plan.steps)).toEqual([
      "zfs inherit compression tank/a",
      "zfs inherit lab:x tank/a",
      "zfs inherit recordsize tank/a",
    ]);
    expect(changeOf(zfs, given, { ...is(), "lab:x": exec("-\t-\n") }).steps).toEqual([]);
  });

  test("user properties are asked by name, whatever they hold", () => {
    const odd = "a\nquota\t5\tlocal";
    const get = exec(`${got(base).stdout}lab:x\t${odd}\tlocal\n`);
    const seen = { get, "lab:x": exec(`${odd}\tlocal\n`), "lab:dash": exec("-\t-\n") };
    const plan = changeOf(zfs, want({ "lab:x": odd, quota: "none", "lab:dash": "-" }), seen);
    expect(plan.before).toMatchObject({ "lab:x": odd, quota: "none", "lab:dash": null });
    expect(commandsOf(plan.steps)).toEqual(["zfs set lab:dash=- tank/a"]);
    expect(Object.keys(looksOf(zfs, want({ "lab:x": 1, atime: true }), { ...seen })).sort()).toContain("lab:x");
  });

  test("a mount's own options hide what is stored: said, not compared", () => {
    const plan = changeOf(
      zfs,
      { ...want({ atime: true }), inherit: ["exec"] },
      is({ atime: ["off", "temporary"], exec: ["off", "temporary"] }),
    );
    expect(plan.steps).toEqual([]);
    expect(plan.warnings).toHaveLength(2);
    expect(plan.warnings[0]).toContain("atime is off on this mount alone");
  });

  test.each<[string, Readonly<Record<string, unknown>>, Properties, RegExp]>([
    [
      "what is fixed at creation",
      { casesensitivity: "insensitive" },
      {},
      /casesensitivity is sensitive, not insensitive.*fixed/,
    ],
    [
      "encryption",
      { encryption: true, keyformat: "none" },
      { keyformat: ["none", "default"] },
      /encryption is off, not on/,
    ],
    ["a property that this OpenZFS lacks", { snapdir: "hidden" }, {}, /knows no property snapdir/],
    ["a quota below what is used", { quota: "64K" }, {}, /quota 64K is less/],
  ])("refuses %s", (_, properties, has, why) => {
    expect(planOf(zfs, want(properties), is(has))).toMatchObject({ kind: "refuse", why: expect.stringMatching(why) });
  });
});

describe("mounting", () => {
  const seen = (more: Properties, target: readonly string[] | null = null) => ({
    ...is(more),
    target,
    altroot: exec("-\n"),
  });
  test.each<[string, object, Properties, readonly string[]]>([
    [
      "a mountpoint that changes is mounted by zfs",
      { properties: { mountpoint: "/srv/a" } },
      {},
      ["zfs set mountpoint=/srv/a tank/a"],
    ],
    [
      "from none it is, too",
      { properties: { mountpoint: "/srv/a" } },
      { mountpoint: ["none", "local"], mounted: ["no", "-"] },
      ["zfs set mountpoint=/srv/a tank/a"],
    ],
    ["unmounted by hand", { properties: { mountpoint: "/tank/a" } }, { mounted: ["no", "-"] }, ["zfs mount tank/a"]],
    [
      "unmounted and elsewhere: zfs set does not mount it",
      { properties: { mountpoint: "/srv/a" } },
      { mounted: ["no", "-"] },
      ["zfs set mountpoint=/srv/a tank/a", "zfs mount tank/a"],
    ],
    [
      "canmount back to on does not mount",
      { properties: { canmount: true } },
      { canmount: ["off", "local"], mounted: ["no", "-"] },
      ["zfs set canmount=on tank/a", "zfs mount tank/a"],
    ],
    [
      "canmount off unmounts by itself",
      { properties: { canmount: false }, mounted: false },
      {},
      ["zfs set canmount=off tank/a"],
    ],
    ["not to be mounted", { mounted: false }, {}, ["zfs unmount tank/a"]],
    ["not named, not touched", { properties: { atime: true } }, { mounted: ["no", "-"] }, []],
    [
      "a legacy one is not zfs's to mount",
      { properties: { mountpoint: "legacy" } },
      {},
      ["zfs set mountpoint=legacy tank/a"],
    ],
  ])("%s", (_, given, has, commands) => {
    expect(commandsOf(changeOf(zfs, { ...raw, ...given }, seen(has)).steps)).toEqual(commands);
  });
  test("both change: zfs may have mounted it or not, and either is well", () => {
    const plan = changeOf(
      zfs,
      want({ mountpoint: "/srv/a", canmount: true }),
      seen({ canmount: ["off", "local"], mountpoint: ["none", "local"], mounted: ["no", "-"] }),
    );
    expect(plan.steps.map(plain)[1]).toMatchObject({ argv: ["zfs", "mount", "tank/a"], okCodes: [0, 1] });
  });
  test("what lies at a new mountpoint is not hidden", () => {
    const to = want({ mountpoint: "/srv/a" });
    expect(planOf(zfs, to, seen({}, ["photos"]))).toMatchObject({
      kind: "refuse",
      why: expect.stringContaining("/srv/a is not empty (photos)"),
    });
    expect(
      planOf(zfs, want({ mountpoint: "/srv/a", overlay: true }), seen({ overlay: ["on", "default"] }, ["photos"])).kind,
    ).toBe("change");
    expect(planOf(zfs, to, { ...none, above, target: ["x"] })).toMatchObject({ kind: "refuse" });
  });
  test("below another root the mountpoint is the same", () => {
    const plan = changeOf(zfs, want({ mountpoint: "/srv/a" }), {
      ...is({ mountpoint: ["/alt/srv/a", "local"] }),
      target: ["x"],
      altroot: exec("/alt\n"),
    });
    expect(plan.steps).toEqual([]);
  });
});

describe("one that is missing", () => {
  test("is made with all that it shall have, in one call", () => {
    const plan = changeOf(zfs, want({ quota: "500G", atime: false, "lab:owner": "me" }), {
      ...none,
      above,
      "lab:owner": exec("", 1),
    });
    expect(plan.before).toEqual({ state: "absent", type: null, quota: null, atime: null, "lab:owner": null });
    expect(plan.after).toEqual({
      state: "present",
      type: "filesystem",
      quota: "500G",
      atime: "off",
      "lab:owner": "me",
    });
    expect(plan.steps.map(plain)).toEqual([
      {
        kind: "exec",
        argv: ["zfs", "create", "-o", "quota=500G", "-o", "atime=off", "-o", "lab:owner=me", "tank/a"],
        touches: ["zfs:tank/a", "/proc", "/tank/a"],
        limitMs: 900_000,
      },
    ]);
  });
  test("a volume", () => {
    const plan = changeOf(
      zfs,
      { ...raw, size: "1G", sparse: true, properties: { volblocksize: "8K" } },
      { ...none, above },
    );
    expect(plan.after).toMatchObject({ type: "volume", size: "1G" });
    expect(commandsOf(plan.steps)).toEqual(["zfs create -s -V 1073741824 -o volblocksize=8K tank/a"]);
    const odd = changeOf(zfs, { ...raw, size: 100_000_001 }, { ...none, above });
    expect(JSON.stringify(odd.after.size)).toContain("rounded up");
    expect(
      changeOf(zfs, { ...raw, size: 100_000_001, properties: { volblocksize: "16K" } }, { ...none, above }).after.size,
    ).toBe("97664K");
  });
  test("its key goes on stdin", () => {
    const given = { ...want({ encryption: true, keyformat: "passphrase" }), key: "correct horse" };
    const [step] = changeOf(zfs, given, { ...none, above }).steps;
    expect(step?.kind === "exec" && step.argv.join(" ")).toBe(
      "zfs create -o encryption=on -o keyformat=passphrase tank/a",
    );
    expect(
      step?.kind === "exec" && typeof step.stdin === "object" && "reveal" in step.stdin && step.stdin.reveal(),
    ).toBe("correct horse\n");
    expect(JSON.stringify(step)).not.toContain("horse");
  });
  test("parents are made when asked, and it says where they appear", () => {
    const plan = changeOf(zfs, { name: "tank/a/b/c", parents: true }, { ...none, above });
    expect(commandsOf(plan.steps)).toEqual(["zfs create -p tank/a/b/c"]);
    expect(plain(plan.steps[0])).toMatchObject({ touches: ["zfs:tank/a", "/proc", "/tank/a/b/c", "/tank"] });
  });
  test.each<[string, object, object, RegExp]>([
    ["without its parent", { name: "tank/x/a" }, {}, /the dataset tank\/x does not exist/],
    ["without its pool", { name: "no/a" }, { above: exec("", 1) }, /there is no pool no/],
    ["with a volume's property", want({ volblocksize: "8K" }), {}, /property of volumes/],
    ["a pool", { name: "tank" }, {}, /there is no pool tank/],
    [
      "below a volume",
      { name: "tank/v/a" },
      { above: exec("tank\tfilesystem\t/tank\ntank/v\tvolume\t-\n") },
      /is a volume/,
    ],
    ["a volume without a size", { type: "volume" }, {}, /needs a size/],
    ["an encryption root without a key", want({ encryption: true, keyformat: "passphrase" }), {}, /needs its key/],
    ["a short passphrase", { ...want({ encryption: true, keyformat: "passphrase" }), key: "short" }, {}, /at least 8/],
    ["a hex key that is none", { ...want({ encryption: true, keyformat: "hex" }), key: "xyz" }, {}, /64 hexadecimal/],
    ["a key for nothing", { key: "correct horse" }, {}, /no encryption/],
    [
      "mounted, where the parent is not",
      { mounted: true },
      { above: exec("tank\tfilesystem\tnone\n") },
      /mountpoint is none/,
    ],
  ])("is refused %s", (_, given, seen, why) => {
    expect(planOf(zfs, { ...raw, ...given }, { ...none, above, ...seen })).toMatchObject({
      kind: "refuse",
      why: expect.stringMatching(why),
    });
  });
});

describe("a volume that is there", () => {
  const seen = { get: got(volume) };
  test.each<[string, object, readonly string[]]>([
    ["as large", { size: "1G" }, []],
    ["as large in whole blocks", { size: 1_073_741_800 }, []],
    ["larger", { size: "2G" }, ["zfs set volsize=2147483648 tank/a"]],
    [
      "larger and more",
      { size: 1_073_741_825, properties: { compression: "zstd" } },
      ["zfs set volsize=1073758208 compression=zstd tank/a"],
    ],
    ["smaller, meant so", { size: "512M", allow_shrink: true }, ["zfs set volsize=536870912 tank/a"]],
    [
      "reserved as a whole",
      { type: "volume", properties: { refreservation: "auto" } },
      ["zfs set refreservation=auto tank/a"],
    ],
  ])("%s", (_, given, commands) => {
    expect(commandsOf(changeOf(zfs, { ...raw, ...given }, seen).steps)).toEqual(commands);
  });
  test("is not shrunk unasked, and is no file system", () => {
    expect(planOf(zfs, { ...raw, size: "512M" }, seen)).toMatchObject({
      kind: "refuse",
      why: expect.stringContaining("cut off"),
    });
    expect(planOf(zfs, { ...raw, type: "filesystem" }, seen)).toMatchObject({
      kind: "refuse",
      why: expect.stringContaining("is a volume"),
    });
    expect(planOf(zfs, { ...raw, size: "1G" }, is())).toMatchObject({
      kind: "refuse",
      why: expect.stringContaining("is a filesystem"),
    });
    expect(planOf(zfs, want({ volblocksize: "8K", "lab:a": 1 }), { ...seen, "lab:a": exec("-\t-\n") }).kind).toBe(
      "refuse",
    );
  });
});

describe("an encrypted one", () => {
  const locked: Properties = {
    encryption: ["aes-256-gcm", "-"],
    keystatus: ["unavailable", "-"],
    mounted: ["no", "-"],
  };
  test("gets its key loaded, then is mounted", () => {
    const plan = changeOf(zfs, { ...want({ canmount: true }), key: "correct horse" }, is(locked));
    expect(commandsOf(plan.steps)).toEqual(["zfs load-key tank/a", "zfs mount tank/a"]);
    expect(plan.before).toMatchObject({ key: "not loaded", mounted: false });
  });
  test("keylocation is a matter of its root", () => {
    const given = want({ keylocation: "file:///root/key" });
    const has = (encryption: string, encryptionroot: string): Properties => ({
      keylocation: ["none", "default"],
      encryption: [encryption, "-"],
      encryptionroot: [encryptionroot, "-"],
    });
    expect(planOf(zfs, given, is(has("off", "-"))).kind).toBe("refuse");
    expect(planOf(zfs, given, is(has("aes-256-gcm", "tank")))).toMatchObject({ why: "tank/a has its key from tank" });
    expect(changeOf(zfs, given, is(has("aes-256-gcm", "tank/a"))).steps).toHaveLength(1);
  });
  test("cannot be mounted without, and others have none", () => {
    expect(planOf(zfs, want({ canmount: true }), is(locked))).toMatchObject({
      kind: "refuse",
      why: expect.stringContaining("not loaded"),
    });
    expect(planOf(zfs, { ...raw, key: "correct horse" }, is())).toMatchObject({
      kind: "refuse",
      why: expect.stringContaining("not encrypted"),
    });
  });
});

describe("absent", () => {
  const gone = { ...raw, state: "absent" };
  const seen = (doomed: readonly string[], held = "") => ({
    ...is(),
    doomed: exec([...doomed, "tank/a"].map((name) => `destroy\t${name}\n`).join("")),
    held: exec(held),
  });
  test("one that nothing hangs on", () => {
    expect(changeOf(zfs, gone, none).steps).toEqual([]);
    expect(changeOf(zfs, gone, seen([])).steps.map(plain)).toEqual([
      {
        kind: "exec",
        argv: ["zfs", "destroy", "tank/a"],
        touches: ["zfs:tank/a", "/proc", "/tank/a"],
        limitMs: 3_600_000,
      },
    ]);
  });
  test("what would go is listed, and each class must be named", () => {
    const all = ["tank/clone", "tank/clone@c", "tank/a@s", "tank/a/b", "tank/a/b@s"];
    const plan = planOf(zfs, gone, seen(all));
    expect(plan).toMatchObject({
      kind: "refuse",
      why: "with tank/a would go its children: tank/a/b; snapshots: tank/a/b@s, tank/a@s; clones: tank/clone, tank/clone@c",
      hint: "if that is meant, name each: destroy: [children, snapshots, clones]",
    });
    expect(planOf(zfs, { ...gone, destroy: ["snapshots"] }, seen(all)).kind).toBe("refuse");
    const named = changeOf(zfs, { ...gone, destroy: ["clones", "snapshots", "children"] }, seen(all));
    expect(commandsOf(named.steps)).toEqual(["zfs destroy -R tank/a"]);
    expect(named.before).toMatchObject({ children: ["tank/a/b"], clones: ["tank/clone", "tank/clone@c"] });
    expect(commandsOf(changeOf(zfs, { ...gone, destroy: ["snapshots"] }, seen(["tank/a@s"])).steps)).toEqual([
      "zfs destroy -r tank/a",
    ]);
  });
  test("held snapshots stop it before anything is gone", () => {
    const plan = planOf(zfs, { ...gone, destroy: ["snapshots"] }, seen(["tank/a@s"], "tank/a@s\t1\ntank/a@t\t0\n"));
    expect(plan).toMatchObject({ kind: "refuse", why: "snapshots of tank/a are held: tank/a@s" });
  });
});

test.each<[string, object, RegExp]>([
  ["no zfs", exec("", 127), /no zfs command/],
  [
    "no module",
    exec("", 1, "The ZFS modules cannot be auto-loaded.\nTry running 'modprobe zfs'\n"),
    /kernel has no ZFS/,
  ],
  ["something else", exec("", 1, "cannot open 'tank/a': I/O error\n"), /I\/O error/],
])("%s is told as it is", (_, get, why) => {
  expect(planOf(zfs, raw, { get })).toMatchObject({ kind: "refuse", why: expect.stringMatching(why) });
});

test("the result tells of the dataset", () => {
  expect(resultOf(zfs, want({ quota: "1G" }), is({ quota: ["1073741824", "local"] }), new Date(0))).toMatchObject({
    exists: true,
    type: "filesystem",
    mountpoint: "/tank/a",
    mounted: true,
    used: 98304,
    properties: { quota: "1073741824" },
    sources: { quota: "local" },
  });
  expect(resultOf(zfs, raw, { ...none, above }, new Date(0))).toMatchObject({ exists: false, mounted: null });
});

describe("bad parameters", () => {
  test.each<[object, string]>([
    [{}, "name"],
    [{ name: "" }, "begins with a letter"],
    [{ name: "/tank/a" }, "no path"],
    [{ name: "tank/" }, "empty name"],
    [{ name: "tank//a" }, "empty name"],
    [{ name: "tank/../b" }, "no name of a dataset"],
    [{ name: "tank/a@s" }, "zfs_snapshot"],
    [{ name: "tank/a\nb" }, "does not take"],
    [{ name: "tank/$(id)" }, "does not take"],
    [{ name: "-r" }, "begins with a letter"],
    [{ name: "mirror/a" }, "reserves"],
    [{ name: `tank/${"x".repeat(300)}` }, "255"],
    [{ ...raw, state: "gone" }, "present or absent"],
    [{ ...raw, type: "snapshot" }, "filesystem or volume"],
    [want({ compresion: "lz4" }), "did you mean compression"],
    [want({ compression: "LZ4" }), "Did you mean lz4"],
    [want({ compression: true, atime: "yes" }), "none of its values"],
    [want({ atime: 1 }), "none of its values"],
    [want({ sync: false }), "not on or off"],
    [want({ quota: "10 G" }), "no size"],
    [want({ quota: "10X" }), "no size"],
    [want({ quota: -1 }), "no size"],
    [want({ quota: "" }), "no size"],
    [want({ quota: true }), "no size"],
    [want({ quota: null }), "name it under inherit"],
    [want({ quota: ["1G"] }), "expected a text"],
    [want({ recordsize: 3000 }), "power of two"],
    [want({ recordsize: "32M" }), "power of two"],
    [want({ copies: 4 }), "none of its values"],
    [want({ mountpoint: "relative" }), "absolute path"],
    [want({ mountpoint: "/a/../b" }), "must not hold"],
    [want({ mountpoint: "/a\nb" }), "absolute path"],
    [want({ used: 5 }), "no property"],
    [want({ volsize: "1G" }), "parameter size"],
    [want({ "lab:x": "x".repeat(8192) }), "8191"],
    [want({ "LAB:x": 1 }), "no property"],
    [want({ "a=b:c": 1 }), "no property"],
    [want({ "userquota@": "1G" }), "no property"],
    [{ ...want({ volblocksize: "16K" }), type: "filesystem" }, "property of volumes"],
    [{ ...want({ quota: "1G" }), size: "1G" }, "property of file systems"],
    [{ ...raw, inherit: ["quota"] }, "properties with the value none"],
    [{ ...raw, inherit: ["encryption"] }, "fixed when"],
    [{ ...raw, inherit: ["nope"] }, "no property"],
    [{ ...want({ atime: true }), inherit: ["atime"] }, "one of the two"],
    [{ ...raw, size: "0" }, "no size"],
    [{ ...raw, size: "-1G" }, "no size"],
    [{ ...raw, type: "filesystem", size: "1G" }, "a volume's"],
    [{ ...raw, sparse: true }, "about volumes"],
    [{ ...raw, size: "1G", mounted: true }, "not mounted"],
    [{ ...want({ mountpoint: "none" }), mounted: true }, "does not mount"],
    [{ ...want({ canmount: false }), mounted: true }, "cannot be mounted"],
    [{ ...raw, key: "" }, "one line"],
    [{ ...raw, key: "a\nb" }, "one line"],
    [{ ...raw, destroy: ["children"] }, "goes with state: absent"],
    [{ ...raw, state: "absent", destroy: ["everything"] }, "expected children"],
    [{ ...raw, state: "absent", properties: { atime: true } }, "leaves nothing"],
    [{ name: "tank", state: "absent" }, "does not destroy pools"],
  ])("%j", (bad, message) => {
    expect(problemsOf(zfs, bad).join("\n")).toContain(message);
  });
});
