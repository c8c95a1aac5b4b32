import { read } from "../../ops/build.ts";
import type { PlacedProbe, Recall, WriteClock } from "./host-session.ts";

/**
 * Counts the writes that make earlier looks worthless. Together: of all hosts. Apart: of each machine by itself, and
 * that two hosts are one machine only the hosts can tell: one that is reached under two names has one boot, and nodes
 * of a cluster have one /etc/pve. So each trip asks for it; two that turn out to be one share a clock from then on.
 */
export interface MachineClocks {
  of(machine: string): WriteClock;
  /** Null: there is nothing to ask. */
  readonly identity: MachineIdentity | null;
}
interface MachineIdentity {
  /** What every trip to a machine asks. */
  readonly looks: readonly PlacedProbe[];
  heard(machine: string, answers: Recall): void;
  /** Whether it has said who it is. Until then it may be any of them. */
  known(machine: string): boolean;
}

export function machineClocks(together: boolean): MachineClocks {
  const all: WriteClock = { writes: 0 };
  return together ? { of: () => all, identity: null } : clocksApart();
}

const boot: PlacedProbe = { probe: read.text("/proc/sys/kernel/random/boot_id"), user: null };
/** There as soon as the node is in a cluster; whoever logs in may ask for that, though not read it. */
const cluster: PlacedProbe = { probe: read.stat("/etc/pve/corosync.conf"), user: null };

function clocksApart(): MachineClocks {
  const clocks = new Map<string, WriteClock>();
  const views = new Map<string, WriteClock>();
  const clockOf = (machine: string): WriteClock => {
    const clock = clocks.get(machine) ?? { writes: 0 };
    clocks.set(machine, clock);
    return clock;
  };
  /** Whoever shows one of these is the same machine as the first that did. */
  const shown = new Map<string, string>();
  const known = new Set<string>();
  const show = (sign: string, machine: string): void => {
    const [one, other] = [clockOf(shown.get(sign) ?? machine), clockOf(machine)];
    shown.set(sign, shown.get(sign) ?? machine);
    if (one === other) return;
    // What was seen of one of them still counts only if nothing was ever written to the other.
    const joined: WriteClock = { writes: one.writes + other.writes };
    for (const [name, clock] of clocks) if (clock === one || clock === other) clocks.set(name, joined);
  };
  return {
    of(machine) {
      const view: WriteClock = views.get(machine) ?? {
        get writes() {
          return clockOf(machine).writes;
        },
        set writes(count: number) {
          clockOf(machine).writes = count;
        },
      };
      views.set(machine, view);
      return view;
    },
    identity: {
      looks: [boot, cluster],
      heard(machine, answers) {
        const [booted, clustered] = [answers(boot), answers(cluster)];
        if (booted?.kind === "done" && typeof booted.answer === "string") {
          show(`boot ${booted.answer.trim()}`, machine);
          known.add(machine);
        }
        // Which cluster it is does not matter much: who has two of them makes a few trips more.
        if (clustered?.kind === "done" && clustered.answer !== null) show("cluster", machine);
      },
      known: (machine) => known.has(machine),
    },
  };
}
