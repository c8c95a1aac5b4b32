import type { Secret, Step } from "../../engine/module/index.ts";
import { read, write } from "../../engine/module/index.ts";

/**
 * Every command that the module runs, as it stands in an argv: what a real Compose 2.26 with an engine 20.10 was held to.
 *
 * Looks:
 * - `docker version --format {{json .}}` (Client.Version, Server.Version; no server: code 1, `"Server":null`)
 * - `docker compose version --short`; where that fails, `docker-compose version --short` tells a v1
 * - `docker ps -a --no-trunc --filter label=com.docker.compose.project=P --format {{json .}}` (ID, Names, State, Status, Labels, one object a line)
 * - `docker inspect --type container -- NAME|ID…` (code 1 and the others as JSON where one is missing)
 * - `docker image inspect -- IMAGE…` (the same; `[]` where none is there)
 * - `docker network ls --no-trunc --format {{json .}}`, `docker volume ls --format {{json .}}` (Name, Driver, Labels); with
 *   `--filter label=com.docker.compose.project=P` where only those of the project count
 * - `docker manifest inspect --verbose -- IMAGE` (with `pull: always` alone)
 * - `docker compose -p P --project-directory DIR -f - config -q` with new files, merged and without variables, on stdin
 * - `docker logs --tail N ID`
 *
 * Changes; `FILES` is `-p P --project-directory DIR -f FILE… [--env-file FILE]… [--profile NAME]…`:
 * - `docker compose -p P --project-directory DIR -f {} config -q --no-interpolate` validates a new compose file before it takes the old one's place * - `docker compose FILES pull -q SERVICE…` (as a job; what fails here fails before a container is touched)
 * - `docker compose FILES up -d --no-build --pull never --quiet-pull --no-deps --force-recreate SERVICE…` creates and recreates
 * - the same with `--no-recreate` starts what is stopped, and scales
 * - `docker compose FILES restart --no-deps SERVICE…`, `docker stop -- ID…` (dependents first)
 * - `docker unpause -- ID…`; orphans: `docker stop -- ID…`, `docker rm -- ID…`
 * - `docker compose -p P down [--volumes]`, in `/`, without files: containers and networks are found by their labels
 */

/** What commands about one project share. */
export interface Project {
  readonly name: string;
  readonly dir: string;
  /** Absolute, in order; the generated override last. */
  readonly files: readonly string[];
  readonly envFiles: readonly string[];
  readonly profiles: readonly string[];
}

const PROJECT = "com.docker.compose.project";

/** What names what belongs to a project in `looksAt` and `touches`: another project's steps leave it alone. */
export const projectThing = (name: string): string => `compose:${name}`;
export const IMAGES = "docker:images";
/** What decides whether the engine answers at all. */
const ENGINE = [
  "unit:docker.service",
  "/usr/bin/docker",
  "/usr/local/bin/docker",
  "/etc/docker",
  "/usr/libexec/docker",
  // Who may ask it: the members of its group.
  "/etc/group",
];
/** What is published is listened for. */
const PORTS = "/proc/net";

export const look = {
  engine: () => read.exec(["docker", "version", "--format", "{{json .}}"], { looksAt: ENGINE }),
  compose: () => read.exec(["docker", "compose", "version", "--short"], { looksAt: ENGINE }),
  /** Whether Compose accepts a file before it is written. */
  validation: (project: string, dir: string, text: Secret) =>
    read.exec(["docker", "compose", "-p", project, "--project-directory", dir, "-f", "-", "config", "-q"], {
      stdin: text,
      cwd: "/",
      looksAt: ENGINE,
    }),
  oldCompose: () => read.exec(["docker-compose", "version", "--short"], { looksAt: ["/usr/bin/docker-compose"] }),
  containers: (project: string) =>
    read.exec(
      ["docker", "ps", "-a", "--no-trunc", "--filter", `label=${PROJECT}=${project}`, "--format", "{{json .}}"],
      {
        looksAt: [...ENGINE, projectThing(project)],
      },
    ),
  inspect: (project: string, names: readonly string[]) =>
    read.exec(["docker", "inspect", "--type", "container", "--", ...names], {
      looksAt: [...ENGINE, projectThing(project)],
    }),
  images: (images: readonly string[]) =>
    read.exec(["docker", "image", "inspect", "--", ...images], { looksAt: [...ENGINE, IMAGES] }),
  remote: (image: string) =>
    read.exec(["docker", "manifest", "inspect", "--verbose", "--", image], { looksAt: ENGINE }),
  logs: (project: string, id: string, lines: number) =>
    read.exec(["docker", "logs", "--tail", String(lines), id], { looksAt: [...ENGINE, projectThing(project)] }),
  networks: (project: string | null) => listed("network", project),
  volumes: (project: string | null) => listed("volume", project),
} as const;

