import { drawPicture, isPictured } from "../picture/draw-picture.ts";
import type { Declared, LabPicture, PicturedHost } from "../picture/picture.ts";
import { evaluating } from "../plan/bind-task.ts";
import { foreseeTasks } from "../plan/foresee-tasks.ts";
import { createScope } from "../vars/resolve-vars.ts";
import type { Call } from "./load-call.ts";

/** What the site's files say of the lab, without asking any host. */
export interface DeclaredLab {
  readonly hosts: readonly PicturedHost[];
  readonly declared: readonly Declared[];
  readonly notes: readonly string[];
}

export function declareLab(
  call: Pick<Call, "site" | "plays" | "inventory" | "modules" | "files" | "extraVars">,
): DeclaredLab {
  const notes = new Set<string>();
  const declared: Declared[] = [];
  const foreseen = foreseeTasks({
    ...call,
    wanted: isPictured,
    unforeseen: ({ source: { place } }) =>
      notes.add(`what ${place.file}:${place.line} includes is known when the play runs`),
  });
  for (const { host, task, name, params, doubt } of foreseen) {
    // What is to be kept out of logs is no part of a picture.
    if (task.context.noLog) continue;
    const origin = { source: "playbook" as const, place: task.source.place, task: name, taskId: task.id };
    declared.push({
      host,
      module: task.source.module,
      params,
      origin: { ...origin, ...(doubt !== null && { doubt }) },
    });
  }
  return { hosts: hostsOf(call), declared, notes: [...notes] };
}

export function drawLab(
  title: string,
  { hosts, declared, notes }: DeclaredLab,
  seen: readonly Declared[] = [],
): LabPicture {
  return drawPicture({ title, hosts, declared: [...declared, ...seen], notes });
}

/** The hosts that the plays are for, and the machines that they are entered through. */
function hostsOf({
  inventory,
  plays,
  extraVars,
}: Pick<Call, "inventory" | "plays" | "extraVars">): readonly PicturedHost[] {
  const wanted = new Set(plays.flatMap(({ hosts }) => hosts));
  const all = [...inventory.hosts.values()].map(({ name, place, groups, layers }): PicturedHost => {
    const scope = createScope([...layers, extraVars], new Map([["inventory_hostname", name]]));
    const text = (variable: string): string | undefined => {
      const value = evaluating(() => scope.get(variable));
      return value.kind === "value" && (typeof value.value === "string" || typeof value.value === "number")
        ? String(value.value)
        : undefined;
    };
    const [address, node, vmid, service] = ["lab_host", "lab_node", "lab_vmid", "lab_container"].map(text);
    const door =
      node === undefined ? undefined : vmid !== undefined ? { node, vmid } : { node, service: service ?? name };
    return { name, place, groups, ...(address !== undefined && { address }), ...(door && { door }) };
  });
  for (let more = true; more; ) {
    const before = wanted.size;
    for (const { name, door } of all) if (door && wanted.has(name)) wanted.add(door.node);
    more = wanted.size > before;
  }
  return all.filter(({ name }) => wanted.has(name));
}
