import type { Target } from "../connection/connection.ts";

/** How a host is reached, as names and values; what is secret only says that it is there. */
export function connectionLines(target: Target): readonly (readonly [string, string])[] {
  const { connection, door, host, port, user, privateKey, password, passphrase, becomePassword, name } = target;
  const inside: readonly (readonly [string, string])[] =
    door === undefined
      ? []
      : door.kind === "pct"
        ? [["container", String(door.vmid)]]
        : door.container.kind === "name"
          ? [["container", door.container.name]]
          : [["container", `service ${door.container.service} of ${door.container.project}`]];
  // Nothing but its door is needed to enter a container; what is said beside it is of no use.
  const address: readonly (readonly [string, string])[] = [
    ["address", host ?? (connection === "ssh" ? `${name} (as the ssh configuration and DNS say)` : "")],
    ["port", port === undefined ? "" : String(port)],
    ["user", user ?? ""],
    ["private key", privateKey ?? ""],
    ["password", password ? "***" : ""],
    ["passphrase", passphrase ? "***" : ""],
  ];
  const own = [
    ["way in", connection],
    ...inside,
    ...(door === undefined ? address.filter(([, value]) => value !== "") : []),
    ...(becomePassword ? [["sudo password", "***"] as const] : []),
  ] as const;
  if (door === undefined) return own;
  const [, ...node] = connectionLines(door.node);
  return [
    ...own,
    ["through", `${door.node.name} (${door.node.connection})`],
    ...node.map(([key, value]) => [`  ${key}`, value] as const),
  ];
}
