import type { Session } from "../session.ts";
import type { Frozen, FrozenHost } from "../world.ts";
import { containerNow } from "./container-now.ts";
import { changeDocker, DockerError, dockerOf, newId } from "./engine.ts";
import type { DockerNetwork, DockerState } from "./state.ts";

export function findNetwork(state: Frozen<DockerState>, text: string): Frozen<DockerNetwork> | undefined {
  const all = Object.values(state.networks);
  return (
    all.find(({ name }) => name === text) ?? all.find(({ id }) => /^[0-9a-f]{3,}$/.test(text) && id.startsWith(text))
  );
}

export function createNetwork(
  session: Session,
  name: string,
  more: {
    readonly labels?: Readonly<Record<string, string>>;
    readonly internal?: boolean;
    readonly byCompose?: boolean;
    readonly driver?: string;
  },
): string {
  const state = dockerOf(session.host);
  if (findNetwork(state, name)?.name === name) throw new DockerError(`network with name ${name} already exists`);
  const id = newId(session, `network ${name}`);
  const used = new Set(Object.values(state.networks).map(({ subnet }) => subnet));
  // Its own pools: 172.17 to 172.31, then smaller ones of 192.168.
  const pools = [
    ...Array.from({ length: 14 }, (_, index) => `172.${18 + index}.0.0/16`),
    ...Array.from({ length: 16 }, (_, index) => `192.168.${index * 16}.0/20`),
  ];
  const subnet = pools.find((each) => !used.has(each));
  if (subnet === undefined)
    throw new DockerError(
      "could not find an available, non-overlapping IPv4 address pool among the defaults to assign to the network",
    );
  changeDocker(session).networks[id] = {
    id,
    name,
    driver: more.driver ?? "bridge",
    created: session.host.clockMs,
    internal: more.internal ?? false,
    subnet,
    labels: more.labels ?? {},
    byCompose: more.byCompose ?? false,
  };
  return id;
}

export function removeNetwork(session: Session, network: Frozen<DockerNetwork>): void {
  if (["bridge", "host", "none"].includes(network.name))
    throw new DockerError(`${network.name} is a pre-defined network and cannot be removed`);
  if (attachedTo(session.host, network.name).length > 0)
    throw new DockerError(
      `error while removing network: network ${network.name} id ${network.id} has active endpoints`,
    );
  delete changeDocker(session).networks[network.id];
}

/** The running containers on it, with their addresses. */
export function attachedTo(host: FrozenHost, name: string) {
  return Object.values(dockerOf(host).containers).filter(
    (container) => container.networks[name] !== undefined && containerNow(host, container).running,
  );
}

/** The first address of the network that nobody has; its first is the gateway's. */
export function freeAddress(host: FrozenHost, name: string): string {
  const subnet = findNetwork(dockerOf(host), name)?.subnet;
  if (subnet === undefined || subnet === null) return "";
  const used = new Set(attachedTo(host, name).map((container) => container.networks[name]?.ip));
  for (let last = 2; ; last += 1) {
    const address = addressIn(subnet, last);
    if (!used.has(address)) return address;
  }
}
export function addressIn(subnet: string, number: number): string {
  const [a = "", b = "", c = ""] = subnet.split(".");
  return `${a}.${b}.${Number(c) + Math.floor(number / 256)}.${number % 256}`;
}