function listed(kind: "network" | "volume", project: string | null) {
  const filter = project === null ? [] : ["--filter", `label=${PROJECT}=${project}`];
  const whole = kind === "network" ? ["--no-trunc"] : [];
  return read.exec(["docker", kind, "ls", ...whole, ...filter, "--format", "{{json .}}"], {
    looksAt: [...ENGINE, project === null ? `docker:${kind}s` : projectThing(project)],
  });
}

export interface Doing {
  /** What else than the project the step can change: folders that containers write to. */
  readonly touches: readonly string[];
  /** Variables that the files mention: those of the user who runs the command must not decide. */
  readonly unset: readonly string[];
  readonly limitMs: number;
}

export const compose = {
  pull: (project: Project, services: readonly string[], doing: Doing) =>
    run(project, ["pull", "-q", ...services], doing, { limitMs: 6 * 3_600_000 }),
  /** Creates and recreates exactly these. */
  recreate: (project: Project, services: readonly string[], doing: Doing) =>
    run(project, [...UP, "--force-recreate", ...services], doing),
  /** Starts what is stopped of exactly these, and brings their number to what it shall be. */
  start: (project: Project, services: readonly string[], doing: Doing) =>
    run(project, [...UP, "--no-recreate", ...services], doing),
  restart: (project: Project, services: readonly string[], doing: Doing) =>
    run(project, ["restart", "--no-deps", ...services], doing),
  down: (name: string, volumes: boolean, touches: readonly string[]) =>
    write.exec(["docker", "compose", "-p", name, "down", ...(volumes ? ["--volumes"] : [])], {
      cwd: "/",
      env: OWN,
      touches: [projectThing(name), PORTS, "docker:networks", ...(volumes ? ["docker:volumes"] : []), ...touches],
    }),
} as const;

export const docker = {
  unpause: (project: string, ids: readonly string[]) => direct(project, ["unpause", "--", ...ids]),
  stop: (project: string, ids: readonly string[]) => direct(project, ["stop", "--", ...ids]),
  remove: (project: string, ids: readonly string[]) => direct(project, ["rm", "--", ...ids]),
} as const;

function direct(project: string, words: readonly string[]): Step {
  return write.exec(["docker", ...words], { touches: [projectThing(project), PORTS] });
}

const UP = ["up", "-d", "--no-build", "--pull", "never", "--quiet-pull", "--no-deps"];

/** Settings of the user that would change what a command does although no word of it says so. */
const OWN = { COMPOSE_REMOVE_ORPHANS: "false", COMPOSE_IGNORE_ORPHANS: "true", COMPOSE_ANSI: "never" };

function run(
  { name, dir, files, envFiles, profiles }: Project,
  words: readonly string[],
  doing: Doing,
  job?: { readonly limitMs: number },
): Step {
  const options = [
    ...["-p", name, "--project-directory", dir],
    ...files.flatMap((file) => ["-f", file]),
    ...envFiles.flatMap((file) => ["--env-file", file]),
    ...profiles.flatMap((profile) => ["--profile", profile]),
  ];
  return write.exec(["docker", "compose", ...options, ...words], {
    cwd: "/",
    env: OWN,
    unset: doing.unset,
    limitMs: doing.limitMs,
    ...(job !== undefined && { job }),
    touches: [projectThing(name), PORTS, IMAGES, "docker:networks", "docker:volumes", ...doing.touches],
  });
}
