import { test } from "vitest";
import { put } from "../../../engine/sim/files/file-tree.ts";
import { APPLIANCES } from "../../support/recorded-appliances.ts";
import { recordedStorages } from "../../support/recorded-storages.ts";
import { readPveRecording } from "../../support/recordings.ts";
import { replay } from "../../support/replay.ts";
import { expectFaithful } from "../../support/replay-report.ts";

const CACHE = "/var/lib/vz/template/cache";

test("pveam answers as recorded", () => {
  const recording = readPveRecording("pve/02-pveam.md");
  const host = recordedStorages();
  // The machine had no name server, and no wget.
  host.files["/etc/resolv.conf"] = { type: "file", mode: "0644", uid: 0, gid: 0, mtime: 1, content: "" };
  delete host.files["/usr/bin/wget"];
  const listing = recording.find(({ command }) => command.startsWith(`ls -la ${CACHE}`))?.place ?? "";
  expectFaithful({
    "pve/02-pveam.md": replay(recording, {
      host,
      tools: ["pveam"],
      edited: { "pve/02-pveam.md:190": { "/var/lib/pve-manager/apl-info/download.proxmox.com": APPLIANCES } },
      aside: {
        // Somebody copies a template under another name.
        [listing]: (at, session) => {
          put(session, `${CACHE}/zz-1_1_amd64.tar.gz`, {
            type: "file",
            mode: "0644",
            uid: 0,
            gid: 0,
            mtime: 1,
            content: "",
          });
          if (at.pve) at.pve.volumes["local:vztmpl/zz-1_1_amd64.tar.gz"] = { bytes: 1036932, format: "tar" };
        },
      },
    }),
  });
});
