import { createInterface } from "node:readline";
import { Writable } from "node:stream";
import type { Terminal } from "./answer-prompts.ts";

/** The terminal that the command was called from. Questions go to stderr: stdout is the run's. */
export function openTerminal(): Terminal {
  /** Lines that came together with an answer, before their question: who types ahead is not to type again. */
  const ahead: string[] = [];
  return {
    present: process.stdin.isTTY === true,
    tell: (text) => void process.stderr.write(`${text}\n`),
    async ask(question, hidden) {
      // A line that is read from what has ended would be waited for for ever.
      if (process.stdin.readableEnded || process.stdin.destroyed) return ahead.shift() ?? null;
      const known = ahead.shift();
      if (known !== undefined) {
        process.stderr.write(`${question}: \n`);
        return known;
      }
      const line = createInterface({
        input: process.stdin,
        output: hidden ? silent() : process.stderr,
        terminal: true,
        historySize: 0,
        prompt: `${question}: `,
      });
      // The terminal is the line's own by now. Asked any sooner, who answers at once would see what is to stay hidden,
      // and the end of what is typed would arrive as a character that nobody knows.
      if (hidden) process.stderr.write(`${question}: `);
      else line.prompt();
      const answer = await new Promise<string | null>((resolve) => {
        line.on("close", () => resolve(null));
        let answered = false;
        line.on("line", (text) => {
          if (answered) ahead.push(text);
          answered = true;
          resolve(text);
        });
      });
      // What has arrived with the answer is read before the terminal is let go.
      await new Promise((resolve) => setImmediate(resolve));
      line.close();
      if (hidden || answer === null) process.stderr.write("\n");
      return answer;
    },
  };
}

const silent = (): Writable => new Writable({ write: (_chunk, _encoding, done) => done() });
