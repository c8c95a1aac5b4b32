import { member, parseJson } from "../../../formats/json.ts";
import { containerNow } from "../../docker/container-now.ts";
import { dockerOf } from "../../docker/engine.ts";
import { engineRuns } from "../../docker/engine-runs.ts";
import type { Json } from "../../docker/inspect-container.ts";
import { DATA_ROOT } from "../../docker/volumes.ts";
import { nodeAt } from "../../files/file-tree.ts";
import { isThere } from "../../files/look-at-path.ts";
import { nodeText } from "../../files/node.ts";
import { KERNEL } from "../../files/virtual-files.ts";
import { DOCKER_GID } from "../../host/docker-packages.ts";
import { fails, NotImitated, parseOptions, says, type Tool, type ToolContext, type ToolResult } from "../../tool.ts";
import { compose } from "./compose/index.ts";
import { kill, logs, pause, ps, rename, restart, rm, start, stop } from "./containers.ts";
import { exec } from "./exec.ts";
import { images, manifest, pull, rmi, tag } from "./image-commands.ts";
import { inspect, jsonOrTemplate } from "./inspect.ts";
import { networks, volumes } from "./networks-and-volumes.ts";
import { NO_ENGINE } from "./no-engine.ts";
import { run } from "./run.ts";

type Subcommand = (context: ToolContext, args: readonly string[]) => ToolResult;

const CONTAINER: Readonly<Record<string, Subcommand>> = {
  create: run("create"),
  exec,
  inspect: inspect("container"),
  kill,
  logs,
  ls: ps,
  pause: pause(true),
  rename,
  restart,
  rm,
  run: run("run"),
  start,
  stop,
  unpause: pause(false),
};
const IMAGE: Readonly<Record<string, Subcommand>> = { inspect: inspect("image"), ls: images, pull, rm: rmi, tag };
const group =
  (name: string, verbs: Readonly<Record<string, Subcommand>>): Subcommand =>
  (context, [verb = "", ...args]) => {
    const found = verbs[verb];
    if (found === undefined) throw new NotImitated(`the embedded lab's docker does not know "${name} ${verb}"`);
    return found(context, args);
  };
const { ls: _ls, inspect: _inspect, ...plain } = CONTAINER;
const SUBCOMMANDS: Readonly<Record<string, Subcommand>> = {
  ...plain,
  container: group("container", CONTAINER),
  image: group("image", IMAGE),
  images,
  info,
  inspect: inspect(null),
  manifest,
  network: networks,
  ps,
  pull,
  rmi,
  tag,
  volume: volumes,
};

/** What the real one has and the lab has not. */
const REAL = new Set(
  "attach build builder buildx checkpoint commit config context cp diff events export history import load login logout node plugin port push save scan search secret service stack stats swarm system top trust update wait".split(
    " ",
  ),
);

/** Plugins of the command line: where any of the packages puts Compose. */
const COMPOSE = [
  "/usr/libexec/docker/cli-plugins/docker-compose",
  "/usr/lib/docker/cli-plugins/docker-compose",
  "/usr/local/lib/docker/cli-plugins/docker-compose",
];

/** Docker 20.10.24 as Debian has it, with Compose 2.26.1 where its plugin is installed. */
export const docker: Tool = {
  name: "docker",
  rests: "recorded",
  run(context, args) {
    const [verb = "", ...rest] = args;
    const { session } = context;
    if (verb === "--version" || verb === "-v") return says(`Docker version ${VERSION}, build 297e128\n`);
    if (verb === "compose") {
      if (!COMPOSE.some((path) => isThere(session, path)))
        return fails(1, "docker: 'compose' is not a docker command.\nSee 'docker --help'\n");
      return compose(context, rest);
    }
    if (verb === "version") return version(context, rest);
    const subcommand = Object.hasOwn(SUBCOMMANDS, verb) ? SUBCOMMANDS[verb] : undefined;
    if (subcommand === undefined) {
      if (REAL.has(verb) || verb.startsWith("-"))
        throw new NotImitated(`the embedded lab's docker does not know "${verb}"`);
      return fails(1, `docker: '${verb}' is not a docker command.\nSee 'docker --help'\n`);
    }
    if (verb !== "manifest" && !mayAsk(context)) return fails(1, `${DENIED}\n`);
    if (!engineRuns(session)) return fails(1, `${NO_ENGINE}\n`);
    return subcommand(context, rest);
  },
};

function mayAsk({ session: { user } }: ToolContext): boolean {
  return user.uid === 0 || user.gids.includes(DOCKER_GID);
}
const DENIED =
  "Got permission denied while trying to connect to the Docker daemon socket at unix:///var/run/docker.sock";

