import {
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  renameSync,
  rmdirSync,
  rmSync,
  statSync,
  writeFileSync,
} from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, expect, test } from "vitest";
import { SiteError } from "../../../engine/errors/site-error.ts";
import { read, write } from "../../../engine/ops/build.ts";
import type { Operation } from "../../../engine/ops/ir.ts";
import { takeLock } from "../../../engine/sim/sandbox/lock-file.ts";
import { openLab } from "../../../engine/sim/sandbox/open-lab.ts";
import { isFields } from "../../../engine/sim/sandbox/state-differences.ts";
import { openStore } from "../../../engine/sim/sandbox/store.ts";
import type { World } from "../../../engine/sim/world.ts";

let folder = "";
beforeEach(() => {
  folder = join(mkdtempSync(join(tmpdir(), "lab-store-")), "lab");
});
afterEach(() => rmSync(join(folder, ".."), { recursive: true }));

const options = { pid: process.pid, alive: (pid: number) => pid === process.pid };
const state = () => join(folder, "world.json");
const batch = (...operations: Operation[]) => ({
  runId: "r",
  sections: [{ user: null, within: [], stopAtFailure: true, operations }],
});
const target = { name: "pve1", connection: "lab" };

test("a change is on the disk when it is answered, for the owner alone", async () => {
  const connection = await openLab(folder, options).open(target);
  await connection.send(batch(write.text("/etc/x", "kept")));
  expect(statSync(state()).mode & 0o777).toBe(0o600);
  expect(statSync(folder).mode & 0o777).toBe(0o700);
  expect(readdirSync(folder)).toEqual(["world.json"]);
  const again = await openLab(folder, options).open(target);
  expect(
    (
      await again.look({
        runId: "r",
        sections: [{ user: null, within: [], stopAtFailure: false, operations: [read.text("/etc/x")] }],
      })
    ).replies[0]?.[0],
  ).toMatchObject({ answer: "kept" });
});

test("looking writes nothing, nor does time", async () => {
  const connection = await openLab(folder, options).open(target);
  await connection.look({
    runId: "r",
    sections: [{ user: null, within: [], stopAtFailure: false, operations: [read.text("/etc/passwd")] }],
  });
  expect(() => statSync(state())).toThrow(/ENOENT/);
  await connection.send(batch(write.text("/etc/x", "y")));
  const before = readFileSync(state());
  await connection.pause(60_000);
  await connection.send(batch(read.exec(["sleep", "3"]), write.exec(["true"])));
  expect(readFileSync(state()).equals(before)).toBe(true);
});

test("two labs over one folder take turns and lose nothing", async () => {
  const labs = await Promise.all([1, 2].map((pid) => openLab(folder, { pid, alive: () => true }).open(target)));
  await Promise.all(
    labs.flatMap((connection, who) =>
      Array.from({ length: 10 }, (_, index) => connection.send(batch(write.text(`/etc/${who}-${index}`, "x")))),
    ),
  );
  const world = await openStore(folder, options).world();
  const made = Object.keys(world.hosts.pve1?.files ?? {}).filter((path) => /^\/etc\/[01]-\d$/.test(path));
  expect(made).toHaveLength(20);
  expect(readdirSync(folder)).toEqual(["world.json"]);
});

const at =
  (...path: string[]) =>
  async () => {
    const world: unknown = await openStore(folder, options).world();
    return path.reduce<unknown>((here, key) => (isFields(here) ? here[key] : undefined), world);
  };
const contentOf = (host: string, path: string) => at("hosts", host, "files", path, "content")();

test("a write adds what it changes, however many hosts there are and whatever they hold", async () => {
  const lab = openLab(folder, options);
  const hosts = await Promise.all(Array.from({ length: 20 }, (_, index) => lab.open({ ...target, name: `h${index}` })));
  await Promise.all(hosts.map((host) => host.send(batch(write.text("/etc/big", "x".repeat(20_000))))));
  const before = statSync(state());
  await hosts[7]?.send(batch(write.text("/etc/small", "y")));
  const after = statSync(state());
  expect(after.ino).toBe(before.ino);
  expect(after.size - before.size).toBeGreaterThan(0);
  expect(after.size - before.size).toBeLessThan(1000);
  expect(await contentOf("h7", "/etc/small")).toBe("y");
  expect(await contentOf("h8", "/etc/big")).toHaveLength(20_000);
});

test("the file stays in bounds, and is the same state after it was written as a whole", async () => {
  const connection = await openLab(folder, options).open(target);
  for (let index = 0; index < 60; index += 1)
    await connection.send(batch(write.text("/etc/x", `${index} `.repeat(5000))));
  // A whole state, and once as much behind it, or a quarter of a megabyte.
  expect(statSync(state()).size).toBeLessThan(600_000);
  expect(await contentOf("pve1", "/etc/x")).toBe("59 ".repeat(5000));
  expect(readdirSync(folder)).toEqual(["world.json"]);
});

