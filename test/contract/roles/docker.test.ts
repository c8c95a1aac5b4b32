import { beforeEach, describe, expect, it } from "vitest";
import type { DescribedImage } from "../../../engine/sim/docker/state.ts";
import { roleFiles, rolePlay } from "../../support/role-site.ts";
import { runSite, type SiteRun } from "../../support/run-site.ts";
import { createWorld, type TestWorld } from "../../support/world.ts";

const files = roleFiles("docker");
let world: TestWorld;
beforeEach(() => {
  world = createWorld();
});
const play = (vars: object = {}, tasksFrom?: string): Promise<SiteRun> =>
  runSite({ files: { ...files, "site.yml": rolePlay("docker", { ...vars }, tasksFrom) }, world });
const changed = ({ results }: SiteRun) => results.filter((result) => result.changed).map(({ name }) => name);
const said = ({ results, diagnostics }: SiteRun) =>
  [...results.map(({ reason }) => reason), ...diagnostics.map(({ message }) => message)].join("\n");
const containers = () =>
  Object.values(world.host("h1").docker?.containers ?? {}).map(({ id, name, imageName }) => ({ id, name, imageName }));
const withImage = (image: DescribedImage) => createWorld({ h1: { images: { "hello-world:linux": image } } });

describe("role docker", () => {
  it("installs an engine that runs a container, and leaves it alone then", async () => {
    const run = await play({ address_pools: [{ base: "10.201.0.0/16", size: 24 }] });
    expect(run.exitCode).toBe(0);
    expect(containers().map(({ name, imageName }) => [name, imageName])).toEqual([
      ["lab-smoke-smoke-1", "hello-world:linux"],
    ]);
    const settings = world.host("h1").files["/etc/docker/daemon.json"];
    expect(settings?.type === "file" ? JSON.parse(settings.content) : null).toEqual({
      "default-address-pools": [{ base: "10.201.0.0/16", size: 24 }],
      "live-restore": true,
      "log-driver": "local",
    });
    const before = containers();
    const again = await play({ address_pools: [{ base: "10.201.0.0/16", size: 24 }] });
    expect([again.exitCode, changed(again)]).toEqual([0, []]);
    expect(containers()).toEqual(before);
    const verified = await play({ address_pools: [{ base: "10.201.0.0/16", size: 24 }] }, "verify");
    expect([verified.exitCode, verified.after === verified.before]).toEqual([0, true]);
    expect((await play({}, "verify")).exitCode).toBe(2);
  });

  it("tries a container anew with another runc", async () => {
    await play();
    const [before] = containers();
    const installed = world.host("h1").packages["containerd.io"];
    if (installed === undefined) throw new Error("containerd.io is not installed");
    world.host("h1").packages["containerd.io"] = { ...installed, version: "1.7.28-2" };
    expect((await play({}, "verify")).exitCode).toBe(2);
    expect(changed(await play())).toEqual(["The smallest one"]);
    expect(containers().map(({ id }) => id)).not.toEqual([before?.id]);
  });

  it.each<[string, DescribedImage, RegExp, RegExp]>([
    [
      "runc that AppArmor does not let through",
      {
        exitCode: 1,
        exitsAfterMs: 10,
        logs: [
          "runc create failed: unable to start container process: error during container init: open sysctl net.ipv4.ip_unprivileged_port_start file: reopen fd 8: permission denied",
        ],
      },
      /Upgrade the node\s+\(lxc-pve.*containerd_version: 1\.7\.28-1~debian\.12~bookworm/s,
      /Not lxc\.apparmor\.profile: unconfined/,
    ],
    ["anything else", { exitCode: 3, exitsAfterMs: 10, logs: ["out of luck"] }, /no container starts/, /out of luck/],
  ])("says what to do where no container starts: %s", async (_, image, why, what) => {
    world = withImage(image);
    const run = await play();
    expect(run.exitCode).toBe(2);
    const last = run.results.findLast(({ status }) => status === "failed")?.reason;
    expect(last).toMatch(why);
    expect(last).toMatch(what);
  });

  it.each([
    [["docker.io"], /docker\.io/],
    [["docker-compose"], /docker-compose.*1\.29\.2/s],
  ])("refuses what the distribution brings along (%s), and removes it when told to", async (packages, what) => {
    world = createWorld({ h1: { packages } });
    const run = await play();
    expect(run.exitCode).toBe(2);
    expect(said(run)).toMatch(what);
    expect(run.after === run.before).toBe(true);
    const told = await play({ replace_distribution: true });
    expect(told.exitCode).toBe(0);
    expect(Object.keys(world.host("h1").packages)).not.toContain(packages[0]);
    expect(changed(await play({ replace_distribution: true }))).toEqual([]);
  });

  it("does not go on with a storage driver that copies every layer", async () => {
    const run = await play({ daemon: { "storage-driver": "vfs" } });
    expect(run.exitCode).toBe(2);
    expect(said(run)).toMatch(/keeps its layers with vfs.*fuse-overlayfs/s);
    expect(containers()).toEqual([]);
  });

  it("does not let a slip of the pen into daemon.json", async () => {
    await play();
    const run = await play({ daemon: { "live-restor": true } });
    expect(run.exitCode).toBe(2);
    expect(said(run)).toContain("don't match any configuration option: live-restor");
    expect(changed(await play())).toEqual([]);
  });

  it.each([
    ["nesting: true", /features nesting, and keyctl/],
    ["nesting: true, keyctl: true", null],
  ])("looks at the container's features on its node: %s", async (features, refused) => {
    const inventory = `
all:
  vars: { lab_connection: lab }
  hosts:
    pve1: {}
    box: { lab_node: pve1, lab_vmid: 120 }
`;
    const site = JSON.stringify([
      {
        name: "Container",
        hosts: "pve1",
        tasks: [{ name: "c", pct: { vmid: 120, template: "debian-12", hostname: "box", features: "FEATURES" } }],
      },
      { name: "Docker", hosts: "box", roles: ["docker"] },
    ]).replace('"FEATURES"', `{${features.replace(/(\w+):/g, '"$1":')}}`);
    const both = { ...files, "site.yml": site, "inventory/hosts.yml": inventory };
    const run = await runSite({ files: both, world: createWorld({ pve1: { kind: "proxmox" } }) });
    if (refused === null) expect([run.exitCode, said(run)]).toEqual([0, expect.not.stringContaining("lacks")]);
    else expect(said(run)).toMatch(refused);
  });
});
