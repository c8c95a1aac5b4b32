import { peek } from "../files/look-at-path.ts";
import type { Session } from "../session.ts";
import { findProgram } from "./programs.ts";

/** Whether a program of this host is an applet of busybox, which prints some things its own way. */
export function isBusybox(session: Session, program: string): boolean {
  const path = findProgram({ session }, program);
  return path !== undefined && peek(session, path)?.path === "/bin/busybox";
}
