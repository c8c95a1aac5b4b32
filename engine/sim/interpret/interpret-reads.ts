import type { Expectation, FileSpec, ListSpec, OpReply, Stat, StatSpec } from "../../ops/ir.ts";
import { defaultMaxBytes } from "../../ops/limits.ts";
import { denied, FileError, isDirectory, may, namesIn, notDirectory } from "../files/file-tree.ts";
import { assertGone, isThere, peek } from "../files/look-at-path.ts";
import { nodeBytes, nodeSize, sha256, utf8Text } from "../files/node.ts";
import { hidesSize } from "../files/virtual-files.ts";
import { groupName, userName } from "../host/accounts.ts";
import type { Session } from "../session.ts";
import { NotImitated } from "../tool.ts";
import type { Frozen, Node } from "../world.ts";

export function fileReply(session: Session, operation: FileSpec): OpReply {
  const { path } = operation;
  const node = peek(session, path)?.node;
  if (node === undefined) {
    assertGone(session, path);
    return done(null, "absent");
  }
  if (node.type === "directory") throw isDirectory(path);
  if (node.type !== "file" || !may(session.user, node, "r")) throw denied(path);
  if (node.image !== undefined) throw new NotImitated(`the embedded lab keeps no content of the image ${path}`);
  const bytes = nodeBytes(node);
  const allowed = operation.maxBytes ?? defaultMaxBytes;
  if (bytes.length > allowed) {
    throw new FileError("too-large", path, `${bytes.length} bytes, more than the ${allowed} that may be read`);
  }
  const digest = { sha256: sha256(bytes) };
  if (operation.as === "bytes") return done(bytes, digest);
  const text = utf8Text(bytes);
  if (text === undefined || text.includes("\0")) throw new FileError("not-text", path, "is not UTF-8 text");
  return done(text, digest);
}

export function statReply(session: Session, operation: StatSpec): OpReply {
  const { host, user } = session;
  const found = peek(session, operation.path, operation.follow);
  const node = found?.node;
  if (found === undefined || node === undefined) {
    assertGone(session, operation.path);
    return done(null, "absent");
  }
  const hashed = operation.sha256 && node.type === "file";
  if (hashed && !may(user, node, "r")) throw denied(operation.path);
  const digest = hashed ? sha256(nodeBytes(node)) : undefined;
  const stat: Stat = {
    type: node.type,
    mode: node.mode,
    uid: node.uid,
    gid: node.gid,
    owner: userName(host, node.uid),
    group: groupName(host, node.gid),
    size: sizeOf(found.path, node),
    mtime: node.mtime,
    ...(node.type === "symlink" ? { target: node.target } : {}),
    ...(digest === undefined ? {} : { sha256: digest }),
  };
  return digest === undefined ? done(stat) : done(stat, { sha256: digest });
}

export function listReply(session: Session, operation: ListSpec): OpReply {
  const { path } = operation;
  const found = peek(session, path);
  if (found?.node?.type !== "directory") {
    if (isThere(session, path)) throw notDirectory(path);
    assertGone(session, path);
    return done(null);
  }
  if (!may(session.user, found.node, "r") || !may(session.user, found.node, "x")) throw denied(path);
  return done(namesIn(session.host, found.path));
}

function sizeOf(path: string, node: Frozen<Node>): number {
  if (node.type === "directory") return 4096;
  if (node.type === "symlink") return Buffer.byteLength(node.target);
  if (node.type !== "file") return 0;
  return hidesSize(path) ? 0 : nodeSize(node);
}

function done(answer: unknown, digest?: Expectation): OpReply {
  return digest === undefined ? { kind: "done", answer } : { kind: "done", answer, digest };
}
