import { type ChildProcess, execFileSync, spawn, spawnSync } from "node:child_process";
import { copyFileSync, existsSync, readFileSync, rmSync, statSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { setTimeout } from "node:timers/promises";
import { afterAll, beforeAll, describe, expect, inject, it } from "vitest";
import { docker } from "../../support/docker-engine.ts";
import { expectExit, recapOf, resultsOf } from "../../support/e2e-events.ts";
import { openRig, type PlayRun, type Rig } from "../../support/e2e-rig.ts";
import { snapshot } from "../../support/e2e-snapshot.ts";
import { MEDIA_IMAGES, makeMediaImages } from "../../support/media/images.ts";

// Both roles on a real engine, a real disk (a file on a loop device) and a real firewall. Only the images are stand-ins, and the
// "tunnel" is a port of this machine that the firewall of the stand-in lets through while it is up.
const KEY = "aGVsbG8gZnJvbSBsYWIsIHRoaXMgb3BlbnMgbm90aGk=";
const CONTROL_KEY = "control-key-of-a-test-run";
/** Two addresses of this machine beside the network of the containers: one in the network at home, one that is not. */
const [HOME, AWAY] = ["198.51.100.1", "203.0.113.1"];
const WORLD6 = "fd00:1ab::1";

let rig: Rig;
let host: string;
let device = "";
let world: ChildProcess;
const run = (command: string, ...args: readonly string[]): string =>
  execFileSync(command, args, { encoding: "utf8", stdio: ["ignore", "pipe", "pipe"] });
const run_ = (...args: readonly string[]): string => docker(host, ...args);
const name = (service: string): string => `labmedia-${service}-1`;
const idOf = (service: string): string => run_("inspect", "--format", "{{.Id}}", name(service)).trim();
const networkOf = (service: string): string =>
  run("readlink", `/proc/${run_("inspect", "--format", "{{.State.Pid}}", name(service)).trim()}/ns/net`).trim();
const services = ["gluetun", "qbittorrent", "prowlarr", "sonarr", "radarr", "bazarr", "jellyfin"];
const watchdog = "/usr/local/sbin/lab-labmedia-watchdog";

/** Makes containers' addresses of IPv6 by hand: the engine gives its networks none. */
function giveIpv6(): void {
  const [network = ""] = run_("network", "ls", "-q", "--filter", "name=labmedia_default").split("\n");
  spawnSync("ip", ["-6", "addr", "add", `${WORLD6}/64`, "dev", `br-${network.slice(0, 12)}`, "nodad"]);
  const pid = run_("inspect", "--format", "{{.State.Pid}}", name("gluetun")).trim();
  // Docker switches it off where a network has none.
  const within = "echo 0 >/proc/sys/net/ipv6/conf/eth0/disable_ipv6 && ip -6 addr add fd00:1ab::2/64 dev eth0 nodad";
  run("nsenter", "-t", pid, "-n", "sh", "-c", within);
}
const gateway = (): string =>
  run_("inspect", "--format", "{{range .NetworkSettings.Networks}}{{.Gateway}}{{end}}", name("gluetun")).trim();
/** What a program in the tunnel's network reaches: TCP over IPv4 and IPv6, and UDP, as DNS has it. */
function reached(): Record<string, boolean> {
  const wget = (url: string): boolean =>
    spawnSync("docker", [
      "-H",
      host,
      "exec",
      name("qbittorrent"),
      "wget",
      "-q",
      "-T",
      "2",
      "-O",
      "-",
      url,
    ]).stdout.toString() === "the world\n";
  const udp = `use IO::Socket::INET; alarm 2; my $s = IO::Socket::INET->new(PeerAddr => "${gateway()}", PeerPort => 18053, Proto => "udp") or exit 1; print $s "?" or exit 1; recv($s, my $said, 9, 0); exit($said eq "!" ? 0 : 1)`;
  return {
    ipv4: wget(`http://${gateway()}:18080/`),
    ipv6: wget(`http://[${WORLD6}]:18080/`),
    udp: spawnSync("docker", ["-H", host, "exec", name("qbittorrent"), "perl", "-e", udp]).status === 0,
    home: wget(`http://${HOME}:18081/`),
    away: wget(`http://${AWAY}:18081/`),
  };
}
const control = (method: string, path: string, body = ""): { readonly status: number; readonly text: string } => {
  const said = run(
    "curl",
    "-s",
    "-m",
    "5",
    "-X",
    method,
    "-H",
    `X-API-Key: ${CONTROL_KEY}`,
    "-d",
    body,
    "-w",
    "\n%{http_code}",
    `http://127.0.55.1:18000${path}`,
  );
  return { status: Number(said.slice(said.lastIndexOf("\n") + 1)), text: said.slice(0, said.lastIndexOf("\n")) };
};
const forwarded = (): number => Number(/"port":(\d+)/.exec(control("GET", "/v1/portforward").text)?.[1]);
const listens = (): number =>
  Number(
    /"listen_port":(\d+)/.exec(
      run_("exec", name("gluetun"), "wget", "-q", "-O", "-", "http://127.0.0.1:18088/api/v2/app/preferences"),
    )?.[1],
  );
async function until(what: () => boolean): Promise<void> {
  for (let tries = 0; tries < 60; tries += 1) {
    try {
      if (what()) return;
    } catch {
      // What is asked is on its way.
    }
    await setTimeout(250);
  }
  expect(what()).toBe(true);
}
const callWatchdog = (): string =>
  execFileSync("sh", [watchdog], {
    encoding: "utf8",
    env: { ...process.env, DOCKER_HOST: host, DOCKER_CONFIG: rig.env.DOCKER_CONFIG },
  });

const namespace = (more: object = {}) => ({
  disk_mount: `${rig.target}/disk`,
  disk_uuid: run("blkid", "-o", "value", "-s", "UUID", device).trim(),
  root: `${rig.target}/data`,
  ...more,
});
const stack = (more: object = {}) => ({
  project: "labmedia",
  dir: `${rig.target}/compose`,
  appdata: `${rig.target}/appdata`,
  data: `${rig.target}/data`,
  wireguard_private_key: KEY,
  control_api_key: CONTROL_KEY,
  control_address: "127.0.55.1",
  control_port: 18000,
  bind: "127.0.55.1",
  webui_port: 18088,
  lan_subnets: ["198.51.100.0/24"],
  images: MEDIA_IMAGES,
  quicksync: false,
  ipv6: true,
  wait_timeout: "60s",
  ...more,
});
async function play(
  entries: { readonly roles?: readonly object[]; readonly tasks?: readonly object[] },
  ...more: readonly string[]
): Promise<PlayRun> {
  const environment = { DOCKER_HOST: host, DOCKER_CONFIG: rig.env.DOCKER_CONFIG };
  rig.write("site.yml", JSON.stringify([{ name: "Media", hosts: "all", environment, ...entries }]));
  // There is no systemd where the tests run.
  const tagged = JSON.stringify(entries).includes("media_stack");
  return rig.play("site.yml", ...(tagged ? ["--skip-tags", "systemd"] : []), ...more);
}
const both = (more: object = {}) => ({
  roles: [
    { role: "data_namespace", ...namespace() },
    { role: "media_stack", ...stack(more) },
  ],
});

beforeAll(async () => {
  const engine = inject("docker");
  if (engine.kind === "missing") throw new Error(engine.why);
  host = engine.host;
  makeMediaImages(host);
  rig = await openRig();
  rig.env.DOCKER_CONFIG = engine.config;
  copyFileSync("/etc/fstab", join(rig.folder, "fstab"));
  run("truncate", "-s", "64M", `${rig.target}/disk.img`);
  run("mkfs.ext4", "-q", `${rig.target}/disk.img`);
  device = run("losetup", "-f", "--show", `${rig.target}/disk.img`).trim();
  for (const address of [HOME, AWAY]) run("ip", "addr", "add", `${address}/32`, "dev", "lo");
  const server = `use IO::Socket::IP; use IO::Socket::INET; $SIG{CHLD} = "IGNORE";
    if (!fork) { my $u = IO::Socket::INET->new(LocalPort => 18053, Proto => "udp") or die; while (my $from = recv($u, my $m, 9, 0)) { send($u, "!", 0, $from) } exit }
    for my $port (18080, 18081) { next if fork; my $s = IO::Socket::IP->new(LocalHost => "::", V6Only => 0, LocalPort => $port, Listen => 9, ReuseAddr => 1) or die "$port: $!";
      while (my $c = $s->accept) { sysread($c, my $q, 999); print $c "HTTP/1.0 200 OK\\r\\n\\r\\nthe world\\n"; close $c } exit } sleep 9999`;
  world = spawn("perl", ["-e", server], { stdio: "ignore", detached: true });
});
afterAll(async () => {
  if (world?.pid !== undefined) process.kill(-world.pid, "SIGKILL");
  for (const address of [HOME, AWAY]) spawnSync("ip", ["addr", "del", `${address}/32`, "dev", "lo"]);
  if (!rig) return;
  await play({ tasks: [{ compose: { project: "labmedia", state: "absent", volumes: "remove" } }] });
  const mounted = readFileSync("/proc/self/mounts", "utf8")
    .split("\n")
    .map((line) => line.split(" ")[1] ?? "");
  for (const path of mounted.filter((each) => each.startsWith(rig.target)).reverse()) spawnSync("umount", [path]);
  if (device !== "") spawnSync("losetup", ["-d", device]);
  copyFileSync(join(rig.folder, "fstab"), "/etc/fstab");
  rmSync(watchdog, { force: true });
  await rig.stop();
});

describe("downloads through a tunnel, on a real engine and a real disk", () => {
  it("all of it from nothing; played again it changes nothing and touches no container", async () => {
    const done = await play(both());
    expectExit(done, 0);
    const before = services.map(idOf);
    const again = await play(both());
    expectExit(again, 0);
    expect(recapOf(again)).toMatchObject({ changed: 0 });
    expect(services.map(idOf)).toEqual(before);
    giveIpv6();
  });

  it("verify finds all of it: links in every program, the firewall, the port, the control server, secrets", async () => {
    const tasks = [
      { include_role: { name: "data_namespace", tasks_from: "verify" }, vars: namespace() },
      { include_role: { name: "media_stack", tasks_from: "verify" }, vars: stack() },
    ];
    const done = await play({ tasks });
    expectExit(done, 0);
    expect(recapOf(done)).toMatchObject({ changed: 0 });
    const links = resultsOf(done).filter(({ module, item }) => module === "link_probe" && item !== undefined);
    expect(links.map(({ item, result }) => [item, result])).toEqual(
      ["qbittorrent", "sonarr", "radarr", "bazarr", "jellyfin"].map((item) => [
        item,
        expect.objectContaining({ links: true, moves: true, reason: null }),
      ]),
    );
    // What was only looked at is so: inodes stay, in each of them.
    const inodes = "ls -i torrents/link media/link; mv torrents/link media/moved; ls -i media/moved";
    const tried = `cd /data && true >torrents/link && ln torrents/link media/link && { ${inodes}; }; rm -f */link */moved`;
    for (const { item } of links) {
      const said = run_("exec", name(String(item)), "sh", "-c", tried);
      const numbers = said.split("\n").flatMap((line) => /^\s*(\d+) /.exec(line)?.[1] ?? []);
      expect([numbers.length, new Set(numbers).size], String(item)).toEqual([3, 1]);
    }
  });

  it("keys are in files of root's alone, and Docker shows none", () => {
    const shown = run_("inspect", ...services.map(name));
    for (const secret of [KEY, CONTROL_KEY]) expect(shown).not.toContain(secret);
    for (const file of ["wireguard_private_key", "gluetun-auth.toml", "control-header"])
      expect((statSync(`${rig.target}/compose/${file}`).mode & 0o777).toString(8), file).toBe("600");
    expect(run_("exec", name("gluetun"), "cat", "/run/secrets/wireguard_private_key").trim()).toBe(KEY);
  });

  it("the control server turns away who has no key", () => {
    expect(run("curl", "-s", "-o", "/dev/null", "-w", "%{http_code}", "http://127.0.55.1:18000/v1/publicip/ip")).toBe(
      "401",
    );
    expect(control("GET", "/v1/vpn/status")).toEqual({ status: 200, text: '{"status":"running"}' });
    expect(control("GET", "/v1/dns/nothing").status).toBe(401);
  });

  it("a cut tunnel leaves no way out, IPv4, IPv6 and UDP; home is what was declared, and no more", async () => {
    const open = { ipv4: true, ipv6: true, udp: true, home: true, away: false };
    expect(reached()).toEqual(open);
    control("PUT", "/v1/vpn/status", '{"status":"stopped"}');
    expect(reached()).toEqual({ ipv4: false, ipv6: false, udp: false, home: true, away: false });
    control("PUT", "/v1/vpn/status", '{"status":"running"}');
    expect(reached()).toEqual(open);
  });

  it("qBittorrent listens at the forwarded port, also after the connection was cut", async () => {
    await until(() => listens() === forwarded());
    const first = forwarded();
    control("PUT", "/v1/vpn/status", '{"status":"stopped"}');
    await until(() => listens() === 0);
    control("PUT", "/v1/vpn/status", '{"status":"running"}');
    await until(() => listens() === forwarded());
    expect(forwarded()).not.toBe(first);
    // It was started anew, and knows nothing: the watchdog tells it.
    run_("restart", "-t", "1", name("qbittorrent"));
    await until(() => listens() === 6881);
    expect(callWatchdog()).toContain(`listens at 6881, and ${forwarded()} is forwarded`);
    await until(() => listens() === forwarded());
    expect(callWatchdog()).toBe("");
  });

  it("who was left behind by a restart of gluetun is healed, by the next run and by the watchdog", async () => {
    run_("restart", "-t", "1", name("gluetun"));
    expect(networkOf("qbittorrent")).not.toBe(networkOf("gluetun"));
    const healed = await play(both());
    expectExit(healed, 0);
    expect(networkOf("qbittorrent")).toBe(networkOf("gluetun"));
    // It crashes, and Docker starts it again: nobody tells Compose.
    const crashed = networkOf("gluetun");
    spawnSync("docker", ["-H", host, "exec", name("gluetun"), "kill", "1"]);
    await until(() => networkOf("gluetun") !== crashed);
    for (const service of ["qbittorrent", "prowlarr"]) expect(networkOf(service)).toBe(crashed);
    expect(callWatchdog()).toMatch(/qbittorrent was left in a network that is gone[\s\S]*prowlarr was left/);
    for (const service of ["qbittorrent", "prowlarr"]) expect(networkOf(service)).toBe(networkOf("gluetun"));
    await until(() => listens() === forwarded());
  });

  it("who lived in a gluetun that was made anew is made anew, by the watchdog and by the next run", async () => {
    const anew = (): void => {
      run_("rm", "-f", name("gluetun"));
      const files = ["-f", `${rig.target}/compose/compose.yaml`, "-f", `${rig.target}/compose/.lab.override.yaml`];
      run(
        "env",
        `DOCKER_HOST=${host}`,
        `DOCKER_CONFIG=${rig.env.DOCKER_CONFIG}`,
        "docker",
        "compose",
        "-p",
        "labmedia",
        "--project-directory",
        `${rig.target}/compose`,
        ...files,
        "up",
        "-d",
        "--no-deps",
        "gluetun",
      );
    };
    const lives = (): boolean =>
      run_("inspect", "--format", "{{.HostConfig.NetworkMode}}", name("qbittorrent")).trim() ===
      `container:${idOf("gluetun")}`;
    anew();
    expect(lives()).toBe(false);
    expect(callWatchdog()).toContain("qbittorrent lives in the network of a container that is gone");
    expect(lives()).toBe(true);
    const settled = await play(both());
    expectExit(settled, 0);
    expect(recapOf(settled)).toMatchObject({ changed: 0 });
    anew();
    expectExit(await play(both()), 0);
    expect(lives()).toBe(true);
    expect(networkOf("qbittorrent")).toBe(networkOf("gluetun"));
  });

  it("a key without port forwarding is told as what it is", async () => {
    const done = await play(both({ wireguard_private_key: `bm8${KEY.slice(3)}`, port_tries: 1 }));
    expectExit(done, 2);
    expect(resultsOf(done).findLast(({ status }) => status === "failed")?.reason).toMatch(
      /forwards no port[\s\S]*NAT-PMP/,
    );
  });

  it("what one program makes another may change", () => {
    const as = (service: string, text: string): string =>
      run_("exec", "-u", "1000:1000", name(service), "sh", "-c", text);
    as("qbittorrent", "umask 002; mkdir /data/torrents/tv/season; echo one >/data/torrents/tv/season/episode");
    // Another user of the same group: what counts is the group, and that it may write.
    run_(
      "exec",
      "-u",
      "1001:1000",
      name("sonarr"),
      "sh",
      "-c",
      "echo two >>/data/torrents/tv/season/episode; ln /data/torrents/tv/season/episode /data/media/tv/",
    );
    const path = `${rig.target}/disk/data/media/tv/episode`;
    expect(readFileSync(path, "utf8")).toBe("one\ntwo\n");
    expect(statSync(path)).toMatchObject({ nlink: 2, gid: 1000 });
  });
});

describe("one /data", () => {
  const probe = async (from: string, to: string): Promise<unknown> => {
    const done = await play({ tasks: [{ link_probe: { from, to } }] });
    return resultsOf(done)[0]?.result ?? resultsOf(done)[0]?.reason;
  };

  it("two mounts of one disk refuse a link that one mount allows", async () => {
    const [one, other] = [`${rig.target}/one`, `${rig.target}/other`];
    for (const [path, folder] of [
      [one, "torrents"],
      [other, "media"],
    ] as const) {
      run("mkdir", "-p", path);
      run("mount", "--bind", `${rig.target}/disk/data/${folder}`, path);
    }
    expect(statSync(one).dev).toBe(statSync(other).dev);
    writeFileSync(`${one}/file`, "");
    const before = snapshot([`${rig.target}/disk`]);
    expect(await probe(one, other)).toMatchObject({
      links: false,
      moves: false,
      reason: `${one} and ${other} are two mounts: Invalid cross-device link`,
    });
    expect(() => run("ln", `${one}/file`, `${other}/file`)).toThrow("cross-device");
    expect(await probe(`${rig.target}/data/torrents`, `${rig.target}/data/media`)).toMatchObject({
      links: true,
      moves: true,
      reason: null,
    });
    expect(snapshot([`${rig.target}/disk`])).toEqual(before);
    for (const path of [one, other]) run("umount", path);
  });

  it("a disk that is not there: nothing is made on the disk of the system", async () => {
    const gone = await play({
      roles: [{ role: "data_namespace", disk_mount: `${rig.target}/no-disk`, root: `${rig.target}/no-data` }],
    });
    expectExit(gone, 2);
    expect(resultsOf(gone).at(-1)?.reason).toContain("would land on the disk of the system");
    for (const path of ["no-disk", "no-data"]) expect(existsSync(`${rig.target}/${path}`)).toBe(false);
  });

  it("a union links on the file's own disk, and puts nothing where space is short", async () => {
    run("truncate", "-s", "3G", `${rig.target}/large.img`);
    run("mkfs.ext4", "-q", "-E", "lazy_itable_init=1,nodiscard", `${rig.target}/large.img`);
    run("mkdir", "-p", `${rig.target}/large`, `${rig.target}/small`);
    run("mount", "-o", "loop", `${rig.target}/large.img`, `${rig.target}/large`);
    run("mount", "--bind", `${rig.target}/disk`, `${rig.target}/small`);
    const union = {
      layout: "mergerfs",
      disk_mount: `${rig.target}/large`,
      root: `${rig.target}/union`,
      fast_path: `${rig.target}/small/fast`,
      policy: "ff",
      min_free: "1G",
    };
    expectExit(await play({ roles: [{ role: "data_namespace", ...union }] }), 0);
    const again = await play({ roles: [{ role: "data_namespace", ...union }] });
    expectExit(again, 0);
    expect(recapOf(again)).toMatchObject({ changed: 0 });
    const verified = await play({
      tasks: [{ include_role: { name: "data_namespace", tasks_from: "verify" }, vars: union }],
    });
    expectExit(verified, 0);
    expect(resultsOf(verified).find(({ module }) => module === "link_probe")?.result).toMatchObject({
      links: null,
      reason: expect.stringContaining("mergerfs decides by its policy"),
    });
    // The first disk has less than that free.
    writeFileSync(`${rig.target}/union/torrents/tv/new`, "x");
    expect(existsSync(`${rig.target}/large/data/torrents/tv/new`)).toBe(true);
    // One that is on the small disk is linked there.
    run("mkdir", "-p", `${rig.target}/small/fast/torrents/tv`);
    writeFileSync(`${rig.target}/small/fast/torrents/tv/old`, "x");
    run("ln", `${rig.target}/union/torrents/tv/old`, `${rig.target}/union/media/tv/old`);
    expect(statSync(`${rig.target}/small/fast/media/tv/old`).nlink).toBe(2);
  });
});
