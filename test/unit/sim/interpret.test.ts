import { expect, test } from "vitest";
import { arg, read, write } from "../../../engine/ops/build.ts";
import { interpret } from "../../../engine/sim/interpret/interpret.ts";
import { stableJson } from "../../../engine/sim/sandbox/stable-json.ts";
import { Secret } from "../../../engine/value/secret.ts";
import { ask, errorOf, labHost, run } from "./lab-host.ts";

test("a look that would change the host is refused and changes nothing", () => {
  const host = labHost();
  const { clockMs: _before, ...before } = structuredClone(host);
  for (const argv of [
    ["touch", "/etc/x"],
    ["sysctl", "-w", "vm.swappiness=1"],
    ["systemctl", "stop", "cron"],
    ["apt-get", "install", "-y", "jq"],
  ]) {
    expect(errorOf(ask(host, [read.exec(argv)])[0]).message).toContain("sent as a look");
  }
  const { clockMs: _after, ...after } = host;
  expect(after).toEqual(before);
});

test("looks say that nothing has changed, writes that something has", () => {
  const host = labHost();
  const batch = (operation: Parameters<typeof ask>[1][number]) => ({
    runId: "r",
    sections: [{ user: null, within: [], stopAtFailure: true, operations: [operation] }],
  });
  expect(interpret(host, "root", batch(read.stat("/etc"))).changed).toBe(false);
  expect(interpret(host, "root", batch(write.exec(["true"]))).changed).toBe(false);
  expect(interpret(host, "root", batch(write.exec(["systemctl", "daemon-reload"]))).changed).toBe(false);
  expect(interpret(host, "root", batch(write.text("/etc/x", "y"))).changed).toBe(true);
});

test("a secret's file is there while the command runs, and only then", () => {
  const host = labHost();
  const before = Object.keys(host.files);
  const [reply] = ask(host, [read.exec(["cat", arg.file(new Secret("hidden"))])]);
  expect(reply).toMatchObject({ kind: "done", answer: { stdout: "hidden" } });
  expect(Object.keys(host.files)).toEqual(before);
});

test("limits of time and output hold", () => {
  const host = labHost();
  expect(errorOf(ask(host, [read.exec(["sleep", "5"], { limitMs: 1000 })])[0]).code).toBe("timeout");
  // As long as on a real host, unless said otherwise.
  expect(ask(host, [read.exec(["sleep", "250"])])[0]).toMatchObject({ kind: "done" });
  expect(errorOf(ask(host, [read.exec(["sleep", "301"])])[0]).code).toBe("timeout");
  expect(errorOf(ask(host, [read.exec(["echo", "12345"], { maxBytes: 3 })])[0]).code).toBe("too-large");
  expect(errorOf(ask(host, [read.text("/etc/passwd", { maxBytes: 3 })])[0]).code).toBe("too-large");
});

test("files of the kernel are made up when they are read", () => {
  const host = labHost({ cpus: 2, memoryMb: 1024 });
  run(host, "sysctl -w net.ipv4.ip_forward=1");
  const [forward, memory, cpus, mounts, boot] = ask(host, [
    read.text("/proc/sys/net/ipv4/ip_forward"),
    read.text("/proc/meminfo"),
    read.text("/proc/cpuinfo"),
    read.text("/etc/mtab"),
    read.stat("/proc/sys/kernel/random/boot_id"),
  ]);
  expect(forward).toMatchObject({ answer: "1\n" });
  expect(memory).toMatchObject({ answer: expect.stringContaining("MemTotal:        1048576 kB") });
  expect(cpus).toMatchObject({ answer: expect.stringMatching(/processor\t: 1\n/) });
  expect(mounts).toMatchObject({ answer: expect.stringContaining("/dev/sdb1 /mnt/hdd ext4 rw,relatime 0 0\n") });
  expect(boot).toMatchObject({ answer: { type: "file", size: 0, mode: "0444" } });
});

test("nobody answers HTTP on a host without a server; what a stranger or another environment would say is not imitated", () => {
  const host = labHost();
  const get = (url: string, more = {}) => ask(host, [read.http({ method: "GET", url, ...more })])[0];
  expect(errorOf(get("http://localhost/"))).toMatchObject({
    code: "failed",
    message: expect.stringContaining("refused"),
  });
  expect(get("http://localhost/", { orUnanswered: true })).toMatchObject({ kind: "done", answer: { status: 0 } });
  expect(errorOf(get("https://example.org/")).code).toBe("not-imitated");
  const section = {
    user: null,
    within: ["lxc-attach", "-n", "101", "--"],
    stopAtFailure: true,
    operations: [read.stat("/")],
  };
  expect(errorOf(interpret(host, "root", { runId: "r", sections: [section] }).reply.replies[0]?.[0]).code).toBe(
    "not-imitated",
  );
});

test("a named script does to a tree what its text does", () => {
  const host = labHost();
  ask(host, [write.mkdir("/srv/t/a", { parents: true }), write.text("/srv/t/a/f", "x")]);
  const apply = (verb: string) =>
    ask(host, [write.script("tree-attributes", [verb, "/srv/t", "daemon", "", "2770", "0660"])])[0];
  expect(apply("count")).toMatchObject({ answer: { stdout: "3\n/srv/t\0/srv/t/a\0/srv/t/a/f\0" } });
  apply("apply");
  expect(apply("count")).toMatchObject({ answer: { stdout: "0\n" } });
  expect(host.files["/srv/t/a/f"]).toMatchObject({ mode: "0660", uid: 1 });
});

test("the same steps make the same bytes", () => {
  const bytes = () => {
    const host = labHost();
    ask(host, [write.text("/etc/b", "1"), write.exec(["apt-get", "install", "-y", "htop"]), write.text("/etc/a", "2")]);
    return stableJson(host);
  };
  expect(bytes()).toBe(bytes());
  expect(stableJson({ b: 1, a: { d: [{ z: 1, y: 2 }], __proto__x: 1 } })).toBe(
    stableJson({ a: { __proto__x: 1, d: [{ y: 2, z: 1 }] }, b: 1 }),
  );
});
