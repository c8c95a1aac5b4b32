import { execFileSync } from "node:child_process";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { expectExit, recapOf } from "../../support/e2e-events.ts";
import { openRig, type PlayRun, type Rig } from "../../support/e2e-rig.ts";
import { type Guests, makeGuests } from "../../support/lxc-guests.ts";
import { makeUser } from "../../support/sshd-user.ts";

/** Larger than what fits into a script: it travels on a channel of its own and is handed on inside. */
const large = Buffer.alloc(3_000_000, "large\0'\n");

let rig: Rig;
let guests: Guests;
beforeAll(async () => {
  execFileSync("sh", ["-c", "command -v lxc-start lxc-attach"]);
  guests = makeGuests();
  rig = await openRig();
  rig.write("files/large.bin", large);
});
afterAll(async () => {
  await rig?.stop();
  guests?.remove();
});

const inventory = (node: Readonly<Record<string, unknown>> = {}) => {
  const guest = (vmid: number) => ({ lab_connection: "pct", lab_node: "box", lab_vmid: vmid });
  const box = { lab_host: "127.0.0.1", lab_port: rig.sshd.port, lab_user: "root", ...node };
  const hosts = { box, bare: guest(guests.busybox), full: guest(guests.debian), none: guest(990_109) };
  rig.write("hosts.yml", `${JSON.stringify({ all: { hosts } })}\n`);
};
const site = (hosts: string, tasks: readonly unknown[]) =>
  rig.write("site.yml", JSON.stringify([{ name: "Guests", hosts, tasks }]));
const resultsOf = (run: PlayRun, host: string) =>
  run.events.filter((event) => event.type === "result").filter((event) => event.host === host);
const sessionsIn = (log: string) => log.split("\n").filter((line) => line.includes("Accepted publickey")).length;

