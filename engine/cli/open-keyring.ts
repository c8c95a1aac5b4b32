import { readFileSync, statSync } from "node:fs";
import { homedir } from "node:os";
import { resolve } from "node:path";
import { SiteError } from "../errors/site-error.ts";
import { createKeyring, type IdentitySource, type Keyring, type Wanted } from "../secrets/keyring.ts";
import { type FileSource, openSiteFiles } from "../site/files.ts";
import { openLoadContext } from "../site/load-context.ts";
import { loadSettings } from "../site/load-settings.ts";
import type { Settings } from "../site/site.ts";
import type { SealProblem } from "../value/sealed.ts";
import { Secret } from "../value/secret.ts";
import { diskFiles } from "./disk-files.ts";

export interface KeyringRequest {
  /** The site's folder, absolute. */
  readonly root: string;
  readonly wanted: Wanted;
  hide(secret: Secret): void;
}

/** The keys of whoever calls `lab`, as the environment and the site's lab.yml name them. */
export function openKeyring({ root, wanted, hide }: KeyringRequest): Keyring {
  return createKeyring({
    wanted,
    hide,
    identity: () => findIdentity(root),
    passphrase: passphraseFromFile,
  });
}

/** What lab.yml says of secrets. What is wrong with it is told by whoever loads the site. */
export function secretSettings(root: string, source: FileSource = diskFiles): Settings["secrets"] {
  return loadSettings(openLoadContext(openSiteFiles(source, root), new Set(), [])).secrets;
}

/** Where a private key is looked for: what the environment names is the only place, if it names one. */
export function identityPaths(root: string): readonly { readonly path: string; readonly from: string }[] {
  const named = process.env.LAB_AGE_IDENTITY_FILE;
  if (named !== undefined && named !== "") return [{ path: resolve(named), from: "LAB_AGE_IDENTITY_FILE" }];
  const { identity } = secretSettings(root);
  if (identity !== undefined) return [{ path: resolve(root, expanded(identity)), from: "lab.yml" }];
  return [{ path: defaultIdentity(), from: "" }];
}

export function defaultIdentity(): string {
  const config = process.env.XDG_CONFIG_HOME;
  return resolve(config === undefined || config === "" ? resolve(homedir(), ".config") : config, "lab/identity.txt");
}

function expanded(path: string): string {
  return path.startsWith("~/") ? resolve(homedir(), path.slice(2)) : path;
}

function findIdentity(root: string): IdentitySource {
  const looked: string[] = [];
  for (const { path, from } of identityPaths(root)) {
    const stat = statSync(path, { throwIfNoEntry: false });
    if (stat === undefined) {
      looked.push(from === "" ? path : `${path} (named in ${from})`);
      continue;
    }
    const problem = stat.isFile() ? exposed(path, stat.mode) : undefined;
    if (problem) return { kind: "refused", problem };
    try {
      return { kind: "found", file: path, bytes: readFileSync(path) };
    } catch {
      const message = `the private key ${path} cannot be read`;
      return { kind: "refused", problem: { code: "bad-identity", message, hint: "whose file is it? ls -l tells" } };
    }
  }
  return { kind: "none", looked };
}

/** A key that others can read is no key, as SSH has it. */
function exposed(path: string, mode: number): SealProblem | undefined {
  if ((mode & 0o077) === 0) return undefined;
  const shown = (mode & 0o777).toString(8).padStart(4, "0");
  return {
    code: "exposed-identity",
    message: `the private key ${path} can be read by others (mode ${shown})`,
    hint: `chmod 600 ${path}; and if it was so for long, make a new one and call lab secret rekey`,
  };
}

export function passphraseFromFile(): Secret | undefined {
  const file = process.env.LAB_SECRETS_PASSPHRASE_FILE;
  if (file === undefined || file === "") return undefined;
  try {
    return new Secret(readFileSync(file, "utf8").replace(/\r?\n$/, ""));
  } catch {
    const message = `LAB_SECRETS_PASSPHRASE_FILE names ${file}, which cannot be read`;
    throw new SiteError([{ code: "missing-file", message }]);
  }
}
