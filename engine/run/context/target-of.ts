import type { DockerDoor, Door, PctDoor, Target } from "../../connection/connection.ts";
import { EvaluationError } from "../../value/evaluation-error.ts";
import type { Scope } from "../../value/scope.ts";
import { Secret } from "../../value/secret.ts";
import { typeName, type Value } from "../../value/value.ts";
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
  const said: Said = {
    name,
    node: text("lab_node"),
    vmid: scope.get("lab_vmid") ?? undefined,
    waitForNetwork: scope.get("lab_wait_for_network") ?? false,
    container: text("lab_container"),
    project: text("lab_project"),
    service: text("lab_service"),
  };
  const kind = insideKind(connection, said);
  const door = kind === null ? undefined : doorOf(kind, said, options, others, ring);
  return {
    name,
    connection: kind ?? connection,
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
  readonly container: string | undefined;
  readonly project: string | undefined;
  readonly service: string | undefined;
}

/** Whether it is entered through its node, and how. A site whose hosts are all of the embedded lab has its containers there, too. */
function insideKind(connection: string, { node, vmid, container, service }: Said): Door["kind"] | null {
  if (connection === "pct" || connection === "docker") return connection;
  if (connection !== "lab" || node === undefined) return null;
  return vmid !== undefined ? "pct" : container !== undefined || service !== undefined ? "docker" : null;
}

function doorOf(kind: Door["kind"], said: Said, options: LogIn, others: ScopeOfHost, ring: readonly string[]): Door {
  const { name, node: named } = said;
  const which = kind === "pct" ? pctOf(said) : dockerOf(said);
  if (named === undefined)
    throw missing(kind, "lab_node", "name the host of the inventory on which the container runs");
  const way = [...ring, name];
  if (way.includes(named)) {
    throw new EvaluationError({
      code: "connection-ring",
      message: `\`lab_node\`: ${[...way, named].join(" → ")} leads back to itself`,
      hint: "the node is the host on which it runs, which is reached by ssh",
    });
  }
  const scope = others(named);
  if (scope === null) {
    throw new EvaluationError({
      code: "unknown-node",
      message: `\`lab_node\` of ${name}: the inventory has no host \`${named}\``,
      hint: "the node is a host of its own in the inventory, whose lab_… variables say how it is reached",
    });
  }
  return { ...which, node: targetOf(named, scope, options, others, way) };
}

function pctOf({ vmid, waitForNetwork }: Said): Omit<PctDoor, "node"> {
  if (typeof vmid !== "number" || !Number.isInteger(vmid) || vmid < 100 || vmid > 999_999_999) {
    if (vmid !== undefined) throw wrong("lab_vmid", "a number from 100 to 999999999", shownValue(vmid));
    throw missing("pct", "lab_vmid", "give the container's number, such as `lab_vmid: 101`");
  }
  if (typeof waitForNetwork !== "boolean") {
    throw wrong("lab_wait_for_network", "true or false", typeName(waitForNetwork));
  }
  return { kind: "pct", vmid, waitForNetwork };
}

/** Docker's own rules for names: none of them is an option, or holds what a shell would read. */
const containerName = /^[a-zA-Z0-9][a-zA-Z0-9_.-]*$/;
const projectName = /^[a-z0-9][a-z0-9_-]*$/;

function dockerOf({ container, project, service }: Said): Omit<DockerDoor, "node"> {
  if (container !== undefined) {
    if (!containerName.test(container))
      throw wrong("lab_container", "the name of a container", JSON.stringify(container));
    return { kind: "docker", container: { kind: "name", name: container } };
  }
  if (project === undefined || service === undefined) {
    const hint = "say which container it is: `lab_container: NAME`, or `lab_project` and `lab_service`";
    throw missing(
      "docker",
      service === undefined && project !== undefined
        ? "lab_service"
        : service !== undefined
          ? "lab_project"
          : "lab_container",
      hint,
    );
  }
  if (!projectName.test(project)) throw wrong("lab_project", "the name of a Compose project", JSON.stringify(project));
  if (!containerName.test(service)) throw wrong("lab_service", "the name of a service", JSON.stringify(service));
  return { kind: "docker", container: { kind: "service", project, service } };
}

function shownValue(value: Value): string {
  return typeof value === "number" ? String(value) : typeName(value);
}

function missing(connection: Door["kind"], variable: string, hint: string): EvaluationError {
  return new EvaluationError({
    code: "missing-connection-variable",
    message: `\`lab_connection: ${connection}\` needs \`${variable}\``,
    hint,
  });
}

function wrong(variable: string, wanted: string, got: string): EvaluationError {
  return new EvaluationError({ code: "wrong-type", message: `\`${variable}\`: expected ${wanted}, got ${got}` });
}
