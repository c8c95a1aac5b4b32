import { Bug, unreachable } from "../errors/bug.ts";
import { contentBytes } from "../ops/content.ts";
import type {
  AttributesSpec,
  MkdirSpec,
  Operation,
  OpReply,
  RemoveSpec,
  SymlinkSpec,
  UploadSpec,
  WriteFileSpec,
} from "../ops/ir.ts";
import {
  isAsExpected,
  link,
  makeFolder,
  type Ownership,
  prepareReplacement,
  type Replacement,
  remove,
  replace,
  setAttributes,
} from "./file-changes.ts";
import { drop, FileError, nodeAt, noEntry, parentOf, put, resolve } from "./file-tree.ts";
import type { Uploads } from "./interpret.ts";
import { runWords } from "./interpret-exec.ts";
import { keepBytes, sha256 } from "./node.ts";
import type { Session } from "./session.ts";
import { NotImitated } from "./tool.ts";

type FileWrite = (WriteFileSpec | UploadSpec | MkdirSpec | RemoveSpec | SymlinkSpec | AttributesSpec) & {
  readonly effect: "write";
};

export function interpretWrite(
  session: Session,
  operation: FileWrite & Operation,
  runId: string,
  uploads: Uploads,
): OpReply {
  switch (operation.kind) {
    case "write-file":
      return writeFile(session, operation, contentBytes(operation.content), runId);
    case "upload":
      return writeFile(session, operation, uploaded(operation, uploads.get(operation)), runId);
    case "mkdir":
      makeFolder(session, operation.path, operation.parents, ownershipOf(operation));
      return done;
    case "remove":
      if (operation.expect !== undefined) expectFile(session, operation.path, operation.expect);
      remove(session, operation.path, operation.recursive);
      return done;
    case "symlink":
      link(session, operation.path, operation.target);
      return done;
    case "attributes":
      setAttributes(session, operation.path, ownershipOf(operation));
      return done;
    default:
      return unreachable(operation);
  }
}
function uploaded(operation: UploadSpec, content: Uint8Array | NotImitated | undefined): Uint8Array {
  if (content === undefined) throw new Bug("an upload was not collected before its batch");
  if (content instanceof NotImitated) throw content;
  if (content.length === operation.content.size && sha256(content) === operation.content.sha256) return content;
  throw new FileError("failed", operation.path, "what arrived is not what its checksum says; nothing was written");
}
const done: OpReply = { kind: "done", answer: {} };

function writeFile(session: Session, operation: WriteFileSpec | UploadSpec, bytes: Uint8Array, runId: string): OpReply {
  const replacement = prepareReplacement(session, operation.path, ownershipOf(operation));
  if (operation.kind === "write-file") {
    if (operation.validate !== undefined) validate(session, operation, replacement, bytes, runId);
    if (operation.lock !== undefined) touchLock(session, operation.lock);
  }
  // Last before the replacement, as on a real host: what the validation took its time for may have changed the file.
  if (operation.expect !== undefined) expectFile(session, operation.path, operation.expect);
  replace(session, replacement, bytes);
  return replacement.inPlace ? { kind: "done", answer: { inPlace: true } } : done;
}

function expectFile(session: Session, path: string, expect: NonNullable<WriteFileSpec["expect"]>): void {
  if (isAsExpected(session, path, expect)) return;
  throw new FileError("expectation", path, "is no longer what the plan was made from; nothing was written");
}

/** Runs the validating command over a temporary neighbour, which goes whatever becomes of it. */
function validate(
  session: Session,
  operation: WriteFileSpec,
  replacement: Replacement,
  bytes: Uint8Array,
  runId: string,
): void {
  const temporary = `${replacement.path.slice(0, replacement.path.lastIndexOf("/"))}/.lab-${runId}`;
  put(session, temporary, { ...replacement.node, ...keepBytes(bytes) });
  try {
    const argv = (operation.validate ?? []).map((word) => word.replaceAll("{}", temporary));
    const result = runWords(session, argv, {});
    if (result.code === 0) return;
    const said = (result.stderr || Buffer.from(result.stdout).toString()).trim();
    throw new FileError("validate", operation.path, `"${argv[0]}" does not accept the new file: ${said}`);
  } finally {
    drop(session, temporary);
  }
}

// flock makes the lock file if there is none.
function touchLock(session: Session, path: string): void {
  const found = resolve(session, path, true);
  if (found.node !== undefined) return;
  if (found.orphan || nodeAt(session.host, parentOf(found.path)) === undefined) throw noEntry(parentOf(path));
  replace(session, prepareReplacement(session, path, {}), new Uint8Array());
}

function ownershipOf({ mode, owner, group }: Ownership): Ownership {
  return {
    ...(mode === undefined ? {} : { mode }),
    ...(owner === undefined ? {} : { owner }),
    ...(group === undefined ? {} : { group }),
  };
}