describe("inside of real containers, through a real sshd on their node", () => {
  const tasks = (user: string) => [
    { copy: { dest: "/root/small", content: "it's small\n", mode: "0640" } },
    { copy: { dest: "/root/large", src: "large.bin", mode: "0600" } },
    { name: "who", command: "sh -c 'id -un; echo $HOME; echo $PATH; echo $TERM; pwd'", register: "who" },
    { name: "mine", copy: { dest: "/tmp/mine", src: "large.bin" }, become: true, become_user: user },
    {
      name: "their",
      command: "sh -c 'id -un; echo $HOME $USER; pwd; cat'",
      become: true,
      become_user: user,
    },
    { name: "facts", debug: "{{ facts.mounts | length }}" },
  ];

  it.each([
    ["bare", "media", "/home/media"],
    ["full", "daemon", "/usr/sbin"],
  ])("%s: as root and as %s, small and large", async (host, user, home) => {
    inventory();
    const vmid = host === "bare" ? guests.busybox : guests.debian;
    guests.start(vmid);
    site(
      host,
      tasks(user).filter(({ name }) => name !== "facts"),
    );
    const run = await rig.play("site.yml");
    expectExit(run, 0);
    const stdoutOf = (name: string) => resultsOf(run, host).find((each) => each.name === name)?.result;
    expect(stdoutOf("who")).toMatchObject({
      stdout: expect.stringMatching(/^root\n\/root\n\/usr\/local\/sbin:.*\n(dumb)?\n?\/root$/s),
    });
    expect(stdoutOf("their")).toMatchObject({ stdout: `${user}\n${home} ${user}\n${home}` });
    expect(guests.inside(vmid, "sh", "-c", "stat -c '%a %U' /root/small /root/large /tmp/mine; cat /root/small")).toBe(
      `640 root\n600 root\n644 ${user}\nit's small\n`,
    );
    const [theirs, ours] = ["/root/large", "/tmp/mine"].map((path) =>
      guests.inside(vmid, "sha256sum", path).slice(0, 64),
    );
    const wanted = execFileSync("sha256sum", { input: large, encoding: "utf8" }).slice(0, 64);
    expect([theirs, ours]).toEqual([wanted, wanted]);
    // Nothing of ours is left in it.
    expect(
      guests.inside(vmid, "sh", "-c", "find /run/lab /tmp/lab-* /dev/shm/lab-* 2>/dev/null | grep -c test; true"),
    ).toBe("0\n");
  });

  it("all of a node share its one connection, and a converged run is a few trips", async () => {
    inventory();
    site("all:!none", [
      { copy: { dest: "/tmp/common", content: "x" } },
      { copy: { dest: "/tmp/other", content: "y" } },
    ]);
    expectExit(await rig.play("site.yml"), 0);
    const before = sessionsIn(rig.sshd.log());
    const again = await rig.play("site.yml");
    expectExit(again, 0);
    expect(sessionsIn(rig.sshd.log()) - before).toBe(1);
    for (const host of ["box", "bare", "full"]) {
      expect(recapOf(again, host)).toMatchObject({ ok: 2, changed: 0, roundTrips: 1 });
    }
  });

  it("requests go out in a container's network by the node's curl: its loopback, its names, no further trip", async () => {
    inventory();
    guests.inside(guests.busybox, "sh", "-c", "mkdir -p /www; echo hello >/www/index.html; ip link set lo up");
    guests.inside(
      guests.busybox,
      "sh",
      "-c",
      "echo 127.0.0.1 only-in-here >/etc/hosts; httpd -p 127.0.0.1:8384 -h /www",
    );
    site("bare", [
      { name: "loopback", http: { url: "http://127.0.0.1:8384/" } },
      { name: "by name", http: { url: "http://only-in-here:8384/" } },
      { name: "file", copy: { dest: "/root/asked", content: "x" } },
      { name: "refused", http: { url: "http://127.0.0.1:8385/" }, ignore_errors: true },
    ]);
    const run = await rig.play("site.yml");
    expectExit(run, 0);
    const [loopback, byName, file, refused] = resultsOf(run, "bare");
    for (const asked of [loopback, byName]) expect(asked?.result).toMatchObject({ status: 200, body: "hello\n" });
    expect(file?.status).toBe("changed");
    expect(refused).toMatchObject({ status: "failed" });
    expect(execFileSync("cat", ["/etc/hosts"], { encoding: "utf8" })).not.toContain("only-in-here");
    const again = await rig.play("site.yml");
    expect(recapOf(again, "bare")).toMatchObject({ changed: 0 });
    site("box", [{ name: "outside", http: { url: "http://127.0.0.1:8384/" }, ignore_errors: true }]);
    expect(resultsOf(await rig.play("site.yml"), "box")[0]).toMatchObject({ status: "failed" });
    guests.halt(guests.busybox);
    site("bare", [{ name: "stopped", http: { url: "http://127.0.0.1:8384/" } }]);
    const stopped = await rig.play("site.yml");
    expectExit(stopped, 4);
    expect(resultsOf(stopped, "bare")[0]).toMatchObject({ reason: `container ${guests.busybox} on box is stopped` });
    guests.start(guests.busybox);
  });

  it("a stopped one and a missing one say so, and what to do", async () => {
    inventory();
    guests.halt(guests.busybox);
    site("bare:none", [{ command: "true" }]);
    const run = await rig.play("site.yml");
    expectExit(run, 4);
    expect(resultsOf(run, "bare")[0]).toMatchObject({
      status: "unreachable",
      reason: `container ${guests.busybox} on box is stopped`,
      hint: expect.stringContaining("pct start"),
    });
    expect(resultsOf(run, "none")[0]).toMatchObject({ reason: "there is no container 990109 on box" });
    guests.start(guests.busybox);
  });

  it("node and containers look together: what each is told to have cost is one channel at the sshd", async () => {
    inventory();
    const paths = Array.from({ length: 20 }, (_, index) => `/tmp/together/${index}`);
    site(
      "box:bare:full",
      ["/tmp/together", ...paths].map((path) => ({ file: { path, state: "directory" } })),
    );
    expectExit(await rig.play("site.yml"), 0);
    const sessions = () => rig.sshd.log().split("Starting session:").length - 1;
    const before = sessions();
    const run = await rig.play("site.yml");
    const made = sessions() - before;
    execFileSync("rm", ["-r", "/tmp/together"]);
    expectExit(run, 0);
    const recap = run.events.find((event) => event.type === "recap");
    const costs = Object.entries(recap?.hosts ?? {}).map(([host, { changed, roundTrips, shared = 0 }]) => [
      host,
      { changed, roundTrips, shared },
    ]);
    const shared = { changed: 0, roundTrips: made, shared: made };
    expect(Object.fromEntries(costs)).toEqual({ box: { ...shared, shared: 0 }, bare: shared, full: shared });
    expect(made).toBeLessThanOrEqual(2);
  });

  it("a user that is not there costs its task alone", async () => {
    inventory();
    site("bare:full", [
      { name: "nobody", command: "true", become: true, become_user: "no-such-user", ignore_errors: true },
      { name: "root", command: "true" },
    ]);
    const run = await rig.play("site.yml");
    expectExit(run, 0);
    for (const host of ["bare", "full"]) {
      const [first, second] = resultsOf(run, host);
      expect(first).toMatchObject({
        status: "failed",
        reason: expect.stringContaining("there is no user no-such-user"),
      });
      expect(second).toMatchObject({ status: "changed" });
    }
  });

  it("is started and filled by one run; a check before it says what hangs on what", async () => {
    inventory();
    guests.halt(guests.busybox);
    const id = String(guests.busybox);
    const plays = [
      { name: "Node", hosts: "box", tasks: [{ name: "start", command: { argv: ["lxc-start", "-n", id] } }] },
      {
        name: "Inside",
        hosts: "bare",
        tasks: [
          { name: "large", copy: { dest: "/root/new", src: "large.bin" } },
          { name: "mounts", debug: "{{ facts.hostname }}" },
        ],
      },
    ];
    rig.write("site.yml", JSON.stringify(plays));
    const check = await rig.play("site.yml", "--check");
    expectExit(check, 0);
    expect(resultsOf(check, "bare").map(({ status, because }) => [status, because])).toEqual([
      ["deferred", ["p1/task1"]],
      ["deferred", ["p1/task1"]],
    ]);
    const run = await rig.play("site.yml");
    expectExit(run, 0);
    expect(resultsOf(run, "bare").map(({ status }) => status)).toEqual(["changed", "ok"]);
    expect(guests.inside(guests.busybox, "wc", "-c", "/root/new")).toBe(`${large.length} /root/new\n`);
  });

  it("lets in a login user of the node who becomes root by sudo, with a password too", async () => {
    const user = makeUser();
    try {
      site("bare:full", [
        { name: "who", command: "id -un" },
        { name: "large", copy: { dest: "/root/by-sudo", src: "large.bin" } },
      ]);
      for (const rule of ["ALL=(ALL) NOPASSWD: ALL", "ALL=(ALL) ALL"]) {
        user.maySudo(rule);
        inventory({
          lab_user: user.name,
          ...(rule.includes("NOPASSWD") ? {} : { lab_become_password: user.password }),
        });
        for (const host of ["bare", "full"]) {
          guests.inside(host === "bare" ? guests.busybox : guests.debian, "rm", "-f", "/root/by-sudo");
        }
        const run = await rig.play("site.yml");
        expectExit(run, 0);
        for (const host of ["bare", "full"]) {
          expect(resultsOf(run, host)[0]?.result).toMatchObject({ stdout: "root" });
          expect(resultsOf(run, host)[1]?.status).toBe("changed");
        }
      }
      user.maySudo(null);
      inventory({ lab_user: user.name });
      const refused = await rig.play("site.yml");
      expect(resultsOf(refused, "bare")[0]).toMatchObject({
        status: "failed",
        reason: expect.stringContaining("sudo asks for a password to become root"),
      });
    } finally {
      user.remove();
    }
  });
});
