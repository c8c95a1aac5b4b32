import { createInterface } from "node:readline";
import { Writable } from "node:stream";
import type { Terminal } from "./answer-prompts.ts";

/** The terminal that the command was called from. Questions go to stderr: stdout is the run's. */
export function openTerminal(): Terminal {
  return {
    present: process.stdin.isTTY === true,
    tell: (text) => void process.stderr.write(`${text}\n`),
    async ask(question, hidden) {
      const silent = new Writable({ write: (_chunk, _encoding, done) => done() });
      process.stderr.write(`${question}: `);
      const line = createInterface({
        input: process.stdin,
        output: hidden ? silent : process.stderr,
        terminal: true,
        historySize: 0,
      });
      const answer = await new Promise<string | null>((resolve) => {
        line.on("close", () => resolve(null));
        line.on("line", (text) => resolve(text));
      });
      line.close();
      if (hidden || answer === null) process.stderr.write("\n");
      return answer;
    },
  };
}
