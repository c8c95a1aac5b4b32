import { beforeAll, describe, expect, it } from "vitest";
import {
  changedIn,
  clusterOf,
  guest,
  NODES,
  playRole,
  saidBy,
  textOf,
  threeNodes,
  withoutOthers,
} from "../../support/cluster-lab.ts";
import type { TestWorld } from "../../support/world.ts";

let clustered: TestWorld;
beforeAll(async () => {
  clustered = threeNodes();
  await playRole(clustered, "pve_cluster", { vars: clusterOf(3) });
});
const three = { vars: clusterOf(3) };

describe("role pve_cluster", () => {
  it("makes one cluster of three nodes, and each sees what another one writes", async () => {
    const world = clustered.copy();
    for (const name of NODES) {
      expect(textOf(world, "/etc/pve/corosync.conf", name)).toBe(textOf(world, "/etc/pve/corosync.conf"));
      expect(textOf(world, "/etc/corosync/corosync.conf", name)).toContain("name: mini2");
    }
    const again = await playRole(world, "pve_cluster", three);
    expect([again.exitCode, changedIn(again)]).toEqual([0, []]);
    const verified = await playRole(world, "pve_cluster", { ...three, from: "verify" });
    expect([verified.exitCode, verified.after === verified.before]).toEqual([0, true]);
    guest(world, "200", "hostname: x\n", "mini2");
    expect(textOf(world, "/etc/pve/nodes/mini2/lxc/200.conf", "main")).toBe("hostname: x\n");
  });

  it("tells a node alone from one in the cluster and from one without a majority", async () => {
    const alone = await playRole(threeNodes(), "pve_cluster", { ...three, from: "verify", on: ["mini1"] });
    expect(saidBy(alone)).toContain("mini1 stands alone: it is in no cluster");
    const world = clustered.copy();
    expect((await playRole(world, "pve_cluster", { ...three, from: "verify", on: ["mini1"] })).exitCode).toBe(0);
    withoutOthers(world, "mini1", ["main", "mini2"]);
    const lost = await playRole(world, "pve_cluster", { ...three, from: "verify", on: ["mini1"] });
    expect(saidBy(lost)).toContain("to have a majority of its nodes");
    // One of three that is off is no reason to be without one, but it is told.
    withoutOthers(world, "mini1", ["main"]);
    const two = await playRole(world, "pve_cluster", { ...three, from: "verify", on: ["mini1"] });
    expect(saidBy(two)).toContain("not every node of main, mini1, mini2 is there");
  });

  it("sends no command while there is no majority", async () => {
    const world = clustered.copy();
    for (const name of NODES)
      withoutOthers(
        world,
        name,
        NODES.filter((other) => other !== name),
      );
    const before = world.state();
    const run = await playRole(world, "pve_cluster", three);
    expect(run.exitCode).not.toBe(0);
    expect(saidBy(run)).toContain("the cluster has no majority of its nodes (no quorum)");
    expect(changedIn(run)).toEqual([]);
    expect(world.state()).toBe(before);
  });

  it("refuses to join a node with guests, and says which", async () => {
    const world = threeNodes();
    world.host("mini1").files["/etc/pve/nodes/mini1/lxc/101.conf"] = {
      type: "file",
      mode: "0640",
      uid: 0,
      gid: 33,
      mtime: 1,
      content: "hostname: old\n",
    };
    const check = await playRole(world, "pve_cluster", { ...three, check: true });
    expect(saidBy(check)).toContain("this node has guests (101), and a node that joins a cluster must have none");
    const run = await playRole(world, "pve_cluster", three);
    expect(saidBy(run)).toContain("this node has guests (101)");
    expect(textOf(world, "/etc/pve/corosync.conf", "mini1")).toBe("");
    expect(textOf(world, "/etc/pve/nodes/mini1/lxc/101.conf", "mini1")).toBe("hostname: old\n");
    // The others are a cluster all the same.
    expect(textOf(world, "/etc/pve/corosync.conf", "mini2")).toContain("name: mini2");
  });

  it("takes two nodes only with a QDevice, or with somebody's word", async () => {
    const two = { vars: clusterOf(2), on: ["main", "mini1"] as const };
    const refused = await playRole(threeNodes(), "pve_cluster", two);
    expect(saidBy(refused)).toContain("homelab has two nodes and no QDevice");
    expect(refused.after).toBe(refused.before);
    const allowed = await playRole(threeNodes(), "pve_cluster", {
      ...two,
      vars: { ...two.vars, allow_two_nodes: true },
    });
    expect(allowed.exitCode).toBe(0);
    const world = threeNodes();
    const lent = { ...two, vars: { ...two.vars, qdevice: { host: "witness", address: "192.0.2.30" } } };
    const run = await playRole(world, "pve_cluster", lent);
    expect([run.exitCode, saidBy(run)]).toEqual([0, ""]);
    expect(textOf(world, "/etc/pve/corosync.conf", "mini1")).toContain("host: 192.0.2.30");
    expect(changedIn(await playRole(world, "pve_cluster", lent))).toEqual([]);
    // With its vote one node is a majority.
    withoutOthers(world, "mini1", ["main"]);
    const left = await playRole(world, "pve_cluster", { ...lent, from: "verify", on: ["mini1"] });
    expect(saidBy(left)).not.toContain("majority");
  });

  it.each<[string, object, string]>([
    ["a QDevice for three", { qdevice: { host: "witness", address: "192.0.2.30" } }, "needs no QDevice"],
    ["a first node that is none", { first: "other" }, "`first` is other, which is none of the nodes"],
    [
      "an address twice",
      { nodes: { main: ["192.0.2.10"], mini1: ["192.0.2.21"], mini2: ["192.0.2.21"] } },
      "do not fit together",
    ],
    [
      "a link that one node lacks",
      { nodes: { main: ["192.0.2.10", "198.51.100.10"], mini1: ["192.0.2.21"], mini2: ["192.0.2.22"] } },
      "do not fit together",
    ],
    [
      "addresses of a tailnet",
      { nodes: { main: ["100.64.0.1"], mini1: ["100.64.0.2"], mini2: ["100.64.0.3"] } },
      "An address of a tailnet is among the links",
    ],
    ["a name that is too long", { cluster: "a-name-of-seventeen" }, "cluster"],
  ])("refuses %s before anything is touched", async (_, more, why) => {
    const run = await playRole(threeNodes(), "pve_cluster", { vars: { ...clusterOf(3), ...more } });
    expect(saidBy(run)).toContain(why);
    expect(run.after).toBe(run.before);
  });

  it("leaves in who could log in to a node that joins", async () => {
    const world = threeNodes();
    const keys = textOf(world, "/etc/pve/priv/authorized_keys", "mini1");
    const admin = "ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAIAABAgMEBQYHCAkKCwwNDg8QERITFBUWFxgZGhscHR4f admin@laptop";
    const file = world.host("mini1").files["/etc/pve/priv/authorized_keys"];
    if (file?.type === "file") file.content = `# who may\n${keys}${admin}\n`;
    await playRole(world, "pve_cluster", three);
    for (const name of NODES) expect(textOf(world, "/etc/pve/priv/authorized_keys", name)).toContain(admin);
  });

  it("never reads a private key, and has no password in a command", async () => {
    const world = threeNodes();
    const run = await playRole(world, "pve_cluster", three);
    const operations = world.trips.flatMap(({ batch }) => batch.sections.flatMap((section) => section.operations));
    const read = operations.filter((each) => each.kind === "file" && each.path === "/root/.ssh/id_rsa");
    expect(read).toEqual([]);
    const commands = operations.flatMap((each) => (each.kind === "exec" ? [each.argv.join(" ")] : []));
    expect(commands.filter((line) => line.startsWith("pvecm add"))).toHaveLength(2);
    expect(commands.join("\n")).not.toMatch(/passw/i);
    expect(JSON.stringify(run.events)).not.toContain("a key of the embedded lab");
  });

  it("goes on from wherever a run was cut off", async () => {
    const counting = threeNodes();
    await playRole(counting, "pve_cluster", three);
    const writes = counting.trips.filter(({ way }) => way === "send").length;
    expect(writes).toBeGreaterThan(5);
    for (let cut = 1; cut <= writes; cut += 1) {
      const world = threeNodes();
      let sent = 0;
      world.lostAfter = ({ way, batch }) => {
        if (way === "look") return null;
        sent += 1;
        // What the last one did happens, and nobody hears of it; nothing goes out after it.
        return sent < cut ? null : sent === cut ? batch.sections.flatMap((each) => each.operations).length : 0;
      };
      await playRole(world, "pve_cluster", three);
      world.lostAfter = null;
      const check = await playRole(world, "pve_cluster", { ...three, check: true });
      expect([cut, check.exitCode, saidBy(check)]).toEqual([cut, 0, ""]);
      const next = await playRole(world, "pve_cluster", three);
      expect([cut, next.exitCode, saidBy(next)]).toEqual([cut, 0, ""]);
      expect(changedIn(await playRole(world, "pve_cluster", three))).toEqual([]);
    }
  });
});
