import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { loadInventory } from "../../../engine/inventory/load-inventory.ts";
import { partitionHosts } from "../../../engine/plan/partition-hosts.ts";
import { openSiteFiles } from "../../../engine/site/files.ts";
import { textFiles } from "../../support/site-fixture.ts";

type Variables = Readonly<Record<string, string | number>>;

function worldOf(hosts: Readonly<Record<string, Variables | null>>) {
  const files = openSiteFiles(textFiles({ "/site/hosts.yml": JSON.stringify({ all: { hosts } }) }), "/site");
  const { inventory, diagnostics } = loadInventory(files, { sources: ["/site/hosts.yml"], playbookFolders: ["/site"] });
  expect(diagnostics).toEqual([]);
  return { inventory, extraVars: { level: 8 as const, origin: "-e", variables: new Map() } };
}

function partsOf(hosts: Readonly<Record<string, Variables | null>>, of: number): readonly (readonly string[])[] {
  const names = Object.keys(hosts);
  const world = worldOf(hosts);
  const shardOf = partitionHosts(names, world, of);
  return Array.from({ length: of }, (_, at) => names.filter((name) => shardOf(name, world.inventory) === at + 1));
}

describe("hosts are dealt out to shards", () => {
  it("so that each is in exactly one, whatever their order, and no shard has many more than another", () => {
    const names = fc.uniqueArray(fc.stringMatching(/^[a-z][a-z0-9]{0,8}$/), { minLength: 1, maxLength: 40 });
    fc.assert(
      fc.property(names, fc.integer({ min: 1, max: 9 }), (hosts, of) => {
        const world = worldOf(Object.fromEntries(hosts.map((name) => [name, null])));
        const dealt = (names: readonly string[]) => {
          const shardOf = partitionHosts(names, world, of);
          return (name: string): number => shardOf(name, world.inventory);
        };
        const [forth, back] = [dealt(hosts), dealt(hosts.toReversed())];
        const counts = new Array<number>(of).fill(0);
        for (const name of hosts) {
          expect(forth(name)).toBe(back(name));
          counts[forth(name) - 1] = (counts[forth(name) - 1] ?? 0) + 1;
        }
        expect(counts.reduce((sum, count) => sum + count, 0)).toBe(hosts.length);
        expect(Math.max(...counts) - Math.min(...counts)).toBeLessThanOrEqual(1);
      }),
      { numRuns: 200 },
    );
  });

  it("with a machine's containers beside it, containers in those too", () => {
    const inside = (node: string, vmid: number) => ({ lab_node: node, lab_vmid: vmid });
    const parts = partsOf(
      {
        pve1: null,
        ct101: inside("pve1", 101),
        web: { lab_node: "ct101", lab_container: "web" },
        pve2: null,
        ct201: inside("pve2", 201),
        backup: null,
      },
      2,
    );
    expect(parts).toEqual([
      ["pve1", "ct101", "web"],
      ["pve2", "ct201", "backup"],
    ]);
  });

  it("with what comes about on a machine while the run goes on", () => {
    const hosts = { pve1: null, pve2: null, pve3: null, k1: { lab_shard_key: "k" } };
    const before = worldOf(hosts);
    for (const of of [2, 3, 4]) {
      const shardOf = partitionHosts(Object.keys(hosts), before, of);
      const grown = worldOf({
        ...hosts,
        ...Object.fromEntries(
          ["pve1", "pve2", "pve3"].map((node) => [`ct-${node}`, { lab_node: node, lab_vmid: 100 }]),
        ),
        k2: { lab_shard_key: "k" },
      });
      for (const node of ["pve1", "pve2", "pve3"])
        expect(shardOf(`ct-${node}`, grown.inventory)).toBe(shardOf(node, before.inventory));
      expect(shardOf("k2", grown.inventory)).toBe(shardOf("k1", before.inventory));
    }
  });

  it("with one machine that has two names, and what is done on the controller, in one place", () => {
    const parts = partsOf(
      {
        a: { lab_host: "192.0.2.1" },
        b: { lab_host: "192.0.2.1" },
        c: { lab_host: "192.0.2.1", lab_port: 2222 },
        d: { lab_connection: "local" },
        e: { lab_connection: "local" },
      },
      3,
    );
    expect(parts).toEqual([["a", "b"], ["d", "e"], ["c"]]);
  });

  it("as lab_shard_key says: the nodes of a cluster together, with their containers", () => {
    const cluster = { lab_shard_key: "home" };
    const parts = partsOf({ n1: cluster, n2: cluster, ct: { lab_node: "n2", lab_vmid: 100 }, x: null, y: null }, 2);
    expect(parts).toEqual([
      ["n1", "n2", "ct"],
      ["x", "y"],
    ]);
  });

  it("also those that come about while the runs go on, by their name alone", () => {
    const names = Array.from({ length: 200 }, (_, at) => `new${at}`);
    const { inventory } = worldOf(Object.fromEntries(["a", ...names].map((name) => [name, null])));
    const [one, other] = [{ a: null }, {}].map((hosts) => {
      const shardOf = partitionHosts(Object.keys(hosts), worldOf(hosts), 4);
      return (name: string): number => shardOf(name, inventory);
    });
    if (!one || !other) throw new Error("no shards");
    expect(names.map(one)).toEqual(names.map(other));
    for (const shard of [1, 2, 3, 4]) expect(names.filter((name) => one(name) === shard).length).toBeGreaterThan(20);
  });
});
