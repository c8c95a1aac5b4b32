import type { Session } from "../../session.ts";

/** What a named script answers. */
export interface ScriptResult {
  readonly code: number;
  readonly stdout: string;
  readonly stderr: string;
}
/** The imitation of one named script. */
export type ScriptImitation = (session: Session, argv: readonly string[], stdin: Uint8Array) => ScriptResult;

export function scriptFails(code: number, stderr: string): ScriptResult {
  return { code, stdout: "", stderr: `${stderr}\n` };
}
