import { resolve } from "node:path";
import type { Diagnostic } from "../../errors/diagnostic.ts";
import { SiteError } from "../../errors/site-error.ts";
import { type Sealing, sealed, sealedBytes } from "../../secrets/age.ts";
import type { Keyring } from "../../secrets/keyring.ts";
import { isArmored } from "../../secrets/sealed-header.ts";
import { resealValues } from "../../secrets/sealed-values.ts";
import { findRoot } from "../../site/files.ts";
import { plural } from "../../text/plural.ts";
import { diskFiles } from "../disk-files.ts";
import { exitCodes } from "../exit-codes.ts";
import { replaceFile } from "../replace-file.ts";
import { locksOut, type SealOptions, sealingFor, withKeys, wrong } from "../sealing.ts";
import { readSecretFile, type SecretFile, secretFilesIn, shownPath } from "../secret-files.ts";

export interface RekeyOptions extends SealOptions {
  readonly withoutMe?: boolean;
}

interface Rekeyed {
  readonly path: string;
  readonly content: string | Uint8Array;
  readonly count: number;
}

/** `lab secret rekey`: encrypts anew for those who are named now. Each file is replaced whole, after all could be read. */
export async function secretRekey(files: readonly string[], options: RekeyOptions): Promise<number> {
  const sealing = await sealingFor(options);
  const all = files.length === 0 || (files.length === 1 && files[0] === "all");
  const targets = all
    ? secretFilesIn(findRoot(diskFiles, process.cwd()))
    : files.map((file) => readSecretFile(resolve(file)));
  if (targets.length === 0) {
    throw wrong("nothing-encrypted", "nothing in this site is encrypted", "lab secret encrypt makes the first secret");
  }
  const done = await withKeys(async (keyring) => {
    const rekeyed = await rekeyAll(targets, sealing, keyring);
    if (!options.withoutMe && (await locksOut(sealing, keyring))) throw withoutYou();
    return rekeyed;
  });
  for (const { path, content, count } of done) {
    replaceFile(path, content);
    process.stdout.write(
      `${shownPath(path)}: ${count === 0 ? "encrypted anew" : `${plural(count, "value")} encrypted anew`}\n`,
    );
  }
  process.stderr.write(
    "Whoever could read the secrets before has seen them: change those that they must not know any more.\n",
  );
  return exitCodes.done;
}

/** Nothing is written before everything could be read: a site of two sets of keys helps nobody. */
async function rekeyAll(
  targets: readonly SecretFile[],
  sealing: Sealing,
  keyring: Keyring,
): Promise<readonly Rekeyed[]> {
  const done: Rekeyed[] = [];
  const problems: Diagnostic[] = [];
  for (const target of targets) {
    const file = shownPath(target.path);
    if (target.kind === "values") {
      const resealed = await resealValues(file, target.text, keyring.open, (value) => sealed(value, sealing));
      if (!resealed.ok) problems.push(...resealed.diagnostics);
      else if (resealed.count > 0) done.push({ path: target.path, content: resealed.text, count: resealed.count });
      continue;
    }
    const opened = keyring.openFile(target.bytes);
    if (opened.kind === "opened") {
      const armored = isArmored(Buffer.from(target.bytes).toString("latin1"));
      const content = armored ? await sealed(opened.content, sealing) : await sealedBytes(opened.content, sealing);
      done.push({ path: target.path, content, count: 0 });
    } else if (opened.kind === "closed") problems.push({ ...opened.problem, place: { file, line: 1, column: 1 } });
  }
  if (problems.length > 0) throw new SiteError(problems);
  return done;
}

function withoutYou() {
  return wrong(
    "own-key-missing",
    "your own key is not among those that shall read the secrets: you could not read them again",
    "add your public key to lab.yml, or say --without-me if that is what you want",
  );
}
