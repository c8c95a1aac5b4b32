import type { Value, ValueMap } from "../../engine/module/index.ts";
import { defineModule } from "../../engine/module/index.ts";
import { readContainers } from "./containers.ts";
import { judgedParams } from "./judge.ts";
import { firstLooks, type Seen, secondLooks } from "./look.ts";
import { planFor, restartVerb } from "./plan.ts";

export const compose = defineModule({
  name: "compose",
  summary: "Run a Compose project: containers as their definition says, and up.",
  description: `The plan comes from facts. Each container carries a mark of what it was made from: its definition with all variables in place,
its env files, its secrets and configs, and the files of the project's folder that are mounted into it. A service whose mark differs is
made anew, and the reason is named; so is one whose image has another id now, and one that lives in the network of a container
that is gone (\`network_mode: service:…\`), and one that was renamed, taken out of a network, or whose network was removed. One whose network was left behind by a restart by hand is restarted. Nothing else is touched:
Compose is told each service by its name. What has crashed is started; what runs once and ends with 0 is done. What is unhealthy or starting is waited for
up to \`wait_timeout\`, and the error has the last lines of its log.

What is a trap is refused before anything is sent: \`ports\` on a service that lives in another one's network, a \`depends_on\` that takes away
the restart that comes with it, images without a pinned tag, secrets in the environment, a mounted path that does not exist. \`build\`,
\`include\` and \`extends\` of other files are refused, too, and so is another definition of a network or volume that is there:
Docker cannot change one.

The result has \`project\` and \`services\`: of each service \`state\`, \`health\`, \`image\` and \`containers\`.`,
  params: judgedParams,
  probes: (given) => firstLooks(given),
  probesAfter: (given, seen) => secondLooks(given, seenOf(seen)),
  plan: (given, seen) => planFor(given, seenOf(seen)),
  settle: ({ wait, wait_timeout }) => ({ forMs: wait ? wait_timeout * 1000 : 0, holdMs: 0 }),
  verb: (given, seen) => restartVerb(given, seenOf(seen)),
  result({ project }, seen): ValueMap {
    const services: Record<string, Value> = {};
    const { inspected, others } = seenOf(seen);
    for (const { service, state, health, image, name } of readContainers(project, [inspected, others])) {
      const earlier = services[service];
      const names =
        typeof earlier === "object" && earlier !== null && "containers" in earlier ? earlier.containers : [];
      services[service] = { state, health, image, containers: [...(Array.isArray(names) ? names : []), name] };
    }
    return { project, services };
  },
  examples: [
    `compose:
  project: whoami
  dir: /opt/whoami
  definition:
    services:
      whoami:
        image: traefik/whoami:v1.11.0
        restart: unless-stopped
        ports: ["8080:80"]`,
    `compose:
  project: paperless
  dir: /opt/paperless
  definition:
    services:
      broker:
        image: redis:7.4
        restart: unless-stopped
      web:
        image: ghcr.io/paperless-ngx/paperless-ngx:2.14.7
        restart: unless-stopped
        depends_on: [broker]
        environment: { PAPERLESS_REDIS: "redis://broker:6379", TZ: "\${TZ}" }
        secrets: [django]
    secrets:
      django: { file: ./django.secret }
  env: { TZ: Europe/Berlin }
  files:
    django.secret: { content: "change me, and keep me in a vault", mode: "0600" }`,
    "compose: { project: old-stack, state: absent }",
  ],
});

/** Looks are put together by name, so what they answer is known by their names alone. */
function seenOf(seen: object): Seen {
  return seen as Seen;
}
