import { removeContainer, startContainer } from "../../docker/container-life.ts";
import { containerNow, programIn } from "../../docker/container-now.ts";
import { createContainer } from "../../docker/create-container.ts";
import { DockerError, dockerOf } from "../../docker/engine.ts";
import { findImage } from "../../docker/images.ts";
import { parseReference, referenceError } from "../../docker/references.ts";
import type { PortBinding } from "../../docker/state.ts";
import { sha256 } from "../../files/node.ts";
import { fails, refuseArgument, says, type ToolContext, type ToolResult } from "../../tool.ts";
import { pullImage } from "./image-commands.ts";
import { labelsOf } from "./networks-and-volumes.ts";
import { last, optionsOf } from "./options.ts";

const RUN = {
  flags: {
    "-d": "detach",
    "--detach": "detach",
    "--rm": "rm",
    "-i": "stdin",
    "--interactive": "stdin",
    "--privileged": "privileged",
    "--init": "init",
  },
  values: {
    "--name": "name",
    "-p": "publish",
    "--publish": "publish",
    "-e": "env",
    "--env": "env",
    "-v": "volume",
    "--volume": "volume",
    "--network": "network",
    "--net": "network",
    "--restart": "restart",
    "-l": "label",
    "--label": "label",
    "-h": "hostname",
    "--hostname": "hostname",
    "-u": "user",
    "--user": "user",
    "-w": "dir",
    "--workdir": "dir",
    "--entrypoint": "entrypoint",
    "--cap-add": "cap",
    "--device": "device",
    "--pull": "pull",
  },
  command: true,
};

/** `docker run` and `docker create`. In the foreground only what ends by itself is imitated. */
export function run(verb: "run" | "create") {
  return (context: ToolContext, args: readonly string[]): ToolResult => {
    const { session } = context;
    const options = optionsOf(`docker ${verb}`, args, RUN);
    const [image = "", ...cmd] = options.words;
    const many = (name: string): readonly string[] => options.values.get(name) ?? [];
    const wrong = (message: string, code = 125): ToolResult =>
      fails(code, `docker: ${message}\nSee 'docker ${verb} --help'.\n`);
    if (parseReference(image) === null) return wrong(`${referenceError(image)}.`);
    let stderr = "";
    if (findImage(dockerOf(session.host), image) === undefined) {
      stderr += `Unable to find image '${parseReference(image)?.familiar}' locally\n`;
      try {
        stderr += pullImage(session, image).lines;
      } catch (error) {
        if (!(error instanceof DockerError)) throw error;
        return fails(
          125,
          `${stderr}docker: Error response from daemon: ${withStop(error.message)}\nSee 'docker ${verb} --help'.\n`,
        );
      }
    }
    const name = last(options, "name") ?? `lab_${sha256(`name ${dockerOf(session.host).serial}`).slice(0, 8)}`;
    if (!/^[a-zA-Z0-9][a-zA-Z0-9_.-]+$/.test(name))
      return wrong(
        `Error response from daemon: Invalid container name (${name}), only [a-zA-Z0-9][a-zA-Z0-9_.-] are allowed.`,
      );
    const entrypoint = last(options, "entrypoint");
    const [policy = "", retries] = (last(options, "restart") ?? "").split(":");
    let id: string;
    try {
      id = createContainer(session, {
        name,
        image,
        ...(cmd.length > 0 && { cmd }),
        ...(entrypoint !== undefined && { entrypoint: [entrypoint] }),
        env: many("env").map((each) => (each.includes("=") ? each : `${each}=${context.env[each] ?? ""}`)),
        labels: labelsOf(many("label")),
        binds: many("volume"),
        ports: many("publish").map(portOf),
        ...(last(options, "network") !== undefined && { networkMode: last(options, "network") ?? "" }),
        ...(last(options, "hostname") !== undefined && { hostname: last(options, "hostname") ?? "" }),
        ...(last(options, "user") !== undefined && { user: last(options, "user") ?? "" }),
        ...(last(options, "dir") !== undefined && { workdir: last(options, "dir") ?? "" }),
        restart: { name: policy, retries: Number(retries ?? 0) },
        autoRemove: options.flags.has("rm"),
        hostConfig: {
          ...(options.flags.has("privileged") && { Privileged: true }),
          ...(many("cap").length > 0 && { CapAdd: many("cap") }),
          ...(many("device").length > 0 && { Devices: many("device").map(deviceOf) }),
        },
      });
    } catch (error) {
      if (!(error instanceof DockerError)) throw error;
      return fails(
        125,
        `${stderr}docker: Error response from daemon: ${withStop(error.message)}\nSee 'docker ${verb} --help'.\n`,
      );
    }
    if (verb === "create") return says(`${id}\n`, stderr);
    const shown = options.flags.has("detach") ? `${id}\n` : "";
    try {
      startContainer(session, id);
    } catch (error) {
      if (!(error instanceof DockerError)) throw error;
      const code = error.message.includes("unable to start container process") ? 127 : 125;
      return fails(code, `${stderr}docker: Error response from daemon: ${error.message}.\n`, shown);
    }
    return options.flags.has("detach") ? says(shown, stderr) : foreground(context, id, stderr);
  };
}

const withStop = (message: string): string => (message.endsWith(".") ? message : `${message}.`);

function foreground({ session }: ToolContext, id: string, before: string): ToolResult {
  const container = dockerOf(session.host).containers[id];
  if (container === undefined) return fails(125, before);
  const program = programIn(session.host, dockerOf(session.host), container);
  if (program.lifetimeMs === null) refuseArgument("docker run", "to stay in the foreground of what does not end");
  session.spend(program.lifetimeMs + 100);
  const text = (lines: readonly string[]): string => lines.map((line) => `${line}\n`).join("");
  const { exitCode } = containerNow(session.host, container);
  if (container.autoRemove) removeContainer(session, id, true);
  return fails(exitCode, before + text(program.stderr), text(program.stdout));
}

function portOf(said: string): PortBinding {
  const [numbers = "", protocol = "tcp"] = said.split("/");
  const [, ip = "", port = "", target = ""] =
    /^(?:(\[[^\]]+\]|\d+\.\d+\.\d+\.\d+):)?(?:(\d*):)?(\d+)$/.exec(numbers) ?? [];
  if (target === "") refuseArgument("docker run", `-p ${said}`);
  return { target: `${target}/${protocol}`, ip: ip.replace(/^\[|\]$/g, ""), port };
}

function deviceOf(said: string): Readonly<Record<string, string>> {
  const [onHost = "", inside = onHost, rights = "rwm"] = said.split(":");
  return { PathOnHost: onHost, PathInContainer: inside, CgroupPermissions: rights };
}
