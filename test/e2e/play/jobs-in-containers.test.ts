import { execFileSync } from "node:child_process";
import { afterAll, beforeAll, expect, it } from "vitest";
import { expectExit, resultsOf } from "../../support/e2e-events.ts";
import { openRig, type Rig } from "../../support/e2e-rig.ts";
import { type Guests, makeGuests } from "../../support/lxc-guests.ts";
import { until } from "../../support/shell-run.ts";

let rig: Rig;
let guests: Guests;
beforeAll(async () => {
  execFileSync("sh", ["-c", "command -v lxc-start lxc-attach"]);
  guests = makeGuests();
  rig = await openRig();
  const guest = (vmid: number) => ({ lab_connection: "pct", lab_node: "box", lab_vmid: vmid });
  const box = { lab_host: "127.0.0.1", lab_port: rig.sshd.port, lab_user: "root" };
  rig.write(
    "hosts.yml",
    JSON.stringify({ all: { hosts: { box, bare: guest(guests.busybox), full: guest(guests.debian) } } }),
  );
});
afterAll(async () => {
  await rig?.stop();
  guests?.remove();
});

const site = (hosts: string, ...tasks: object[]) => {
  rig.write("site.yml", JSON.stringify([{ name: "Guests", hosts, tasks }]));
  return "site.yml";
};
const vmidOf = (host: string) => (host === "bare" ? guests.busybox : guests.debian);

it.each(["bare", "full"])("%s: a job goes on when the controller is killed, and is found again", async (host) => {
  const vmid = vmidOf(host);
  guests.start(vmid);
  const argv = ["sh", "-c", "echo started >>/root/count; sleep 6; cat; echo bad >&2; exit 4"];
  const failed_when = "it.rc != 4 || it.stdout != 'given' || it.stderr != 'bad'";
  const name = site(host, { command: { argv, stdin: "given\n" }, async: 120, register: "it", failed_when });
  const live = rig.start("play", name, "--format", "jsonl");
  const count = () => guests.inside(vmid, "sh", "-c", "cat /root/count 2>/dev/null || :");
  await until(() => count() === "started\n", 30_000);
  live.child.kill("SIGKILL");
  await live.done;
  const run = await rig.play(name);
  expectExit(run, 0);
  expect(count()).toBe("started\n");
  expect(guests.inside(vmid, "sh", "-c", "ls /run/lab/jobs")).toBe("");
  guests.halt(vmid);
});

it("restarts a real container from inside, and waits until it is another one", async () => {
  const vmid = guests.busybox;
  guests.start(vmid);
  const before = guests.inside(vmid, "sh", "-c", "cut -d' ' -f22 /proc/1/stat");
  const run = await rig.play(site("bare", { reboot: { test: "test -d /proc/1" } }, { command: "touch /root/after" }));
  // Where the container has its kernel's own boot id, it cannot be told from the machine that lab runs on.
  const [result] = resultsOf(run);
  expect(result?.reason).toBe(undefined);
  expectExit(run, 0);
  expect(guests.inside(vmid, "sh", "-c", "cut -d' ' -f22 /proc/1/stat")).not.toBe(before);
  guests.halt(vmid);
});
