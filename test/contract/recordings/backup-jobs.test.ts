import { test } from "vitest";
import type { Host } from "../../../engine/sim/world.ts";
import { recordedStorages } from "../../support/recorded-storages.ts";
import { readPveRecording } from "../../support/recordings.ts";
import { type ReplayOptions, replay } from "../../support/replay.ts";
import { expectFaithful } from "../../support/replay-report.ts";

const withPool = (): Host => {
  const host = recordedStorages();
  const cfg = host.files["/etc/pve/user.cfg"];
  if (cfg?.type === "file") cfg.content += "\n\npool:p1::::\n\n\n";
  return host;
};
const from = (name: string, tools: readonly string[], more: Partial<ReplayOptions> = {}) =>
  replay(readPveRecording(name), { host: withPool(), tools, ...more });

/** The file before a command, by what it has added. */
const before = (place: string, added: string) => {
  const after = readPveRecording("pve/03-backup-jobs.md").find((each) => each.place === place);
  return (after?.files.get("/etc/pve/jobs.cfg") ?? "").replace(added, "");
};

const encodings = readPveRecording("pve/08-text-encoding.md");

test("backup jobs are made, changed and shown as recorded", () => {
  expectFaithful({
    "pve/03-backup-jobs.md": from("pve/03-backup-jobs.md", ["pvesh"], {
      edited: {
        // The jobs of the part before were taken away by hand.
        "pve/03-backup-jobs.md:2298": {
          "/etc/pve/jobs.cfg": before("pve/03-backup-jobs.md:2298", "\tcomment hello\n"),
        },
        "pve/03-backup-jobs.md:4087": null,
        "pve/03-backup-jobs.md:4167": null,
      },
    }),
    "pve/03c-backup-jobs-more.md": from("pve/03c-backup-jobs-more.md", ["pvesh"]),
    "pve/08-text-encoding.md": from(
      "pve/08-text-encoding.md",
      encodings.map(({ command }) => command).filter((command) => command.includes("/cluster/backup")),
      {
        edited: {
          "pve/08-text-encoding.md:135": { "/etc/pve/ha/groups.cfg": "group: g1\n\tcomment 日本\n\tnodes pve1\n\n" },
        },
      },
    ),
  });
});
