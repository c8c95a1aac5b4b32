import { containersOf, serviceOf } from "../../../docker/compose/converge.ts";
import { ComposeError, LABEL } from "../../../docker/compose/project.ts";
import { killContainer } from "../../../docker/container-life.ts";
import { containerNow } from "../../../docker/container-now.ts";
import { dockerOf } from "../../../docker/engine.ts";
import { goJson } from "../../../docker/go-template.ts";
import { humanSize, table } from "../../../docker/human.ts";
import type { Json } from "../../../docker/inspect-container.ts";
import { psRow } from "../../../docker/ps-row.ts";
import type { DockerContainer } from "../../../docker/state.ts";
import type { Session } from "../../../session.ts";
import { parseOptions, refuseArgument, says } from "../../../tool.ts";
import type { Frozen } from "../../../world.ts";
import { formatted, logsOf } from "../containers.ts";
import { execIn } from "../exec.ts";
import type { Subcommand } from "./call.ts";
import { pullServices } from "./pull-services.ts";
import { selection } from "./selection.ts";

export const ps: Subcommand = ({ context: { session }, args, project: load }) => {
  const { flags, values, words } = parseOptions("docker compose ps", args, {
    flags: {
      "-a": "all",
      "--all": "all",
      "-q": "quiet",
      "--quiet": "quiet",
      "--services": "services",
      "--no-trunc": "whole",
      "--orphans": "orphans",
    },
    values: { "--format": "format", "--status": "status" },
  });
  const project = load(words, true);
  const wanted = selection(project, words);
  const statuses = values.get("status") ?? [];
  const found = containersOf(session, project.name)
    .filter((container) => words.length === 0 || wanted.includes(serviceOf(container)))
    .filter((container) => {
      const { status, running } = containerNow(session.host, container);
      return statuses.length > 0 ? statuses.includes(status) : flags.has("all") || running;
    })
    .toSorted((a, b) => (a.name < b.name ? -1 : 1));
  if (flags.has("quiet")) return says(found.map(({ id }) => `${id}\n`).join(""));
  if (flags.has("services")) return says([...new Set(found.map(serviceOf))].map((name) => `${name}\n`).join(""));
  const rows = found.map((container) => psRow(session.host, container, { whole: flags.has("whole") }));
  const format = values.get("format")?.at(-1);
  if (format === "json") return says(found.map((container) => `${goJson(jsonRow(session, container))}\n`).join(""));
  return formatted(
    rows.map((row, index) => ({
      ...row,
      Name: row.Names ?? "",
      Service: serviceOf(found[index] as Frozen<DockerContainer>),
    })),
    format,
    () =>
      table([
        ["NAME", "IMAGE", "COMMAND", "SERVICE", "CREATED", "STATUS", "PORTS"],
        ...rows.map((row, index) => [
          row.Names ?? "",
          row.Image ?? "",
          row.Command ?? "",
          found[index] === undefined ? "" : serviceOf(found[index]),
          row.RunningFor ?? "",
          row.Status ?? "",
          row.Ports ?? "",
        ]),
      ]),
  );
};

function jsonRow(session: Session, container: Frozen<DockerContainer>): Json {
  const row = psRow(session.host, container, { whole: false });
  const now = containerNow(session.host, container);
  const joined = container.networkMode.startsWith("container:");
  const published = new Set(container.ports.map(({ target }) => target));
  const publishers = [
    ...container.config.exposed.filter((port) => !published.has(port)).map((target) => ({ ip: "", target, port: "0" })),
    ...container.ports.flatMap(({ target, ip, port }) =>
      (ip === "" ? ["0.0.0.0", "::"] : [ip]).map((each) => ({ ip: each, target, port })),
    ),
  ].map(({ ip, target, port }) => ({
    URL: ip,
    TargetPort: Number.parseInt(target, 10),
    PublishedPort: Number(port),
    Protocol: target.split("/")[1] ?? "tcp",
  }));
  return {
    Command: row.Command ?? "",
    CreatedAt: row.CreatedAt ?? "",
    ExitCode: now.exitCode,
    Health: now.health?.status ?? "",
    ID: row.ID ?? "",
    Image: row.Image ?? "",
    Labels: row.Labels ?? "",
    LocalVolumes: row.LocalVolumes ?? "",
    Mounts: row.Mounts ?? "",
    Name: row.Names ?? "",
    Names: row.Names ?? "",
    Networks: row.Networks ?? "",
    Ports: row.Ports ?? "",
    Project: container.config.labels[`${LABEL}.project`] ?? "",
    Publishers:
      joined || !now.running || publishers.length === 0
        ? null
        : publishers.toSorted((a, b) => a.TargetPort - b.TargetPort),
    RunningFor: row.RunningFor ?? "",
    Service: serviceOf(container),
    Size: row.Size ?? "",
    State: row.State ?? "",
    Status: row.Status ?? "",
  };
}

export const images: Subcommand = ({ context: { session }, args, project: load }) => {
  const { flags, words } = parseOptions("docker compose images", args, {
    flags: { "-q": "quiet", "--quiet": "quiet" },
  });
  const project = load(words, true);
  const wanted = selection(project, words);
  const found = containersOf(session, project.name).filter((container) => wanted.includes(serviceOf(container)));
  if (flags.has("quiet"))
    return says([...new Set(found.map(({ image }) => image.slice(7)))].map((id) => `${id}\n`).join(""));
  const rows = found
    .toSorted((a, b) => (a.name < b.name ? -1 : 1))
    .map(({ name, image, imageName }) => {
      const colon = imageName.lastIndexOf(":");
      const bytes = dockerOf(session.host).images[image]?.bytes ?? 0;
      return [name, imageName.slice(0, colon), imageName.slice(colon + 1), image.slice(7, 19), humanSize(bytes)];
    });
  return says(table([["CONTAINER", "REPOSITORY", "TAG", "IMAGE ID", "SIZE"], ...rows], 20));
};

