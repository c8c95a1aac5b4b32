import { test } from "vitest";
import { put } from "../../../engine/sim/files/file-tree.ts";
import type { Node } from "../../../engine/sim/world.ts";
import { APPLIANCES } from "../../support/recorded-appliances.ts";
import { recordedStorages } from "../../support/recorded-storages.ts";
import { readPveRecording } from "../../support/recordings.ts";
import { type ReplayOptions, replay } from "../../support/replay.ts";
import { expectFaithful } from "../../support/replay-report.ts";

const file = (content: string): Node => ({ type: "file", mode: "0644", uid: 0, gid: 0, mtime: 1, content });

const from = (name: string, tools: readonly string[], more: Partial<ReplayOptions> = {}) => {
  const recording = readPveRecording(name);
  const host = recordedStorages();
  const first = recording.flatMap(({ files }) => files.get("/etc/pve/storage.cfg") ?? [])[0];
  if (first !== undefined) host.files["/etc/pve/storage.cfg"] = file(first);
  return replay(recording, { host, tools, ...more });
};

test("pvesh answers about storages and the node as recorded", () => {
  expectFaithful({
    "pve/01-pvesm.md": from("pve/01-pvesm.md", ["pvesh"]),
    "pve/01b-pvesm-net.md": from("pve/01b-pvesm-net.md", ["pvesh"], { also: ["pvesm alloc", "pvesm free"] }),
    "pve/02-pveam.md": from("pve/02-pveam.md", ["pvesh get"], {
      aside: {
        "pveam available": (_, session) => {
          put(session, "/var/lib/pve-manager/apl-info", { type: "directory", mode: "0755", uid: 0, gid: 0, mtime: 1 });
          put(session, "/var/lib/pve-manager/apl-info/download.proxmox.com", file(APPLIANCES));
        },
      },
    }),
    "pve/07-pveum-inventory.md": from("pve/07-pveum-inventory.md", [
      "pvesh get /nosuch",
      "pvesh get /version",
      "pvesh get /nodes --output-format",
      "pvesh get /nodes/nope/storage",
      "pvesh get /cluster/resources --type node",
      "pvesh ls /nodes/pve1",
    ]),
  });
});
