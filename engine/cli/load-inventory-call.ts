import type { Diagnostic } from "../errors/diagnostic.ts";
import { isError } from "../errors/is-error.ts";
import type { InventoryHost } from "../inventory/inventory.ts";
import { findHost } from "../inventory/load-inventory.ts";
import type { ExplainRequest } from "../plan/explain-variables.ts";
import { nearest } from "../text/nearest.ts";
import { complain } from "./complain.ts";
import { diskFiles } from "./disk-files.ts";
import { exitCodes } from "./exit-codes.ts";
import { libraryRoles } from "./library-roles.ts";
import { type CallOptions, isUnreachable, loadCall } from "./load-call.ts";
import { libraryModules } from "./module-shelf.ts";
import { openOutside } from "./open-outside.ts";

/** Options of the commands that show what is in an inventory. */
export interface InventoryCallOptions extends Pick<CallOptions, "inventory" | "limit" | "extraVars"> {
  readonly playbook?: readonly string[];
  /** Neither nodes are asked for guests, nor programs run. */
  readonly offline?: boolean;
}

/**
 * Loads a site to look at its inventory. What is wrong is told, and what can be made sense of is shown all the same: these
 * commands are what one looks with. `show` gives the text for stdout.
 */
export async function withInventory(
  options: InventoryCallOptions,
  show: (seen: ExplainRequest) => string | readonly Diagnostic[],
): Promise<number> {
  const folder = process.cwd();
  const outside = openOutside(folder, {});
  try {
    const playbooks = options.playbook ?? [];
    const request = { source: diskFiles, folder, playbooks, modules: libraryModules, libraryRoles, options };
    const loaded = await loadCall({
      ...request,
      ...(!options.offline && { ask: outside.ask, keys: { ...outside.keys, optional: true } }),
    });
    const diagnostics = [...loaded.diagnostics, ...outside.warnings];
    const { seen, files } = loaded;
    const shown = seen === null ? [] : show({ ...seen, files });
    const wrong = typeof shown === "string" ? diagnostics : [...diagnostics, ...shown];
    if (wrong.length > 0) complain(wrong, files);
    if (typeof shown === "string") process.stdout.write(shown);
    if (isUnreachable(wrong)) return exitCodes.unreachable;
    return wrong.some(isError) || seen === null ? exitCodes.wrong : exitCodes.done;
  } finally {
    await outside.close();
  }
}

/** The host of that name, or what is wrong with the name. */
export function hostNamed(name: string, { inventory }: Pick<ExplainRequest, "inventory">): InventoryHost | Diagnostic {
  const host = findHost(inventory, name);
  if (host !== undefined) return host;
  const group = inventory.groups.get(name);
  if (group !== undefined) {
    const hosts = group.hosts.slice(0, 5).join(", ");
    return {
      code: "unknown-host",
      message: `${name} is a group, and one host is wanted`,
      hint: `its hosts are ${hosts}`,
    };
  }
  const near = nearest(name, inventory.hosts.keys());
  const hint = near === undefined ? "lab inventory list shows the hosts" : `did you mean ${near}?`;
  return { code: "unknown-host", message: `there is no host ${name}`, hint };
}
