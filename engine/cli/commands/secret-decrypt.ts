import { SiteError } from "../../errors/site-error.ts";
import type { Keyring } from "../../secrets/keyring.ts";
import { isSealed } from "../../secrets/sealed-header.ts";
import { openNamed, openValues, type Rewritten } from "../../secrets/sealed-values.ts";
import { exitCodes } from "../exit-codes.ts";
import { readStdin } from "../read-stdin.ts";
import { withKeys, wrong } from "../sealing.ts";
import { readSecretFile, type SecretFile, textOf } from "../secret-files.ts";

/** `lab secret decrypt`, `lab secret view`: to stdout alone; nothing in clear is ever written to a disk. */
export async function secretDecrypt(file: string, options: { readonly name?: string }): Promise<number> {
  const target = file === "-" ? fromStdin(await readStdin()) : readSecretFile(file);
  const text = await withKeys(async (keyring) => clearText(target, options.name, keyring));
  process.stdout.write(text);
  // A prompt right behind the value would look like a part of it.
  if (process.stdout.isTTY && typeof text === "string" && !text.endsWith("\n")) process.stdout.write("\n");
  return exitCodes.done;
}

function fromStdin(bytes: Uint8Array): SecretFile {
  // Pasted out of a YAML file it is indented.
  const plain = Buffer.from(bytes)
    .toString("latin1")
    .replace(/^[ \t]+/gm, "")
    .replace(/^[\s\S]*?(?=-----BEGIN AGE )/, "");
  const trimmed = Buffer.from(plain, "latin1");
  if (isSealed(trimmed)) return { kind: "whole", path: "-", bytes: trimmed };
  return isSealed(bytes)
    ? { kind: "whole", path: "-", bytes }
    : { kind: "values", path: "-", text: textOf("stdin", bytes) };
}

function clearText(target: SecretFile, name: string | undefined, keyring: Keyring): string | Uint8Array {
  const { path } = target;
  if (target.kind === "values") {
    const done =
      name === undefined
        ? openValues(path, target.text, keyring.open, false)
        : openNamed(path, target.text, name, keyring.open);
    return textFrom(done, path, name);
  }
  const opened = keyring.openFile(target.bytes);
  if (opened.kind !== "opened")
    throw new SiteError([
      opened.kind === "closed"
        ? { ...opened.problem, place: { file: path, line: 1, column: 1 } }
        : { code: "no-identity", message: opened.why },
    ]);
  if (name === undefined) return opened.content;
  return textFrom(openNamed(path, textOf(path, opened.content), name, keyring.open), path, name);
}

function textFrom(done: Rewritten, path: string, name: string | undefined): string {
  if (!done.ok) throw new SiteError(done.diagnostics);
  if (name === undefined && done.count === 0) {
    throw wrong(
      "nothing-encrypted",
      `nothing in ${path} is encrypted`,
      "a value is encrypted with lab secret encrypt --values NAME FILE",
    );
  }
  return done.text;
}
