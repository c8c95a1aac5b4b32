import { unreachable } from "../errors/bug.ts";
import { contentBytes } from "./content.ts";
import type { Arg, Operation, Ownership, Step } from "./ir.ts";
import { quoteWord } from "./quote.ts";

/** One line for people: `write /etc/motd (12 bytes, 0644)`, `sysctl -w -- net.ipv4.ip_forward=1`. Shows no content, so no secret. */
export function describeOperation(operation: Operation): string {
  switch (operation.kind) {
    case "exec":
      return `${operation.argv.map(argText).join(" ")}${operation.stdin === undefined ? "" : " < (stdin)"}`;
    case "file":
      return `read ${shown(operation.path)}`;
    case "stat":
      return `stat ${shown(operation.path)}${operation.sha256 ? " and hash it" : ""}`;
    case "list":
      return `list ${shown(operation.path)}`;
    case "http":
      return `${operation.method} ${withoutPassword(operation.url)}`;
    case "script":
      return `script ${[operation.name, ...operation.argv].map(shown).join(" ")}`;
    case "write-file":
      return `write ${shown(operation.path)}${details(size(contentBytes(operation.content).length), operation)}`;
    case "upload":
      return `upload ${shown(operation.path)}${details(size(operation.content.size), operation)}`;
    case "mkdir":
      return `mkdir ${operation.parents ? "-p " : ""}${shown(operation.path)}${details("", operation)}`;
    case "remove":
      return `remove ${operation.recursive ? "-r " : ""}${shown(operation.path)}`;
    case "symlink":
      return `symlink ${shown(operation.path)} -> ${shown(operation.target)}`;
    case "attributes":
      return `attributes ${shown(operation.path)}${details("", operation)}`;
    default:
      return unreachable(operation);
  }
}

function argText(word: Arg): string {
  return typeof word === "string" ? shown(word) : `${word.prefix}***`;
}

/** A line stays a line: control characters, which could also steer a terminal, are shown as escapes. */
function shown(word: string): string {
  return quoteWord(word.replaceAll("\0", "\\0")).replace(
    /[\u0000-\u001f\u007f]/g,
    (character) => `\\x${character.charCodeAt(0).toString(16).padStart(2, "0")}`,
  );
}

function size(bytes: number): string {
  return bytes === 1 ? "1 byte" : `${bytes} bytes`;
}

function details(first: string, { mode, owner, group }: Ownership): string {
  const ownership =
    owner === undefined && group === undefined ? "" : `${owner ?? ""}${group === undefined ? "" : `:${group}`}`;
  const parts = [first, mode ?? "", ownership].filter((part) => part !== "");
  return parts.length === 0 ? "" : ` (${parts.join(", ")})`;
}

function withoutPassword(url: string): string {
  return url.replace(/^(\w+:\/\/[^/@:]*):[^/@]*@/, "$1:***@");
}

/** The same for a step of a plan, which may be a wait. */
export function describeStep(step: Step): string {
  return step.kind === "wait-until" ? `wait for ${step.why}` : describeOperation(step);
}
