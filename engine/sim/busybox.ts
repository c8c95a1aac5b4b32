import { peek } from "./look-at-path.ts";
import { findProgram } from "./programs.ts";
import type { Session } from "./session.ts";

/** Whether a program of this host is an applet of busybox, which prints some things its own way. */
export function isBusybox(session: Session, program: string): boolean {
  const path = findProgram({ session }, program);
  return path !== undefined && peek(session, path)?.path === "/bin/busybox";
}
