import { linkProbeText } from "../../../formats/link-probe.ts";
import { containerNow } from "../../docker/container-now.ts";
import { dockerOf } from "../../docker/engine.ts";
import { findContainer } from "../../docker/find-container.ts";
import { isGluetun, runInGluetun } from "../../docker/gluetun.ts";
import { behaviourOf } from "../../docker/images.ts";
import { containerRoot, enterDocker } from "../../docker/inside-container.ts";
import { isMissing, programOf } from "../../docker/program.ts";
import type { DockerContainer } from "../../docker/state.ts";
import { linkProbe } from "../../files/link-probe.ts";
import { findUser } from "../../host/accounts.ts";
import { fails, NotImitated, refuseArgument, type ToolContext, type ToolResult } from "../../tool.ts";
import type { Frozen } from "../../world.ts";
import { last, optionsOf } from "./options.ts";

interface How {
  readonly user: string | undefined;
  readonly dir: string | undefined;
  readonly env: readonly string[];
}

export function exec(context: ToolContext, args: readonly string[]): ToolResult {
  const options = optionsOf("docker exec", args, {
    flags: {
      "-i": "stdin",
      "--interactive": "stdin",
      "-d": "detach",
      "--detach": "detach",
      "--privileged": "privileged",
    },
    values: { "-u": "user", "--user": "user", "-w": "dir", "--workdir": "dir", "-e": "env", "--env": "env" },
    command: true,
  });
  const [name = "", ...words] = options.words;
  if (words.length === 0) return fails(1, `"docker exec" requires at least 2 arguments.\nSee 'docker exec --help'.\n`);
  const found = findContainer(dockerOf(context.session.host), name);
  if (found === undefined) return fails(1, `Error: No such container: ${name}\n`);
  const { status, running } = containerNow(context.session.host, found);
  if (status === "paused")
    return fails(1, `Error response from daemon: Container ${name} is paused, unpause the container before exec\n`);
  if (!running) return fails(1, `Error response from daemon: Container ${found.id} is not running\n`);
  const input = options.flags.has("stdin") ? context : { ...context, stdin: new Uint8Array() };
  return execIn(input, found, words, {
    user: last(options, "user"),
    dir: last(options, "dir"),
    env: options.values.get("env") ?? [],
  });
}

/** Runs a command in a running container, as its tools would. */
export function execIn(
  context: ToolContext,
  container: Frozen<DockerContainer>,
  words: readonly string[],
  how: How,
): ToolResult {
  const { session } = context;
  const image = behaviourOf(
    session.host,
    dockerOf(session.host).images[container.image]?.origin ?? container.imageName,
  );
  const [name = ""] = words;
  // `user:group`: of the image or the service too, not of the call alone.
  const said = how.user ?? container.config.user;
  const user = said === "" ? undefined : said.split(":")[0];
  let known = true;
  const inside = enterDocker(session, container.id, (host) => {
    if (user === undefined || user === "root" || user === "0") return containerRoot(host);
    const found = findUser(host, user);
    if (found !== undefined) return found;
    if (/^\d+$/.test(user)) return { name: user, uid: Number(user), gid: 0, gids: [0], home: "/", line: "" };
    known = false;
    return containerRoot(host);
  });
  if (inside === undefined) return fails(1, `Error response from daemon: Container ${container.id} is not running\n`);
  if (!known) return fails(126, "", `unable to find user ${user}: no matching entries in passwd file\n`);
  const own = isGluetun(container) ? runInGluetun(session, container, words) : null;
  if (own !== null) return own;
  if (isMissing(name, image)) return notThere(name);
  if (words[2] === linkProbeText) return linkProbe(inside, ...words.slice(4));
  // A line of a shell, as far as the lab can tell what it does.
  if (/^(?:sh|ash|bash)$/.test(name) && words[1] === "-c") {
    const { lifetimeMs, exitCode, stdout, stderr } = programOf(words, {});
    if (lifetimeMs === null)
      throw new NotImitated(`the embedded lab does not imitate shell text in a container (${words.join(" ")})`);
    const text = (lines: readonly string[]): string => lines.map((line) => `${line}\n`).join("");
    return fails(exitCode, text(stderr), text(stdout));
  }
  if (context.run === undefined) refuseArgument("docker exec", words.join(" "));
  const env = Object.fromEntries(
    [...container.config.env, ...how.env].map((each) => [
      each.slice(0, each.indexOf("=")),
      each.slice(each.indexOf("=") + 1),
    ]),
  );
  const result = context.run(inside, words, {
    stdin: context.stdin,
    env,
    cwd: how.dir ?? (container.config.workdir || "/"),
  });
  return result.code === 127 ? notThere(name) : result;
}

function notThere(name: string): ToolResult {
  return fails(
    126,
    "",
    `OCI runtime exec failed: exec failed: unable to start container process: exec: "${name}": executable file not found in $PATH: unknown\n`,
  );
}
