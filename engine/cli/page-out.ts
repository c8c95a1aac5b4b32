import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { runOnTerminal } from "../connection/run-on-terminal.ts";

/** Shows a long text in the user's pager, where a person reads it; else prints it. */
export async function pageOut(text: string, { pager }: { readonly pager: boolean }): Promise<void> {
  const { stdout } = process;
  const rows = stdout.rows ?? 24;
  const command = process.env.PAGER ?? "less -FR";
  const long = text.split("\n").length >= rows;
  if (!pager || !stdout.isTTY || !long || command.trim() === "" || command.trim() === "cat") {
    stdout.write(`${text}\n`);
    return;
  }
  // By a file and not by a pipe: a pager asks its questions on the terminal that it then still has as its input.
  const folder = mkdtempSync(join(tmpdir(), "lab-doc-"));
  const file = join(folder, "page");
  try {
    writeFileSync(file, `${text}\n`, { mode: 0o600 });
    const code = await runOnTerminal(command, [file]);
    // There is no such pager.
    if (code === null || code === 127) stdout.write(`${text}\n`);
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}
