import { expect, test } from "vitest";
import { write } from "../../../engine/ops/build.ts";
import { breakLab } from "../../../engine/sim/sandbox/break.ts";
import { differences } from "../../../engine/sim/sandbox/differences.ts";
import { showLab } from "../../../engine/sim/sandbox/show.ts";
import type { Host, World } from "../../../engine/sim/world.ts";
import { ask, labHost, run } from "./lab-host.ts";

function worked(): World {
  const host = labHost();
  ask(host, [
    write.text("/etc/motd", "hello\n"),
    write.text("/etc/app.conf", "# head\na = 1\n", { mode: "0640" }),
    write.text("/etc/cron.d/job", "@daily root x\n"),
    write.text(
      "/etc/systemd/system/x.service",
      "[Service]\nExecStart=/usr/bin/sleep 9\n[Install]\nWantedBy=multi-user.target\n",
    ),
    write.exec(["systemctl", "enable", "--now", "x"]),
    write.exec(["apt-get", "install", "-y", "htop"]),
    write.exec(["sysctl", "-w", "vm.swappiness=10"]),
    write.exec(["crontab", "-"], { stdin: "# mine\n@daily y\n" }),
  ]);
  return { format: 1, hosts: { pve1: host } };
}

function hostIn({ hosts: { pve1 } }: World): Host {
  if (!pve1) throw new Error("the world has no pve1");
  return pve1;
}

test("a fresh host differs in nothing from itself", () => {
  expect(differences(labHost({ users: ["ada"], packages: ["nginx"] }))).toEqual([]);
  expect(breakLab({ format: 1, hosts: { pve1: labHost() } }, 1)).toEqual([]);
});

test("what is shown is what was done", () => {
  expect(showLab(worked()).hosts[0]?.lines).toEqual([
    "new file /etc/app.conf",
    "new file /etc/cron.d/job",
    "changed file /etc/motd",
    "new file /etc/systemd/system/multi-user.target.wants/x.service",
    "new file /etc/systemd/system/x.service",
    "new crontab of root",
    "unit x.service: inactive → active",
    "package htop: not installed → 3.2.2-2",
    "package libnl-3-200: not installed → 3.7.0-0.2+b1",
    "package libnl-genl-3-200: not installed → 3.7.0-0.2+b1",
    "kernel parameter vm.swappiness: 60 → 10",
  ]);
});

test("one of each kind is broken, nothing twice, and only what was set", () => {
  const world = worked();
  const broken = breakLab(world, 7);
  expect(broken.map(({ what }) => what)).toEqual([
    "a file was deleted",
    expect.stringMatching(/^a file was (edited|set back)$/),
    ...(broken.some(({ what }) => what === "a mode was changed") ? ["a mode was changed"] : []),
    expect.stringMatching(/cron/),
    "a unit was stopped",
    "a package was removed",
    "a kernel parameter was set back",
  ]);
  expect(new Set(broken.map(({ name }) => name)).size).toBe(broken.length);
  const host = hostIn(world);
  expect(run(host, "dpkg-query -W htop").code).toBe(1);
  expect(run(host, "sysctl -n vm.swappiness").stdout).toBe("60\n");
  expect(run(host, "systemctl is-active cron ssh").stdout).toBe("active\nactive\n");
});

test("every break of every seed shows as a difference from what was there", () => {
  for (let seed = 0; seed < 25; seed += 1) {
    const world = worked();
    const before = structuredClone(hostIn(world));
    const broken = breakLab(world, seed);
    const after = hostIn(world);
    expect(broken.length).toBeGreaterThanOrEqual(6);
    for (const { name } of broken) {
      const path = name.startsWith("crontab of ") ? `/var/spool/cron/crontabs/${name.slice(11)}` : name;
      const seen = (host: typeof before) =>
        JSON.stringify([host.files[path], host.units[path], host.packages[path], host.sysctl[path]]);
      expect(seen(after), `${seed} ${name}`).not.toBe(seen(before));
    }
  }
});

test("the same seed breaks the same, another one something else", () => {
  const of = (seed: number) => JSON.stringify(breakLab(worked(), seed));
  expect(of(3)).toBe(of(3));
  expect(new Set([1, 2, 3, 4, 5, 6].map(of)).size).toBeGreaterThan(1);
});
