import { Bug, unreachable } from "../../errors/bug.ts";
import { contentBytes } from "../../ops/content.ts";
import type {
  AttributesSpec,
  MkdirSpec,
  Operation,
  OpReply,
  RemoveSpec,
  SymlinkSpec,
  UploadSpec,
  WriteFileSpec,
} from "../../ops/ir.ts";
import { newFileMode } from "../../ops/new-file-mode.ts";
import { link, makeFolder, remove, setAttributes } from "../files/file-changes.ts";
import { FileError } from "../files/file-tree.ts";
import { isThere } from "../files/look-at-path.ts";
import { sha256 } from "../files/node.ts";
import { ownershipOf, writeFile } from "../files/write-file.ts";
import type { Session } from "../session.ts";
import { NotImitated } from "../tool.ts";
import { runWords } from "./interpret-exec.ts";
import type { Uploads } from "./uploads.ts";

type FileChange = Operation & (WriteFileSpec | UploadSpec | MkdirSpec | RemoveSpec | SymlinkSpec | AttributesSpec);

export function interpretWrite(session: Session, operation: FileChange, runId: string, uploads: Uploads): OpReply {
  switch (operation.kind) {
    case "write-file":
      return writeText(session, operation, runId);
    case "upload": {
      const { path, expect } = operation;
      const bytes = uploaded(operation, uploads.get(operation));
      return done(writeFile(session, { path, bytes, runId, expect, ...ownershipOf(operation) }).inPlace);
    }
    case "mkdir":
      makeFolder(session, operation.path, operation.parents, ownershipOf(operation));
      return done(false);
    case "remove":
      remove(session, operation.path, operation.recursive, operation.expect);
      return done(false);
    case "symlink":
      link(session, operation.path, operation.target);
      return done(false);
    case "attributes":
      setAttributes(session, operation.path, ownershipOf(operation));
      return done(false);
    default:
      return unreachable(operation);
  }
}

function done(inPlace: boolean): OpReply {
  return { kind: "done", answer: inPlace ? { inPlace: true } : {} };
}

function writeText(session: Session, operation: WriteFileSpec, runId: string): OpReply {
  const { path, content, expect, lock, validate } = operation;
  const written = writeFile(session, {
    newMode: newFileMode(operation),
    ...ownershipOf(operation),
    path,
    runId,
    expect,
    bytes: contentBytes(content),
    ...(lock === undefined ? {} : { lock: () => touchLock(session, lock, runId) }),
    ...(validate === undefined ? {} : { validate: (temporary) => objection(session, validate, temporary) }),
  });
  return done(written.inPlace);
}

function objection(session: Session, validate: readonly string[], temporary: string): string | undefined {
  const argv = validate.map((word) => word.replaceAll("{}", temporary));
  const result = runWords(session, argv, {});
  if (result.code === 0) return undefined;
  const said = (result.stderr || Buffer.from(result.stdout).toString()).trim();
  return `"${argv[0]}" does not accept the new file${said === "" ? "" : `: ${said}`}`;
}

// flock makes the lock file if there is none.
function touchLock(session: Session, path: string, runId: string): void {
  if (!isThere(session, path)) writeFile(session, { path, runId, bytes: new Uint8Array() });
}

function uploaded(operation: UploadSpec, content: Uint8Array | NotImitated | undefined): Uint8Array {
  if (content === undefined) throw new Bug("an upload was not collected before its batch");
  if (content instanceof NotImitated) throw content;
  if (content.length === operation.content.size && sha256(content) === operation.content.sha256) return content;
  throw new FileError("failed", operation.path, "what arrived is not what its checksum says; nothing was written");
}
