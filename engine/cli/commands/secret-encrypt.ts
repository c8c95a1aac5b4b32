import { rmSync, statSync } from "node:fs";
import { resolve } from "node:path";
import { SiteError } from "../../errors/site-error.ts";
import { shortestInside } from "../../report/secret-forms.ts";
import { sealed } from "../../secrets/age.ts";
import { isSealed } from "../../secrets/sealed-header.ts";
import { sealNamed } from "../../secrets/sealed-values.ts";
import { plural } from "../../text/plural.ts";
import { variableNameProblem } from "../../vars/variable-names.ts";
import { askSecret } from "../ask-secret.ts";
import { exitCodes } from "../exit-codes.ts";
import { readStdin } from "../read-stdin.ts";
import { replaceFile } from "../replace-file.ts";
import { locksOut, ownKeys, type SealOptions, sealingFor, wrong } from "../sealing.ts";
import { readBytes, textOf } from "../secret-files.ts";

export interface EncryptOptions extends SealOptions {
  readonly name?: string;
  readonly values?: readonly string[];
  readonly raw?: boolean;
  readonly keep?: boolean;
}

/** `lab secret encrypt`: a value from stdin or the terminal, values in a YAML file, or a whole file. */
export async function secretEncrypt(file: string | undefined, options: EncryptOptions): Promise<number> {
  const fromStdin = file === undefined || file === "-";
  if (fromStdin && options.values)
    throw wrong("wrong-option", "--values goes with a file", "lab secret encrypt --values NAME FILE");
  if (!fromStdin && (options.name !== undefined || options.raw)) {
    throw wrong(
      "wrong-option",
      "--name and --raw go with a value from stdin",
      "lab secret encrypt --values NAME FILE encrypts in a file",
    );
  }
  if (fromStdin) return encryptValue(options);
  return options.values ? encryptValues(file, options.values, options) : encryptFile(file, options);
}

async function encryptValue(options: EncryptOptions): Promise<number> {
  const { name, raw } = options;
  const problem = name === undefined ? undefined : variableNameProblem(name, { file: "--name", line: 1, column: 1 });
  if (problem) throw wrong(problem.code, problem.message, problem.hint);
  const sealing = await sealingFor(options);
  const value = await valueToSeal(raw ?? false);
  const armored = await sealed(value, sealing);
  if (value.length < shortestInside) {
    const why = `it has less than ${shortestInside} characters: where it stands inside of a longer text it is not hidden`;
    process.stderr.write(`${why}\n`);
  }
  process.stdout.write(raw ? armored : snippet(name, armored));
  return exitCodes.done;
}

/** What to put into a YAML file. */
function snippet(name: string | undefined, armored: string): string {
  const lead = name === undefined ? "" : `${name}: `;
  return `${lead}!secret |\n${armored.trimEnd().replace(/^/gm, "  ")}\n`;
}

async function valueToSeal(raw: boolean): Promise<string | Uint8Array> {
  if (!process.stdin.isTTY) {
    const bytes = await readStdin();
    if (raw) return bytes;
    const text = textOf("the value", bytes);
    if (text === "")
      throw wrong(
        "empty-secret",
        "there is no value on stdin",
        "printf %s VALUE, or the program that knows it, in front of a |",
      );
    // `echo` and most programs end their line, and hardly a password ends with a line break.
    return text.replace(/^([^\n]*?)\r?\n$/, "$1");
  }
  const first = await askSecret("value");
  const second = await askSecret("the same once more");
  if (first === null || second === null || first.reveal() === "") throw wrong("empty-secret", "no value was given");
  if (first.reveal() !== second.reveal()) throw wrong("empty-secret", "the two values are not the same");
  return first.reveal();
}

async function encryptValues(file: string, names: readonly string[], options: SealOptions): Promise<number> {
  const sealing = await sealingFor(options);
  const text = textOf(file, readBytes(file));
  const rewritten = await sealNamed(file, text, names, (value) => sealed(value, sealing));
  if (!rewritten.ok) throw new SiteError(rewritten.diagnostics);
  replaceFile(file, rewritten.text);
  process.stdout.write(`${file}: encrypted ${plural(rewritten.count, "value")}\n`);
  process.stderr.write("If the file was ever committed, the old values are still in its history: change them.\n");
  return exitCodes.done;
}

async function encryptFile(file: string, options: EncryptOptions): Promise<number> {
  const target = `${file}.age`;
  const bytes = readBytes(file);
  if (isSealed(bytes))
    throw wrong("cannot-encrypt", `${file} is encrypted already`, "for other keys: lab secret rekey");
  if (statSync(target, { throwIfNoEntry: false })) {
    throw wrong("file-exists", `there is a file ${target} already`, `lab secret edit ${target}, or remove it first`);
  }
  const sealing = await sealingFor(options);
  replaceFile(target, await sealed(bytes, sealing), 0o644);
  const readable = !(await locksOut(sealing, ownKeys()));
  const keep = (options.keep ?? false) || !readable;
  // Two files would both be read, and the plain one is what nobody shall have.
  if (!keep) rmSync(resolve(file));
  process.stdout.write(keep ? `${target}: encrypted\n` : `${target}: encrypted; ${file} is removed\n`);
  if (!readable)
    process.stderr.write(
      `Your own key cannot open it, so ${file} was left: remove it when somebody has read ${target}.\n`,
    );
  process.stderr.write("If the file was ever committed, its text is still in the history: change what was in it.\n");
  return exitCodes.done;
}
