import { describe, expect, it } from "vitest";
import { expandRange } from "../../../engine/inventory/expand-range.ts";
import { findHost, loadInventory } from "../../../engine/inventory/load-inventory.ts";
import { openSiteFiles } from "../../../engine/site/files.ts";
import type { VarsLayer } from "../../../engine/vars/layer.ts";
import { textFiles } from "../../support/site-fixture.ts";

function load(texts: Readonly<Record<string, string>>, sources = ["/site/inventory"], playbookFolders: string[] = []) {
  return loadInventory(openSiteFiles(textFiles(texts), "/site"), { sources, playbookFolders });
}

/** What a host sees, later layers winning within their level; and where each value comes from. */
function seen(layers: readonly VarsLayer[] | undefined): Record<string, unknown> {
  const values: Record<string, unknown> = {};
  for (const level of [2, 3]) {
    for (const layer of layers ?? []) {
      if (layer.level !== level) continue;
      for (const [name, { content }] of layer.variables) {
        values[name] =
          content.kind === "data" ? content.value : content.source.kind === "literal" ? content.source.value : "?";
      }
    }
  }
  return values;
}

const fleet = `
all:
  vars: { color: all, from_all: inline }
  hosts:
    loose:
  children:
    web:
      vars: { color: web }
      hosts:
        web[01:03]:
        web2: { color: host }
      children:
        front:
          hosts: { web02: }
    db:
      hosts: { db-a: , web01: { lab_host: 10.0.0.1, lab_port: 22 } }
      vars: { color: db }
`;

describe("loadInventory", () => {
  it("knows hosts and groups, in Ansible's order", () => {
    const { inventory, diagnostics } = load({ "/site/inventory/hosts.yml": fleet });
    expect(diagnostics).toEqual([]);
    expect([...inventory.hosts.keys()]).toEqual(["loose", "web01", "web02", "web03", "web2", "db-a"]);
    expect([...inventory.groups.values()].map(({ name, hosts }) => [name, hosts])).toEqual([
      ["all", ["loose", "web01", "web02", "web03", "web2", "db-a"]],
      ["web", ["web01", "web02", "web03", "web2"]],
      ["front", ["web02"]],
      ["db", ["db-a", "web01"]],
      ["ungrouped", ["loose"]],
    ]);
    expect(inventory.groups.get("all")?.children).toEqual(["web", "db"]);
    expect(inventory.hosts.get("web02")?.groups).toEqual(["web", "front"]);
    expect(inventory.hosts.get("web01")?.groups).toEqual(["db", "web"]);
    expect(inventory.hosts.get("loose")?.groups).toEqual(["ungrouped"]);
    expect(inventory.hosts.get("web01")?.place).toMatchObject({ file: "inventory/hosts.yml", line: 10, column: 9 });
  });

  it("lets children win over parents, names decide among equals, hosts win over groups", () => {
    const { inventory } = load({ "/site/inventory/hosts.yml": fleet });
    expect(seen(inventory.hosts.get("loose")?.layers)).toEqual({ color: "all", from_all: "inline" });
    expect(seen(inventory.hosts.get("web03")?.layers).color).toBe("web");
    expect(seen(inventory.hosts.get("web2")?.layers).color).toBe("host");
    expect(seen(inventory.hosts.get("web01")?.layers)).toMatchObject({ color: "web", lab_host: "10.0.0.1" });
  });

  it("lets a group deeper below all win, however its name sorts", () => {
    const text = "zz: { vars: { v: zz }, children: { aa: } }\naa: { vars: { v: aa }, hosts: { h: } }\n";
    const { inventory } = load({ "/site/inventory/x.yml": text });
    expect(inventory.hosts.get("h")?.groups).toEqual(["zz", "aa"]);
    expect(seen(inventory.hosts.get("h")?.layers).v).toBe("aa");
  });

  it("reads group_vars and host_vars, those beside the playbook winning, folders in name order", () => {
    const { inventory, diagnostics } = load(
      {
        "/site/inventory/hosts.yml": fleet,
        "/site/inventory/group_vars/all.yml": "from_all: file\nonly: inventory\nboth: inventory\n",
        "/site/inventory/group_vars/web/10-a.yml": "part: a\nrest: a\n",
        "/site/inventory/group_vars/web/20-b.yaml": "part: b\n",
        "/site/inventory/host_vars/web03.yml": "color: hostfile\n",
        "/site/playbooks/group_vars/all.yml": "both: playbook\n",
        "/site/playbooks/host_vars/web2.yml": "color: playbook\n",
        "/site/playbooks/host_vars/localhost.yml": "mine: 1\n",
      },
      ["/site/inventory"],
      ["/site/playbooks"],
    );
    expect(diagnostics).toEqual([]);
    expect(seen(inventory.hosts.get("web03")?.layers)).toEqual({
      color: "hostfile",
      from_all: "file",
      only: "inventory",
      both: "playbook",
      part: "b",
      rest: "a",
    });
    expect(seen(inventory.hosts.get("web2")?.layers).color).toBe("playbook");
    const origins = inventory.hosts.get("web03")?.layers.map(({ origin, level }) => `${level} ${origin}`);
    expect(origins?.at(0)).toBe("2 group vars of all");
    expect(origins?.at(-1)).toBe("3 host vars of web03");
  });

  it("merges the files of a folder in name order, and sources as they are given, the later winning", () => {
    const texts = {
      "/site/inventory/20-b.yml": "web: { hosts: { h: { v: 2 }, i: } }\n",
      "/site/inventory/10-a.yml": "web: { hosts: { h: { v: 1, w: 1 } } }\n",
      "/site/inventory/README.md": "no inventory",
      "/other/one.yml": "db: { hosts: { h: { v: 3 } } }\n",
      "/other/group_vars/db.yml": "d: 1\n",
    };
    const { inventory, diagnostics } = load(texts, ["/site/inventory", "/other/one.yml"]);
    expect(diagnostics).toEqual([]);
    expect(seen(inventory.hosts.get("h")?.layers)).toEqual({ v: 3, w: 1, d: 1 });
    expect(inventory.hosts.get("h")?.groups).toEqual(["db", "web"]);
    expect(seen(load(texts, ["/other/one.yml", "/site/inventory"]).inventory.hosts.get("h")?.layers).v).toBe(2);
  });

  it("knows the controller as localhost without its being in a group, unless the inventory defines it", () => {
    const { inventory } = load({ "/site/inventory/x.yml": "all: { vars: { a: 1 }, hosts: { h: } }\n" });
    expect(inventory.hosts.has("localhost")).toBe(false);
    expect(seen(findHost(inventory, "localhost")?.layers)).toEqual({ a: 1, lab_connection: "local" });
    const own = load({ "/site/inventory/x.yml": "all: { hosts: { localhost: { lab_connection: ssh } } }\n" }).inventory;
    expect(seen(findHost(own, "localhost")?.layers)).toEqual({ lab_connection: "ssh" });
    expect(findHost(own, "nowhere")).toBeUndefined();
  });

  it("tells of an inventory that is not there", () => {
    const { inventory, diagnostics } = load({ "/site/inventory.yml": "all:\n" }, ["/site/inventry.yml"]);
    expect(inventory.hosts.size).toBe(0);
    expect(diagnostics).toMatchObject([{ code: "missing-inventory", hint: "did you mean inventory.yml?" }]);
  });
});

