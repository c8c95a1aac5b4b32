import type { Session } from "../session.ts";
import { type Frozen, type FrozenHost, own } from "../world.ts";
import { parentName, poolOf, splitSnapshot } from "./names.ts";
import type { Dataset, Pool, Snapshot } from "./state.ts";

export function findPool(host: FrozenHost, name: string): Frozen<Pool> | undefined {
  return own<Frozen<Pool>>(host.zfs?.pools ?? {}, poolOf(name));
}
export function findDataset(host: FrozenHost, name: string): Frozen<Dataset> | undefined {
  return own<Frozen<Dataset>>(findPool(host, name)?.datasets ?? {}, name);
}
/** `pool/fs@name`. */
export function findSnapshot(host: FrozenHost, name: string): Frozen<Snapshot> | undefined {
  const { dataset, snapshot } = splitSnapshot(name);
  return findDataset(host, dataset)?.snapshots.find((each) => each.name === snapshot);
}

/** All datasets of all pools, or a dataset and what is below it, in the order of the tool: by name, byte by byte. */
export function allDatasets(host: FrozenHost, from?: string): readonly Frozen<Dataset>[] {
  const pools = from === undefined ? Object.values(host.zfs?.pools ?? {}) : [findPool(host, from)];
  return pools
    .flatMap((pool) => Object.values(pool?.datasets ?? {}))
    .filter(({ name }) => from === undefined || name === from || name.startsWith(`${from}/`))
    .sort((a, b) => (a.name < b.name ? -1 : 1));
}
/** In the order of their making. */
export function childrenOf(host: FrozenHost, name: string): readonly Frozen<Dataset>[] {
  return Object.values(findPool(host, name)?.datasets ?? {})
    .filter((each) => parentName(each.name) === name)
    .sort((a, b) => a.createdMs - b.createdMs);
}
/** The clones of a snapshot, the newest first. */
export function clonesOf(host: FrozenHost, snapshot: string): readonly Frozen<Dataset>[] {
  const datasets = Object.values(findPool(host, snapshot)?.datasets ?? {});
  return datasets.filter(({ origin }) => origin === snapshot).sort((a, b) => b.createdMs - a.createdMs);
}

/** The dataset itself, to be changed. Whoever asks has looked whether it is there. */
export function changeDataset(session: Session, name: string): Dataset {
  const dataset = own(changePool(session, name).datasets, name);
  if (dataset === undefined) throw new Error(`no dataset ${name}`);
  return dataset;
}
export function changePool(session: Session, name: string): Pool {
  const pool = own(session.change().zfs?.pools ?? {}, poolOf(name));
  if (pool === undefined) throw new Error(`no pool for ${name}`);
  return pool;
}
