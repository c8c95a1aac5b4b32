import { expect, test } from "vitest";
import { inventoryOf, runSite, tasksSite } from "../../support/run-site.ts";
import { createWorld, type TestWorld } from "../../support/world.ts";

const phone = "P56IOI7-MZJNU2Y-IQGDREY-DM2MGTI-MGL3BXN-PQ6W5BM-TBBZ4TJ-XZWICQ2";
const install = `
- package: { name: [syncthing, curl], state: present }
- service: { name: syncthing@anna, state: started, enabled: true }
`;
const task = (text: string) => `
- name: it
  syncthing:
    home: /home/anna
${text
  .trimEnd()
  .split("\n")
  .map((line) => `    ${line}`)
  .join("\n")}
`;
const usual = `
options: { globalAnnounceEnabled: false, urAccepted: -1 }
devices:
  - { name: phone, id: ${phone}, addresses: [dynamic, "tcp://192.0.2.7:22000"] }
folders:
  - id: photos
    path: /home/anna/photos
    type: receiveonly
    devices: [phone]
    ignores: ["// not these", "*.tmp", "", "!keep"]
    versioning: { type: staggered, params: { maxAge: 31536000 } }
    min_free: 2%
gui: { user: anna, password: long-and-secret, address: "127.0.0.1:8385" }
`;
const anna = () => createWorld({ h1: { kind: "debian", users: ["anna"] } });
const play = (world: TestWorld, text: string, check = false) =>
  runSite({ files: { ...tasksSite(text), "inventory/hosts.yml": inventoryOf("h1") }, world, check });
const only = (run: Awaited<ReturnType<typeof play>>) => run.results.find(({ name }) => name === "it");

test("from nothing: foretold as far as it can be, made, and made again without a change", async () => {
  const world = anna();
  const all = install + task(usual);
  const check = await play(world, all, true);
  expect(check.diagnostics).toEqual([]);
  expect(only(check)?.status).toBe("deferred");
  expect(check.after).toBe(check.before);
  const made = await play(world, all);
  expect(made.results.map(({ status, reason }) => [status, reason])).toEqual(
    made.results.map(() => ["changed", undefined]),
  );
  const again = await play(world, all);
  expect(again.results.map(({ status, warnings, reason }) => [status, warnings, reason])).toEqual(
    again.results.map(() => ["ok", [], undefined]),
  );
  expect(JSON.stringify(made.events)).not.toContain("long-and-secret");
});
