import type { ExecAnswer, Stat } from "../../engine/module/index.ts";

export const SOURCES = "/etc/apt/sources.list.d";
export const MAIN = "/etc/apt/sources.list";
export const KEYRINGS = "/etc/apt/keyrings";

/** What the host shows: our own files, the keyring that is named, and whatever else may name the same repository. */
export interface Seen {
  readonly own: string | null;
  readonly asc: Uint8Array | null;
  readonly gpg: Uint8Array | null;
  readonly main: Uint8Array | null;
  readonly ring?: Stat | null | undefined;
  readonly keyrings: Stat | null;
  readonly index?: readonly string[] | null | undefined;
  readonly fetched?: ExecAnswer | undefined;
  readonly [other: `/${string}`]: Uint8Array | null;
}
