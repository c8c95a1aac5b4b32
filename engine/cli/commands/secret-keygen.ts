import { closeSync, mkdirSync, openSync, statSync, writeFileSync } from "node:fs";
import { dirname, resolve } from "node:path";
import { newIdentity, recipientOf, sealed } from "../../secrets/age.ts";
import { exitCodes } from "../exit-codes.ts";
import { defaultIdentity } from "../open-keyring.ts";
import { newPassphrase, wrong } from "../sealing.ts";

export interface KeygenOptions {
  readonly output?: string;
  readonly passphrase?: boolean;
  readonly json?: boolean;
}

/** `lab secret keygen`: a private key in a file of its own, its public key to stdout. */
export async function secretKeygen({ output, passphrase, json }: KeygenOptions): Promise<number> {
  const path = output === undefined ? defaultIdentity() : resolve(output);
  if (statSync(path, { throwIfNoEntry: false })) throw exists(path);
  const identity = await newIdentity();
  const recipient = await recipientOf(identity);
  const text = `# made by lab secret keygen, ${new Date().toISOString().slice(0, 10)}\n# public key: ${recipient}\n${identity}\n`;
  const content = passphrase ? await sealed(text, { kind: "passphrase", passphrase: await newPassphrase() }) : text;
  writeNew(path, content);
  if (json) process.stdout.write(`${JSON.stringify({ file: path, recipient })}\n`);
  else {
    process.stdout.write(`public key: ${recipient}\n`);
    process.stderr.write(
      `The private key is in ${path}: keep a copy where you keep your passwords.\nWhoever shall read the site's secrets has the public key in lab.yml:\n\n  secrets:\n    recipients:\n      - ${recipient}\n`,
    );
  }
  return exitCodes.done;
}

function writeNew(path: string, text: string): void {
  try {
    makeFolder(dirname(path));
    // Never over another key: what that one has encrypted would be lost.
    const file = openSync(path, "wx", 0o600);
    writeFileSync(file, text);
    closeSync(file);
  } catch (error) {
    const code = error instanceof Error && "code" in error ? error.code : "";
    if (code === "EEXIST") throw exists(path);
    throw wrong("unwritable-file", `${path} cannot be written (${String(code)})`, "name another file: -o FILE");
  }
}

/** Step by step: Node's own way of making several at once never ends in folders such as /proc. */
function makeFolder(path: string): void {
  if (statSync(path, { throwIfNoEntry: false })) return;
  makeFolder(dirname(path));
  mkdirSync(path, { mode: 0o700 });
}

function exists(path: string) {
  const hint = "use it, or name another file: -o FILE; its public key stands in its first lines";
  return wrong("file-exists", `there is a key in ${path} already, and it is never overwritten`, hint);
}
