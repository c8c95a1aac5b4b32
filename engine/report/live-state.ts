import { unreachable } from "../errors/bug.ts";
import type { ProgressEvent, RunEvent, TaskStarted } from "../run/events.ts";
import { printable } from "../text/printable.ts";
import { padTo, shorten } from "../text/shorten.ts";

/** What the live part of the terminal shows at this moment. */
export interface LiveView {
  readonly title: string;
  readonly rows: readonly string[];
}

export interface LiveState {
  on(event: RunEvent): void;
  /** At most `rows` rows, none wider than `width`, however many hosts there are. */
  view(width: number, rows: number): LiveView;
}

/** Follows a run: which task, how many hosts are through with it, and what the others are doing. */
export function createLiveState(): LiveState {
  let task: TaskStarted | undefined;
  let play: ReadonlySet<string> = new Set();
  let title = "starting";
  const gone = new Set<string>();
  const failed = new Set<string>();
  /** Hosts that are through with the task shown. */
  const through = new Set<string>();
  const activities = new Map<string, string>();
  const counts = { changed: 0, failed: 0, unreachable: 0, deferred: 0 };

  return {
    on(event) {
      switch (event.type) {
        case "play":
          play = new Set(event.hosts);
          task = undefined;
          title = `PLAY ${printable(event.name)}`;
          return through.clear();
        case "task":
          // They do nothing any more, and must not stand among those that are waited for.
          for (const host of failed) gone.add(host);
          task = event;
          title = `${event.kind === "handler" ? "HANDLER" : "TASK"} ${printable(event.name)}`;
          return through.clear();
        case "host":
          if (event.event === "added") gone.delete(event.name);
          else gone.add(event.name);
          activities.delete(event.name);
          return;
        case "result":
          if (event.kind === "item") return;
          activities.delete(event.host);
          if (event.taskId === task?.id) through.add(event.host);
          if (event.status === "unreachable") gone.add(event.host);
          if (event.ignored === true || event.rescued === true) return;
          if (event.status === "failed") failed.add(event.host);
          if (event.status !== "ok" && event.status !== "skipped") counts[event.status] += 1;
          return;
        case "step":
          if (event.state === "intent") activities.set(event.host, printable(event.step));
          return;
        case "progress":
          activities.set(event.host, progressText(event));
          return;
        case "run":
        case "include":
        case "block":
        case "trip":
        case "notify":
        case "warning":
        case "recap":
          return;
        default:
          return unreachable(event);
      }
    },
    view(width, rows) {
      const hosts = [...play].filter((host) => !gone.has(host));
      const done = hosts.filter((host) => through.has(host)).length;
      // Those that tell what they do come first: with 1,000 hosts the others only wait for their turn.
      const busy = [...activities.keys()];
      const waiting = task?.kind === "task" ? hosts.filter((host) => !through.has(host) && !activities.has(host)) : [];
      const open = [...busy, ...waiting];
      const shown = open.length <= rows ? open : open.slice(0, Math.max(0, rows - 1));
      const column = Math.min(24, Math.max(0, ...shown.map((host) => host.length)));
      const lines = shown.map((host) => {
        const name = padTo(shorten(printable(host), column), column);
        return shorten(`${name}  ${activities.get(host) ?? ""}`.trimEnd(), width);
      });
      if (shown.length < open.length && rows > 0)
        lines.push(shorten(`… and ${open.length - shown.length} more`, width));
      return { title: withCounts(title, progressCounts(done, hosts.length), width), rows: lines };
    },
  };

  function progressCounts(done: number, of: number): string {
    const through = task === undefined ? [] : [task.kind === "task" ? `${done}/${of} hosts` : `${done} done`];
    const notable = Object.entries(counts).flatMap(([status, count]) => (count > 0 ? [`${count} ${status}`] : []));
    return [...through, ...notable].join(" · ");
  }
}

/** The counts stay whole; a long name gives way. */
function withCounts(title: string, counts: string, width: number): string {
  if (counts === "") return shorten(title, width);
  return shorten(`${shorten(title, Math.max(8, width - counts.length - 3))} · ${counts}`, width);
}

function progressText(event: ProgressEvent): string {
  const text = printable(event.text).replaceAll("\n", " ");
  return event.fraction === undefined ? text : `${String(Math.floor(event.fraction * 100)).padStart(3)} %  ${text}`;
}
