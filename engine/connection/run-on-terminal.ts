import { spawn } from "node:child_process";

/** Runs a program of the user's on this terminal, such as an editor, and waits for it. Null: it could not be started. */
export function runOnTerminal(command: string, args: readonly string[]): Promise<number | null> {
  return new Promise((done) => {
    // Through a shell: $EDITOR may hold options, `code --wait`. The arguments are data all the same.
    const child = spawn("/bin/sh", ["-c", `${command} "$@"`, command, ...args], { stdio: "inherit" });
    child.on("error", () => done(null));
    child.on("close", (code) => done(code ?? 1));
  });
}
