import { type Frozen, type FrozenHost, own } from "../world.ts";
import { findDataset, findPool } from "./find-dataset.ts";
import { parentName } from "./names.ts";
import { isUserProperty, propertiesOf, quotaProperty } from "./properties.ts";
import type { Dataset, SetProperty } from "./state.ts";
import { rulesOf } from "./versions.ts";

export interface Resolved {
  /** As -p prints it. */
  readonly value: string;
  readonly source: PropertySource;
}
export type PropertySource =
  | { readonly kind: "local" | "default" | "received" | "temporary" | "none" }
  | { readonly kind: "inherited"; readonly from: string };

export const NONE: PropertySource = { kind: "none" };
export const UNSET: Resolved = { value: "-", source: NONE };

/**
 * A property as it is set: on the dataset, on what it inherits from, or by default. What is computed (sizes, times) and
 * what live mount options change is in property-value.ts.
 */
export function resolveProperty(host: FrozenHost, dataset: Frozen<Dataset>, name: string): Resolved {
  if (name === "mountpoint") return mountpointOf(host, dataset);
  const set = own<Frozen<SetProperty>>(dataset.properties, name);
  if (set !== undefined) return { value: set.value, source: { kind: set.source } };
  const property = propertiesOf(rulesOf(host)).get(name);
  if (property === undefined) {
    return isUserProperty(name) ? inherited(host, dataset, name, UNSET) : { value: "0", source: { kind: "default" } };
  }
  const fallback: Resolved = { value: property.default, source: { kind: "default" } };
  if (property.attribute === "once") {
    const value = own(dataset.fixed, name);
    return value === undefined || value === property.default ? fallback : { value, source: NONE };
  }
  if (property.attribute !== "inherit" || quotaProperty(name) !== undefined) return fallback;
  return inherited(host, dataset, name, fallback);
}

function inherited(host: FrozenHost, dataset: Frozen<Dataset>, name: string, fallback: Resolved): Resolved {
  const found = ancestorWith(host, dataset, name);
  return found === undefined
    ? fallback
    : { value: found.set.value, source: { kind: "inherited", from: found.dataset.name } };
}

function ancestorWith(host: FrozenHost, dataset: Frozen<Dataset>, name: string) {
  for (let at = parentName(dataset.name); at !== null; at = parentName(at)) {
    const ancestor = findDataset(host, at);
    const set = ancestor && own<Frozen<SetProperty>>(ancestor.properties, name);
    if (ancestor !== undefined && set !== undefined) return { dataset: ancestor, set };
  }
  return undefined;
}

/** An inherited mountpoint is that of the ancestor with the rest of the name behind it. */
function mountpointOf(host: FrozenHost, dataset: Frozen<Dataset>): Resolved {
  const altroot = findPool(host, dataset.name)?.altroot ?? "";
  const shown = (path: string) =>
    path.startsWith("/") && altroot !== "" ? `${altroot}${path === "/" ? "" : path}` : path;
  const set = own<Frozen<SetProperty>>(dataset.properties, "mountpoint");
  if (set !== undefined) return { value: shown(set.value), source: { kind: set.source } };
  const found = ancestorWith(host, dataset, "mountpoint");
  if (found === undefined) return { value: shown(`/${dataset.name}`), source: { kind: "default" } };
  const { value } = found.set;
  const rest = dataset.name.slice(found.dataset.name.length);
  return {
    value: value.startsWith("/") ? shown(`${value === "/" ? "" : value}${rest}`) : value,
    source: { kind: "inherited", from: found.dataset.name },
  };
}

/** The dataset that holds the key of an encrypted one; undefined if it is not encrypted. */
export function encryptionRootOf(host: FrozenHost, dataset: Frozen<Dataset>): Frozen<Dataset> | undefined {
  if ((own(dataset.fixed, "encryption") ?? "off") === "off") return undefined;
  for (let at: string | null = dataset.name; at !== null; at = parentName(at)) {
    const found = findDataset(host, at);
    if (found?.keyDigest !== undefined) return found;
  }
  return undefined;
}
