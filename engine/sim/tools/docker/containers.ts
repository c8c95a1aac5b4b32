import {
  killContainer,
  pauseContainer,
  removeContainer,
  startContainer,
  stopContainer,
} from "../../docker/container-life.ts";
import { containerNow, programIn } from "../../docker/container-now.ts";
import { DockerError, dockerOf } from "../../docker/engine.ts";
import { findContainer, newestFirst } from "../../docker/find-container.ts";
import { goJson, goTemplate, TemplateError } from "../../docker/go-template.ts";
import { humanSize, table } from "../../docker/human.ts";
import { psRow } from "../../docker/ps-row.ts";
import type { DockerContainer } from "../../docker/state.ts";
import type { Session } from "../../session.ts";
import { fails, NotImitated, refuseArgument, says, type ToolContext, type ToolResult } from "../../tool.ts";
import type { Frozen } from "../../world.ts";
import { each, last, optionsOf, Told } from "./options.ts";

const PS = {
  flags: {
    "-a": "all",
    "--all": "all",
    "-q": "quiet",
    "--quiet": "quiet",
    "--no-trunc": "whole",
    "-l": "latest",
    "--latest": "latest",
  },
  values: { "-f": "filter", "--filter": "filter", "--format": "format" },
};

export function ps({ session }: ToolContext, args: readonly string[]): ToolResult {
  const options = optionsOf("docker ps", args, PS);
  if (options.words.length > 0) return fails(1, `"docker ps" accepts no arguments.\nSee 'docker ps --help'.\n`);
  const filters = options.values.get("filter") ?? [];
  const all = options.flags.has("all") || filters.some((filter) => filter.startsWith("status="));
  const shown = newestFirst(dockerOf(session.host))
    .filter((each) => all || ["running", "paused", "restarting"].includes(containerNow(session.host, each).status))
    .filter((each) => filters.every((filter) => passes(session, each, filter)));
  const whole = options.flags.has("whole");
  if (options.flags.has("quiet")) return says(shown.map(({ id }) => `${whole ? id : id.slice(0, 12)}\n`).join(""));
  const rows = shown.map((each) => psRow(session.host, each, { whole }));
  const sized = rows.map((row, index) => ({ ...row, Size: sizeOf(session, shown[index]) }));
  return formatted(sized, last(options, "format"), () =>
    table([
      ["CONTAINER ID", "IMAGE", "COMMAND", "CREATED", "STATUS", "PORTS", "NAMES"],
      ...rows.map((row) =>
        ["ID", "Image", "Command", "RunningFor", "Status", "Ports", "Names"].map((name) => row[name] ?? ""),
      ),
    ]),
  );
}

/** Only where a template may ask for it: the engine has to count it. */
function sizeOf({ host }: Session, container: Frozen<DockerContainer> | undefined): string {
  const image = container && dockerOf(host).images[container.image];
  return image === undefined ? "0B" : `0B (virtual ${humanSize(image.bytes)})`;
}

function passes(session: Session, container: Frozen<DockerContainer>, filter: string): boolean {
  const [, name = "", value = ""] = /^([^=]+)=([\s\S]*)$/.exec(filter) ?? [];
  switch (name) {
    case "label":
      return hasLabel(container.config.labels, value);
    case "name":
      return new RegExp(value).test(container.name) || new RegExp(value).test(`/${container.name}`);
    case "status":
      return containerNow(session.host, container).status === value;
    case "id":
      return container.id.startsWith(value);
    case "health":
      return (containerNow(session.host, container).health?.status ?? "none") === value;
    case "network":
      return container.networks[value] !== undefined;
    default:
      refuseArgument("docker ps", `--filter ${filter}`);
  }
}

export function hasLabel(labels: Readonly<Record<string, string>> | null, wanted: string): boolean {
  const [key = "", ...rest] = wanted.split("=");
  if (labels === null || !Object.hasOwn(labels, key)) return false;
  return rest.length === 0 || labels[key] === rest.join("=");
}

/** A line for each row: a template, `json`, or the table. */
export function formatted(
  rows: readonly Readonly<Record<string, string>>[],
  format: string | undefined,
  tabled: () => string,
): ToolResult {
  if (format === undefined || format === "table") return says(tabled());
  if (format === "json") return says(rows.map((row) => `${goJson(row)}\n`).join(""));
  if (format.startsWith("table ")) throw new NotImitated("the embedded lab does not imitate tables of a template");
  try {
    return says(
      rows.map((row) => `${goTemplate(format.replaceAll("\\t", "\t").replaceAll("\\n", "\n"), row)}\n`).join(""),
    );
  } catch (error) {
    if (error instanceof TemplateError) return fails(1, `${error.message}\n`);
    throw error;
  }
}

const must = (session: Session, name: string): Frozen<DockerContainer> => {
  const found = findContainer(dockerOf(session.host), name);
  if (found === undefined) throw new DockerError(`No such container: ${name}`);
  return found;
};

