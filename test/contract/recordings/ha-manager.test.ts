import { test } from "vitest";
import type { Host } from "../../../engine/sim/world.ts";
import { asRecordedCluster, withGuests } from "../../support/recorded-cluster.ts";
import { recordedStorages } from "../../support/recorded-storages.ts";
import { readPveRecording } from "../../support/recordings.ts";
import { type ReplayOptions, replay } from "../../support/replay.ts";
import { expectFaithful } from "../../support/replay-report.ts";

const container = { type: "lxc", conf: "hostname: c\n" } as const;
const vm = { type: "qemu", conf: "name: v\n" } as const;

const storages = () => readPveRecording("pve/08-text-encoding.md")[0]?.files.get("/etc/pve/storage.cfg") ?? "";

const from = (
  name: string,
  guests: Parameters<typeof withGuests>[1],
  { cluster = false, ...more }: Partial<ReplayOptions> & { readonly cluster?: boolean } = {},
) => {
  const host = recordedStorages();
  withGuests(host, guests);
  if (cluster) asRecordedCluster(host);
  const recording = readPveRecording(name);
  const api = recording
    .map(({ command }) => command)
    .filter((command) => /^pvesh get \/cluster\/(ha|resources)/.test(command));
  return replay(recording, { host, tools: ["ha-manager", ...api], ...more });
};

function dropRule(host: Host, id: string): void {
  const rules = host.files["/etc/pve/ha/rules.cfg"];
  if (rules?.type === "file")
    rules.content = rules.content.replace(new RegExp(`resource-affinity: ${id}\\n(\\t.*\\n)*\\n`), "");
}

test("ha-manager of Proxmox VE 8.4 answers as recorded", () => {
  expectFaithful({
    "pve/04-ha-manager.md": from(
      "pve/04-ha-manager.md",
      { 100: container, 101: container, 110: container, 200: vm },
      {
        edited: { "pve/04-ha-manager.md:3005": null },
        aside: {
          "pct destroy 100 --purge; echo rc=$?": (host) => {
            delete host.files["/etc/pve/nodes/pve1/lxc/100.conf"];
          },
        },
      },
    ),
    "pve/04b-ha-manager-guests.md": from(
      "pve/04b-ha-manager-guests.md",
      {
        100: container,
        101: container,
        201: { type: "qemu", conf: "name: t\ntags: Web;prod,a b\n" },
        202: vm,
        250: vm,
      },
      {
        cluster: true,
        aside: {
          "qm destroy 250 --purge; echo rc=$?": (host) => {
            delete host.files["/etc/pve/nodes/pve1/qemu-server/250.conf"];
          },
        },
      },
    ),
    "pve/08-text-encoding.md": from(
      "pve/08-text-encoding.md",
      {},
      {
        tools: ["ha-manager", "pvesh get /cluster/ha/groups/g1"],
        edited: { "pve/08-text-encoding.md:4": { "/etc/pve/storage.cfg": storages() } },
      },
    ),
  });
});

test("ha-manager of Proxmox VE 9 answers as recorded", () => {
  const host = recordedStorages();
  withGuests(host, { 100: container, 101: container, 250: vm });
  asRecordedCluster(host);
  const version9 = { ...host, ...(host.pve && { pve: { ...host.pve, version: "9.0" as const } }) };
  const name = "pve/09-pve9-ha.md";
  // There `p9 X` is the tool X of Proxmox VE 9, on a node that is of 8 otherwise.
  const recording = readPveRecording(name).map((each) => ({ ...each, command: each.command.replace(/^p9 /, "") }));
  expectFaithful({
    [name]: replay(recording, {
      host: version9,
      tools: ["ha-manager", "pvesh get"],
      edited: { "pve/09-pve9-ha.md:1375": null },
      // The rule that was refused there is not left behind here.
      afterwards: { "pve/09-pve9-ha.md:604": (changed) => dropRule(changed, "ra1") },
    }),
  });
});
