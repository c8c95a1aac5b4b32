import {
  isComparableRaw,
  isRunningState,
  parseRunningConfig,
  rawLinesNotInForce,
  rawLinesStillInForce,
} from "../../engine/formats/lxc-running.ts";
import { confValue, parseGuestConf } from "../../engine/formats/pve-conf.ts";
import {
  parseRawLine,
  printRawLine,
  type RawLine,
  rawLinesOf,
  sameRawLine,
  withoutRawLines,
  withRawLines,
} from "../../engine/formats/raw-lines.ts";
import type { Plan, Step, ValueMap } from "../../engine/module/index.ts";
import { change, defineModule, needsQuorum, read, refuse, write } from "../../engine/module/index.ts";
import { confPath, firstLook, LOCK_FOLDER, type Seen, secondLook } from "./look.ts";
import { type Params, params, wantedLines } from "./params.ts";
import { identityTrouble, linesTrouble, linesWarnings } from "./trouble.ts";

const START_MS = 120_000;

export const lxcconf = defineModule({
  name: "lxcconf",
  summary: "Raw `lxc.*` lines in the configuration of a container of a Proxmox VE node.",
  description: `For what \`pct\` has no key for. Runs on the node; the container is made with \`pct\` first. The lines go into the part
of the file that is in force, above pending changes and snapshots, under the lock that Proxmox VE itself takes; every other line
stays as it is. Lines of one key are kept in the order in which the task names them.

All \`lxc.idmap\` lines of the container are checked together, against /etc/subuid and /etc/subgid too. For a device of the node
\`devices\` of \`pct\` is the better way where it will do: it gives the device an owner inside.`,
  params,
  probes: firstLook,
  probesAfter: (given, seen) => secondLook(given, seen as Seen),
  // Without a quorum the file cannot be written, nor the container restarted.
  plan: (given, seen) => needsQuorum(planFor(given, seen as Seen), (seen as Seen).members),
  settle: ({ restart, timeout }) => ({ forMs: timeout * 1000, holdMs: restart === "if_needed" ? 2000 : 0 }),
  result: (given, seen) => resultFor(given, seen as Seen),
  examples: [
    "lxcconf: { vmid: 100, preset: [quicksync, tun] }",
    `lxcconf:
  vmid: 100
  lines: |
    # TUN for the VPN
    lxc.cgroup2.devices.allow: c 10:200 rwm
    lxc.mount.entry: /dev/net/tun dev/net/tun none bind,create=file
  restart: if_needed`,
    `lxcconf:
  vmid: 100
  entries:
    - [lxc.mount.entry, "/srv srv none bind,optional,create=dir"]
  state: absent`,
  ],
});

function planFor(given: Params, seen: Seen): Plan {
  const { vmid, state, mode, restart, timeout } = given;
  const wanted = wantedLines(given);
  const trouble = identityTrouble(given, seen);
  if (trouble) return trouble;
  const { conf } = seen;
  if (conf === null) {
    return state === "absent"
      ? change({ lines: [] }, { lines: [] }, [])
      : refuse(`there is no container ${vmid}`, "make it first: pct: { vmid: …, template: … }");
  }
  const text =
    state === "absent"
      ? withoutRawLines(conf, mode === "exact" ? "all" : wanted)
      : withRawLines(conf, wanted, { only: mode === "exact" });
  const changed = text !== conf;
  const bad = changed ? linesTrouble(given, text, seen) : null;
  if (bad) return bad;
  const lock = confValue(parseGuestConf(conf).current, "lock");
  if (changed && lock !== undefined && lock !== "") {
    return refuse(
      `container ${vmid} is locked (${lock})`,
      `wait until that is done; if nothing is at it any more: pct unlock ${vmid}`,
    );
  }
  const meant = (line: RawLine) => mode === "exact" || wanted.some((each) => sameRawLine(each, line));
  const after = state === "absent" ? [] : wanted.map(printRawLine);
  const before = changed ? rawLinesOf(conf).filter(meant).map(printRawLine) : after;
  const running = isRunningState(seen.state.stdout);
  const now = running ? waiting(given, conf, conf, seen) : [];
  const then = running ? [...waiting(given, conf, text, seen), ...unjudged(conf, text)] : [];
  const restarts = restart === "if_needed" && then.length > 0;
  const steps: readonly (Step | false)[] = [
    changed && seen.lockFolder === null && write.mkdir(LOCK_FOLDER, { parents: true }),
    changed && write.text(confPath(vmid), text, { lock: `${LOCK_FOLDER}/pve-config-${vmid}.lock` }),
    ...(restarts ? restartSteps(vmid, timeout) : []),
  ];
  const required = restart === "if_needed" && running;
  return change(
    { lines: before, ...(required && { restart_required: now }) },
    { lines: after, ...(required && { restart_required: [] }) },
    steps,
    {
      warnings: [
        ...linesWarnings(given, text, seen),
        then.length > 0 &&
          !restarts &&
          `counts from the next start of container ${vmid} only: ${then.join("; ")} (restart: if_needed restarts it)`,
        running &&
          seen.running !== undefined &&
          seen.running.code !== 0 &&
          "what the running container was started with cannot be told",
      ],
    },
  );
}

