import { fromLabels } from "../../../docker/compose/from-labels.ts";
import { loadProject } from "../../../docker/compose/load-project.ts";
import { ComposeError } from "../../../docker/compose/project.ts";
import { DockerError } from "../../../docker/engine.ts";
import { engineRuns } from "../../../docker/engine-runs.ts";
import { isThere } from "../../../files/look-at-path.ts";
import { fails, NotImitated, parseOptions, says, type ToolContext, type ToolResult } from "../../../tool.ts";
import { NO_ENGINE } from "../no-engine.ts";
import type { Call, Subcommand } from "./call.ts";
import { config } from "./config.ts";
import { down } from "./down.ts";
import { exec, images, kill, logs, ls, ps, pull } from "./looks.ts";
import { remove, restart, start, stop } from "./power.ts";
import { up } from "./up.ts";

const SUBCOMMANDS: Readonly<Record<string, Subcommand>> = {
  config,
  down,
  exec,
  images,
  kill,
  logs,
  ls,
  ps,
  pull,
  restart,
  rm: remove,
  start,
  stop,
  up,
};

const GLOBAL = {
  values: {
    "-p": "project",
    "--project-name": "project",
    "-f": "file",
    "--file": "file",
    "--env-file": "env",
    "--profile": "profile",
    "--project-directory": "dir",
    "--ansi": "ansi",
    "--progress": "progress",
    "--parallel": "parallel",
  },
};

/** Compose 2.26.1. Its progress goes to stderr, a line for each step; what runs side by side there is in order here. */
export function compose(context: ToolContext, args: readonly string[]): ToolResult {
  const at = commandAt(args);
  const options = parseOptions("docker compose", args.slice(0, at), GLOBAL);
  const [verb = "", ...rest] = args.slice(at);
  if (verb === "version") return version(rest);
  const subcommand = SUBCOMMANDS[verb];
  if (subcommand === undefined) throw new NotImitated(`the embedded lab's docker compose does not know "${verb}"`);
  const { session, env } = context;
  const said = (name: string): readonly string[] => options.values.get(name) ?? [];
  const lines: string[] = [];
  const say = (line: string): void => {
    lines.push(`${line}\n`);
  };
  const name = said("project").at(-1) ?? env.COMPOSE_PROJECT_NAME ?? null;
  const dir = said("dir").at(-1) ?? null;
  const project: Call["project"] = (selected = [], orLabels = false) => {
    const files = said("file");
    const folder = dir ?? context.cwd;
    const none =
      files.length === 0 &&
      !["compose.yaml", "compose.yml", "docker-compose.yml", "docker-compose.yaml"].some((file) =>
        isThere(session, `${folder}/${file}`),
      );
    if (none && orLabels && name !== null) return fromLabels(session, name);
    const loaded = loadProject(session, {
      name,
      dir,
      files,
      envFiles: said("env"),
      profiles: said("profile"),
      selected,
      env,
      cwd: context.cwd,
      stdin: new TextDecoder().decode(context.stdin),
    });
    for (const warning of loaded.warnings) say(warning);
    return loaded;
  };
  if (verb !== "config" && !engineRuns(session)) return fails(1, `${NO_ENGINE}\n`);
  try {
    const result = subcommand({ context, args: rest, say, project });
    return { ...result, stderr: lines.join("") + result.stderr };
  } catch (error) {
    if (error instanceof ComposeError) return fails(error.code, `${lines.join("")}${error.message}\n`);
    if (error instanceof DockerError)
      return fails(1, `${lines.join("")}Error response from daemon: ${error.message}\n`);
    throw error;
  }
}

/** Where the subcommand stands: behind the options of the whole. */
function commandAt(args: readonly string[]): number {
  for (let at = 0; at < args.length; at += 1) {
    const word = args[at] ?? "";
    if (!word.startsWith("-")) return at;
    if (Object.hasOwn(GLOBAL.values, word)) at += 1;
  }
  return args.length;
}

function version(args: readonly string[]): ToolResult {
  const { flags, values } = parseOptions("docker compose version", args, {
    flags: { "--short": "short" },
    values: { "-f": "format", "--format": "format" },
  });
  if (values.get("format")?.at(-1) === "json") return says('{"version":"2.26.1-4"}\n');
  return says(flags.has("short") ? "2.26.1-4\n" : "Docker Compose version 2.26.1-4\n");
}
