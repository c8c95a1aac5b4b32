import { expect, it, test } from "vitest";
import { describeSandbox } from "../../../engine/cli/describe-sandbox.ts";
import { loadInventory } from "../../../engine/inventory/load-inventory.ts";
import { openSiteFiles } from "../../../engine/site/files.ts";
import type { VarsLayer } from "../../../engine/vars/layer.ts";
import { textFiles } from "../../support/site-fixture.ts";

const nothing: VarsLayer = { level: 8, origin: "-e", variables: new Map() };
function described(sandbox: string) {
  const text = `all:\n  hosts:\n    pve1: { lab_connection: lab, lab_sandbox: ${sandbox} }\n`;
  const files = openSiteFiles(textFiles({ "/site/hosts.yml": text }), "/site");
  const { inventory } = loadInventory(files, { sources: ["/site/hosts.yml"], playbookFolders: [] });
  const { describe, diagnostics } = describeSandbox(inventory, nothing);
  return {
    host: describe({ name: "pve1", connection: "lab" }),
    problems: diagnostics.map(({ message }) => message),
  };
}

it("describes a Proxmox VE node and its disks, sizes as people write them", () => {
  const { host, problems } = described(
    "{ kind: proxmox, disks: [{ name: sdb, size: 4T, serial: WD-1, fstype: ext4 }, { name: nvme1n1, size: 500G }, { name: sdc, size: 1073741824 }] }",
  );
  expect(problems).toEqual([]);
  expect(host).toEqual({
    kind: "proxmox",
    disks: [
      { name: "sdb", bytes: 4 * 1024 ** 4, serial: "WD-1", fstype: "ext4" },
      { name: "nvme1n1", bytes: 500 * 1024 ** 3 },
      { name: "sdc", bytes: 1024 ** 3 },
    ],
  });
});
test.each([
  ["{ kind: vmware }", "lab_sandbox.kind"],
  ["{ disks: [{ name: sdb, size: huge }] }", "a size, such as 500G or 4T"],
  ["{ disks: [{ name: sdb, size: 0 }] }", "a size, such as 500G or 4T"],
  ["{ disks: [{ name: /dev/sdb, size: 1T }] }", "a kernel's name, such as sdb or nvme1n1"],
  ["{ disks: [{ size: 1T }] }", "lab_sandbox.disks.0.name"],
])("%s is wrong", (sandbox, message) => {
  const { host, problems } = described(sandbox);
  expect(host).toBeUndefined();
  expect(problems.join("\n")).toContain(message);
});