describe("expandRange", () => {
  it.each([
    ["web", ["web"]],
    ["web[01:03]", ["web01", "web02", "web03"]],
    ["web[9:11].lan", ["web9.lan", "web10.lan", "web11.lan"]],
    ["web[a:c]", ["weba", "webb", "webc"]],
    ["n[0:6:3]", ["n0", "n3", "n6"]],
    ["[a:b][1:2]", ["a1", "a2", "b1", "b2"]],
    ["web[099:101]", ["web099", "web100", "web101"]],
    ["web[3:1]", undefined],
    ["web[1]", undefined],
    ["web[a:3]", undefined],
    ["web[1:2:0]", undefined],
    ["web]", undefined],
    ["web[1:99999999]", undefined],
    ["w[1:999][1:999]", undefined],
  ])("%s", (name, names) => {
    expect(expandRange(name)).toEqual(names);
  });
});

describe("folders in an inventory", () => {
  const hosts = "all:\n  hosts:\n    h1:\n";
  it("are not read, which is said; one that is there to be copied is passed over", () => {
    const { inventory, diagnostics } = load({
      "/site/inventory/hosts.yml": hosts,
      "/site/inventory/more/hosts.yml": "all:\n  hosts:\n    h2:\n",
      "/site/inventory/example-real/hosts.yml": "all:\n  hosts:\n    h3:\n",
    });
    expect([...inventory.hosts.keys()]).toEqual(["h1"]);
    expect(diagnostics.map(({ code, place }) => [code, place?.file])).toEqual([["unread-folder", "inventory/more"]]);
  });
  it("are inventories where they are named", () => {
    const named = load({ "/site/inventory/example-real/hosts.yml": hosts }, ["/site/inventory/example-real"]);
    expect([...named.inventory.hosts.keys()]).toEqual(["h1"]);
    expect(named.diagnostics).toEqual([]);
  });
});