/** What waits for the next start: lines that are not in force, and lines that shall be gone and still are. */
function waiting(given: Params, before: string, text: string, { running, generated }: Seen): readonly string[] {
  if (running?.code !== 0) return [];
  const inForce = parseRunningConfig(running.stdout);
  const raw = rawLinesOf(text);
  const isThere = (lines: readonly RawLine[]) => (line: RawLine) => lines.some((each) => sameRawLine(each, line));
  const removed = rawLinesOf(before).filter((line) => !isThere(raw)(line));
  // LXC's own files have some lines too: only what the container itself was started with is gone after a restart.
  const started = (generated ?? "").split("\n").flatMap((line) => parseRawLine(line) ?? []);
  const earlier =
    given.state === "absent" ? wantedLines(given).filter((line) => !isThere(raw)(line) && isThere(started)(line)) : [];
  const gone = [...removed, ...earlier.filter((line) => !isThere(removed)(line))];
  const entries = (lines: readonly RawLine[]) => lines.map((line) => ({ ...line, raw: true }));
  return [
    ...rawLinesNotInForce(entries(raw), inForce),
    ...rawLinesStillInForce(entries(gone), inForce).map((line) => `without ${line}`),
  ];
}

/** Lines that change and of which the running container cannot be asked. */
function unjudged(before: string, after: string): readonly string[] {
  const [old, now] = [rawLinesOf(before), rawLinesOf(after)];
  const without = (all: readonly RawLine[], others: readonly RawLine[]) =>
    all.filter((line) => !isComparableRaw(line.key) && !others.some((each) => sameRawLine(each, line)));
  return [...without(now, old).map(printRawLine), ...without(old, now).map((line) => `without ${printRawLine(line)}`)];
}

function restartSteps(vmid: number, timeout: number): readonly Step[] {
  const touches = [`guest:${vmid}`, confPath(vmid), `/var/lib/lxc/${vmid}`];
  return [
    write.exec(["pct", "reboot", String(vmid), "--timeout", String(timeout)], {
      touches,
      limitMs: START_MS + timeout * 1000,
    }),
    write.waitUntil(
      read.exec(["lxc-info", "-n", String(vmid), "-s"], { looksAt: [`guest:${vmid}`] }),
      ({ stdout }) => isRunningState(stdout),
      { why: `container ${vmid} to run again`, forMs: timeout * 1000 },
    ),
  ];
}

function resultFor(given: Params, seen: Seen): ValueMap {
  const running = seen.conf !== null && isRunningState(seen.state.stdout);
  return {
    vmid: given.vmid,
    lines: rawLinesOf(seen.conf ?? "").map(printRawLine),
    restart_required: running ? [...waiting(given, seen.conf ?? "", seen.conf ?? "", seen)] : [],
  };
}
