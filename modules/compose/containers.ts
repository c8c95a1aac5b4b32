import type { ExecAnswer } from "../../engine/module/index.ts";
import { isObject, objectOf, parseJsonLines, textAt } from "./json.ts";

/** A container of the project, as `docker inspect` tells it. */
export interface Container {
  readonly id: string;
  readonly name: string;
  readonly service: string;
  readonly number: number;
  /** created, running, paused, restarting, removing, exited or dead. */
  readonly state: string;
  readonly exitCode: number;
  readonly health: "starting" | "healthy" | "unhealthy" | null;
  /** Nanoseconds count: as Docker writes it. */
  readonly startedAt: string;
  readonly created: string;
  readonly pid: number;
  /** Of the image that it was made from. */
  readonly imageId: string;
  readonly image: string;
  /** Whose namespaces it was told to live in: ids of containers. */
  readonly shares: Readonly<Record<"network_mode" | "ipc" | "pid", string | null>>;
  readonly mark: string | null;
  readonly parts: string | null;
  readonly restartPolicy: string;
  /** Networks that it is in, or was in when it was stopped: their ids by name. */
  readonly networks: ReadonlyMap<string, string>;
  /** Names of the volumes that it mounts. */
  readonly volumes: readonly string[];
}

const LABEL = "com.docker.compose";
export const MARK = "lab.definition";
export const PARTS = "lab.parts";

/** What `docker inspect` answered, of one or more calls; who is in both is told once. One-off containers (`docker compose run`) are no part of it. */
export function readContainers(project: string, answers: readonly (ExecAnswer | undefined)[]): readonly Container[] {
  const found = new Map<string, Container>();
  for (const answer of answers) {
    for (const each of listIn(answer?.stdout ?? "")) {
      const labels = objectOf(objectOf(each.Config).Labels);
      if (textAt(labels, `${LABEL}.project`) !== project || /^true$/i.test(textAt(labels, `${LABEL}.oneoff`))) continue;
      const container = containerOf(each, labels);
      if (!found.has(container.id)) found.set(container.id, container);
    }
  }
  return [...found.values()].sort((a, b) =>
    a.service === b.service ? a.number - b.number : a.service < b.service ? -1 : 1,
  );
}

type Json = Readonly<Record<string, unknown>>;

function containerOf(each: Json, labels: Json): Container {
  const state = objectOf(each.State);
  const host = objectOf(each.HostConfig);
  const config = objectOf(each.Config);
  const health = textAt(objectOf(state.Health), "Status");
  const other = (key: string): string | null => /^container:(.+)$/.exec(textAt(host, key))?.[1] ?? null;
  return {
    id: textAt(each, "Id"),
    name: textAt(each, "Name").replace(/^\//, ""),
    service: textAt(labels, `${LABEL}.service`),
    number: Number(textAt(labels, `${LABEL}.container-number`) || "1"),
    state: textAt(state, "Status"),
    exitCode: Number(state.ExitCode ?? 0),
    health: health === "starting" || health === "healthy" || health === "unhealthy" ? health : null,
    startedAt: textAt(state, "StartedAt"),
    created: textAt(each, "Created"),
    pid: Number(state.Pid ?? 0),
    imageId: textAt(each, "Image"),
    image: textAt(config, "Image"),
    shares: { network_mode: other("NetworkMode"), ipc: other("IpcMode"), pid: other("PidMode") },
    mark: MARK in labels ? textAt(labels, MARK) : null,
    parts: PARTS in labels ? textAt(labels, PARTS) : null,
    restartPolicy: textAt(objectOf(host.RestartPolicy), "Name"),
    networks: new Map(
      Object.entries(objectOf(objectOf(each.NetworkSettings).Networks)).map(([name, network]) => [
        name,
        textAt(objectOf(network), "NetworkID"),
      ]),
    ),
    volumes: (Array.isArray(each.Mounts) ? each.Mounts.filter(isObject) : [])
      .filter((mount) => textAt(mount, "Type") === "volume")
      .map((mount) => textAt(mount, "Name")),
  };
}

/** A line of `docker ps`: what can be told without a second question, for waits. */
export interface Listed {
  readonly id: string;
  readonly service: string;
  /** created, running, paused, restarting, removing, exited or dead. */
  readonly state: string;
  readonly health: "starting" | "healthy" | "unhealthy" | null;
  readonly exitCode: number | null;
  /** It has just been started: what dies at once is still running. */
  readonly fresh: boolean;
}

export function readListed(answer: ExecAnswer): readonly Listed[] {
  return parseJsonLines(answer.stdout).flatMap((each): readonly Listed[] => {
    const label = (name: string): string =>
      new RegExp(`(?:^|,)${LABEL.replaceAll(".", "\\.")}\\.${name}=([^,]*)`).exec(textAt(each, "Labels"))?.[1] ?? "";
    if (/^true$/i.test(label("oneoff"))) return [];
    const status = textAt(each, "Status");
    const health = /\(health: starting\)|\((healthy|unhealthy)\)/.exec(status);
    const exit = /^(?:Exited|Restarting) \((\d+)\)/.exec(status)?.[1];
    return [
      {
        id: textAt(each, "ID"),
        service: label("service"),
        state: textAt(each, "State"),
        health:
          health === null
            ? null
            : health[1] === "healthy"
              ? "healthy"
              : health[1] === "unhealthy"
                ? "unhealthy"
                : "starting",
        exitCode: exit === undefined ? null : Number(exit),
        fresh: /^Up (Less than a|1) second\b/.test(status),
      },
    ];
  });
}

/** Images by every name that they have on the host: their id. */
export function readImages(names: readonly string[], answer: ExecAnswer | undefined): ReadonlyMap<string, string> {
  const ids = new Map<string, string>();
  for (const each of listIn(answer?.stdout ?? "")) {
    const id = textAt(each, "Id");
    const known = [each.RepoTags, each.RepoDigests].flatMap((list) => (Array.isArray(list) ? list.map(String) : []));
    for (const name of names) if (known.some((other) => sameImage(name, other)) || name === id) ids.set(name, id);
  }
  return ids;
}

/** `redis`, `docker.io/library/redis:latest` and `library/redis` are one name. A digest says more than the tag before it. */
export function sameImage(one: string, other: string): boolean {
  return fullName(one) === fullName(other);
}
function fullName(image: string): string {
  const [front = "", digest] = image.split("@");
  const [, path = front, tag] = /^(.*?)(?::([^:/]+))?$/.exec(front) ?? [];
  const plain = path.replace(/^(index\.)?docker\.io\//, "").replace(/^library\//, "");
  return digest === undefined ? `${plain}:${tag ?? "latest"}` : `${plain}@${digest}`;
}

function listIn(text: string): readonly Json[] {
  try {
    const value: unknown = JSON.parse(text);
    return Array.isArray(value) ? value.filter(isObject) : [];
  } catch {
    return [];
  }
}
