import { readFile } from "../../files/file-changes.ts";
import { FileError } from "../../files/file-tree.ts";
import { nodeOf } from "../../files/look-at-path.ts";
import { type Output, PveError } from "../../pve/command/pve-error.ts";
import { runTask } from "../../pve/command/run-task.ts";
import { loadConf } from "../../pve/container/container-conf.ts";
import { insideSession, isRunning } from "../../pve/inside/container-host.ts";
import { createCopy } from "../../pve/inside/copied-file.ts";
import type { Session } from "../../session.ts";
import { absolute, type ToolContext, type ToolResult } from "../../tool.ts";
import type { PctCall } from "./call.ts";
import type { OptionSchema, Subcommand, Word } from "./options.ts";
import { VMID } from "./words.ts";

const TEXT = { kind: "string" } as const satisfies OptionSchema;
const word = (name: string): Word => ({ name, schema: TEXT });
const OPTIONS = { group: TEXT, perms: TEXT, user: TEXT };

// How the copying ends nobody looks at: both exit with 0 and only stderr tells.

export const push: Subcommand = {
  words: [VMID, word("file"), word("destination")],
  options: OPTIONS,
  run(context, call) {
    return copying(context, call, "can only push files to a running CT", (inside) => {
      const source = call.words.get("file") ?? "";
      // A device gives its data, stdin among them; a folder opens and gives nothing.
      const bytes = source === "/dev/stdin" ? context.stdin : opened(context.session, absolute(context, source));
      if (bytes === null) throw new PveError(`failed to open ${source} for reading`);
      const unprivileged = (inside.host.booted?.idMaps ?? []).length > 0;
      createCopy(inside, fromRoot(call.words.get("destination") ?? ""), wanted(call), !unprivileged)(bytes);
    });
  },
};

export const pull: Subcommand = {
  words: [VMID, word("path"), word("destination")],
  options: OPTIONS,
  run(context, call) {
    const refusal = "can only pull files from a running VM at /usr/share/perl5/PVE/CLI/pct.pm line 657.";
    return copying(context, call, refusal, (inside) => {
      const source = call.words.get("path") ?? "";
      // The target is made first, and stays, empty, where the source is missing.
      const write = createCopy(
        context.session,
        absolute(context, call.words.get("destination") ?? ""),
        wanted(call),
        true,
      );
      const bytes = opened(inside, fromRoot(source));
      if (bytes === null) throw new PveError(`failed to open ${source}: No such file or directory`);
      write(bytes);
    });
  },
};

function copying(
  { session }: ToolContext,
  { vmid }: PctCall,
  refusal: string,
  copy: (inside: Session) => void,
): ToolResult {
  return runTask(0, (output: Output) => {
    const inside = isRunning(session.host, vmid) ? insideSession(session, vmid) : undefined;
    if (inside === undefined) throw new PveError(refusal);
    loadConf(session.host, vmid, output.warn);
    return () => copy(inside);
  });
}

function wanted({ options }: PctCall) {
  return { perms: options.get("perms"), user: options.get("user"), group: options.get("group") };
}
function fromRoot(path: string): string {
  return path.startsWith("/") ? path : `/${path}`;
}

/** What a file holds; a folder nothing; null: it cannot be opened. */
function opened(session: Session, path: string): Uint8Array | null {
  if (nodeOf(session, path)?.type === "directory") return new Uint8Array();
  try {
    return readFile(session, path) ?? null;
  } catch (error) {
    if (error instanceof FileError) return null;
    throw error;
  }
}
