import { test } from "vitest";
import { alpineConf, debianConf, type RecordedGuest, recordedNode } from "../../support/recorded-node.ts";
import { readPveRecording } from "../../support/recordings.ts";
import { replay } from "../../support/replay.ts";
import { expectFaithful } from "../../support/replay-report.ts";

const net = (mac: string, ...more: readonly string[]) =>
  ["net0: name=eth0,bridge=vmbr0", `hwaddr=${mac}`, ...more, "type=veth"].join(",");

/** What was there when each transcript began. */
const GUESTS: Readonly<Record<string, Readonly<Record<string, RecordedGuest>>>> = {
  "01-create": {},
  "02-config-set-stopped": {
    100: { conf: alpineConf(100, "alp", net("BC:24:11:42:78:04"), "unprivileged: 1") },
    101: { conf: alpineConf(101, "priv") },
  },
  "03-running-set-lifecycle": {
    100: { conf: alpineConf(100, "alp") },
    101: {
      conf: debianConf(
        101,
        "deb",
        "features: nesting=1",
        net("BC:24:11:00:01:01", "ip=192.168.77.101/24"),
        "unprivileged: 1",
      ),
    },
    102: { conf: alpineConf(102, "other") },
  },
  "06-extra": {
    100: { conf: alpineConf(100, "run", net("BC:24:11:00:03:00"), "unprivileged: 1"), running: true },
    101: { conf: alpineConf(101, "off", net("BC:24:11:00:03:01")) },
  },
  "07-more": {
    100: {
      conf: alpineConf(
        100,
        "run",
        "features: nesting=1",
        "mp0: /srv/bind,mp=/mnt/a",
        net("BC:24:11:00:03:00"),
        "unprivileged: 1",
      ),
      running: true,
    },
    101: { conf: alpineConf(101, "off") },
  },
  "09-verify": {
    100: { conf: alpineConf(100, "run", net("BC:24:11:00:03:00"), "unprivileged: 1") },
    101: { conf: debianConf(101, "priv", net("BC:24:11:00:03:01")), running: true },
    102: { conf: alpineConf(102, "CT102") },
  },
};

test("pct keeps configurations as recorded", () => {
  const replayed = Object.entries(GUESTS).map(([name, guests]) => {
    const place = `pct/${name}.md`;
    const host = recordedNode(guests);
    return [place, replay(readPveRecording(place), { host, tools: ["pct"], also: ["touch", "mv", "sleep"] })] as const;
  });
  expectFaithful(Object.fromEntries(replayed));
});
