import { Bug } from "../errors/bug.ts";
import { nearest } from "../text/nearest.ts";
import type { OpenConnection } from "./connection.ts";
import { Unreachable } from "./connection.ts";
import type { ConnectionEnvironment } from "./environment.ts";
import { openLocal } from "./local.ts";
import { openThrough } from "./open-through.ts";

/**
 * The kinds of connection by the name that `lab_connection` gives them; what is entered through another host needs none
 * of its own. The embedded lab's opener is handed in.
 */
export function openConnections(environment: ConnectionEnvironment, openLab?: OpenConnection): OpenConnection {
  const told = new Set<string>();
  const once: ConnectionEnvironment = {
    ...environment,
    // A hundred hosts read the same configuration: one warning is enough.
    warn: (diagnostic) => {
      if (told.has(diagnostic.message)) return;
      told.add(diagnostic.message);
      environment.warn(diagnostic);
    },
  };
  const kinds = new Map<string, OpenConnection>([
    ["ssh", openWith(async () => (await import("./ssh/open-ssh.ts")).openSsh(once))],
    ["local", openLocal(once)],
    ["pct", openThroughItsNode],
    ["docker", openThroughItsNode],
  ]);
  if (openLab !== undefined) kinds.set("lab", openLab);

  return openThrough(async (target) => {
    const open = kinds.get(target.connection);
    if (open !== undefined) return open(target);
    const guess = nearest(target.connection, [...kinds.keys()]);
    throw new Unreachable(
      `${target.name}: there is no connection "${target.connection}"`,
      `${guess === undefined ? "" : `did you mean "${guess}"? `}lab_connection is one of ${[...kinds.keys()].join(", ")}.`,
    );
  });
}

/** An opener whose library is loaded with the first connection of its kind. */
export function openWith(load: () => Promise<OpenConnection>): OpenConnection {
  let loaded: Promise<OpenConnection> | undefined;
  return async (target) => {
    loaded ??= load();
    return (await loaded)(target);
  };
}

/** What a target without a door asks for: whoever reads `lab_connection: pct` or `docker` has found the node, too. */
const openThroughItsNode: OpenConnection = async ({ name }) => {
  throw new Bug(`${name}: the target of a container does not say through which node`);
};
