import { readFileSync, writeFileSync } from "node:fs";
import { basename, join } from "node:path";
import { runOnTerminal } from "../../connection/run-on-terminal.ts";
import type { Diagnostic } from "../../errors/diagnostic.ts";
import { SiteError } from "../../errors/site-error.ts";
import { type Sealing, sealed, sealedBytes } from "../../secrets/age.ts";
import type { Keyring } from "../../secrets/keyring.ts";
import { isArmored } from "../../secrets/sealed-header.ts";
import { openValues, sealAgain } from "../../secrets/sealed-values.ts";
import { complain } from "../complain.ts";
import { exitCodes } from "../exit-codes.ts";
import { openTerminal } from "../open-terminal.ts";
import { openPrivateFolder } from "../private-folder.ts";
import { replaceFile } from "../replace-file.ts";
import { type SealOptions, sealingFor, withKeys, wrong } from "../sealing.ts";
import { readBytes, readSecretFile, type SecretFile, textOf } from "../secret-files.ts";

/** `lab secret edit`: in clear only in a folder in memory, and only while the editor runs. */
export async function secretEdit(file: string, options: SealOptions): Promise<number> {
  const target = readSecretFile(file);
  // Before the editor: nobody wants to hear of it after an hour's work.
  const sealing = await sealingFor(options);
  const { keyring, clear } = await withKeys(async (keys) => ({ keyring: keys, clear: openedText(target, keys) }));
  const folder = openPrivateFolder();
  try {
    if (!folder.inMemory)
      process.stderr.write(`There is no folder in memory: the text is in ${folder.path} meanwhile.\n`);
    const path = join(folder.path, basename(file).replace(/\.age$/, ""));
    writeFileSync(path, clear, { mode: 0o600, flag: "wx" });
    for (;;) {
      await runEditor(path);
      const now = textOf(path, readFileSync(path));
      if (now === clear) {
        process.stdout.write(`${file}: nothing changed\n`);
        return exitCodes.done;
      }
      const done = await sealedText(target, now, sealing, keyring);
      if (!("problems" in done)) {
        requireUnchanged(target);
        replaceFile(file, done.content);
        process.stdout.write(`${file}: written\n`);
        return exitCodes.done;
      }
      complain(done.problems, { source: () => undefined });
      if (!(await editAgain())) throw wrong("edit-given-up", `${file} is as it was: what was written is no YAML`);
    }
  } finally {
    folder.remove();
  }
}

function openedText(target: SecretFile, keyring: Keyring): string {
  const { path } = target;
  if (target.kind === "whole") {
    const opened = keyring.openFile(target.bytes);
    if (opened.kind === "opened") return textOf(path, opened.content);
    throw new SiteError(
      opened.kind === "closed" ? [{ ...opened.problem, place: { file: path, line: 1, column: 1 } }] : [],
    );
  }
  // A file without any secret may get its first one.
  const opened = openValues(path, target.text, keyring.open, true);
  if (!opened.ok) throw new SiteError(opened.diagnostics);
  return opened.text;
}

async function sealedText(
  target: SecretFile,
  now: string,
  sealing: Sealing,
  keyring: Keyring,
): Promise<{ readonly content: string | Uint8Array } | { readonly problems: readonly Diagnostic[] }> {
  if (target.kind === "whole") {
    const armored = isArmored(Buffer.from(target.bytes).toString("latin1"));
    return { content: armored ? await sealed(now, sealing) : await sealedBytes(now, sealing) };
  }
  const done = await sealAgain(target.path, now, target.text, keyring.open, (value) => sealed(value, sealing));
  return done.ok ? { content: done.text } : { problems: done.diagnostics };
}

async function runEditor(path: string): Promise<void> {
  const editor =
    [process.env.VISUAL, process.env.EDITOR].find((each) => each !== undefined && each.trim() !== "") ?? "vi";
  const code = await runOnTerminal(editor, [path]);
  if (code === 0) return;
  const what = code === null ? "could not be started" : `ended with status ${code}`;
  throw wrong(
    "editor-failed",
    `the editor (${editor}) ${what}; the file is as it was`,
    "name another one: EDITOR=nano lab secret edit FILE",
  );
}

/** Somebody else may have been faster. */
function requireUnchanged(target: SecretFile): void {
  const now = readBytes(target.path);
  const before = target.kind === "whole" ? target.bytes : Buffer.from(target.text);
  if (Buffer.compare(now, before) !== 0) {
    throw wrong(
      "changed-meanwhile",
      `${target.path} was changed by somebody else while it was edited; it is as they left it`,
      "edit it once more",
    );
  }
}

async function editAgain(): Promise<boolean> {
  const terminal = openTerminal();
  const answer = terminal.present ? await terminal.ask("Edit it again? (Y)es, (n)o", false) : null;
  return answer !== null && !/^n/i.test(answer.trim());
}
