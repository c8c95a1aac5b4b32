import { describe, expect, test } from "vitest";
import { runWords } from "../../../engine/sim/interpret/interpret-exec.ts";
import { containerHost, insideSession } from "../../../engine/sim/pve/inside/container-host.ts";
import { LookWouldWrite, openSession } from "../../../engine/sim/session.ts";
import type { Host } from "../../../engine/sim/world.ts";
import { type RecordedGuest, recordedNode, rootSession } from "../../support/recorded-node.ts";

const BASE = ["arch: amd64", "hostname: web", "memory: 512", "ostype: debian", "swap: 512"];
const LOCAL = "rootfs: local:101/vm-101-disk-0.raw,size=1G";

function node(...more: readonly string[]): Host {
  return withGuest({ conf: [...BASE, LOCAL, ...more] });
}
function withGuest(guest: RecordedGuest): Host {
  const host = recordedNode({ 101: guest });
  host.files["/etc/subuid"] = file("root:100000:65536\n");
  host.files["/etc/subgid"] = file("root:100000:65536\n");
  return host;
}
function file(content: string, uid = 0) {
  return { type: "file", mode: "0644", uid, gid: uid, mtime: 1, content } as const;
}
function run(host: Host, line: string, stdin?: string) {
  const result = runWords(rootSession(host), line.split(" "), stdin === undefined ? {} : { stdin });
  return { code: result.code, stdout: Buffer.from(result.stdout).toString("utf8"), stderr: result.stderr };
}
function inside(host: Host): Host {
  const found = containerHost(host, "101");
  if (found === undefined) throw new Error("there is no container 101");
  return found;
}

describe("a start", () => {
  test("gives a new boot id, the node's clock, and an init that needs a moment", () => {
    const host = node();
    expect(run(host, "pct start 101").code).toBe(0);
    const first = inside(host).bootId;
    expect(inside(host).clockMs).toBe(host.clockMs);
    expect(inside(host).booted?.since).toBeGreaterThan(host.clockMs - 1000);
    const session = insideSession(rootSession(host), "101");
    if (session === undefined) throw new Error("it does not run");
    expect(runWords(session, ["systemctl", "is-system-running"], {})).toMatchObject({ code: 1, stdout: "starting\n" });
    host.clockMs += 2000;
    expect(runWords(session, ["systemctl", "is-system-running"], {})).toMatchObject({ code: 0, stdout: "running\n" });
    expect(run(host, "pct reboot 101").code).toBe(0);
    expect(inside(host).bootId).not.toBe(first);
  });

  test("what is in memory is gone with the next one, what is on the disk is not", () => {
    const host = node();
    run(host, "pct start 101");
    run(host, "pct exec 101 -- touch /run/mark /root/mark");
    run(host, "pct reboot 101");
    expect(run(host, "pct exec 101 -- ls /root/mark").code).toBe(0);
    expect(run(host, "pct exec 101 -- ls /run/mark").code).toBe(2);
  });

  test("a lease takes longer than a fixed address", () => {
    const host = node(
      "net0: name=eth0,bridge=vmbr0,hwaddr=BC:24:11:00:00:01,ip=dhcp,type=veth",
      "net1: name=eth1,bridge=vmbr1,hwaddr=BC:24:11:00:00:02,ip=10.0.0.5/24,type=veth",
    );
    run(host, "pct start 101");
    expect(run(host, "lxc-info -n 101 -iH").stdout).toBe("10.0.0.5\n");
    host.clockMs += 5000;
    expect(run(host, "lxc-info -n 101 -i").stdout).toMatch(/^IP: +192\.0\.2\.\d+\nIP: +10\.0\.0\.5\n$/);
    expect(inside(host).files["/etc/network/interfaces"]).toMatchObject({
      content: expect.stringContaining(
        "auto eth0\niface eth0 inet dhcp\n\nauto eth1\niface eth1 inet static\n\taddress 10.0.0.5/24\n",
      ),
    });
  });

  test.each([
    ["mp0: /srv/gone,mp=/x", "startup for container '101' failed\n", "Script exited with status 2"],
    ["dev0: /dev/gone", "Device /dev/gone does not exist\n", ""],
    ["net0: name=eth0,bridge=nobr", "bridge 'nobr' does not exist\n", ""],
    ["lock: backup", "CT is locked (backup)\n", ""],
    ["template: 1", "you can't start a CT if it's a template\n", ""],
    ["mp0: local:101/vm-101-disk-7.raw,mp=/x", "", ""],
    [
      "lxc.mount.entry: /gone gone none bind,create=dir",
      "startup for container '101' failed\n",
      "Failed to setup mount entries",
    ],
    ["lxc.idmap: u 0 1000 10", "startup for container '101' failed\n", "uid range [0-10) -> [1000-1010) not allowed"],
  ])("%s is refused", (line, stderr, stdout) => {
    const host = node(line);
    if (line.includes("disk-7")) delete host.pve?.volumes["local:101/vm-101-disk-7.raw"];
    const result = run(host, "pct start 101");
    expect(result.code).toBe(255);
    expect(result.stderr).toBe(stderr || "volume 'local:101/vm-101-disk-7.raw' does not exist\n");
    expect(result.stdout).toContain(stdout);
    expect(host.pve?.containers["101"]?.running).toBeNull();
    expect(run(host, "lxc-info -n 101 -sH").stdout).not.toBe("RUNNING\n");
  });

  test("what LXC cannot read fails in silence", () => {
    const host = node("lxc.cap.drop: nosuchcap");
    expect(run(host, "pct start 101")).toMatchObject({ code: 0, stderr: "" });
    expect(run(host, "pct status 101").stdout).toBe("status: stopped\n");
  });

  test("an optional entry may be missing", () => {
    const host = node("lxc.mount.entry: /gone gone none bind,optional,create=dir");
    expect(run(host, "pct start 101").code).toBe(0);
  });

  test("of a managed container is only asked for", () => {
    const host = node();
    host.files["/etc/pve/ha/resources.cfg"] = file("ct: 101\n\tstate stopped\n\tgroup main\n\n");
    expect(run(host, "pct start 101")).toMatchObject({ code: 0, stdout: "Requesting HA start for CT 101\n" });
    expect(host.pve?.containers["101"]?.running).toBeNull();
    expect(host.files["/etc/pve/ha/resources.cfg"]).toMatchObject({
      content: "ct: 101\n\tgroup main\n\tstate started\n\n",
    });
  });
});