const VERSION = "20.10.24+dfsg1";
const BUILT = "Thu May  7 21:09:36 2026";

function version(context: ToolContext, args: readonly string[]): ToolResult {
  const { values } = parseOptions("docker version", args, { values: { "-f": "format", "--format": "format" } });
  const format = values.get("format")?.at(-1);
  const trouble = !mayAsk(context) ? DENIED : engineRuns(context.session) ? null : NO_ENGINE;
  const client: Json = {
    Platform: { Name: "" },
    Version: VERSION,
    ApiVersion: "1.41",
    DefaultAPIVersion: "1.41",
    GitCommit: "297e128",
    GoVersion: "go1.19.8",
    Os: "linux",
    Arch: "amd64",
    BuildTime: BUILT,
    Context: "default",
    Experimental: true,
  };
  if (format === undefined) throw new NotImitated("the embedded lab's docker version is asked with --format");
  if (trouble !== null) {
    const shown = /\.Server\./.test(format) ? says("\n") : jsonOrTemplate(format, { Client: client, Server: null });
    return { ...shown, code: 1, stderr: `${trouble}\n` };
  }
  return jsonOrTemplate(format, { Client: client, Server: server() });
}

function server(): Json {
  const engine = { ApiVersion: "1.41", Arch: "amd64", BuildTime: BUILT, Experimental: "false", GitCommit: "5d6db84" };
  const details = { ...engine, GoVersion: "go1.19.8", KernelVersion: KERNEL, MinAPIVersion: "1.12", Os: "linux" };
  return {
    Platform: { Name: "" },
    Components: [
      { Name: "Engine", Version: VERSION, Details: details },
      { Name: "containerd", Version: "1.6.20~ds1", Details: { GitCommit: "1.6.20~ds1-1+deb12u3" } },
      { Name: "runc", Version: "1.1.5+ds1", Details: { GitCommit: "1.1.5+ds1-1+deb12u1" } },
      { Name: "docker-init", Version: "0.19.0", Details: { GitCommit: "" } },
    ],
    Version: VERSION,
    ApiVersion: "1.41",
    MinAPIVersion: "1.12",
    GitCommit: "5d6db84",
    GoVersion: "go1.19.8",
    Os: "linux",
    Arch: "amd64",
    KernelVersion: KERNEL,
    BuildTime: "2026-05-07T21:09:36.000000000+00:00",
  };
}

function info(context: ToolContext, args: readonly string[]): ToolResult {
  const { values } = parseOptions("docker info", args, { values: { "-f": "format", "--format": "format" } });
  const format = values.get("format")?.at(-1);
  if (format === undefined) throw new NotImitated("the embedded lab's docker info is asked with --format");
  const { host } = context.session;
  const containers = Object.values(dockerOf(host).containers).map((each) => containerNow(host, each).status);
  const count = (status: string): number => containers.filter((each) => each === status).length;
  return jsonOrTemplate(format, {
    ID: "",
    Containers: containers.length,
    ContainersRunning: count("running"),
    ContainersPaused: count("paused"),
    ContainersStopped: containers.length - count("running") - count("paused"),
    Images: Object.keys(dockerOf(host).images).length,
    Driver: daemonSetting(context, "storage-driver") ?? "overlay2",
    LoggingDriver: daemonSetting(context, "log-driver") ?? "json-file",
    CgroupDriver: "systemd",
    CgroupVersion: "2",
    KernelVersion: KERNEL,
    OperatingSystem: "Debian GNU/Linux 12 (bookworm)",
    OSType: "linux",
    Architecture: "x86_64",
    NCPU: host.description.cpus ?? 4,
    DockerRootDir: DATA_ROOT,
    Name: host.hostname,
    ServerVersion: VERSION,
    SecurityOptions: ["name=apparmor", "name=seccomp,profile=default", "name=cgroupns"],
    LiveRestoreEnabled: daemonSetting(context, "live-restore") === true,
    Warnings: null,
  });
}

/** A setting of the engine's; it is taken to have read its file. */
function daemonSetting({ session }: ToolContext, name: string): Json | undefined {
  const node = nodeAt(session.host, "/etc/docker/daemon.json");
  const value = node?.type === "file" ? member(parseJson(nodeText(node)), name) : undefined;
  return typeof value === "string" || typeof value === "boolean" ? value : undefined;
}

/** The old Compose of Debian 12, in Python: what tells it from the plugin is its version. */
export const dockerCompose: Tool = {
  name: "docker-compose",
  rests: "documented",
  run(_context, args) {
    if (args.join(" ") === "version --short") return says("1.29.2\n");
    throw new NotImitated(`the embedded lab does not imitate Compose v1 (docker-compose ${args.join(" ")})`);
  },
};