test("what a kill cut off was never answered: the rest counts, and the next write mends the file", async () => {
  const connection = await openLab(folder, options).open(target);
  await connection.send(batch(write.text("/etc/x", "one")));
  await connection.send(batch(write.text("/etc/x", "two")));
  const whole = readFileSync(state());
  writeFileSync(state(), whole.subarray(0, -2));
  expect(await contentOf("pve1", "/etc/x")).toBe("one");
  await connection.send(batch(write.text("/etc/y", "three")));
  expect(await contentOf("pve1", "/etc/x")).toBe("one");
  expect(await contentOf("pve1", "/etc/y")).toBe("three");
});

test("a damaged line in the middle is told, not passed over", async () => {
  const connection = await openLab(folder, options).open(target);
  for (const text of ["one", "two", "three"]) await connection.send(batch(write.text("/etc/x", text)));
  writeFileSync(state(), readFileSync(state(), "utf8").replace(/"two"/, '"two'));
  await expect(openStore(folder, options).world()).rejects.toMatchObject({ diagnostics: [{ code: "sandbox-state" }] });
});

test("the state of an older version, one JSON text, is read, and kept as it is now with the next write", async () => {
  const connection = await openLab(folder, options).open(target);
  await connection.send(batch(write.text("/etc/x", "old")));
  const world = await openStore(folder, options).world();
  writeFileSync(state(), `${JSON.stringify(world, null, 1)}\n`);
  expect(await openStore(folder, options).world()).toEqual(world);
  await (await openLab(folder, options).open(target)).send(batch(write.text("/etc/y", "new")));
  expect(readFileSync(state(), "utf8")).toMatch(/^\{"format":2\}\n/);
  expect([await contentOf("pve1", "/etc/x"), await contentOf("pve1", "/etc/y")]).toEqual(["old", "new"]);
});

test("a host that was only looked at, and what is gone, are kept with the next change of any", async () => {
  const lab = openLab(folder, options);
  const connection = await lab.open(target);
  await connection.send(batch(write.text("/etc/x", "y")));
  await lab.open({ ...target, name: "h2" });
  await connection.send(batch(write.remove("/etc/x")));
  expect(await contentOf("pve1", "/etc/x")).toBeUndefined();
  expect(await at("hosts", "h2", "hostname")()).toBe("h2");
});

test("a lock whose process is gone is taken over, a live one is waited for and named", async () => {
  const store = openStore(folder, options);
  await store.update((world) => ({ value: undefined, changed: Object.keys(world.hosts).length === 0 ? ["h"] : [] }));
  writeFileSync(join(folder, "world.lock"), "999999\n");
  await store.update(() => ({ value: undefined, changed: ["h"] }));
  writeFileSync(join(folder, "world.lock"), `${process.pid}\n`);
  const impatient = openStore(folder, { ...options, waitMs: 50 });
  const refused = await impatient.update(() => ({ value: undefined, changed: ["h"] })).catch((error: unknown) => error);
  expect(refused).toBeInstanceOf(SiteError);
  expect(String(refused)).toContain(`in use by process ${process.pid}`);
  rmSync(join(folder, "world.lock"));
  await impatient.update(() => ({ value: undefined, changed: ["h"] }));
});

test("a state that is none is an error with a way out, and reset is it", async () => {
  const store = openStore(folder, options);
  await store.update(() => ({ value: undefined, changed: ["h"] }));
  writeFileSync(state(), "{");
  await expect(openStore(folder, options).world()).rejects.toMatchObject({
    diagnostics: [{ code: "sandbox-state", hint: expect.stringContaining("lab sandbox reset") }],
  });
  const fresh = openStore(folder, options);
  await fresh.reset();
  expect(await fresh.world()).toEqual({ format: 1, hosts: {} });
});

test("a host has the user that it is first connected to as, and no other", async () => {
  const lab = openLab(folder, options);
  const connection = await lab.open({ ...target, user: "ada" });
  const { replies } = await connection.send(batch(write.text("/home/ada/mine", "x"), write.text("/etc/not-mine", "x")));
  expect(replies[0]).toMatchObject([{ kind: "done" }, { kind: "failed", error: { code: "denied" } }]);
  await expect(lab.open({ ...target, user: "bob" })).rejects.toThrow('has no user "bob"');
});

