import { readdirSync, readFileSync } from "node:fs";
import { join, resolve } from "node:path";
import { describe, expect, it } from "vitest";
import { loadInventory } from "../../../engine/inventory/load-inventory.ts";
import { selectHosts } from "../../../engine/inventory/select-hosts.ts";
import { openSiteFiles } from "../../../engine/site/files.ts";
import { createScope } from "../../../engine/vars/resolve-vars.ts";
import { textFiles } from "../../support/site-fixture.ts";

const folder = resolve(import.meta.dirname, "../../fixtures/ini");

interface Recorded {
  readonly hostvars: Readonly<Record<string, Readonly<Record<string, unknown>>>>;
  readonly patterns: Readonly<Record<string, readonly string[]>>;
}

function load(text: string, name = "hosts.ini") {
  const files = openSiteFiles(textFiles({ [`/${name}`]: text }), "/");
  return loadInventory(files, { sources: [`/${name}`], playbookFolders: [] });
}

function valuesOf({ inventory }: ReturnType<typeof load>, host: string): Record<string, unknown> {
  const scope = createScope(inventory.hosts.get(host)?.layers ?? [], new Map());
  return Object.fromEntries([...scope.names()].map((name) => [name, scope.get(name)]));
}

// What `ansible-inventory --host`, and `ansible PATTERN --list-hosts`, say of the same file.
describe.each(readdirSync(folder).filter((name) => name.endsWith(".ini")))("%s, as Ansible reads it", (name) => {
  const recorded: Recorded = JSON.parse(readFileSync(join(folder, name.replace(/ini$/, "json")), "utf8"));
  const loaded = load(readFileSync(join(folder, name), "utf8"));

  it("has nothing wrong with it", () => {
    expect(loaded.diagnostics).toEqual([]);
  });
  it.each(Object.entries(recorded.hostvars))("variables of %s", (host, said) => {
    const { ansible_port: port, ...vars } = said;
    // Words of YAML are what they are in YAML.
    const expected = {
      ...vars,
      ...(vars.truth === "true" && { truth: true }),
      ...(port !== undefined && { lab_port: port }),
    };
    expect(valuesOf(loaded, host)).toEqual(expected);
  });
  it.each(Object.entries(recorded.patterns))("hosts of the pattern %s, in order", (pattern, hosts) => {
    const selected = selectHosts(loaded.inventory, pattern, undefined);
    expect(selected.ok ? selected.value : []).toEqual(hosts);
  });
});

it("reads values as YAML does, and templates as everywhere in the site", () => {
  const loaded = load(
    '[g]\nh a="{{ b }}" b=1 c=~ d=0x10 e=%h f=!x g={{b}}x h=@y i=[a,{k:\\ 1}] j=a:\\ b k=- l=\n[g:vars]\nm = {{ b }}\nn = 2026-01-01\n',
  );
  expect(loaded.diagnostics).toEqual([]);
  expect(valuesOf(loaded, "h")).toEqual({
    a: 1,
    b: 1,
    c: null,
    d: 16,
    e: "%h",
    f: "!x",
    g: "1x",
    h: "@y",
    i: ["a", { k: 1 }],
    j: "a: b",
    k: "-",
    l: "",
    m: 1,
    n: "2026-01-01",
  });
});

it("knows where each value stands", () => {
  const { inventory } = load("[g]\nh1 x=1 y='two'\n[g:vars]\n  z =  3\n");
  const scope = createScope(inventory.hosts.get("h1")?.layers ?? [], new Map());
  const at = (name: string) => {
    const where = scope.whereIs(name);
    return where && `${where.place.file}:${where.place.line}:${where.place.column} ${where.origin}`;
  };
  expect([at("x"), at("y"), at("z")]).toEqual([
    "hosts.ini:2:4 host vars of h1",
    "hosts.ini:2:8 host vars of h1",
    "hosts.ini:4:3 group vars of g",
  ]);
});