describe("a folder of the node inside", () => {
  const bound = () => {
    const host = node("mp0: /srv/bind,mp=/data", "unprivileged: 1");
    host.files["/srv/bind/mine"] = file("m", 100_000);
    host.files["/srv/bind/root"] = file("r");
    host.files["/srv/bind"] = { type: "directory", mode: "0777", uid: 0, gid: 0, mtime: 1 };
    run(host, "pct start 101");
    return host;
  };

  test("has its owners shifted", () => {
    const host = bound();
    expect(run(host, "pct exec 101 -- stat -c %U:%u /data/mine /data/root").stdout).toBe("root:0\nnobody:65534\n");
    run(host, "pct exec 101 -- touch /data/new");
    expect(host.files["/srv/bind/new"]).toMatchObject({ uid: 100_000, gid: 100_000 });
    expect(host.pve?.containers["101"]?.inside?.files["/data/new"]).toBeUndefined();
    expect(run(host, "pct exec 101 -- ls /data").stdout).toBe("mine\nnew\nroot\n");
  });

  test("is out of root's power where it is not mapped", () => {
    const host = bound();
    const before = host.files["/srv/bind/root"];
    const result = run(host, "pct push 101 /etc/hostname /data/root --user 0");
    expect(result.stderr).not.toBe("");
    expect(host.files["/srv/bind/root"]).toEqual(before);
  });

  test("shows in the list of mounts, read-only where it is so", () => {
    const host = node("mp0: /srv/bind,mp=/data,ro=1");
    run(host, "pct start 101");
    expect(run(host, "pct exec 101 -- mountpoint /data").code).toBe(0);
    expect(run(host, "pct exec 101 -- findmnt -n -M /data -o OPTIONS").stdout).toMatch(/^ro,/);
    expect(run(host, "pct exec 101 -- touch /data/x").code).toBe(1);
    expect(host.files["/srv/bind/x"]).toBeUndefined();
  });

  test("is gone when the container is", () => {
    const host = bound();
    run(host, "pct stop 101");
    expect(inside(host).files["/data/mine"]).toBeUndefined();
    expect(host.files["/srv/bind/mine"]).toBeDefined();
  });
});

test("a snapshot keeps the inside, and a rollback brings it back", () => {
  const host = withGuest({ conf: [...BASE, "rootfs: btr:101/vm-101-disk-0.raw,size=1G"], running: true });
  run(host, "pct exec 101 -- touch /root/before");
  expect(run(host, "pct snapshot 101 one").code).toBe(0);
  run(host, "pct exec 101 -- touch /root/after");
  run(host, "pct set 101 --memory 700");
  expect(run(host, "pct rollback 101 one").code).toBe(0);
  expect(run(host, "pct config 101").stdout).toContain("memory: 512\n");
  expect(host.pve?.containers["101"]?.running).toBeNull();
  run(host, "pct start 101");
  expect(run(host, "pct exec 101 -- ls /root/before").code).toBe(0);
  expect(run(host, "pct exec 101 -- ls /root/after").code).toBe(2);
});

