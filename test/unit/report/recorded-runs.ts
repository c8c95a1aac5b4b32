import type { HostRecap, ResultEvent, RunEvent, TaskStarted } from "../../../engine/run/events.ts";
import { Secret } from "../../../engine/value/secret.ts";
import { Unknown } from "../../../engine/value/unknown.ts";

const file = "playbooks/site.yml";

const nothing: HostRecap = {
  ok: 0,
  changed: 0,
  failed: 0,
  skipped: 0,
  unreachable: 0,
  deferred: 0,
  assumed: 0,
  rescued: 0,
  ignored: 0,
  roundTrips: 0,
  operations: 0,
  forks: 0,
  bytesSent: 0,
  bytesReceived: 0,
};

function run(hosts: readonly string[], check = false): RunEvent[] {
  return [
    { type: "run", id: "r1", playbooks: ["site.yml"], check, hosts },
    { type: "play", id: "p1", name: "Base system", hosts, position: { file, line: 1, column: 3 } },
  ];
}

function task(id: string, name: string, module: string, more: Partial<TaskStarted> = {}): TaskStarted {
  return {
    type: "task",
    id,
    parent: "p1",
    name,
    module,
    kind: "task",
    position: { file, line: 9, column: 7 },
    ...more,
  };
}

function result(
  of: TaskStarted,
  host: string,
  status: ResultEvent["status"],
  more: Partial<ResultEvent> = {},
): ResultEvent {
  return {
    type: "result",
    id: `${of.id}.${host}.${more.index ?? "x"}`,
    taskId: of.id,
    host,
    attempt: 1,
    kind: of.kind,
    name: of.name,
    module: of.module,
    ...(of.role === undefined ? {} : { role: of.role }),
    status,
    changed: status === "changed",
    warnings: [],
    durationMs: 12,
    position: of.position,
    ...more,
  };
}

function recap(hosts: Record<string, Partial<HostRecap>>, exitCode: number, durationMs = 2345): RunEvent {
  const filled = Object.entries(hosts).map(([host, counts]) => [host, { ...nothing, ...counts }]);
  return { type: "recap", hosts: Object.fromEntries(filled), durationMs, exitCode };
}

const sysctl = task("t1", "Forward packets", "sysctl", { role: "router" });
const copy = task("t2", "Install the configuration of the resolver", "copy");
const packages = task("t3", "Install tools", "package");
const restart = task("t4", "Restart the resolver", "service", { kind: "handler" });
const shout = task("t5", "Tell the address", "debug");

/** Two hosts, changes with diffs, a loop, a debug, a handler. */
export const changedRun: readonly RunEvent[] = [
  ...run(["pve1", "pve2"]),
  sysctl,
  result(sysctl, "pve1", "ok"),
  result(sysctl, "pve2", "changed", {
    diff: [
      { path: "live", before: "0", after: "1" },
      { path: "boot", before: null, after: "1" },
    ],
    steps: ["write /etc/sysctl.d/90-lab.conf", "sysctl -w net.ipv4.ip_forward=1"],
  }),
  copy,
  { type: "notify", handler: "Restart the resolver", host: "pve1", state: "recorded" },
  result(copy, "pve1", "changed", {
    diff: [
      { path: "mode", before: "0644", after: "0600" },
      {
        path: "content",
        text: "--- before\n+++ after\n@@ -1,2 +1,2 @@\n search lab.example\n-nameserver 192.0.2.1\n+nameserver 192.0.2.53",
      },
      { path: "password", secret: true },
      { path: "token", before: new Secret("old"), after: new Secret("new") },
      { path: "version", before: "1.2.0", after: new Unknown("the version that is downloaded") },
      { path: "motd", before: null, after: "Welcome\nto the lab\n" },
    ],
    warnings: ["/etc/resolv.conf was written in place: it is a mount point"],
  }),
  result(copy, "pve2", "skipped"),
  packages,
  result(packages, "pve1", "ok", { kind: "item", item: "curl", index: 0 }),
  result(packages, "pve1", "changed", { kind: "item", item: { name: "jq", state: "latest" }, index: 1 }),
  result(packages, "pve1", "changed"),
  result(packages, "pve2", "ok", { kind: "item", item: ["a", 1], index: 0 }),
  result(packages, "pve2", "ok"),
  shout,
  result(shout, "pve1", "ok", { result: { msg: "192.0.2.7" } }),
  result(shout, "pve2", "ok", { result: { mtu: 1500, up: true } }),
  restart,
  { type: "notify", handler: "Restart the resolver", host: "pve1", state: "fired" },
  { type: "step", taskId: "t4", host: "pve1", state: "intent", step: "systemctl restart unbound" },
  result(restart, "pve1", "changed"),
  recap(
    {
      pve1: { ok: 3, changed: 3, roundTrips: 5, operations: 41, forks: 17, bytesSent: 5120, bytesReceived: 812 },
      pve2: {
        ok: 3,
        changed: 1,
        skipped: 1,
        roundTrips: 2,
        operations: 9,
        forks: 4,
        bytesSent: 1999,
        bytesReceived: 64,
      },
    },
    0,
  ),
];

const create = task("t1", "Create the container", "lxc");
const inside = task("t2", "Set the time zone", "file");
const load = task("t3", "Load the module", "sysctl");
const site = task("t4", "Write the site", "template");

