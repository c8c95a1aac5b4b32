import type { Frozen, FrozenHost } from "../world.ts";
import { containerNow, wordsOf } from "./container-now.ts";
import { humanDuration } from "./human.ts";
import type { DockerContainer } from "./state.ts";

export interface RowOptions {
  readonly whole: boolean;
}

/** What the rows of `docker ps` are made of, by the names that templates use. */
export function psRow(
  host: FrozenHost,
  container: Frozen<DockerContainer>,
  { whole }: RowOptions,
): Readonly<Record<string, string>> {
  const now = containerNow(host, container);
  const command = wordsOf(container).map(quoteIfNeeded).join(" ");
  const mounts = container.mounts.map(({ source, target, kind }) => (kind === "tmpfs" ? target : source));
  return {
    Command: `"${escapeQuotes(whole ? command : shorten(command, 20))}"`,
    CreatedAt: createdAt(container.created),
    ID: whole ? container.id : container.id.slice(0, 12),
    Image: container.imageName,
    Labels: Object.entries(container.config.labels)
      .map(([key, value]) => `${key}=${value}`)
      .join(","),
    LocalVolumes: String(container.mounts.filter(({ kind }) => kind === "volume").length),
    Mounts: mounts.map((each) => (whole ? each : shorten(each, 15))).join(","),
    Names: container.name,
    Networks: Object.keys(container.networks).sort().join(","),
    Ports: now.running ? portsText(container) : "",
    RunningFor: `${humanDuration(host.clockMs - container.created)} ago`,
    Size: "0B",
    State: now.status,
    Status: statusText(host, container),
  };
}

export function createdAt(ms: number): string {
  return `${new Date(ms).toISOString().slice(0, 19).replace("T", " ")} +0000 UTC`;
}

export function statusText(host: FrozenHost, container: Frozen<DockerContainer>): string {
  const now = containerNow(host, container);
  const since = (ms: number | null): string => humanDuration(host.clockMs - (ms ?? host.clockMs));
  switch (now.status) {
    case "created":
      return "Created";
    case "exited":
      return `Exited (${now.exitCode}) ${since(now.finishedAt)} ago`;
    case "restarting":
      return `Restarting (${now.exitCode}) ${since(now.finishedAt)} ago`;
    case "paused":
      return `Up ${since(now.startedAt)} (Paused)`;
    case "running": {
      const health =
        now.health === null ? "" : ` (${now.health.status === "starting" ? "health: starting" : now.health.status})`;
      return `Up ${since(now.startedAt)}${health}`;
    }
  }
}

/** Ports that are only exposed come first, then what is published, by its port inside. */
function portsText({ config, ports, networkMode }: Frozen<DockerContainer>): string {
  if (networkMode.startsWith("container:")) return "";
  const published = new Set(ports.map(({ target }) => target));
  const number = (target: string): number => Number.parseInt(target, 10);
  const only = config.exposed.filter((port) => !published.has(port)).toSorted((a, b) => number(a) - number(b));
  const shown = [...ports]
    .sort((a, b) => number(a.target) - number(b.target))
    .flatMap(({ target, ip, port }) =>
      (ip === "" ? ["0.0.0.0", "::"] : [ip]).map((each) => `${each}:${port}->${target}`),
    );
  return [...only, ...shown].join(", ");
}

function quoteIfNeeded(word: string): string {
  return /[\s'"$;&|<>()]/.test(word) ? `'${word}'` : word;
}
function escapeQuotes(text: string): string {
  return text.replaceAll("\\", "\\\\").replaceAll('"', '\\"');
}
export function shorten(text: string, length: number): string {
  return text.length <= length ? text : `${text.slice(0, length - 1)}…`;
}