describe("what is wrong", () => {
  it.each<[string, string]>([
    ["h1 x", "1:4 ini-syntax `x` sets no variable"],
    ["h1 x = 1", "1:4 ini-syntax `x` sets no variable"],
    ["h1 x='a", "1:6 ini-syntax the quote ' is not closed"],
    ["h1 x=a\\", "1:7 ini-syntax the line ends in a lone backslash"],
    ["h1\nall:", "2:1 ini-syntax `all:` cannot be the name of a host"],
    ["x=1", "1:1 ini-syntax `x=1` cannot be the name of a host"],
    ["[g]\nbad!name", "2:1 bad-name `bad!name` cannot be the name of a host"],
    ["[g]\nweb[3:1]", "2:1 bad-range `web[3:1]` is no range of host names"],
    ["[g]\n[g:child]\nx\ny", "2:1 ini-syntax there is no section `[g:child]`"],
    ["[g\nh1", "1:1 ini-syntax `[g` is no section"],
    ["[]\nh1", "1:1 ini-syntax `[]` is no section"],
    ["[a b]\nh1", "1:1 ini-syntax `[a b]` is no section"],
    ["[1st]\nh1", "1:2 bad-name `1st` cannot be the name of a group"],
    ["[web]\nh1\n[wbe:vars]\nx=1", "3:2 unknown-group variables are given to a group `wbe` that is not there"],
    ["[web]\nh1\n[all_of:children]\nwbe", "4:1 unknown-group there is no group `wbe`"],
    ["[g:children]\na b\n[a]\nh1", "2:1 ini-syntax `b` cannot stand behind the name of a group"],
    ["[g:vars]\nx\n[g]\nh1", "2:1 ini-syntax `x` sets no variable"],
    ["[g:children]\nall", "2:1 group-cycle `all` holds every group and can be in none"],
    ["[a:children]\nb\n[b:children]\na", "4:1 group-cycle groups hold each other in a circle: a → b → a"],
    [
      "h1 ansible_host=192.0.2.1",
      "1:4 ansible-variable `ansible_host` means nothing here: connection variables begin with lab_",
    ],
    ["h1 lab_prot=22", "1:4 unknown-connection-variable there is no connection variable `lab_prot`"],
    ["h1 lab_port=x", "1:13 wrong-type `lab_port` must be a whole number, not a text"],
    ["h1 a-b=1", '1:4 invalid-variable-name "a-b" cannot name a variable: letters, digits and _ alone, no digit first'],
    ["h1 x=None", "1:6 ini-value `None` is a text here, as it is in YAML"],
    ["h1 x=a#b", "1:6 ini-value Ansible and YAML differ on what the `#` in this value begins"],
    ["h1\n[all:vars]\nx = a # b", "3:5 ini-value Ansible and YAML differ on what the `#` in this value begins"],
    ["h1 x=[1,", "1:6 yaml-syntax"],
    ['h1 x="{{ y"', "1:10 template-syntax"],
  ])("%j", (text, says) => {
    const found = load(text).diagnostics.map(
      ({ code, message, place }) => `${place?.line}:${place?.column} ${code} ${message}`,
    );
    expect(found).toHaveLength(1);
    expect(found[0]).toContain(says);
  });

  it("is told of all lines at once", () => {
    expect(load("h1 x\nh2 y\n[g:x]\n[h\n").diagnostics).toHaveLength(4);
  });
  it("is told of a file whose name does not say what it is", () => {
    expect(load("all:\n  hosts: { a: }\n", "hosts").diagnostics).toMatchObject([
      { code: "unclear-inventory", hint: expect.stringContaining(".yml") },
    ]);
    expect(load("[g]\nh1\n", "hosts.yml")).toMatchObject({ diagnostics: [], inventory: { hosts: expect.any(Map) } });
    expect(load("#!/bin/sh\necho {}\n", "hosts.sh").diagnostics).toMatchObject([{ code: "inventory-not-executable" }]);
  });
});
