import { entryText, parseAcl, UNMAPPED_ID } from "../../../formats/acl.ts";
import { FileError } from "../../files/file-tree.ts";
import type { IdMap, Mount, Node, NodeAcl } from "../../world.ts";

type Files = Record<string, Node>;
interface Bind extends Mount {
  readonly bound: string;
}

/**
 * The file tree of a container with what is bound into it: a path below a bound target is the node's own file, under
 * the ids that the container's map gives it. Nothing is copied, so both sides see a change at once.
 */
export function mountedFiles(inside: Files, node: Files, mounts: readonly Mount[], maps: readonly IdMap[]): Files {
  const binds = mounts.filter((mount): mount is Bind => mount.bound !== undefined);
  if (binds.length === 0) return inside;
  /** The bind that a path belongs to; undefined where the container's own disk is. */
  const bindOf = (path: string): Bind | undefined => {
    const over = mounts.filter(({ target }) => target !== "/" && isBelow(path, target));
    // The deepest target covers; of two on one target the later one does.
    const last = over.reduce<Mount | undefined>(
      (best, mount) => (best === undefined || mount.target.length >= best.target.length ? mount : best),
      undefined,
    );
    return binds.find((bind) => bind === last);
  };
  const shared = (path: string) => {
    const bind = bindOf(path);
    return bind === undefined ? undefined : { bind, path: `${bind.bound}${path.slice(bind.target.length)}` };
  };
  const read = (path: string): Node | undefined => {
    const there = shared(path);
    if (there === undefined) return Object.hasOwn(inside, path) ? inside[path] : undefined;
    const found = Object.hasOwn(node, there.path) ? node[there.path] : undefined;
    return found === undefined ? undefined : seenThrough(found, maps, path, isReadOnly(there.bind));
  };
  const names = (): string[] => {
    const own = Object.keys(inside).filter((path) => bindOf(path) === undefined);
    const bound = binds.flatMap((bind) =>
      Object.keys(node)
        .filter((path) => isBelow(path, bind.bound))
        .map((path) => `${bind.target}${path.slice(bind.bound.length)}`)
        .filter((path) => bindOf(path) === bind),
    );
    return [...own, ...bound];
  };
  return new Proxy<Files>(
    {},
    {
      get: (_target, key) => (typeof key === "string" ? read(key) : undefined),
      has: (_target, key) => typeof key === "string" && read(key) !== undefined,
      ownKeys: names,
      getOwnPropertyDescriptor: (_target, key) => {
        const value = typeof key === "string" ? read(key) : undefined;
        return value === undefined ? undefined : { value, enumerable: true, configurable: true, writable: true };
      },
      set: (_target, key, value: Node) => {
        if (typeof key !== "string") return false;
        const there = shared(key);
        if (there === undefined) inside[key] = value;
        else {
          if (isReadOnly(there.bind)) throw readOnly(key);
          node[there.path] = keptAs(value, maps, node[there.path], key);
        }
        return true;
      },
      deleteProperty: (_target, key) => {
        if (typeof key !== "string") return false;
        const there = shared(key);
        if (there === undefined) delete inside[key];
        else {
          if (isReadOnly(there.bind)) throw readOnly(key);
          delete node[there.path];
        }
        return true;
      },
    },
  );
}

function isBelow(path: string, folder: string): boolean {
  return path === folder || path.startsWith(`${folder}/`);
}
function isReadOnly(mount: Mount): boolean {
  return mount.options.split(",").includes("ro");
}
function readOnly(path: string): FileError {
  return new FileError("failed", path, "Read-only file system");
}

/** What the kernel shows for an id that no map holds. */
const NOBODY = 65_534;

/** A node of the file tree under the container's ids. It stays the same object behind: tools change nodes in place. */
function seenThrough(node: Node, maps: readonly IdMap[], path: string, frozen: boolean): Node {
  if (maps.length === 0 && !frozen) return node;
  const uid = insideId(maps, "u", node.uid);
  const gid = insideId(maps, "g", node.gid);
  return new Proxy(node, {
    get: (target, key) => {
      if (key === "uid") return uid ?? NOBODY;
      if (key === "gid") return gid ?? NOBODY;
      if (key === "unmapped") return uid === undefined || gid === undefined ? true : undefined;
      if (key === "acl")
        return target.acl && withIds(target.acl, (kind, id) => insideId(maps, kind, id) ?? UNMAPPED_ID);
      return Reflect.get(target, key);
    },
    set: (target, key, value) => {
      if (frozen) throw readOnly(path);
      if (key === "uid") return Reflect.set(target, key, outsideId(maps, "u", value) ?? target.uid);
      if (key === "gid") return Reflect.set(target, key, outsideId(maps, "g", value) ?? target.gid);
      if (key === "acl") return Reflect.set(target, key, value && outsideAcl(value, maps, path));
      return Reflect.set(target, key, value);
    },
    getOwnPropertyDescriptor: (target, key) => {
      const found = Reflect.getOwnPropertyDescriptor(target, key);
      if (found === undefined || (key !== "uid" && key !== "gid" && key !== "acl")) return found;
      if (key !== "acl") return { ...found, value: (key === "uid" ? uid : gid) ?? NOBODY };
      return {
        ...found,
        value: target.acl && withIds(target.acl, (kind, id) => insideId(maps, kind, id) ?? UNMAPPED_ID),
      };
    },
  });
}

/** As the node keeps what a container writes. An id that shows as nobody's stays whose it was. */
function keptAs(
  { unmapped: _unmapped, acl, ...node }: Node,
  maps: readonly IdMap[],
  old: Node | undefined,
  path: string,
): Node {
  const uid = outsideId(maps, "u", node.uid) ?? old?.uid ?? node.uid;
  const gid = outsideId(maps, "g", node.gid) ?? old?.gid ?? node.gid;
  return { ...node, uid, gid, ...(acl && { acl: outsideAcl(acl, maps, path) }) };
}

/** An ACL with ids that the container does not have cannot be written from inside: the kernel has no id to keep. */
function outsideAcl(acl: NodeAcl, maps: readonly IdMap[], path: string): NodeAcl {
  return withIds(acl, (kind, id) => {
    const outside = outsideId(maps, kind, id);
    if (outside === undefined) throw new FileError("failed", path, "Invalid argument");
    return outside;
  });
}
function withIds(acl: NodeAcl, idOf: (kind: "u" | "g", id: number) => number): NodeAcl {
  const mapped = (lines: readonly string[]) =>
    (parseAcl(lines.join("\n"))?.access ?? []).map((entry) =>
      entryText(entry.id === null ? entry : { ...entry, id: idOf(entry.type === "user" ? "u" : "g", entry.id) }),
    );
  return {
    ...(acl.access && { access: mapped(acl.access) }),
    ...(acl.default && { default: mapped(acl.default) }),
  };
}

/** An id of the node as the container sees it; undefined if its map does not hold it. */
export function insideId(maps: readonly IdMap[], kind: "u" | "g", id: number): number | undefined {
  if (maps.length === 0) return id;
  const map = maps.find((each) => each.kind === kind && id >= each.outside && id < each.outside + each.count);
  return map === undefined ? undefined : id - map.outside + map.inside;
}
/** An id of the container as its node knows it. */
export function outsideId(maps: readonly IdMap[], kind: "u" | "g", id: number): number | undefined {
  if (maps.length === 0) return id;
  const map = maps.find((each) => each.kind === kind && id >= each.inside && id < each.inside + each.count);
  return map === undefined ? undefined : id - map.inside + map.outside;
}
