import { test } from "vitest";
import { asRecordedCluster, withGuests } from "../../support/recorded-cluster.ts";
import { recordedStorages } from "../../support/recorded-storages.ts";
import { readPveRecording } from "../../support/recordings.ts";
import { replay } from "../../support/replay.ts";
import { expectFaithful } from "../../support/replay-report.ts";

const TRANSCRIPT = "pve/05-pvesr.md";

test("pvesr answers as recorded", () => {
  const host = recordedStorages();
  const guest = (volume: string) =>
    ({ type: "lxc", conf: `arch: amd64\nmemory: 128\nrootfs: ${volume},size=1G\n` }) as const;
  withGuests(host, {
    120: guest("local:120/vm-120-disk-0.raw"),
    121: guest("z1:subvol-121-disk-0"),
    122: guest("z1:subvol-122-disk-0"),
  });
  const recording = readPveRecording(TRANSCRIPT);
  expectFaithful({
    [TRANSCRIPT]: replay(recording, {
      host,
      tools: ["pvesr", "pvesh"],
      aside: {
        // From here on the node was one of three.
        "cat /etc/pve/lxc/121.conf; cat /etc/pve/storage.cfg | tail -4": (changed) => {
          asRecordedCluster(changed);
          const cfg = changed.files["/etc/pve/storage.cfg"];
          if (cfg?.type === "file") cfg.content += "zfspool: z1\n\tpool tank\n\tcontent rootdir,images\n\n";
        },
      },
    }),
  });
});
