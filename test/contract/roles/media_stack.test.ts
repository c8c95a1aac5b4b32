import { beforeEach, describe, expect, it } from "vitest";
import { roleFiles, rolePlay } from "../../support/role-site.ts";
import { runSite, type SiteRun } from "../../support/run-site.ts";
import { createWorld, type Hosts, type TestWorld } from "../../support/world.ts";

const files = roleFiles("media_stack");
const usual = {
  wireguard_private_key: "aGVsbG8gZnJvbSBsYWIsIHRoaXMgb3BlbnMgbm90aGk=",
  control_api_key: "planted-control-key-1",
  quicksync: false,
};
const packages = ["docker.io", "docker-compose-plugin"];
const dir = "/opt/media/compose";

let world: TestWorld;
const worldOf = (more: Hosts[string] = {}): TestWorld => createWorld({ h1: { packages, ...more } });
// The role data_namespace has been here.
const namespaceIn = (of: TestWorld): void => {
  const host = of.host("h1");
  host.mounts.push({ source: "/dev/sdb1", target: "/data", fstype: "ext4", options: "rw" });
  for (const path of ["/data", "/data/torrents", "/data/media"])
    host.files[path] = { type: "directory", mode: "2775", uid: 1000, gid: 1000, mtime: 1 };
};
beforeEach(() => {
  world = worldOf();
  namespaceIn(world);
});
const play = (more: object = {}, tasksFrom?: string, check = false): Promise<SiteRun> =>
  runSite({ files: { ...files, "site.yml": rolePlay("media_stack", { ...usual, ...more }, tasksFrom) }, world, check });
const hand = (argv: readonly string[]): Promise<SiteRun> =>
  runSite({
    files: { "site.yml": JSON.stringify([{ name: "hand", hosts: "all", tasks: [{ command: { argv } }] }]) },
    world,
  });
const text = (path: string): string => {
  const node = world.host("h1").files[path];
  return node?.type === "file" ? node.content : "";
};
const changed = ({ results }: SiteRun) => results.filter((result) => result.changed).map(({ name }) => name);
const said = ({ results, diagnostics }: SiteRun) =>
  [...results.map(({ reason }) => reason), ...diagnostics.map(({ message }) => message)].join("\n");
/** The definition of a service in the compose file, up to the next one. */
const service = (name: string): string =>
  new RegExp(`^  ${name}:\n(?:    .*\n|\n)*`, "m").exec(text(`${dir}/compose.yaml`))?.[0] ?? "";

