import { sha256 } from "../files/node.ts";
import { findUser } from "../host/accounts.ts";
import type { Session } from "../session.ts";
import { type Frozen, type FrozenHost, own } from "../world.ts";
import type { DockerNetwork, DockerState } from "./state.ts";

export const UNIT = "docker.service";

/** The host's clock when the engine was last started; null where systemd does not know it. */
export function engineSince(host: FrozenHost): number | null {
  const unit = own(host.units, UNIT);
  return unit?.phase === "started" || unit?.phase === "starting" ? unit.since : null;
}

/** What the engine holds; a fresh one has its three networks. */
export function dockerOf(host: FrozenHost): Frozen<DockerState> {
  return host.docker ?? freshState(host);
}

/** The same to be changed, refused in a look. */
export function changeDocker(session: Session): DockerState {
  const host = session.change();
  host.docker ??= freshState(host);
  return host.docker;
}

function freshState(host: FrozenHost): DockerState {
  const networks = (["bridge", "host", "none"] as const).map((name): [string, DockerNetwork] => {
    const id = sha256(`network ${name} ${host.description.name}`);
    const driver = name === "none" ? "null" : name;
    const subnet = name === "bridge" ? "172.17.0.0/16" : null;
    return [id, { id, name, driver, created: 0, internal: false, subnet, labels: {}, byCompose: false }];
  });
  return { images: {}, tags: {}, containers: {}, networks: Object.fromEntries(networks), volumes: {}, serial: 0 };
}

/** What the engine does it does as root, whoever asks it. */
export function asEngine(session: Session): Session {
  return { ...session, user: findUser(session.host, "root") ?? session.user };
}

/** An id that nothing else has, 64 hex digits; the same play makes the same ids. */
export function newId(session: Session, what: string): string {
  const state = changeDocker(session);
  state.serial += 1;
  return sha256(`${what} ${state.serial} of ${session.host.description.name} at ${session.host.clockMs}`);
}

/** What the engine refuses, in its words: `Error response from daemon: …`. */
export class DockerError extends Error {
  constructor(message: string) {
    super(message);
    this.name = "DockerError";
  }
}
