import { type OpenConnection, Unreachable } from "../connection/connection.ts";
import { readerOf } from "../connection/reader-of.ts";
import type { Diagnostic } from "../errors/diagnostic.ts";
import type { FoundGuests, Guest } from "../inventory/guest.ts";
import type { Inventory } from "../inventory/inventory.ts";
import { findHost } from "../inventory/load-inventory.ts";
import type { ProxmoxSource } from "../inventory/proxmox-source.ts";
import { type LogIn, type ScopeOfHost, targetOf } from "../run/context/target-of.ts";
import type { Named } from "../site/expect.ts";
import { EvaluationError } from "../value/evaluation-error.ts";
import type { Secret } from "../value/secret.ts";
import type { Value } from "../value/value.ts";
import type { VarsLayer } from "../vars/layer.ts";
import { createScope } from "../vars/resolve-vars.ts";
import { lookAtGuests, NoNode } from "./look-at-guests.ts";

/** What a loaded inventory wants to know of its nodes. */
export interface NodesRequest {
  readonly sources: readonly ProxmoxSource[];
  /** The hosts that the files name: the nodes are among them. */
  readonly inventory: Inventory;
  readonly extraVars: VarsLayer;
}
export interface NodesAnswer {
  readonly found: FoundGuests;
  readonly diagnostics: readonly Diagnostic[];
}
interface Surroundings {
  readonly open: OpenConnection;
  readonly logIn: LogIn;
  readonly runId: string;
  hide(secret: Secret): void;
}

/** A node that does not answer: the one kind of trouble that is no mistake in the site. */
export const unreachableNode = "unreachable-node";

/**
 * Asks every node that a source names for its guests, each node once, all at the same time. A node that does not answer
 * is an error, never a node without guests: what is left of a pattern would quietly be less than it says.
 */
export async function askNodes(request: NodesRequest, surroundings: Surroundings): Promise<NodesAnswer> {
  const diagnostics: Diagnostic[] = [];
  const asked = new Map<string, Promise<readonly Guest[]>>();
  const found = new Map<string, readonly Guest[]>();
  await Promise.all(
    request.sources.map(async ({ file, nodes }) => {
      const ofNodes = await Promise.all(
        nodes.map(async (node) => {
          const guests = asked.get(node.name) ?? askNode(node.name, request, surroundings);
          asked.set(node.name, guests);
          try {
            return await guests;
          } catch (error) {
            diagnostics.push(explain(error, node));
            return [];
          }
        }),
      );
      found.set(file, ofNodes.flat());
    }),
  );
  return { found: new Map(request.sources.map(({ file }) => [file, found.get(file) ?? []])), diagnostics };
}

async function askNode(
  name: string,
  { inventory, extraVars }: NodesRequest,
  { open, logIn, runId, hide }: Surroundings,
): Promise<readonly Guest[]> {
  const scopeOf: ScopeOfHost = (host) => {
    const found = findHost(inventory, host);
    if (found === undefined) return null;
    const magic = new Map<string, Value>([
      ["inventory_hostname", host],
      ["group_names", [...found.groups]],
    ]);
    return createScope([...found.layers, extraVars], magic);
  };
  const scope = scopeOf(name);
  // The loader has told of a node that the inventory does not have.
  if (scope === null) return [];
  const target = targetOf(name, scope, logIn, scopeOf);
  for (const secret of [target.password, target.becomePassword, target.passphrase]) if (secret) hide(secret);
  const connection = await open(target);
  try {
    return await lookAtGuests(readerOf(connection), runId);
  } finally {
    await connection.close();
  }
}

function explain(error: unknown, { name, place }: Named): Diagnostic {
  if (error instanceof EvaluationError) return { ...error.diagnostic, place: error.diagnostic.place ?? place };
  if (error instanceof NoNode) return { code: "no-node", message: error.message, place, hint: error.hint };
  if (!(error instanceof Unreachable)) throw error;
  return {
    code: unreachableNode,
    message: `the guests of ${name} are not known: ${error.message}`,
    place,
    hint: `${error.hint === undefined ? "" : `${error.hint}; `}without its guests: -i with the files that name hosts`,
  };
}
