import type { Argv, ExecSpec } from "../ops/ir.ts";
import type { Secret } from "../value/secret.ts";

/**
 * Proxmox VE's tools read their words in the encoding of the locale, and operations run in plain C: all beyond ASCII
 * would be stored as U+FFFD. So a command that carries such text, in its words or its stdin, runs in a locale that can
 * hold it; all others stay in C, whose messages are what is matched.
 */
export function utf8Locale(argv: Argv, stdin?: Secret): Pick<ExecSpec, "env"> {
  const texts = [...argv.filter((word) => typeof word === "string"), stdin?.reveal() ?? ""];
  return texts.some((text) => /[^\0-\x7f]/.test(text)) ? { env: { LC_ALL: "C.UTF-8" } } : {};
}
