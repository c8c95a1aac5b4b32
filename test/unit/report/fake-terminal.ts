import { stripVTControlCharacters } from "node:util";
import type { Output } from "../../../engine/report/output.ts";

export interface FakeTerminal extends Output {
  columns: number;
  rows: number;
  /** All that was ever written. */
  written(): string;
  /** What a person sees, history first, colours taken out. */
  lines(): string[];
  /** The most rows that were ever repainted at once. */
  highest(): number;
}

/** A terminal that understands what a report may send: text, line breaks, carriage return, cursor up, erase line, colours. */
export function createFakeTerminal(columns = 80, rows = 24): FakeTerminal {
  let text = "";
  let highest = 0;
  const screen: string[] = [""];
  let row = 0;
  return {
    columns,
    rows,
    write(chunk, done) {
      text += chunk;
      highest = Math.max(highest, chunk.split("\u001b[1A").length - 1);
      for (const part of chunk.split(/(\r|\n|\u001b\[1A|\u001b\[2K)/)) {
        if (part === "\n") {
          row += 1;
          screen[row] ??= "";
        } else if (part === "\u001b[1A") row -= 1;
        else if (part === "\u001b[2K") screen[row] = "";
        else if (part !== "" && part !== "\r") {
          const shown = stripVTControlCharacters(part);
          if (shown.includes("\u001b")) throw new Error(`not understood: ${JSON.stringify(part)}`);
          screen[row] = `${screen[row] ?? ""}${shown}`;
        }
        if (row < 0) throw new Error("the cursor left the screen at its top");
      }
      done?.();
      return true;
    },
    written: () => text,
    lines: () => screen.slice(0, screen.findLastIndex((line) => line !== "") + 1),
    highest: () => highest,
  };
}
