import { test } from "vitest";
import type { Node } from "../../../engine/sim/world.ts";
import { recordedStorages } from "../../support/recorded-storages.ts";
import { readPveRecording } from "../../support/recordings.ts";
import { type ReplayOptions, replay } from "../../support/replay.ts";
import { expectFaithful } from "../../support/replay-report.ts";

const file = (content: string): Node => ({ type: "file", mode: "0640", uid: 0, gid: 33, mtime: 1, content });

const from = (name: string, more: Partial<ReplayOptions> = {}) => {
  const recording = readPveRecording(name);
  const host = recordedStorages();
  delete host.files["/usr/bin/proxmox-backup-client"];
  // It begins with the file as its first command shows it.
  const first = recording.flatMap(({ files }) => files.get("/etc/pve/storage.cfg") ?? [])[0];
  host.files["/etc/pve/storage.cfg"] = file(first ?? "");
  return replay(recording, { host, tools: ["pvesm"], ...more });
};

test("pvesm answers as recorded", () => {
  expectFaithful({
    "pve/01-pvesm.md": from("pve/01-pvesm.md", { edited: { "pve/01-pvesm.md:3709": null } }),
    "pve/01b-pvesm-net.md": from("pve/01b-pvesm-net.md", { edited: { "pve/01b-pvesm-net.md:3577": null } }),
    "pve/08-text-encoding.md": from("pve/08-text-encoding.md", {
      edited: {
        "pve/08-text-encoding.md:559": null,
        "pve/08-text-encoding.md:644": null,
      },
    }),
  });
});
