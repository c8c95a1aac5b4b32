import { DOCKER_GID } from "../host/docker-packages.ts";
import type { FrozenHost, SocketNode } from "../world.ts";
import { engineSince } from "./engine.ts";

export const ENGINE_SOCKET = "/run/docker.sock";

/** What the engine listens at; who is in the group `docker` may write there. */
export function engineSocket(host: FrozenHost): SocketNode | undefined {
  const since = engineSince(host);
  if (since === null) return undefined;
  return { type: "socket", mode: "0660", uid: 0, gid: DOCKER_GID, mtime: Math.floor(since / 1000) };
}
