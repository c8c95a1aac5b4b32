import { chmodSync, mkdtempSync, readFileSync, rmSync } from "node:fs";
import { join } from "node:path";
import { afterAll, beforeAll, expect, it } from "vitest";
import { answerAs } from "../../support/syncthing-imitation.ts";
import { type SyncthingNode, startNode } from "../../support/syncthing-nodes.ts";

/** The same requests to a real Syncthing and to the imitation: both must answer alike, in the same order. */
let base: string;
let real: SyncthingNode;
beforeAll(async () => {
  base = mkdtempSync("/var/tmp/lab-syncthing-");
  chmodSync(base, 0o755);
  real = await startNode(base, "one");
}, 60_000);
afterAll(async () => {
  await real?.stop();
  rmSync(base, { recursive: true, force: true });
});

const peer = "P56IOI7-MZJNU2Y-IQGDREY-DM2MGTI-MGL3BXN-PQ6W5BM-TBBZ4TJ-XZWICQ2";
const stranger = "ABCDEFG-HIJKLMO-ABCDEFG-HIJKLMO-ABCDEFG-HIJKLMO-ABCDEFG-HIJKLA2";
const F = "config/folders/photos";
const requests: readonly (readonly [string, string, unknown?])[] = [
  ["GET", "config"],
  ["GET", "system/ping"],
  ["GET", "noauth/health"],
  ["GET", "config/none"],
  ["GET", "config/restart-required"],
  ["PUT", `config/devices/${peer}`, { deviceID: peer, name: "phone", adresses: ["tcp://typo"] }],
  ["GET", `config/devices/${peer}`],
  ["PATCH", `config/devices/${peer}`, { addresses: ["tcp://192.0.2.7:22000", "dynamic"], compression: "never" }],
  ["PATCH", `config/devices/${peer}`, { addresses: [] }],
  ["PATCH", `config/devices/${peer}`, { compression: "sometimes", introducer: true }],
  ["PATCH", `config/devices/${stranger}`, { name: "x" }],
  ["GET", `config/devices/${stranger}`],
  ["PATCH", "config/devices/AAAA", { name: "x" }],
  ["GET", `config/devices/${peer.replace("P5", "5P")}`],
  ["GET", F],
  ["PATCH", F, { label: "x" }],
  ["GET", "db/status?folder=photos"],
  ["GET", "db/ignores?folder=photos"],
  ["POST", "db/ignores?folder=photos", { ignore: ["x"] }],
  [
    "PUT",
    F,
    { id: "photos", path: "DATA/photos", paused: true, devices: [{ deviceID: peer }, { deviceID: stranger }] },
  ],
  ["GET", F],
  ["POST", "db/ignores?folder=photos", { ignore: ["// c", "*.tmp", "", " !keep ", "/top", "(?i)Case", "!(?d)/x"] }],
  ["GET", "db/ignores?folder=photos"],
  ["PATCH", F, { paused: false, versioning: { type: "simple", params: { keep: "5", cleanoutDays: "3" } } }],
  ["PATCH", F, { versioning: { type: "trashcan", params: { cleanoutDays: "7" } } }],
  ["PATCH", F, { minDiskFree: { value: 5, unit: "GB" }, type: "bogus", order: "bogus", unknown: 1 }],
  ["PATCH", F, { rescanIntervalS: "x" }],
  ["PATCH", F, { ignorePerms: "yes" }],
  ["PATCH", F, { label: 7 }],
  ["PATCH", F, { devices: [{ deviceID: peer, encryptionPassword: "secret" }] }],
  ["GET", F],
  ["PUT", "config/folders/other", { id: "other", path: "" }],
  ["PUT", "config/folders/other", { id: "other", path: "DATA/other", label: "Ü & <x>" }],
  ["GET", "config/folders"],
  ["PUT", "config/folders/a%2Fb", { id: "a/b", path: "DATA/ab" }],
  ["DELETE", "config/folders/other"],
  ["DELETE", "config/folders/other"],
  ["DELETE", `config/devices/${peer}`],
  ["DELETE", `config/devices/${peer}`],
  ["GET", F],
  ["PATCH", "config/options", { urAccepted: -1, bogus: 1, maxSendKbps: 7 }],
  ["PATCH", "config/options", { maxSendKbps: "x" }],
  ["PATCH", "config/options", { globalAnnounceEnabled: "yes" }],
  ["PATCH", "config/options", { alwaysLocalNets: ["192.0.2.0/24"], minHomeDiskFree: { value: 2, unit: "%" } }],
  ["GET", "config/options"],
  ["GET", "config/restart-required"],
  ["PATCH", "config/options", { databaseTuning: "small" }],
  ["GET", "config/restart-required"],
  ["PATCH", "config/gui", { user: "anna", password: "a-password", theme: "dark" }],
  ["GET", "config"],
];

it("answers as the real one does", { timeout: 120_000 }, async () => {
  const imitated = answerAs({
    id: real.id,
    key: real.key,
    config: readFileSync(join(real.home, "config.xml"), "utf8"),
    certificate: readFileSync(join(real.home, "cert.pem"), "utf8"),
    home: real.home,
    data: real.data,
    url: real.url,
  });
  const told: { readonly real: string[]; readonly lab: string[] } = { real: [], lab: [] };
  for (const [method, path, body] of requests) {
    const placed = body === undefined ? undefined : JSON.parse(JSON.stringify(body).replaceAll("DATA", real.data));
    const here = await real.ask(method, path, placed);
    const there = imitated(method, path, placed);
    const line = (answer: { readonly status: number; readonly body: string }) =>
      `${method} ${path} ${JSON.stringify(body ?? "")}: ${answer.status} ${plain(path, answer.body)}`;
    told.real.push(line(here));
    told.lab.push(line(there));
  }
  expect(told.lab).toEqual(told.real);
});

/** Without what is another each time: the salt of a hash, times. Of a folder's status only what the imitation has. */
function plain(path: string, body: string): string {
  const text = body.replace(/\$2a\$10\$[./A-Za-z0-9]{53}/g, "HASH").trim();
  if (!text.startsWith("{") && !text.startsWith("[")) return text;
  const value: unknown = JSON.parse(text);
  return path.startsWith("db/status") ? text : JSON.stringify(value);
}