describe("role media_stack", () => {
  it("makes the stack, has nothing left to do then, and verify finds all of it", async () => {
    const check = await play({}, undefined, true);
    expect(check.after === check.before).toBe(true);
    const run = await play();
    expect([run.exitCode, said(run)]).toEqual([0, expect.anything()]);
    expect(changed(run)).toContain("Tunnel and programs");
    const again = await play();
    expect([again.exitCode, changed(again)]).toEqual([0, []]);
    const verified = await play({}, "verify");
    expect([verified.exitCode, changed(verified), verified.after === verified.before]).toEqual([0, [], true]);
  });

  it("keys stand in files of root's alone, in no definition and in nothing that is told", async () => {
    const run = await play();
    const { files: there } = world.host("h1");
    for (const file of ["wireguard_private_key", "gluetun-auth.toml", "control-header"])
      expect(there[`${dir}/${file}`], file).toMatchObject({ mode: "0600", uid: 0 });
    for (const secret of [usual.wireguard_private_key, usual.control_api_key]) {
      expect(text(`${dir}/compose.yaml`)).not.toContain(secret);
      expect(text("/usr/local/sbin/lab-media-watchdog")).not.toContain(secret);
      expect(JSON.stringify(run.results)).not.toContain(secret);
      expect(JSON.stringify(world.host("h1").docker)).not.toContain(secret);
    }
  });

  const apps = ["prowlarr", "sonarr", "radarr", "bazarr"];
  it.each([
    [[], apps],
    [["prowlarr"], apps],
    [apps, apps],
    [
      ["sonarr", "radarr"],
      ["sonarr", "radarr"],
    ],
    [apps, []],
  ])(
    "with %j in the tunnel and %j on: both conditions for each dependent, and no port of its own",
    async (inside, on) => {
      const switches = Object.fromEntries(apps.map((name) => [name, on.includes(name)]));
      expect((await play({ dependents: ["qbittorrent", ...inside], apps: switches })).exitCode).toBe(0);
      for (const name of ["qbittorrent", ...inside.filter((each) => on.includes(each))]) {
        expect(service(name)).toContain("network_mode: service:gluetun");
        expect(service(name)).toContain("gluetun: { condition: service_healthy, restart: true }");
        expect(service(name)).not.toContain("ports:");
      }
      for (const name of on.filter((each) => !inside.includes(each))) {
        expect(service(name)).toContain("ports:");
        expect(service(name)).not.toContain("network_mode");
      }
      for (const name of apps.filter((each) => !on.includes(each))) expect(service(name)).toBe("");
    },
  );

  it("all programs with files get /data once, and the same user, group and umask", async () => {
    await play({ puid: 1234, pgid: 1235, umask: "002" });
    for (const name of ["qbittorrent", "sonarr", "radarr", "bazarr"]) {
      expect(service(name).match(/- \/data\S*:\/data\S*/g), name).toEqual(["- /data:/data"]);
      expect(service(name)).toMatch(/PUID: "1234"\n\s+PGID: "1235"\n\s+UMASK: "002"/);
    }
    expect(service("jellyfin")).toContain('user: "1234:1235"');
    expect(service("prowlarr")).not.toContain("/data");
  });

  it("IPv6 is off in the tunnel's network unless it is asked for", async () => {
    await play();
    expect(service("gluetun")).toContain('sysctls: { net.ipv6.conf.all.disable_ipv6: "1" }');
    await play({ ipv6: true });
    expect(service("gluetun")).not.toContain("sysctls");
  });

  it.each([
    [{ lan_subnets: ["10.2.3.0/24"] }, "overlaps 10.2.0.0/16"],
    [{ lan_subnets: ["10.0.0.0/8"] }, "overlaps 10.2.0.0/16"],
    [{ lan_subnets: ["172.17.0.0/16"] }, "Docker's"],
    [{ lan_subnets: ["192.168.1.7/24"] }, "no bit set behind it"],
    [{ lan_subnets: ["0.0.0.0/0"] }, "overlaps"],
    [{ dependents: ["prowlarr"] }, "leaves qBittorrent out"],
    [{ dependents: ["qbittorrent", "qbittorrent"] }, "names a program twice"],
    [{ webui_port: 9696 }, "belongs to something else"],
    [{ control_port: 8080 }, "belongs to something else"],
    [{ wireguard_private_key: "short" }, "wireguard_private_key"],
    [{ control_api_key: "short" }, "control_api_key"],
    [{ images: { gluetun: "qmcgaw/gluetun" } }, "images"],
  ])("refuses %j, and nothing is sent", async (more, why) => {
    const run = await play(more);
    expect(run.exitCode).not.toBe(0);
    expect(said(run)).toContain(why);
    expect(run.after === run.before).toBe(true);
  });

  it("a folder that is no mount: nothing is made, and Docker is bound to the one that is", async () => {
    world = worldOf();
    const run = await play();
    expect([run.exitCode, changed(run)]).toEqual([2, []]);
    expect(said(run)).toContain("/data is no mount on h1");
    namespaceIn(world);
    await play();
    expect(text("/etc/systemd/system/docker.service.d/lab-media-data.conf")).toMatch(
      /RequiresMountsFor=\/data\nBindsTo=data\.mount/,
    );
  });

  it("a provider that forwards no port is told, with what to do about it", async () => {
    world = worldOf({ images: { "qmcgaw/gluetun:v3.41.1": { env: ["FREE_ONLY=on"] } } });
    namespaceIn(world);
    const run = await play({ port_tries: 2 });
    expect(run.exitCode).toBe(2);
    expect(said(run)).toMatch(/forwards no port[\s\S]*made without "NAT-PMP/);
    expect((await play({ port_forwarding: false })).exitCode).toBe(0);
  });

  it("who was left behind by a restart of gluetun is seen by verify, and healed by the next run", async () => {
    await play();
    await hand(["docker", "restart", "media-gluetun-1"]);
    const verified = await play({}, "verify");
    expect(verified.exitCode).toBe(2);
    expect(said(verified)).toContain("was left behind in a network that is gone");
    expect(changed(await play())).toEqual(["Tunnel and programs"]);
    expect((await play({}, "verify")).exitCode).toBe(0);
  });

  it("the leak test cuts the tunnel, finds no way out, and leaves it up", async () => {
    await play();
    const run = await play({}, "leak_test");
    expect([run.exitCode, changed(run)]).toEqual([0, ["The tunnel is cut", "The tunnel is up again"]]);
    expect((await play({}, "verify")).exitCode).toBe(0);
  });

  it("no watchdog where none is wanted, and none that was", async () => {
    await play();
    expect(text("/etc/systemd/system/lab-media-watchdog.timer")).toContain("OnUnitInactiveSec=1min");
    const run = await play({ watchdog: false });
    expect(changed(run)).toContain("It is off");
    expect(changed(await play({ watchdog: false }))).toEqual([]);
  });
});
