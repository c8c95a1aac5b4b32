import { defineModule, tailscaleAccess, tailscaleToken } from "../../engine/module/index.ts";
import { params } from "./params.ts";
import { deviceIn, planFor } from "./plan.ts";

export const tailscaleDevice = defineModule({
  name: "tailscale_device",
  summary: "Approve a device of a tailnet and its routes, set its tags and key expiry, or remove it.",
  description: `Through Tailscale's API, from the machine that runs lab; nothing happens on the task's host. What is not named is left alone. Where nothing
differs the API is only read. An API key, or an OAuth client with the scopes \`devices:core\` and, for routes, \`devices:routes\`.

A device must have joined before: that is what \`tailscale\` does on the node. A route does something only when it is advertised there as well.
The result has \`node_id\`, \`name\`, \`hostname\`, \`addresses\`, \`user\`, \`tags\`, \`authorized\`, \`key_expiry\`, \`expires\`, \`advertised_routes\`
and \`enabled_routes\`; all are null once it is gone.`,
  params,
  // It asks the internet.
  ahead: false,
  probes: (given) => {
    const access = tailscaleAccess(given, undefined);
    return {
      token: tailscaleToken(given),
      devices: access.kind === "access" ? access.look("GET", access.tailnet("/devices?fields=all")) : undefined,
    };
  },
  probesAfter: (given, { token, devices }) => {
    const access = tailscaleAccess(given, token);
    return {
      listed:
        devices === undefined && access.kind === "access"
          ? access.look("GET", access.tailnet("/devices?fields=all"))
          : undefined,
    };
  },
  plan: (given, { token, devices, listed }) => planFor(given, { token, devices: devices ?? listed }),
  result(given, { devices, listed }) {
    const found = deviceIn(given, { devices: devices ?? listed });
    const device = found?.kind === "device" ? found.device : null;
    return {
      node_id: device?.nodeId ?? null,
      name: device?.name ?? null,
      hostname: device?.hostname ?? null,
      addresses: device?.addresses ?? null,
      user: device?.user ?? null,
      tags: device?.tags ?? null,
      authorized: device?.authorized ?? null,
      key_expiry: device === null ? null : !device.keyExpiryDisabled,
      expires: device?.expires ?? null,
      advertised_routes: device?.advertisedRoutes ?? null,
      enabled_routes: device?.enabledRoutes ?? null,
    };
  },
  examples: [
    `tailscale_device:
  device: router
  auth: { api_key: key-of-the-embedded-lab }
  routes: [192.168.1.0/24]
  key_expiry: false`,
    `tailscale_device:
  device: old-laptop
  auth: { oauth_client: { id: client-of-the-embedded-lab, secret: secret-of-the-embedded-lab } }
  state: absent
  confirm: true`,
  ],
});