test("a clone is a container of its own", () => {
  const host = node("net0: name=eth0,bridge=vmbr0,hwaddr=BC:24:11:00:00:01,ip=dhcp,type=veth");
  expect(run(host, "pct clone 101 102 --hostname copy").code).toBe(0);
  run(host, "pct start 102");
  expect(run(host, "pct exec 102 -- hostname").stdout).toBe("copy\n");
  expect(run(host, "pct config 102").stdout).not.toContain("BC:24:11:00:00:01");
  run(host, "pct exec 102 -- touch /root/x");
  expect(host.pve?.containers["101"]?.inside?.files["/root/x"]).toBeUndefined();
});

test("init may end or restart it", () => {
  const host = node("tty: 1");
  run(host, "pct start 101");
  run(host, "pct set 101 --tty 4");
  expect(run(host, "pct exec 101 -- systemctl reboot").code).toBe(0);
  expect(run(host, "pct pending 101").stdout).toContain("cur tty: 4\n");
  expect(run(host, "pct status 101").stdout).toBe("status: running\n");
  run(host, "pct exec 101 -- poweroff");
  expect(run(host, "pct status 101").stdout).toBe("status: stopped\n");
});

test("a look goes in and changes nothing", () => {
  const host = node();
  run(host, "pct start 101");
  const before = structuredClone(host.pve);
  const root = { name: "root", uid: 0, gid: 0, gids: [0], home: "/root", line: "" };
  const look = openSession(host, root, "read", () => {});
  expect(runWords(look, ["pct", "exec", "101", "--", "cat", "/etc/hostname"], {}).stdout).toEqual(Buffer.from("web\n"));
  expect(() => runWords(look, ["pct", "exec", "101", "--", "touch", "/root/x"], {})).toThrow(LookWouldWrite);
  expect(() => runWords(look, ["pct", "stop", "101"], {})).toThrow(LookWouldWrite);
  expect(host.pve).toEqual(before);
});

describe("lxc-info", () => {
  test("tells the state in a word", () => {
    const host = node();
    expect(run(host, "lxc-info -n 101 -s")).toMatchObject({ code: 1, stderr: "101 doesn't exist\n" });
    run(host, "pct start 101");
    expect(run(host, "lxc-info -n 101 -s").stdout).toBe("State:          RUNNING\n");
    expect(run(host, "lxc-info -n 101 -sH").stdout).toBe("RUNNING\n");
    expect(run(host, "lxc-info -n 101 -pH").stdout).toBe(`${host.pve?.containers["101"]?.running?.pid}\n`);
    run(host, "pct stop 101");
    expect(run(host, "lxc-info 101 -sH").stdout).toBe("STOPPED\n");
  });

  test("-c tells what the file says, every value of a repeated key", () => {
    const host = node(
      "lxc.cgroup2.devices.allow: c 226:0 rwm",
      "lxc.cgroup2.devices.allow: c 29:0 rwm",
      "lxc.environment: A=b",
    );
    run(host, "pct start 101");
    expect(run(host, "lxc-info -n 101 -c lxc.cgroup2.devices.allow").stdout).toBe(
      "lxc.cgroup2.devices.allow = c 226:0 rwm\nc 29:0 rwm\n\n",
    );
    expect(run(host, "lxc-info -n 101 -H -c lxc.uts.name").stdout).toBe("web\n");
    expect(run(host, "lxc-info -n 101 -c lxc.idmap").stdout).toBe("lxc.idmap =\n");
    expect(run(host, "lxc-info -n 101 -c nosuch").stderr).toBe("nosuch invalid\n");
  });
});

test("Alpine has busybox and no systemd", () => {
  const host = withGuest({ conf: [...BASE.map((line) => line.replace("debian", "alpine")), LOCAL], running: true });
  expect(run(host, "pct exec 101 -- cat /etc/alpine-release").stdout).toBe("3.20.3\n");
  expect(run(host, "pct exec 101 -- which bash").code).toBe(1);
  expect(run(host, "pct exec 101 -- systemctl is-active cron").code).toBe(127);
  expect(run(host, "pct exec 101 -- id").stdout).toBe("uid=0(root) gid=0(root)\n");
});
