import { isYamlMap, named } from "../../engine/formats/compose-merge.ts";
import type { ComposeModel, ComposeService } from "../../engine/formats/compose-model.ts";
import type { Container } from "./containers.ts";

/** What Docker calls a network or volume of the files: its own name, or that of the project and its key. */
export function realName(model: ComposeModel, project: string, kind: "networks" | "volumes", key: string): string {
  const all = model.document[kind];
  const defined = isYamlMap(all) && Object.hasOwn(all, key) ? all[key] : undefined;
  if (!isYamlMap(defined)) return `${project}_${key}`;
  const { external } = defined;
  if (typeof defined.name === "string" && defined.name !== "") return defined.name;
  if (isYamlMap(external)) return String(external.name ?? key);
  return external === true || external === "true" ? key : `${project}_${key}`;
}

/** The networks of a service by their names in Docker; none where it lives in somebody else's. */
export function networksOf(model: ComposeModel, project: string, { definition }: ComposeService): readonly string[] {
  if (definition.network_mode !== undefined) return [];
  const keys = Object.keys(named(definition.networks));
  return (keys.length === 0 ? ["default"] : keys).map((key) => realName(model, project, "networks", key));
}

/**
 * Why a container cannot stay what it is although it was made from this very definition: somebody has given it another
 * name, has taken it out of a network, or has removed a network that it needs to start.
 */
export function misplaced(
  service: ComposeService,
  {
    model,
    project,
    networkIds,
  }: { readonly model: ComposeModel; readonly project: string; readonly networkIds: ReadonlySet<string> | null },
  container: Container,
): readonly string[] {
  const reasons: string[] = [];
  const wanted = service.containerName ?? `${project}-${service.name}-${container.number}`;
  // Compose in its compatible mode writes underscores.
  if (container.name !== wanted && container.name.replaceAll("_", "-") !== wanted.replaceAll("_", "-"))
    reasons.push(`it is called ${container.name}, not ${wanted}`);
  for (const name of networksOf(model, project, service)) {
    const id = container.networks.get(name);
    if (id === undefined) reasons.push(`it is not in the network ${name}`);
    else if (networkIds !== null && id !== "" && !networkIds.has(id)) reasons.push(`its network ${name} is gone`);
  }
  return reasons;
}
