import { spawnSync } from "node:child_process";
import { appendFileSync, readFileSync, writeFileSync } from "node:fs";
import { afterAll, beforeAll, expect, test } from "vitest";
import { askRunningConfig, parseRunningConfig, rawLinesNotInForce } from "../../../engine/formats/lxc-running.ts";
import { type Guests, makeGuests } from "../../support/lxc-guests.ts";

/** What a real LXC answers to the question which raw lines are in force. */
let guests: Guests;
beforeAll(() => {
  guests = makeGuests();
});
afterAll(() => guests.remove());

const KEYS = ["lxc.environment", "lxc.mount.entry", "lxc.cap.drop", "lxc.cgroup2.devices.allow", "lxc.bogus"];
const ask = (vmid: number) => {
  const [program = "", ...words] = askRunningConfig(vmid, KEYS);
  return spawnSync(program, words, { encoding: "utf8" });
};

test("a running container tells what it was started with, whatever its file says by now", () => {
  const file = `/var/lib/lxc/${guests.busybox}/config`;
  const before = readFileSync(file, "utf8");
  const lines = [
    "lxc.environment = LAB=1",
    "lxc.cap.drop = mknod sys_time",
    "lxc.cgroup2.devices.allow = c  10:200 rwm",
  ];
  appendFileSync(file, `${lines.join("\n")}\n`);
  guests.start(guests.busybox);
  writeFileSync(file, before);
  const answer = ask(guests.busybox);
  expect(answer.status).toBe(0);
  const running = parseRunningConfig(answer.stdout);
  expect(running.get("lxc.environment")).toContain("LAB=1");
  expect(running.get("lxc.cap.drop")).toEqual(expect.arrayContaining(["mknod", "sys_time"]));
  const raw = (key: string, value: string) => ({ key, value, raw: true });
  const wanted = [
    raw("lxc.environment", "LAB=1"),
    raw("lxc.cap.drop", "mknod sys_time"),
    raw("lxc.cgroup2.devices.allow", "c 10:200 rwm"),
    raw("lxc.environment", "LAB=2"),
  ];
  expect(rawLinesNotInForce(wanted, running)).toEqual(["lxc.environment: LAB=2"]);
});

test("of a stopped one there is nothing to be told", () => {
  guests.halt(guests.busybox);
  expect(ask(guests.busybox)).toMatchObject({ status: 3, stdout: "" });
});
