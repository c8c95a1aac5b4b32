import { expect, it } from "vitest";
import type { FoundGuests, Guest } from "../../../engine/inventory/guest.ts";
import { loadInventory } from "../../../engine/inventory/load-inventory.ts";
import { selectHosts } from "../../../engine/inventory/select-hosts.ts";
import { openSiteFiles } from "../../../engine/site/files.ts";
import { createScope } from "../../../engine/vars/resolve-vars.ts";
import { textFiles } from "../../support/site-fixture.ts";

const file = "inventory/lab.proxmox.yml";
const place = { file: "site.yml", line: 1, column: 1 };

function load(source: string, guests: readonly Guest[] | null, more: Readonly<Record<string, string>> = {}) {
  const texts = { "hosts.yml": "all: { hosts: { pve1: { lab_host: 192.0.2.10 } } }\n", ...more };
  const files = Object.entries({ ...texts, "lab.proxmox.yml": source }).map(([path, text]) => [
    `/site/inventory/${path}`,
    text,
  ]);
  const found: FoundGuests | null = guests && new Map([[file, guests]]);
  return loadInventory(openSiteFiles(textFiles(Object.fromEntries(files)), "/site"), {
    sources: ["/site/inventory"],
    playbookFolders: [],
    ...(found && { found }),
  });
}
type Loaded = ReturnType<typeof load>;

function guest(vmid: number, hostname: string | null, more: Partial<Guest> = {}): Guest {
  const usual = { type: "lxc", node: "pve1", through: "pve1", status: "running", pool: null, tags: [] } as const;
  return { vmid, hostname, template: false, ...usual, ...more };
}
const family = [
  guest(101, "sync", { tags: ["media", "c++"], pool: "family/kids" }),
  guest(102, "web.lan", { status: "stopped", tags: ["web"] }),
  guest(103, null),
  guest(104, "golden", { template: true, status: "stopped" }),
  guest(200, "{{ win }}x", { type: "qemu" }),
  guest(201, "desk", { type: "qemu", status: "stopped", tags: ["media"] }),
];
const named = family.filter(({ vmid }) => vmid !== 200);

const groups = ({ inventory }: Loaded): Record<string, readonly string[]> =>
  Object.fromEntries([...inventory.groups.values()].map(({ name, hosts }) => [name, hosts]));
const hosts = ({ inventory }: Loaded): readonly string[] => [...inventory.hosts.keys()];
const codes = ({ diagnostics }: Loaded): readonly string[] => diagnostics.map(({ code }) => code);
const variable = ({ inventory }: Loaded, host: string, name: string): unknown =>
  createScope(inventory.hosts.get(host)?.layers ?? [], new Map()).get(name);

it("makes hosts of guests, in groups by type, status, node, pool and tag", () => {
  const loaded = load("source: proxmox\nnode: pve1\n", named);
  expect(loaded.diagnostics).toEqual([]);
  expect(hosts(loaded)).toEqual(["pve1", "sync", "web.lan", "CT103", "desk"]);
  expect(groups(loaded)).toEqual({
    all: ["pve1", "sync", "web.lan", "CT103", "desk"],
    lxc: ["sync", "web.lan", "CT103"],
    qemu: ["desk"],
    status_running: ["sync", "CT103"],
    status_stopped: ["web.lan", "desk"],
    node_pve1: ["sync", "web.lan", "CT103", "desk"],
    pool_family_kids: ["sync"],
    tag_media: ["sync", "desk"],
    tag_c__: ["sync"],
    tag_web: ["web.lan"],
    ungrouped: ["pve1"],
  });
  expect(loaded.inventory.sources).toEqual([{ file, guests: 4 }]);
});

it("says how a container is reached, and what its node tells of it", () => {
  const loaded = load("source: proxmox\nnode: pve1\n", named);
  const reached = ["lab_connection", "lab_node", "lab_vmid"].map((name) => variable(loaded, "sync", name));
  expect(reached).toEqual(["pct", "pve1", 101]);
  expect(variable(loaded, "sync", "proxmox")).toEqual({
    vmid: 101,
    type: "lxc",
    node: "pve1",
    status: "running",
    hostname: "sync",
    tags: ["media", "c++"],
    pool: "family/kids",
    template: false,
  });
  // A machine is reached by its name.
  expect(variable(loaded, "desk", "lab_connection")).toBeUndefined();
  expect(variable(loaded, "desk", "lab_host")).toBeUndefined();
  expect(variable(load("source: proxmox\nnode: pve1\nnames: vmid\n", named), "201", "lab_host")).toBe("desk");
});

it.each([
  ["{ tags: [MEDIA, web] }", ["sync", "web.lan", "desk"]],
  ["{ status: running }", ["sync", "CT103"]],
  ["{ type: qemu }", ["desk"]],
  ["{ type: lxc, status: stopped }", ["web.lan"]],
  ["{ type: lxc, status: stopped, templates: true }", ["web.lan", "golden"]],
  ["{ tags: [] }", ["sync", "web.lan", "CT103", "desk"]],
])("keeps what the filter %s asks for", (filter, wanted) => {
  const loaded = load(`source: proxmox\nnode: pve1\nfilter: ${filter}\n`, named);
  expect(hosts(loaded).slice(1)).toEqual(wanted);
});

