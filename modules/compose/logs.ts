import type { ExecAnswer } from "../../engine/module/index.ts";

/** Lines of a log that an error shows. */
export const logLines = 10;
const WIDTH = 400;

/** The last lines of a service that fails. Control characters, which could steer a terminal, are left out. */
export function tailOf(service: string, state: string, { stdout, stderr }: ExecAnswer): string {
  const lines = `${stdout}\n${stderr}`
    .split("\n")
    .map((line) => line.replace(/\u001b\[[0-9;?]*[A-Za-z]|[\u0000-\u0008\u000b-\u001f\u007f]/g, "").trimEnd())
    .filter((line) => line !== "")
    .slice(-logLines)
    .map((line) => `  ${line.length > WIDTH ? `${line.slice(0, WIDTH)}…` : line}`);
  if (lines.length === 0) return `${service} ${state}, and has written no log`;
  return `${service} ${state}; the last lines of its log:\n${lines.join("\n")}`;
}
