import type { Content, Operation } from "./ir.ts";
import { largeFile } from "./shell/emit-content.ts";

/** Whether some content of the operation travels ahead of the script, on a channel of its own. */
export function hasLargeContent(operation: Operation): boolean {
  switch (operation.kind) {
    case "upload":
      return true;
    case "write-file":
      return large(operation.content);
    case "http":
      return large(operation.body);
    case "script":
      return large(operation.stdin);
    case "exec":
      return large(operation.stdin) || operation.argv.some((word) => typeof word !== "string" && large(word.content));
    default:
      return false;
  }
}

function large(content: Content | undefined): boolean {
  return content !== undefined && largeFile("", content) !== null;
}
