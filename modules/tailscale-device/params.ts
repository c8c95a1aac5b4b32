import { z } from "zod";
import { presence, tailscaleApiParams, tailscaleRoute, tailscaleTag } from "../../engine/module/index.ts";

export const params = z
  .strictObject({
    device: z
      .string()
      .regex(/^[A-Za-z0-9](?:[\w.: -]{0,251}[A-Za-z0-9.])?$/, {
        error: "expected a device's host name, its name in the tailnet, an address or its id",
      })
      .describe(
        "Which device: its host name, its name in the tailnet (`router` or `router.tail1234.ts.net`), one of its addresses, or its node id. A name that several devices bear is refused.",
      ),
    ...tailscaleApiParams,
    state: presence.describe("`absent` removes the device from the tailnet, for good: it has to log in anew."),
    confirm: z
      .boolean()
      .default(false)
      .describe(
        "That the device shall really be removed. Without it `state: absent` of a device that is there is refused.",
      ),
    routes: z
      .array(tailscaleRoute)
      .max(500)
      .optional()
      .describe("Networks that are approved for the device: these and no others. `[]`: none."),
    append_routes: z.boolean().default(false).describe("Approve `routes` beside those that are approved already."),
    exit_node: z.boolean().optional().describe("Approve the device as an exit node, or not."),
    tags: z
      .array(tailscaleTag)
      .max(50)
      .optional()
      .describe(
        "Tags of the device: these and no others. A device with tags belongs to no user, and its key does not expire.",
      ),
    key_expiry: z
      .boolean()
      .optional()
      .describe("Whether the device has to log in again after a while (180 days, unless the tailnet says otherwise)."),
    authorized: z
      .boolean()
      .optional()
      .describe("Whether the device is let into the tailnet, where new devices wait for an admin."),
  })
  .superRefine((given, context) => {
    const wrong = (path: string, message: string) => context.addIssue({ code: "custom", path: [path], message });
    const named = ["routes", "exit_node", "tags", "key_expiry", "authorized"] as const;
    if (given.state === "absent") {
      for (const name of named) if (given[name] !== undefined) wrong(name, "a device that is removed has none of it");
    } else {
      if (given.confirm) wrong("confirm", "there is nothing to confirm: only state: absent removes a device");
      if (named.every((name) => given[name] === undefined))
        wrong("device", "say what it shall have: routes, exit_node, tags, key_expiry or authorized");
    }
    if (given.append_routes && (given.routes ?? []).length === 0)
      wrong("append_routes", "there are no routes to add: name them in routes");
    for (const name of ["routes", "tags"] as const) {
      const list = given[name];
      if (Array.isArray(list) && new Set(list).size < list.length) wrong(name, "the same is there twice");
    }
  });
export type Params = z.output<typeof params>;
