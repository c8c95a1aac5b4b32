import type { Diagnostic } from "../../errors/diagnostic.ts";
import type { InventoryHost } from "../../inventory/inventory.ts";
import { findHost } from "../../inventory/load-inventory.ts";
import { evaluating } from "../../plan/bind-task.ts";
import type { Context } from "../../plan/task.ts";
import { unknownDelegate } from "../../plan/unknown-delegate.ts";
import { connectionKinds } from "../../site/connection-kinds.ts";
import type { ValueSource } from "../../value/expression.ts";
import type { Scope } from "../../value/scope.ts";
import { typeName, type Value } from "../../value/value.ts";
import { evaluateValue } from "../../vars/compile-value.ts";
import type { VarsLayer } from "../../vars/layer.ts";
import { createHostRun, type HostRun } from "../context/host-run.ts";
import type { RunContext } from "../context/run-context.ts";
import { type PlayRun, scopeOf } from "../context/scope-of.ts";
import type { Withheld } from "./bind-items.ts";

/** Who carries a task out: its own host, or the one that it is delegated to. */
export interface Acting {
  readonly host: HostRun;
  /** With the variables that say how it is reached, and as whom. */
  readonly scope: Scope;
  /** Its name, where it is not the task's own host. */
  readonly on?: string;
}

/** Whether a task may act elsewhere than on its own host in the usual way. */
export function actsElsewhere({ context }: { readonly context: Context }): boolean {
  return context.delegateTo !== undefined || context.connection !== undefined;
}

/** `delegate_to` and `connection`: who acts. `scope` is that of the task, with its item; `own` how its host is reached. */
export function actingFor(
  context: RunContext,
  play: PlayRun,
  host: HostRun,
  task: { readonly context: Context },
  scope: Scope,
  own: Scope,
): { readonly kind: "acting"; readonly acting: Acting } | Withheld {
  const { delegateTo, connection } = task.context;
  const itself: Acting = { host, scope: own };
  const resolved = evaluating((): Acting | Withheld => {
    const name = delegateTo ? evaluateValue(delegateTo, scope) : host.name;
    const kind = connection ? evaluateValue(connection, scope) : null;
    if (typeof name !== "string" || name.trim() === "") return invalid(notAName(delegateTo, name));
    const there = name === host.name ? itself : delegate(context, play, host, name, own);
    if (there === null) return invalid(unknownDelegate(context.inventory, delegateTo?.place, name));
    if (kind === null || kind === (there.scope.get("lab_connection") ?? "ssh")) return there;
    if (typeof kind !== "string" || !(connectionKinds as readonly string[]).includes(kind)) {
      return invalid(unknownKind(connection, kind));
    }
    return kind === "local" ? onController(context, play, host, own) : reachedBy(context, play, there, kind);
  });
  if (resolved.kind !== "value") return resolved;
  return "host" in resolved.value ? { kind: "acting", acting: resolved.value } : resolved.value;
}

function delegate(context: RunContext, play: PlayRun, host: HostRun, name: string, own: Scope): Acting | null {
  const known = host.shared.hosts.get(name);
  const found = known?.inventory ?? findHost(context.inventory, name);
  if (found === undefined) return null;
  if (found === context.inventory.implicitLocalhost) return onController(context, play, host, own);
  const there = known ?? bystander(context, host, found);
  return { host: there, scope: scopeOf(context, play, there, [], null), on: name };
}

function bystander(context: RunContext, { shared }: HostRun, inventory: InventoryHost): HostRun {
  const made = createHostRun(context, inventory, shared);
  made.bystander = true;
  shared.hosts.set(inventory.name, made);
  return made;
}

/**
 * This machine. For a host of the embedded lab it is one of the lab, as it is for whatever else its tasks do on the
 * controller: nothing of a run in the lab reaches the machine that it is played on.
 */
function onController(context: RunContext, play: PlayRun, host: HostRun, own: Scope): Acting {
  const { shared } = host;
  const found = findHost(context.inventory, "localhost");
  const inLab = own.get("lab_connection") === "lab";
  if (found !== undefined && found !== context.inventory.implicitLocalhost) {
    const there = shared.hosts.get("localhost") ?? bystander(context, host, found);
    return { host: there, scope: scopeOf(context, play, there, [], null), on: "localhost" };
  }
  const key = `localhost ${inLab ? "lab" : "local"}`;
  const inventory: InventoryHost = found ?? { name: "localhost", place: nowhere, groups: [], layers: [] };
  const kind = inLab ? "lab" : "local";
  let there = inLab ? shared.otherwise.get(key) : (shared.hosts.get("localhost") ?? shared.otherwise.get(key));
  if (!there) {
    const made = createHostRun(context, withConnection(inventory, kind), shared, "controller");
    // What tasks of other hosts have pending on the controller is pending here, and the other way round.
    there = { ...made, overlay: onNetwork(made, shared.controller) };
    shared.otherwise.set(key, there);
  }
  return { host: there, scope: scopeOf(context, play, there, [], null), on: "localhost" };
}

/** The controller's overlay knows of no neighbours, and a request that is made there may ask any host of the run. */
function onNetwork({ overlay: own }: HostRun, shared: HostRun["overlay"]): HostRun["overlay"] {
  return {
    ...shared,
    see(probe, real) {
      const seen = shared.see(probe, real);
      const because = [...new Set([...seen.because, ...own.see(probe, real).because])];
      return { ...seen, because };
    },
  };
}

/** Another way to the same host: what is pending on it is the same, its connection is not. */
function reachedBy(context: RunContext, play: PlayRun, { host, on }: Acting, kind: string): Acting {
  const { shared } = host;
  const key = `${host.name} ${kind}`;
  let there = shared.otherwise.get(key);
  if (!there) {
    const made = createHostRun(context, withConnection(host.inventory, kind), shared);
    there = { ...made, overlay: host.overlay, exclusively: host.exclusively };
    shared.otherwise.set(key, there);
  }
  const scope = scopeOf(context, play, there, [], null);
  return { host: there, scope, ...(on !== undefined && { on }) };
}

const nowhere = { file: "(controller)", line: 1, column: 1 };

/** The highest of all levels: what the task says is said of this task alone. */
function withConnection(inventory: InventoryHost, kind: string): InventoryHost {
  const layer: VarsLayer = {
    level: 8,
    origin: "connection of the task",
    variables: new Map([["lab_connection", { place: nowhere, content: { kind: "data", value: kind } }]]),
  };
  return { ...inventory, layers: [...inventory.layers, layer] };
}

function invalid(diagnostic: Diagnostic): Withheld {
  return { kind: "invalid", diagnostics: [diagnostic] };
}

function notAName(source: ValueSource | undefined, value: Value): Diagnostic {
  return {
    code: "wrong-type",
    message: `\`delegate_to\`: expected the name of a host, got ${typeof value === "string" ? "an empty text" : typeName(value)}`,
    ...(source && { place: source.place }),
  };
}

function unknownKind(source: ValueSource | undefined, kind: Value): Diagnostic {
  const shown = typeof kind === "string" ? kind : typeName(kind);
  return {
    code: "unknown-connection",
    message: `\`connection\` knows no \`${shown}\``,
    ...(source && { place: source.place }),
    hint: `known are ${connectionKinds.join(", ")}`,
  };
}