export const ls: Subcommand = ({ context: { session }, args }) => {
  const { flags, values } = parseOptions("docker compose ls", args, {
    flags: { "-a": "all", "--all": "all", "-q": "quiet", "--quiet": "quiet" },
    values: { "--format": "format" },
  });
  const projects = new Map<string, Frozen<DockerContainer>[]>();
  for (const container of Object.values(dockerOf(session.host).containers)) {
    const name = container.config.labels[`${LABEL}.project`];
    if (name !== undefined) projects.set(name, [...(projects.get(name) ?? []), container]);
  }
  const rows = [...projects]
    .toSorted(([a], [b]) => (a < b ? -1 : 1))
    .map(([name, containers]) => {
      const counts = new Map<string, number>();
      for (const container of containers) {
        const { status } = containerNow(session.host, container);
        counts.set(status, (counts.get(status) ?? 0) + 1);
      }
      const status = [...counts].toSorted(([a], [b]) => (a < b ? -1 : 1)).map(([each, count]) => `${each}(${count})`);
      const files = [...new Set(containers.map(({ config }) => config.labels[`${LABEL}.project.config_files`] ?? ""))];
      return { Name: name, Status: status.join(", "), ConfigFiles: files.join(",") };
    })
    .filter(({ Status }) => flags.has("all") || Status.includes("running"));
  if (flags.has("quiet")) return says(rows.map(({ Name }) => `${Name}\n`).join(""));
  if (values.get("format")?.at(-1) === "json") return says(`${goJson(rows)}\n`);
  return says(
    table(
      [["NAME", "STATUS", "CONFIG FILES"], ...rows.map(({ Name, Status, ConfigFiles }) => [Name, Status, ConfigFiles])],
      20,
    ),
  );
};

export const logs: Subcommand = ({ context: { session }, args, project: load }) => {
  const { flags, values, words } = parseOptions("docker compose logs", args, {
    flags: { "--no-color": "plain", "--no-log-prefix": "bare" },
    values: { "-n": "tail", "--tail": "tail" },
  });
  const project = load(words, true);
  const wanted = selection(project, words);
  const found = containersOf(session, project.name).filter((container) => wanted.includes(serviceOf(container)));
  const prefix = (name: string): string => (flags.has("bare") ? "" : `${name.replace(`${project.name}-`, "")}  | `);
  const text = found.flatMap((container) => {
    const [stdout, stderr] = logsOf(session, container, values.get("tail")?.at(-1));
    return `${stdout}${stderr}`
      .split("\n")
      .slice(0, -1)
      .map((line) => `${prefix(container.name)}${line}\n`);
  });
  return says(text.join(""));
};

export const exec: Subcommand = ({ context, args, project: load }) => {
  const at = args.findIndex(
    (word, index) =>
      !word.startsWith("-") &&
      !["-u", "--user", "-w", "--workdir", "-e", "--env", "--index"].includes(args[index - 1] ?? ""),
  );
  const { flags, values } = parseOptions("docker compose exec", args.slice(0, Math.max(0, at)), {
    flags: { "-T": "no-tty", "--no-TTY": "no-tty", "-d": "detach", "--detach": "detach" },
    values: {
      "-u": "user",
      "--user": "user",
      "-w": "dir",
      "--workdir": "dir",
      "-e": "env",
      "--env": "env",
      "--index": "index",
    },
  });
  if (!flags.has("no-tty")) refuseArgument("docker compose exec", "a terminal: say -T");
  const [service = "", ...words] = args.slice(at);
  const project = load([], true);
  const index = Number(values.get("index")?.at(-1) ?? 1);
  const container = containersOf(context.session, project.name, service)[index - 1];
  if (container === undefined || !containerNow(context.session.host, container).running)
    throw new ComposeError(`service "${service}" is not running`);
  return execIn(context, container, words, {
    user: values.get("user")?.at(-1),
    dir: values.get("dir")?.at(-1),
    env: values.get("env") ?? [],
  });
};

export const kill: Subcommand = ({ context: { session }, args, say, project: load }) => {
  const { words } = parseOptions("docker compose kill", args, {});
  const project = load(words, true);
  for (const service of selection(project, words)) {
    for (const container of containersOf(session, project.name, service)) {
      if (!containerNow(session.host, container).running) continue;
      say(` Container ${container.name}  Killing`);
      killContainer(session, container.id);
      say(` Container ${container.name}  Killed`);
    }
  }
  return says("");
};

export const pull: Subcommand = ({ context: { session }, args, say, project: load }) => {
  const { flags, words } = parseOptions("docker compose pull", args, {
    flags: { "-q": "quiet", "--quiet": "quiet", "--include-deps": "deps" },
    values: { "--policy": "policy" },
  });
  const project = load(words);
  const services = selection(project, words).flatMap((name) => project.services.get(name) ?? []);
  pullServices(session, services, "always", flags.has("quiet") ? () => {} : say);
  return says("");
};
