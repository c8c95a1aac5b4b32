import type { Door, Target } from "../connection/connection.ts";
import { EvaluationError } from "../value/evaluation-error.ts";
import type { Scope } from "../value/scope.ts";
import { Secret } from "../value/secret.ts";
import { typeName, type Value } from "../value/value.ts";
import type { RunOptions } from "./run-context.ts";

/** What the command line says of logging in. */
export type LogIn = Pick<RunOptions, "remoteUser" | "privateKey" | "connectionPassword" | "becomePassword">;

/** The variables of another host of the inventory, outside of any play; null if there is no such host. */
export type ScopeOfHost = (name: string) => Scope | null;

/**
 * The connection variables of a host (`lab_…`), the command line's options where they are unsaid. Of a container its
 * node's say how that is reached; `ring` is who is entered through it so far.
 */
export function targetOf(
  name: string,
  scope: Scope,
  options: LogIn,
  others: ScopeOfHost,
  ring: readonly string[] = [],
): Target {
  const text = (variable: string): string | undefined => {
    const value = scope.get(variable);
    if (value === undefined || value === null) return undefined;
    if (typeof value !== "string") throw wrong(variable, "a text", typeName(value));
    return value;
  };
  const secret = (variable: string): Secret | undefined => {
    const value = scope.get(variable);
    if (value === undefined || value === null) return undefined;
    if (value instanceof Secret) return value;
    if (typeof value !== "string" && typeof value !== "number") throw wrong(variable, "a text", typeName(value));
    return new Secret(String(value));
  };
  const port = scope.get("lab_port") ?? undefined;
  if (port !== undefined && !(typeof port === "number" && Number.isInteger(port) && port > 0 && port < 65536)) {
    throw wrong("lab_port", "a number from 1 to 65535", typeName(port));
  }
  const host = text("lab_host");
  const user = options.remoteUser ?? text("lab_user");
  const privateKey = options.privateKey ?? text("lab_private_key");
  const password = secret("lab_password") ?? options.connectionPassword;
  const passphrase = secret("lab_passphrase");
  const becomePassword = secret("lab_become_password") ?? options.becomePassword;
  const connection = text("lab_connection") ?? "ssh";
  const node = text("lab_node");
  const vmid = scope.get("lab_vmid") ?? undefined;
  const waitForNetwork = scope.get("lab_wait_for_network") ?? false;
  // A site whose hosts are all of the embedded lab has its containers there, too: they are entered through their nodes.
  const inside = connection === "pct" || (connection === "lab" && node !== undefined && vmid !== undefined);
  const door = inside ? doorOf({ name, node, vmid, waitForNetwork }, options, others, ring) : undefined;
  return {
    name,
    connection: inside ? "pct" : connection,
    ...(door && { door }),
    ...(host !== undefined && { host }),
    ...(typeof port === "number" && { port }),
    ...(user !== undefined && { user }),
    ...(privateKey !== undefined && { privateKey }),
    ...(password && { password }),
    ...(passphrase && { passphrase }),
    ...(becomePassword && { becomePassword }),
  };
}

interface Said {
  readonly name: string;
  readonly node: string | undefined;
  readonly vmid: Value | undefined;
  readonly waitForNetwork: Value;
}

function doorOf(
  { name, node, vmid, waitForNetwork }: Said,
  options: LogIn,
  others: ScopeOfHost,
  ring: readonly string[],
): Door {
  if (typeof vmid !== "number" || !Number.isInteger(vmid) || vmid < 100 || vmid > 999_999_999) {
    if (vmid !== undefined) throw wrong("lab_vmid", "a number from 100 to 999999999", shownValue(vmid));
    throw missing("lab_vmid", "give the container's number, such as `lab_vmid: 101`");
  }
  if (typeof waitForNetwork !== "boolean") {
    throw wrong("lab_wait_for_network", "true or false", typeName(waitForNetwork));
  }
  if (node === undefined) throw missing("lab_node", "name the host of the inventory on which the container runs");
  const way = [...ring, name];
  if (way.includes(node)) {
    throw new EvaluationError({
      code: "connection-ring",
      message: `\`lab_node\`: ${[...way, node].join(" → ")} leads back to itself`,
      hint: "the node is the Proxmox VE host, which is reached by ssh",
    });
  }
  const scope = others(node);
  if (scope === null) {
    throw new EvaluationError({
      code: "unknown-node",
      message: `\`lab_node\` of ${name}: the inventory has no host \`${node}\``,
      hint: "the node is a host of its own in the inventory, whose lab_… variables say how it is reached",
    });
  }
  return { kind: "pct", vmid, waitForNetwork, node: targetOf(node, scope, options, others, way) };
}

function shownValue(value: Value): string {
  return typeof value === "number" ? String(value) : typeName(value);
}

function missing(variable: string, hint: string): EvaluationError {
  return new EvaluationError({
    code: "missing-connection-variable",
    message: `\`lab_connection: pct\` needs \`${variable}\``,
    hint,
  });
}

function wrong(variable: string, wanted: string, got: string): EvaluationError {
  return new EvaluationError({ code: "wrong-type", message: `\`${variable}\`: expected ${wanted}, got ${got}` });
}