const PATIENCE = { values: { "-t": "time", "--time": "time" } };
const patienceOf = (time: string | undefined): number => Number(time ?? 10) * 1000;

export function stop({ session }: ToolContext, args: readonly string[]): ToolResult {
  const options = optionsOf("docker stop", args, PATIENCE);
  return each(options.words, (name) =>
    stopContainer(session, must(session, name).id, patienceOf(last(options, "time"))),
  );
}

export function restart({ session }: ToolContext, args: readonly string[]): ToolResult {
  const options = optionsOf("docker restart", args, PATIENCE);
  return each(options.words, (name) => {
    const { id } = must(session, name);
    stopContainer(session, id, patienceOf(last(options, "time")));
    try {
      startContainer(session, id);
    } catch (error) {
      if (error instanceof DockerError) throw new DockerError(`Cannot restart container ${name}: ${error.message}`);
      throw error;
    }
  });
}

export function start({ session }: ToolContext, args: readonly string[]): ToolResult {
  const { words } = optionsOf("docker start", args, {});
  const failed: string[] = [];
  const result = each(words, (name) => {
    try {
      startContainer(session, must(session, name).id);
    } catch (error) {
      failed.push(name);
      throw error;
    }
  });
  const more = failed.length === 0 ? "" : `Error: failed to start containers: ${failed.join(", ")}\n`;
  return { ...result, stderr: result.stderr + more };
}

export function kill({ session }: ToolContext, args: readonly string[]): ToolResult {
  const options = optionsOf("docker kill", args, { values: { "-s": "signal", "--signal": "signal" } });
  const signal = (last(options, "signal") ?? "KILL").replace(/^SIG/, "");
  if (signal !== "KILL" && signal !== "9") refuseArgument("docker kill", `--signal ${signal}`);
  return each(options.words, (name) => {
    const { id } = must(session, name);
    if (!containerNow(session.host, must(session, name)).running)
      throw new DockerError(`Cannot kill container: ${name}: Container ${id} is not running`);
    killContainer(session, id);
  });
}

export function rm({ session }: ToolContext, args: readonly string[]): ToolResult {
  const options = optionsOf("docker rm", args, {
    flags: { "-f": "force", "--force": "force", "-v": "volumes", "--volumes": "volumes" },
  });
  const force = options.flags.has("force");
  const result = each(options.words, (name) => {
    const found = findContainer(dockerOf(session.host), name);
    if (found === undefined) throw new Told(`Error: No such container: ${name}`);
    const { status } = containerNow(session.host, found);
    if (!force && ["running", "paused", "restarting"].includes(status)) {
      throw new DockerError(
        `You cannot remove a ${status} container ${found.id}. ${status === "paused" ? "Unpause and then stop" : "Stop"} the container before attempting removal or force remove`,
      );
    }
    removeContainer(session, found.id, options.flags.has("volumes"));
  });
  // By force what is not there is none the worse.
  return force && !/daemon/.test(result.stderr) ? { ...result, code: 0 } : result;
}

export function pause(paused: boolean) {
  return ({ session }: ToolContext, args: readonly string[]): ToolResult => {
    const { words } = optionsOf(`docker ${paused ? "pause" : "unpause"}`, args, {});
    return each(words, (name) => pauseContainer(session, must(session, name).id, paused));
  };
}

export function rename({ session }: ToolContext, args: readonly string[]): ToolResult {
  const [from = "", to = ""] = optionsOf("docker rename", args, {}).words;
  const result = each([from], () => {
    const { id } = must(session, from);
    const held = session.change().docker?.containers[id];
    if (held !== undefined) held.name = to;
  });
  return { ...result, stdout: "" };
}

export function logs({ session }: ToolContext, args: readonly string[]): ToolResult {
  const options = optionsOf("docker logs", args, {
    flags: { "-t": "times", "--timestamps": "times" },
    values: { "--tail": "tail", "-n": "tail" },
  });
  if (options.flags.has("times")) refuseArgument("docker logs", "--timestamps");
  const [name = ""] = options.words;
  const found = findContainer(dockerOf(session.host), name);
  if (found === undefined) return fails(1, `Error: No such container: ${name}\n`);
  return says(...logsOf(session, found, last(options, "tail")));
}

/** What its process has printed so far, on stdout and stderr; again with each restart. */
export function logsOf(
  session: Session,
  container: Frozen<DockerContainer>,
  tail: string | undefined,
): readonly [string, string] {
  const now = containerNow(session.host, container);
  if (now.startedAt === null) return ["", ""];
  const program = programIn(session.host, dockerOf(session.host), container);
  const rounds = container.starts + now.restarts;
  const count = tail === undefined || tail === "all" ? Number.POSITIVE_INFINITY : Number(tail);
  const whole = (lines: readonly string[]): string =>
    Array.from({ length: Math.min(rounds, 50) }, () => lines)
      .flat()
      .slice(-count || Number.POSITIVE_INFINITY)
      .map((line) => `${line}\n`)
      .join("");
  return [whole(program.stdout), whole(program.stderr)];
}
