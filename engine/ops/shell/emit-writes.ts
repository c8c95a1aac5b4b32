import { posix } from "node:path";
import { unreachable } from "../../errors/bug.ts";
import type {
  AttributesSpec,
  Expectation,
  MkdirSpec,
  Operation,
  Ownership,
  RemoveSpec,
  SymlinkSpec,
  UploadSpec,
  WriteFileSpec,
} from "../ir.ts";
import { lockLimitMs, validateLimitMs, wholeSeconds } from "../limits.ts";
import { newFileMode } from "../new-file-mode.ts";
import { quoteWord } from "../quote.ts";
import type { Emitted, Numbered, ScriptContext } from "./context.ts";
import { emitContent, largeFile } from "./emit-content.ts";
import { plainPath } from "./plain-path.ts";

export type Change = Operation & (WriteFileSpec | UploadSpec | MkdirSpec | RemoveSpec | SymlinkSpec | AttributesSpec);

export function emitWrite({ id, operation }: Numbered<Change>, context: ScriptContext): Emitted {
  const { text, forks } = body(id, operation, context);
  return { text: `if begin ${id} w; then\ni=${id} p=${quoteWord(plainPath(operation.path))}\n${text}fi\n`, forks };
}

function body(id: number, operation: Change, context: ScriptContext): Emitted {
  switch (operation.kind) {
    case "write-file": {
      const content = emitContent(`c${id}`, id, operation.content, context);
      const lock = operation.lock === undefined ? "" : quoteWord(operation.lock);
      const text = `${ownership(operation)}nm=${newFileMode(operation)} pf=${largeFile(`c${id}`, operation.content) ?? ""}\n${content}c=c${id} U= e=${expected(operation.expect)} l=${lock} ls=${wholeSeconds(lockLimitMs(operation))}\n${validator(id, operation)}write_\n`;
      // Link resolved 2, attributes 5, content 1, fsync 1, validate 1, lock 1, hash 1, rename 1, in place after all 3.
      return { text, forks: 16 };
    }
    case "upload": {
      const file = `${id}.p`;
      context.addLarge({ id, file, content: operation.content, path: plainPath(operation.path) });
      const content = `c${id}() { F=$((F+1)); cat -- "$D/${file}"; }\n`;
      return {
        text: `${ownership(operation)}nm=${newFileMode(operation)} pf=${file}\n${content}c=c${id} U=1 e=${expected(operation.expect)} l=\nV=\nwrite_\n`,
        forks: 16,
      };
    }
    case "mkdir":
      return { text: `${ownership(operation)}mkdir_ ${operation.parents ? "1" : ""}\n`, forks: 4 };
    case "remove":
      if (posix.normalize(operation.path) === "/") return { text: `bad ${id} root\n`, forks: 0 };
      return { text: `e=${expected(operation.expect)}\nremove_ ${operation.recursive ? "1" : ""}\n`, forks: 2 };
    case "symlink":
      return { text: `symlink_ ${quoteWord(operation.target)}\n`, forks: 4 };
    case "attributes":
      return { text: `${ownership(operation)}attributes_\n`, forks: 2 };
    default:
      return unreachable(operation);
  }
}

function ownership({ mode, owner, group }: Ownership): string {
  return `m=${quoteWord(mode ?? "")} o=${quoteWord(owner ?? "")} g=${quoteWord(group ?? "")}\n`;
}

function expected(expect: Expectation | undefined): string {
  if (expect === undefined) return "";
  return expect === "absent" ? "absent" : quoteWord(expect.sha256);
}

function validator(id: number, operation: WriteFileSpec): string {
  const { validate } = operation;
  if (validate === undefined) return "V=\n";
  const words = validate.map((word) => (word === "{}" ? '"$v"' : quoteWord(word))).join(" ");
  return `v${id}() { exec $G ${words}; }\nV=v${id} vs=${wholeSeconds(validateLimitMs(operation))}\n`;
}