/** A check: certain, assumed and deferred. */
export const checkRun: readonly RunEvent[] = [
  ...run(["pve1", "web"], true),
  create,
  result(create, "pve1", "changed", {
    certainty: "certain",
    diff: [{ path: "state", before: "absent", after: "running" }],
    steps: ["pct create 101 local:vztmpl/debian-12.tar.zst"],
  }),
  inside,
  result(inside, "web", "deferred", { because: ["t1"], reason: 'the host "web" does not exist yet' }),
  load,
  result(load, "pve1", "ok", { certainty: "assumed", because: ["t1"] }),
  site,
  result(site, "pve1", "changed", { certainty: "assumed", because: ["t1", "t3", "t2"] }),
  result(site, "web", "deferred", { because: ["t1", "t2"] }),
  recap(
    {
      pve1: { ok: 1, changed: 2, assumed: 2, roundTrips: 2 },
      web: { deferred: 2 },
    },
    3,
  ),
];

const broken = task("t1", "Forward packets", "sysctl");
const guess = task("t2", "Look for the tool", "command");

/** Failures: with a hint, ignored, rescued, verified in vain; an unreachable host; a warning of the site. */
export const failedRun: readonly RunEvent[] = [
  ...run(["pve1", "pve2", "nas"]),
  {
    type: "warning",
    diagnostic: {
      code: "unused-variable",
      message: 'variable "colour" is set and never read',
      severity: "warning",
      place: { file, line: 2, column: 7, length: 6 },
      hint: "remove it, or read it",
    },
  },
  broken,
  {
    type: "host",
    name: "nas",
    event: "unreachable",
    reason: "connect ECONNREFUSED 192.0.2.9:22",
    hint: "is sshd running?",
  },
  result(broken, "pve1", "failed", {
    reason: 'the kernel has no parameter "net.ipv4.ip_foward"',
    hint: "is its module loaded?",
    rescued: true,
  }),
  result(broken, "pve2", "failed", {
    reason: "the change did not hold",
    mismatch: [{ path: "live", wanted: "1", got: "0" }],
  }),
  result(broken, "nas", "unreachable", { reason: "connect ECONNREFUSED 192.0.2.9:22" }),
  guess,
  result(guess, "pve1", "failed", {
    reason:
      "the command ended with 127, and what it wrote to its standard error is a good deal longer than a line:\n  sh: 1: frobnicate: not found \u001b[2J",
    ignored: true,
    attempt: 3,
  }),
  recap(
    {
      nas: { unreachable: 1, roundTrips: 0 },
      pve1: { failed: 0, rescued: 1, ignored: 1, roundTrips: 3 },
      pve2: { failed: 1, roundTrips: 3 },
    },
    2,
    65_000,
  ),
];

const long = task(
  "t1",
  "Größe prüfen 容量を確認する 🚀 und noch ein ganzes Stück weiter als eine Zeile reicht",
  "stat",
  {
    role: "prüfung",
  },
);

/** Names in many scripts, longer than a line. */
export const utf8Run: readonly RunEvent[] = [
  ...run(["größe.example", "サーバー", "a-host-with-quite-a-long-name.in.a.long.domain.example"]),
  long,
  result(long, "größe.example", "changed", {
    kind: "item",
    item: "/srv/音楽/日本の音楽と世界の音楽/あいうえお.flac",
    index: 0,
    diff: [
      {
        path: "name",
        before: "プレイリスト・その一・とても長い名前のもの",
        after: "プレイリスト・その二・とても長い名前のもの",
      },
    ],
  }),
  result(long, "サーバー", "failed", {
    reason: "容量が足りません: 必要な容量は四十ギガバイトですが、残りは三ギガバイトしかありません",
  }),
  result(long, "a-host-with-quite-a-long-name.in.a.long.domain.example", "ok"),
  recap(
    {
      "größe.example": { changed: 1, roundTrips: 1 },
      サーバー: { failed: 1, roundTrips: 1 },
      "a-host-with-quite-a-long-name.in.a.long.domain.example": { ok: 1, roundTrips: 1 },
    },
    2,
  ),
];

/** `count` hosts, three tasks; every 250th host fails the first, every 200th changes with the second. */
export function crowdRun(count: number): readonly RunEvent[] {
  const hosts = Array.from({ length: count }, (_, index) => `node${String(index).padStart(4, "0")}`);
  const tasks = [task("t1", "First", "sysctl"), task("t2", "Second", "copy"), task("t3", "Third", "file")];
  const events = tasks.flatMap((of, order) => [
    of,
    ...hosts.flatMap((host, index): RunEvent[] => {
      const failed = index % 250 === 249;
      if (failed && order === 0) return [result(of, host, "failed", { reason: "no space left" })];
      if (failed) return [];
      return [result(of, host, order === 1 && index % 200 === 0 ? "changed" : "ok")];
    }),
  ]);
  const counts = hosts.map((host, index): [string, Partial<HostRecap>] => {
    if (index % 250 === 249) return [host, { failed: 1, roundTrips: 1 }];
    const changed = index % 200 === 0 ? 1 : 0;
    return [host, { ok: 3 - changed, changed, roundTrips: 2 }];
  });
  return [...run(hosts), ...events, recap(Object.fromEntries(counts), 2)];
}
