import { makeFolder } from "../files/file-changes.ts";
import { drop } from "../files/file-tree.ts";
import { nodeOf } from "../files/look-at-path.ts";
import type { Session } from "../session.ts";
import { own } from "../world.ts";
import { asEngine, changeDocker, DockerError, dockerOf } from "./engine.ts";

export const DATA_ROOT = "/var/lib/docker";
export const volumePath = (name: string): string => `${DATA_ROOT}/volumes/${name}/_data`;

/** A volume of this name, made where there is none; the folder that it is comes with it. */
export function ensureVolume(session: Session, name: string, labels: Readonly<Record<string, string>> | null): boolean {
  if (own(dockerOf(session.host).volumes, name) !== undefined) return false;
  changeDocker(session).volumes[name] = { name, created: session.host.clockMs, labels };
  const path = volumePath(name);
  if (nodeOf(session, path) === undefined) makeFolder(asEngine(session), path, true, {});
  return true;
}

export function removeVolume(session: Session, name: string): void {
  const state = dockerOf(session.host);
  const users = Object.values(state.containers).filter(({ mounts }) =>
    mounts.some((mount) => mount.kind === "volume" && mount.source === name),
  );
  if (users.length > 0)
    throw new DockerError(`remove ${name}: volume is in use - [${users.map(({ id }) => id).join(", ")}]`);
  delete changeDocker(session).volumes[name];
  const folder = `${DATA_ROOT}/volumes/${name}`;
  if (nodeOf(session, folder) !== undefined) drop(asEngine(session), folder);
}
