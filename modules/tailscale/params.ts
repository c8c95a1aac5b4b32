import { z } from "zod";
import {
  Secret,
  seconds,
  secret,
  tailscaleApiUrl,
  tailscaleAuth,
  tailscaleRoute,
  tailscaleTag,
  tailscaleTailnet,
} from "../../engine/module/index.ts";

const label = "[A-Za-z0-9](?:[A-Za-z0-9-]{0,61}[A-Za-z0-9])?";
const hostname = z
  .string()
  .max(253)
  .regex(new RegExp(`^(?:${label}(?:\\.${label})*)?$`), {
    error: "expected a host name: letters, digits and dashes, not at its ends",
  });
const exitNode = z
  .string()
  .max(253)
  .regex(/^(?:auto:any|[A-Za-z0-9][A-Za-z0-9.:-]*)?$/, {
    error: "expected the Tailscale address or name of a node, auto:any, or an empty text for none",
  });
const operator = z
  .string()
  .regex(/^(?:[A-Za-z_][A-Za-z0-9_.-]{0,31}\$?)?$/, { error: "expected the name of a user, or an empty text" });

const flag = (description: string) => z.boolean().optional().describe(description);

/** What `tailscale set` changes while the node runs. */
const settings = {
  hostname: hostname.optional().describe("Name of the node in the tailnet. Empty: that of the machine."),
  advertise_routes: z
    .array(tailscaleRoute)
    .max(500)
    .optional()
    .describe("Networks that the node routes to: all of them, the order says nothing. `[]`: none."),
  advertise_exit_node: flag("Offer to be an exit node for the internet."),
  accept_routes: flag(
    "Use the networks that other nodes route to. A router should not: it would reach its own through another.",
  ),
  accept_dns: flag(
    "Let the tailnet's DNS settings into the system. In a container of Proxmox VE two write `/etc/resolv.conf` then.",
  ),
  ssh: flag("Serve SSH to those whom the tailnet's policy lets in."),
  shields_up: flag("Refuse all connections from the tailnet."),
  snat: flag("Let the networks behind the router see its address in place of the node's (`--snat-subnet-routes`)."),
  stateful_filtering: flag("Filter forwarded packets by their connection."),
  netfilter_mode: z
    .enum(["on", "nodivert", "off"], { error: "expected on, nodivert or off" })
    .optional()
    .describe("How much Tailscale manages of the firewall."),
  exit_node: exitNode
    .optional()
    .describe("Exit node in use: its Tailscale address or name, or `auto:any`. Empty: none."),
  exit_node_allow_lan_access: flag("Reach the local network directly while an exit node is used."),
  operator: operator.optional().describe("User who may run `tailscale` without being root. Empty: none."),
  auto_update: flag("Let the node update Tailscale by itself."),
};
export type SettingName = keyof typeof settings;
export const SETTINGS: readonly SettingName[] = [
  "hostname",
  "advertise_routes",
  "advertise_exit_node",
  "accept_routes",
  "accept_dns",
  "ssh",
  "shields_up",
  "snat",
  "stateful_filtering",
  "netfilter_mode",
  "exit_node",
  "exit_node_allow_lan_access",
  "operator",
  "auto_update",
];

export const params = z
  .strictObject({
    state: z
      .enum(["present", "down", "absent"], { error: "expected present, down or absent" })
      .default("present")
      .describe("`down`: logged in, but not connected. `absent`: logged out."),
    auth_key: secret()
      .refine((key) => /^[\x21-\x7e]{8,500}$/.test(key.reveal()), {
        error: "expected an auth key (tskey-auth-…) or an OAuth client's secret (tskey-client-…), on one line",
      })
      .optional()
      .describe(
        "Key to log in with, used only where the node is not logged in or its tags change: an auth key, or the secret of an OAuth client, which needs `advertise_tags`; a node that joins with the latter is neither ephemeral nor waits to be approved unless the secret says so (`…?ephemeral=true`). It goes to the command in a file that only root can read and that is gone after it.",
      ),
    login_server: z
      .string()
      .regex(/^https?:\/\/[^\s/?#@"'\\]+\/?$/, {
        error: "expected the address of a control server, such as https://headscale.example",
      })
      .optional()
      .describe("Control server, where it is not Tailscale's own. A change of it needs `auth_key`."),
    advertise_tags: z
      .array(tailscaleTag)
      .max(50)
      .optional()
      .describe(
        "Tags of the node: all of them. A change of them needs `auth_key`, for it logs in anew; `tailscale_device` changes them without.",
      ),
    ...settings,
    userspace: z
      .union([z.boolean(), z.literal("auto")], { error: "expected true, false or auto" })
      .optional()
      .describe(
        "Work without an interface of the kernel, in a container without `/dev/net/tun`. `auto`: where there is none. Unsaid: the daemon's own setting stays, and a node without an interface is refused.",
      ),
    approve: z
      .enum(["check", "set", "none"], { error: "expected check, set or none" })
      .default("check")
      .describe(
        "What of routes that the tailnet has not approved: `check` fails and says what to do, `set` approves them (needs `api`), `none` leaves that to others.",
      ),
    api: z
      .strictObject({
        auth: tailscaleAuth.describe("How to log in to the API: `api_key` or `oauth_client`."),
        tailnet: tailscaleTailnet.default("-").describe("The tailnet. `-`: the one that the key belongs to."),
        api_url: tailscaleApiUrl.default("https://api.tailscale.com").describe("Where the API is."),
      })
      .optional()
      .describe(
        "Tailscale's API, asked from the machine that runs lab: with it approval is judged by what the tailnet says, without it by what the node knows.",
      ),
    timeout: seconds("a time limit", 600, 5)
      .default(60)
      .describe("How long the node may take to be connected: seconds, or a text such as `2m`."),
    accept_lost_ssh: z
      .boolean()
      .default(false)
      .describe(
        "Go on where lab itself reaches the host through Tailscale and the change cuts that connection. Without it `tailscale` refuses.",
      ),
  })
  .superRefine((given, context) => {
    const wrong = (path: string, message: string) => context.addIssue({ code: "custom", path: [path], message });
    const { state, auth_key, advertise_tags, approve, api, userspace } = given;
    if (state === "absent") {
      const idle = [...SETTINGS, "auth_key", "login_server", "advertise_tags", "userspace", "api"] as const;
      for (const name of idle) if (given[name] !== undefined) wrong(name, "a node that is logged out has no settings");
    }
    if (state === "down" && auth_key !== undefined) wrong("auth_key", "state: down does not log in");
    if (approve === "set" && api === undefined) wrong("api", "approve: set needs it: who approves must log in");
    if (isClientSecret(auth_key) && (advertise_tags ?? []).length === 0)
      wrong("advertise_tags", "an OAuth client's secret needs tags: a node that joins with it belongs to nobody");
    if (given.exit_node !== undefined && given.exit_node !== "" && given.advertise_exit_node === true)
      wrong("exit_node", "a node that is an exit node cannot use one");
    for (const name of ["advertise_routes", "advertise_tags"] as const) {
      const list = given[name];
      if (Array.isArray(list) && new Set(list).size < list.length) wrong(name, "the same is there twice");
    }
    if (userspace === true && given.accept_routes === true)
      wrong("accept_routes", "without an interface of the kernel the system itself cannot use routes");
  });
export type Params = z.output<typeof params>;

export function isClientSecret(key: unknown): boolean {
  return key instanceof Secret && key.reveal().startsWith("tskey-client-");
}
