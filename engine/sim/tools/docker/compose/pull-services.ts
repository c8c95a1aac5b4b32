import type { Say } from "../../../docker/compose/converge.ts";
import { ComposeError, type Service } from "../../../docker/compose/project.ts";
import { DockerError, dockerOf } from "../../../docker/engine.ts";
import { findImage } from "../../../docker/images.ts";
import type { Session } from "../../../session.ts";
import { refuseArgument } from "../../../tool.ts";
import { pullImage } from "../image-commands.ts";

/** Pulls what is missing, or all, or nothing; a failure ends the command with Compose's code for it. */
export function pullServices(session: Session, services: readonly Service[], policy: string, say: Say): void {
  if (!["policy", "missing", "always", "never"].includes(policy)) refuseArgument("docker compose", `--pull ${policy}`);
  const asked = new Set<string>();
  for (const { name, image, pullPolicy } of services) {
    const how = policy === "policy" ? (pullPolicy ?? "missing") : policy;
    const there = findImage(dockerOf(session.host), image) !== undefined;
    if (how === "never" || (there && how !== "always") || asked.has(image)) continue;
    asked.add(image);
    say(` ${name} Pulling `);
    try {
      pullImage(session, image);
    } catch (error) {
      if (!(error instanceof DockerError)) throw error;
      say(` ${name} Error ${error.message}`);
      throw new ComposeError(`Error response from daemon: ${error.message}`, 18);
    }
    say(` ${name} Pulled `);
  }
}
