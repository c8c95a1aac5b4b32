import { defineModule } from "../../engine/module/index.ts";
import { firstLooks, secondLooks } from "./looks.ts";
import { params } from "./params.ts";
import { planFor, resultOf } from "./plan.ts";

export const tailscale = defineModule({
  name: "tailscale",
  summary: "Join a host or container to a tailnet and keep its Tailscale settings.",
  description: `\`tailscale up\` runs only where the node is not connected, and is then given every setting that is in force, so that it resets none;
a connected node gets what differs in one \`tailscale set\`, and its connections go on. What a task does not name is left as it is, also what was
set by hand. Networks are compared as such, whatever their order and spelling. A change of tags or of the control server logs in anew and needs
\`auth_key\`: if that key is not accepted then, the node is out of the tailnet.

A route that is advertised is not used before the tailnet approves it, so one that it has not approved is a failure, with what to write into
the policy. The node says what is approved only by what it is let route; with \`api\` the tailnet is asked itself. What the node finds wrong with
itself is shown as warnings.

The package, its unit and, for a router, \`net.ipv4.ip_forward\` are for other modules. The result has \`state\`, \`version\`, \`node_id\`, \`name\`,
\`ips\`, \`tags\`, \`tailnet\`, \`primary_routes\`, \`key_expiry\` and \`tun\`.`,
  params,
  // The tailnet's API is asked in its turn alone.
  ahead: ({ api }) => api === undefined,
  probes: (given) => firstLooks(given),
  probesAfter: (given, observed) => secondLooks(given, observed),
  plan: (given, observed) => planFor(given, observed),
  settle: ({ timeout }) => ({ forMs: timeout * 1000, holdMs: 0 }),
  result: (_, observed) => resultOf(observed),
  examples: [
    "tailscale: { hostname: nas, accept_dns: false }",
    `tailscale:
  auth_key: auth-key-of-the-embedded-lab
  hostname: router
  advertise_tags: ["tag:subnet-router"]
  advertise_routes: [192.168.1.0/24]
  accept_dns: false`,
    "tailscale: { state: absent }",
  ],
});
