import { mkdtempSync, readdirSync, readFileSync, rmSync, statSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, expect, test } from "vitest";
import { SiteError } from "../../../engine/errors/site-error.ts";
import { read, write } from "../../../engine/ops/build.ts";
import type { Operation } from "../../../engine/ops/ir.ts";
import { openLab } from "../../../engine/sim/sandbox/open-lab.ts";
import { openStore } from "../../../engine/sim/sandbox/store.ts";

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

test("a lock whose process is gone is taken over, a live one is waited for and named", async () => {
  const store = openStore(folder, options);
  await store.update((world) => ({ value: undefined, changed: Object.keys(world.hosts).length === 0 }));
  writeFileSync(join(folder, "world.lock"), "999999\n");
  await store.update(() => ({ value: undefined, changed: true }));
  writeFileSync(join(folder, "world.lock"), `${process.pid}\n`);
  const impatient = openStore(folder, { ...options, waitMs: 50 });
  const refused = await impatient.update(() => ({ value: undefined, changed: true })).catch((error: unknown) => error);
  expect(refused).toBeInstanceOf(SiteError);
  expect(String(refused)).toContain(`in use by process ${process.pid}`);
  rmSync(join(folder, "world.lock"));
  await impatient.update(() => ({ value: undefined, changed: true }));
});

test("a state that is none is an error with a way out, and reset is it", async () => {
  const store = openStore(folder, options);
  await store.update(() => ({ value: undefined, changed: true }));
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
