import { test } from "vitest";
import { withGuests } from "../../support/recorded-cluster.ts";
import { recordedStorages } from "../../support/recorded-storages.ts";
import { readPveRecording } from "../../support/recordings.ts";
import { replay } from "../../support/replay.ts";
import { expectFaithful } from "../../support/replay-report.ts";

const TRANSCRIPT = "pve/07-pveum-inventory.md";

/** Calls of the API that are about these, or about what they are seen in. */
const API = /^pvesh \w+ \/(pools|access|cluster\/(nextid|options|resources --type vm))\b/;

test("users, groups, roles, rights, tokens and pools are as recorded", () => {
  const host = recordedStorages();
  const recording = readPveRecording(TRANSCRIPT);
  host.files["/etc/pve/user.cfg"] = {
    type: "file",
    mode: "0640",
    uid: 0,
    gid: 33,
    mtime: 1,
    content: "user:root@pam:1:0:::root@lab.test::::\n",
  };
  withGuests(host, {
    130: { type: "lxc", conf: "hostname: web1\ntags: prod;web\n" },
    131: { type: "lxc", conf: "hostname: db1\n" },
    230: { type: "qemu", conf: "name: vm230\ntags: b;A\n" },
    231: { type: "qemu", conf: "name: tpl\n" },
  });
  expectFaithful({
    [TRANSCRIPT]: replay(recording, {
      host,
      tools: ["pveum", ...recording.map(({ command }) => command).filter((command) => API.test(command))],
    }),
  });
});
