import { findUser, type User } from "../host/accounts.ts";
import { newHost } from "../host/new-host.ts";
import { mountedFiles } from "../pve/inside/mounted-files.ts";
import type { Session } from "../session.ts";
import type { Frozen, FrozenHost, Host, Mount } from "../world.ts";
import { containerNow } from "./container-now.ts";
import { behaviourOf } from "./images.ts";
import type { DockerContainer } from "./state.ts";
import { volumePath } from "./volumes.ts";

/** Insides as their images bring them, by what they are made from: making one takes a while, and looks share it. */
const fresh = new Map<string, Host>();

function freshInside(host: FrozenHost, container: Frozen<DockerContainer>): Host {
  const origin = host.docker?.images[container.image]?.origin ?? container.imageName;
  const system = behaviourOf(host, origin).system === "debian" ? "debian" : "alpine";
  const name = container.config.hostname;
  const key = `${system} ${name}`;
  const known = fresh.get(key) ?? newHost({ kind: "container", name, system });
  fresh.set(key, known);
  return known;
}

/** Whether there is a shell in its image. */
export function hasShell(host: FrozenHost, container: Frozen<DockerContainer>): boolean {
  const origin = host.docker?.images[container.image]?.origin ?? container.imageName;
  return behaviourOf(host, origin).system !== "none";
}

/**
 * A running container as its processes see it: its own files, what is bound into it, and its node's clock. Undefined
 * where it does not run.
 */
function hostOf(host: Host, id: string): Host | undefined {
  const container = host.docker?.containers[id];
  if (container === undefined || !containerNow(host, container).running) return undefined;
  const own = host.dockerInsides?.[id] ?? freshInside(host, container);
  const mounts: Mount[] = container.mounts.map(({ kind, source, target, readOnly }) => ({
    source: kind === "volume" ? volumePath(source) : source,
    target,
    fstype: "ext4",
    options: readOnly ? "ro,relatime" : "rw,relatime",
    ...(kind === "tmpfs" ? {} : { bound: kind === "volume" ? volumePath(source) : behindBinds(host, source) }),
  }));
  const files = mountedFiles(own.files, host.files, mounts, []);
  return new Proxy(own, {
    get: (inside, key) => {
      if (key === "clockMs") return host.clockMs;
      if (key === "mounts") return [...inside.mounts, ...mounts];
      if (key === "description") return { ...inside.description, answers: host.description.answers };
      return key === "files" ? files : Reflect.get(inside, key);
    },
    set: (inside, key, value) => (key === "clockMs" ? Reflect.set(host, key, value) : Reflect.set(inside, key, value)),
  });
}

/** Where the files of a path lie: what is bound at a folder is kept where it comes from. */
function behindBinds(host: FrozenHost, path: string): string {
  const over = host.mounts.findLast(
    ({ bind, target }) => bind !== undefined && (path === target || path.startsWith(`${target}/`)),
  );
  return over?.bind === undefined ? path : behindBinds(host, `${over.bind}${path.slice(over.target.length)}`);
}

/** Goes into a running container. What its image brought becomes its own with the first change. */
export function enterDocker(
  session: Session,
  id: string,
  as: (inside: FrozenHost) => User = containerRoot,
): Session | undefined {
  const open = (host: Host): Host | undefined => hostOf(host, id);
  const entered = session.enter(open, as);
  if (entered === undefined) return undefined;
  return {
    ...entered,
    change: () => {
      const host = session.change();
      const held = host.docker?.containers[id];
      if (held === undefined) return entered.change();
      host.dockerInsides ??= {};
      host.dockerInsides[id] ??= structuredClone(freshInside(session.host, held));
      const adopted = session.enter(open, as);
      return adopted === undefined ? entered.change() : adopted.change();
    },
  };
}

/** Root of a container without further groups, also where its image knows no accounts. */
export function containerRoot(inside: FrozenHost): User {
  const found = findUser(inside, "root");
  return { name: "root", uid: 0, home: "/root", line: "", ...found, gid: 0, gids: [0] };
}