test("many that look at the same moment read the state once, and who writes meanwhile loses nothing", async () => {
  const first = await openLab(folder, options).open(target);
  await first.send(batch(write.text("/etc/x", "kept")));
  const store = openStore(folder, options);
  const worlds = await Promise.all(Array.from({ length: 50 }, () => store.world()));
  expect(new Set(worlds).size).toBe(1);
  // Another process writes; then some look and one writes, all in one moment.
  await first.send(batch(write.text("/etc/y", "kept, too")));
  const looking = Array.from({ length: 20 }, () => store.world());
  const writing = store.update((world) => {
    const host = world.hosts.pve1;
    if (!host) throw new Error("there is no host");
    host.hostname = "renamed";
    return { value: Object.keys(host.files), changed: ["pve1"] };
  });
  await Promise.all(looking);
  expect(await writing).toContain("/etc/y");
  expect((await store.world()).hosts.pve1?.hostname).toBe("renamed");
  expect((await openStore(folder, options).world()).hosts.pve1?.hostname).toBe("renamed");
});

test("a folder that was open to others is closed to them", async () => {
  mkdirSync(folder, { mode: 0o755 });
  await openStore(folder, options).update(() => ({ value: undefined, changed: ["h"] }));
  expect(statSync(folder).mode & 0o777).toBe(0o700);
});

test("a state that was edited in its place is seen, though it is as long as before", async () => {
  const store = openStore(folder, options);
  await store.update((world) => ({ value: Object.assign(world, { internet: { a: "one" } }), changed: ["h"] }));
  expect(await store.world()).toMatchObject({ internet: { a: "one" } });
  const { ino, size } = statSync(state());
  await new Promise((resolve) => setTimeout(resolve, 20));
  writeFileSync(state(), readFileSync(state(), "utf8").replace("one", "two"));
  expect(statSync(state())).toMatchObject({ ino, size });
  expect(await store.world()).toMatchObject({ internet: { a: "two" } });
});

test("what could not be kept is not seen either, and what comes behind it is kept", async () => {
  const store = openStore(folder, options);
  const change = (name: string, meanwhile = () => {}) =>
    store.update((world) => {
      Object.assign(world, { internet: { ...world.internet, [name]: "x" } });
      meanwhile();
      return { value: undefined, changed: ["h"] };
    });
  const seen = async () => [
    Object.keys((await store.world()).internet ?? {}),
    Object.keys((await openStore(folder, options).world()).internet ?? {}),
  ];
  // A folder stands where the file is to be: the first time it is written as a whole, then behind what is there.
  await expect(change("lost", () => mkdirSync(state()))).rejects.toThrow();
  rmdirSync(state());
  expect(await seen()).toEqual([[], []]);
  await change("one");
  const aside = join(folder, "..", "aside");
  const lost = change("lost", () => {
    renameSync(state(), aside);
    mkdirSync(state());
  });
  await expect(lost).rejects.toThrow();
  rmdirSync(state());
  renameSync(aside, state());
  expect(await seen()).toEqual([["one"], ["one"]]);
  await change("two");
  const both = ["one", "two"];
  expect(await seen()).toEqual([both, both]);
});

test("whoever looks while a long change is half written sees all of it, and it is kept", async () => {
  const connection = await openLab(folder, options).open(target);
  await connection.send(batch(write.text("/etc/x", "y")));
  const store = openStore(folder, options);
  const lengthIn = ({ hosts }: World): number => {
    const file = hosts.pve1?.files["/etc/x"];
    return file?.type === "file" && typeof file.content === "string" ? file.content.length : -1;
  };
  const { size } = statSync(state());
  const long = 30_000_000;
  const changing = store.update((world) => {
    Object.assign(world.hosts.pve1?.files["/etc/x"] ?? {}, { content: "x".repeat(long) });
    return { value: undefined, changed: ["pve1"] };
  });
  while (statSync(state()).size === size) await new Promise((resolve) => setImmediate(resolve));
  expect(statSync(state()).size).toBeLessThan(long);
  expect(lengthIn(await store.world())).toBe(long);
  await changing;
  expect(lengthIn(await store.world())).toBe(long);
  expect(lengthIn(await openStore(folder, options).world())).toBe(long);
});

test("a lock that another process has taken over in the meantime is given back to it", async () => {
  mkdirSync(folder);
  const path = join(folder, "world.lock");
  writeFileSync(path, "999\n");
  const alive = (pid: number): boolean => {
    if (pid !== 999) return true;
    // The other one is quicker: the dead one's lock is gone, and its own is there.
    writeFileSync(path, "777\n");
    return false;
  };
  await expect(takeLock(path, { pid: 1, alive, waitMs: 30 })).rejects.toMatchObject({ holder: "777" });
  expect(readFileSync(path, "utf8")).toBe("777\n");
  expect(readdirSync(folder)).toEqual(["world.lock"]);
});
