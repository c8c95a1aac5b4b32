import { type Argv, arg, Secret, type Value } from "../../engine/module/index.ts";
import type { StorageType } from "./options.ts";
import type { Params } from "./params.ts";

type Arg = Argv[number];

export function secretPath(id: string, kind: "pw" | "enc"): string {
  return `/etc/pve/priv/storage/${id}.${kind}`;
}
/** The files as they are; null: there is none, undefined: nobody asked. */
export interface KeptSecrets {
  readonly password?: string | null | undefined;
  readonly key?: string | null | undefined;
}

/** What is kept beside storage.cfg: how it is, how it shall be, and the words for it. */
export interface Secrets {
  readonly before: Readonly<Record<string, Value>>;
  readonly after: Readonly<Record<string, Value>>;
  /** Words for a change of them, and for a storage that is new. The one that is read from stdin comes last. */
  readonly argv: readonly Arg[];
  readonly given: readonly Arg[];
  readonly gone: readonly string[];
  readonly stdin: Secret | null;
}
export function secretFields(given: Params, seen: KeptSecrets, type: StorageType): Secrets {
  const before: Record<string, Value> = {};
  const after: Record<string, Value> = {};
  const gone: string[] = [];
  const changes: Arg[] = [];
  const fresh: Arg[] = [];
  const { encryption_key: key, password } = given;
  if (key !== undefined) {
    const kept = seen.key ?? null;
    const text = key?.reveal() ?? null;
    const same = text === null ? kept === null : text === "autogen" ? kept !== null : kept?.trim() === text.trim();
    before.encryption_key = kept === null ? null : same ? KEPT : "another one";
    after.encryption_key = text === null ? null : KEPT;
    const option: readonly Arg[] =
      key === null ? [] : text === "autogen" ? ["--encryption-key", "autogen"] : ["--encryption-key", arg.file(key)];
    fresh.push(...option);
    if (!same && key === null) gone.push("encryption-key");
    else if (!same) changes.push(...option);
  }
  let stdin: Secret | null = null;
  if (password !== undefined) {
    const kept = keptPassword(seen.password ?? null, type);
    const same = kept === (password?.reveal() ?? null);
    before.password = kept === null ? null : same ? KEPT : "another one";
    after.password = password === null ? null : KEPT;
    // Without a value the tool reads a line from stdin: a password never is a word of a command.
    if (password !== null) fresh.push("--password");
    if (!same && password === null) gone.push("password");
    if (!same && password !== null) changes.push("--password");
    if (password !== null) stdin = new Secret(`${password.reveal()}\n`);
  }
  return { before, after, argv: changes, given: fresh, gone, stdin };
}
const KEPT = "the one given";

/** A share's stands in the form that mount reads. */
function keptPassword(text: string | null, type: StorageType): string | null {
  if (text === null) return null;
  const line = text.replace(/\n$/, "");
  return type === "cifs" ? (/^password=(.*)$/m.exec(line)?.[1] ?? "") : line;
}
