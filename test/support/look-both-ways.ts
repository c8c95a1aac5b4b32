import type { RunEvent } from "../../engine/run/events.ts";
import { filesOfLab, type RandomLab } from "./random-labs.ts";
import { runSite, type SiteRun } from "./run-site.ts";
import { unevenPace } from "./uneven-pace.ts";
import type { TestWorld } from "./world.ts";

/** What trips cost is what differs. */
const untold: ReadonlySet<string> = new Set([
  "roundTrips",
  "polls",
  "locks",
  "operations",
  "forks",
  "bytesSent",
  "bytesReceived",
]);

export interface BothLooks {
  readonly inTurn: SiteRun;
  readonly ahead: SiteRun;
  /** What one of them tells or leaves otherwise, with the site; null: nothing. */
  readonly difference: string | null;
}

/** Plays it with each look in its turn, and with looking ahead. */
export async function lookBothWays(
  lab: RandomLab,
  worlds: Readonly<Record<RandomLab["kind"], TestWorld>>,
): Promise<BothLooks> {
  const files = filesOfLab(lab);
  const { apart, check = false, kind, pace } = lab;
  // What two do at the same moment to one file is nobody's to foretell: those that are related come one after the other.
  const forks = kind === "related" ? 1 : 4;
  const go = (lookAhead: number) => {
    const world = worlds[kind].copy();
    world.evenPace = true;
    if (kind === "strangers") unevenPace(world, pace);
    // Whoever waits, waits for something to happen: a folder that is there comes to be gone, and the other way round.
    world.onPause = (host) => {
      if (check) return;
      const { files } = world.host(host);
      if (files["/srv/b"] === undefined)
        files["/srv/b"] = { type: "directory", mode: "0755", uid: 0, gid: 0, mtime: 1 };
      else for (const path of Object.keys(files)) if (/^\/srv\/b(\/|$)/.test(path)) delete files[path];
    };
    return runSite({ files, apart, check, lookAhead, forks, world });
  };
  const inTurn = await go(0);
  const ahead = await go(400);
  const found = differenceOf(lab, inTurn, ahead);
  const said = { apart, check, hosts: lab.hosts };
  return {
    inTurn,
    ahead,
    difference: found === null ? null : `${found}\n${JSON.stringify(said)}\n${files["site.yml"]}`,
  };
}

function differenceOf(lab: RandomLab, inTurn: SiteRun, ahead: SiteRun): string | null {
  const wrong = inTurn.diagnostics.find(({ severity }) => severity !== "warning");
  if (wrong) return `the site is wrong: ${wrong.message}`;
  const fault = [...inTurn.faults, ...ahead.faults][0];
  if (fault !== undefined) return `a fault: ${fault}`;
  const [one, other] = [storyOf(inTurn, lab), storyOf(ahead, lab)];
  const at = firstDifference(one, other);
  if (at !== null) return `event ${at + 1}:\n in its turn: ${one[at] ?? "none"}\n in advance:  ${other[at] ?? "none"}`;
  const [left, right] = [inTurn.after, ahead.after];
  if (left !== right) {
    const place = firstDifference(left, right) ?? 0;
    const part = (world: string) => world.slice(Math.max(0, place - 200), place + 200);
    return `the worlds differ:\n in its turn: …${part(left)}…\n in advance:  …${part(right)}…`;
  }
  return lab.check === true && ahead.after !== ahead.before ? "the check has written" : null;
}

/** All that is told: as it is told where one host comes after the other, else what is told of each. */
function storyOf({ events }: SiteRun, { kind, hosts }: RandomLab): readonly string[] {
  const told = (event: RunEvent) => JSON.stringify(event, (key, value) => (untold.has(key) ? undefined : value));
  const lines = events.map(told);
  if (kind === "related") return lines;
  return hosts.flatMap((host) =>
    lines.filter((each) => each.includes(`"host":"${host}"`) || each.includes(`"${host}":{"ok"`)),
  );
}

function firstDifference(one: ArrayLike<string>, other: ArrayLike<string>): number | null {
  for (let at = 0; at < Math.max(one.length, other.length); at += 1) if (one[at] !== other[at]) return at;
  return null;
}