it("groups by what is asked for alone; standing groups are there also when they are empty", () => {
  const loaded = load(
    "source: proxmox\nnodes: [pve1]\nnames: vmid\ngroups: { by: [status, tag] }\n",
    family.slice(1, 2),
  );
  expect(groups(loaded)).toEqual({
    all: ["pve1", "102"],
    status_running: [],
    status_stopped: ["102"],
    tag_web: ["102"],
    ungrouped: ["pve1"],
  });
  const empty = load("source: proxmox\nnode: pve1\n", []);
  const selected = selectHosts(empty.inventory, "tag_web", place);
  expect(selected).toMatchObject({ ok: false, diagnostics: [{ code: "unknown-host" }] });
  expect(JSON.stringify(selected)).toContain(`${file} has found 0 guests`);
  expect(JSON.stringify(selectHosts(empty.inventory, "lxc", place))).toContain("group lxc has no hosts");
});

it("lets what the files say of a host of the same name win, and adds the rest", () => {
  const loaded = load("source: proxmox\nnode: pve1\n", [guest(101, "sync", { tags: ["media"] })], {
    "hosts.yml": "all: { hosts: { pve1: } }\nweb: { hosts: { sync: { lab_vmid: 111, colour: red } } }\n",
    "host_vars/sync.yml": "lab_connection: ssh\n",
    "group_vars/tag_media.yml": "lab_host: from-group\n",
    "group_vars/tag_nobody.yml": "x: 1\n",
    "group_vars/tog_media.yml": "x: 1\n",
  });
  expect(hosts(loaded)).toEqual(["pve1", "sync"]);
  expect(loaded.inventory.hosts.get("sync")?.groups).toContain("web");
  const names = ["lab_connection", "lab_node", "lab_vmid", "colour", "lab_host"];
  expect(names.map((name) => variable(loaded, "sync", name))).toEqual(["ssh", "pve1", 111, "red", "from-group"]);
  // A group that comes and goes with its guests is not mistyped; another one may be.
  expect(loaded.diagnostics.map(({ message }) => message)).toEqual([
    "inventory/group_vars/tog_media.yml belongs to no group",
  ]);
});

it("names both of two guests with one name, and keeps neither's variables for the other", () => {
  const twins = [guest(101, "web"), guest(200, "web", { type: "qemu" })];
  const loaded = load("source: proxmox\nnode: pve1\n", twins);
  expect(loaded.diagnostics).toMatchObject([
    { code: "two-guests", message: "`web` is the name of container 101 on pve1 and of virtual machine 200 on pve1" },
  ]);
  expect(load("source: proxmox\nnode: pve1\nnames: vmid\n", twins).diagnostics).toEqual([]);
  // The same one, found through two hosts of the inventory, is one.
  const seenTwice = [guest(101, "web"), guest(101, "web", { through: "pve1-too" })];
  expect(load("source: proxmox\nnode: pve1\n", seenTwice).diagnostics).toEqual([]);
});

it.each([
  ["localhost", "bad-name"],
  ["{{ win }}x", "bad-name"],
  ["lxc", "ambiguous-name"],
  ["pve1", "connection-ring"],
])("refuses a guest that is called %s", (name, code) => {
  expect(codes(load("source: proxmox\nnode: pve1\n", [guest(101, name)]))).toEqual([code]);
});

it("has no templates in what a node says", () => {
  const loaded = load("source: proxmox\nnode: pve1\nnames: vmid\n", [guest(101, "{{ nothing }}")]);
  expect(variable(loaded, "101", "proxmox")).toMatchObject({ hostname: "{{ nothing }}" });
});

it.each([
  ["source: proxmox\n", "missing-keyword", "the source names no node"],
  ["source: proxmocks\nnode: pve1\n", "wrong-value", "`source` knows no `proxmocks`"],
  ["source: proxmox\nnode: pve2\n", "unknown-node", "the inventory has no host `pve2`"],
  ["source: proxmox\nnode: pve1\nfilters: {}\n", "unknown-keyword", "no keyword `filters`"],
  ["source: proxmox\nnode: pve1\nfilter: { state: running }\n", "unknown-keyword", "`filter` has no keyword `state`"],
  ["source: proxmox\nnode: pve1\nfilter: { status: up }\n", "wrong-value", "`status` knows no `up`"],
  ["source: proxmox\nnode: pve1\nfilter: { templates: maybe }\n", "wrong-type", "`templates` must be"],
  ["source: proxmox\nnode: pve1\ngroups: { by: [tags] }\n", "wrong-value", "`by` knows no `tags`"],
  ["source: proxmox\nnode: pve1\ngroups: [tag]\n", "wrong-type", "`groups` must be a map"],
  ["source: proxmox\nnode: '{{ node }}'\n", "no-template-here", "`node` cannot be a template"],
  ["source: proxmox\nnode: 101\n", "wrong-type", "`node` must be a text"],
])("tells what is wrong in %j", (text, code, message) => {
  const { diagnostics } = load(text, null);
  expect(diagnostics.map((each) => each.code)).toEqual([code]);
  expect(diagnostics[0]?.message).toContain(message);
  expect(diagnostics[0]?.place?.file).toBe(file);
});

it("leaves open what nobody was asked for", () => {
  const loaded = load("source: proxmox\nnode: pve1\n", null, { "host_vars/sync.yml": "x: 1\n" });
  expect(loaded.diagnostics).toEqual([]);
  expect(loaded.inventory.sources).toEqual([{ file, guests: null }]);
  for (const pattern of ["lxc", "tag_media", "sync", "sync*"]) {
    expect(selectHosts(loaded.inventory, pattern, place), pattern).toMatchObject({
      ok: false,
      diagnostics: [{ severity: "warning", hint: `the guests of ${file} are not known: nothing was connected to` }],
    });
  }
  expect(selectHosts(loaded.inventory, "pve1", place).ok).toBe(true);
});

it("takes a group that is called source for what it is", () => {
  const loaded = load("source: { hosts: { nas1: } }\n", null);
  expect(loaded.diagnostics).toEqual([]);
  expect(hosts(loaded)).toEqual(["pve1", "nas1"]);
});
