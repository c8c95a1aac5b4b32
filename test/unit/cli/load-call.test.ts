import { expect, it } from "vitest";
import { type CallOptions, loadCall } from "../../../engine/cli/load-call.ts";
import { libraryModules } from "../../../engine/cli/module-shelf.ts";
import { openRun } from "../../../engine/cli/open-run.ts";
import { textFiles } from "../../support/site-fixture.ts";

const play = "- hosts: web\n  tasks:\n    - debug: { msg: '{{ greeting }}' }\n      tags: [hello]\n";
const hosts = "web: { hosts: { w1: , w2: } }\nall: { vars: { greeting: hi } }\n";

function load(texts: Readonly<Record<string, string>>, options: CallOptions = {}) {
  const files = Object.entries({ "site.yml": play, ...texts }).map(([path, text]) => [`/site/${path}`, text]);
  const source = textFiles(Object.fromEntries(files));
  return loadCall({
    source,
    folder: "/site",
    playbooks: ["site.yml"],
    modules: libraryModules,
    libraryRoles: "/library",
    options,
  });
}

it("makes a call of files and options", async () => {
  const { call, diagnostics } = await load({ "inventory/hosts.yml": hosts }, { limit: "w2", tags: ["hello"] });
  expect(diagnostics).toEqual([]);
  expect(call?.plays.map((each) => each.hosts)).toEqual([["w2"]]);
  expect(call?.selection).toEqual({ tags: ["hello"], skipTags: [] });
});

it("tells all that is wrong together", async () => {
  const { call, diagnostics } = await load(
    { "inventory/hosts.yml": hosts },
    { limit: "w3", tags: ["helo"], extraVars: ["x"] },
  );
  expect(call).toBeNull();
  expect(diagnostics.map(({ code }) => code).sort()).toEqual(["invalid-extra-var", "unknown-host", "unknown-tag"]);
});

it("tells of an inventory that is not there, and not what follows from that", async () => {
  const { call, diagnostics } = await load({ "inventory/hosts.yml": hosts }, { inventory: ["nofile"] });
  expect(call).toBeNull();
  expect(diagnostics).toEqual([
    {
      code: "missing-inventory",
      message: "there is no inventory file or folder nofile",
      hint: "write the hosts into inventory/hosts.yml, or name another file: -i FILE",
    },
  ]);
});

it("tells of the one of two inventories that is not there, and not of the hosts that are missing for it", async () => {
  const { diagnostics } = await load(
    { "inventory/hosts.yml": hosts },
    { inventory: ["inventory", "nofile"], limit: "n1" },
  );
  expect(diagnostics.map(({ code }) => code)).toEqual(["missing-inventory"]);
});

it("names the inventory that has no hosts, if a play wants some", async () => {
  const { diagnostics } = await load({ "inventory/group_vars/all.yml": "x: 1\n" });
  expect(diagnostics).toMatchObject([{ code: "empty-inventory", message: "the inventory inventory has no hosts" }]);
  const local = { "site.yml": "- hosts: localhost\n  tasks: []\n", "inventory/group_vars/all.yml": "x: 1\n" };
  expect((await load(local)).diagnostics).toEqual([]);
});

it("counts writes of all machines together, unless the site says that they are apart", async () => {
  const surroundings = {
    runId: "r",
    now: () => new Date(0),
    emit: () => {},
    open: () => Promise.reject(new Error("nothing is opened here")),
    faults: [],
    hide: () => {},
    interrupted: () => false,
  };
  const clockOf = async (texts: Readonly<Record<string, string>>) => {
    const { call } = await load({ "inventory/hosts.yml": hosts, ...texts });
    if (!call) throw new Error("it did not load");
    return openRun(call, { forks: "7", lookahead: false }, surroundings);
  };
  const together = await clockOf({});
  expect(together.clocks.of("w1")).toBe(together.clocks.of("w2"));
  expect(together.options).toMatchObject({ forks: 7, lookAhead: 0, check: false, becomeUser: "root" });
  const apart = await clockOf({ "lab.yml": "machines: apart\n" });
  expect(apart.clocks.of("w1")).toBe(apart.clocks.of("w1"));
  expect(apart.clocks.of("w1")).not.toBe(apart.clocks.of("w2"));
});
