import { displayWidth } from "../text/display-width.ts";
import type { Output } from "./output.ts";

/** The lower end of a terminal: lines that stay, and under them a frame that is painted over again and again. */
export interface Screen {
  readonly columns: number;
  readonly rows: number;
  /** Takes what lies above the frame for good, and the new frame, which is cut to the height of the terminal. */
  paint(above: readonly string[], frame: readonly string[]): void;
}

/**
 * listr2 comes with log-update, which remembers the terminal's size as it was at the start and counts its lines as they
 * were written: after a resize it erases too few and leaves rubbish. Here both are looked up at every paint. The cursor
 * is never hidden and rests under the frame, so whatever kills the process leaves a terminal in order.
 */
export function createScreen(output: Output): Screen {
  let painted: readonly string[] = [];
  const columns = () => Math.max(output.columns ?? 80, 20);
  const rows = () => Math.max(output.rows ?? 24, 4);
  return {
    get columns() {
      return columns();
    },
    get rows() {
      return rows();
    },
    paint(above, frame) {
      const cut = frame.slice(0, rows() - 2);
      if (above.length === 0 && same(cut, painted)) return;
      const text = [...above, ...cut].map((line) => `${line}\n`).join("");
      // One write: a terminal that draws between two would flicker.
      output.write(eraser(painted, columns(), rows()) + text);
      painted = cut;
    },
  };
}

/**
 * A narrower terminal has broken the old lines since: each takes as many rows as it now needs (so do all terminals that
 * reflow; xterm does not). Line by line, because tmux keeps a copy of a screen that is cleared to its end from its top.
 */
function eraser(painted: readonly string[], columns: number, rows: number): string {
  const height = painted.reduce((sum, line) => sum + Math.max(1, Math.ceil(displayWidth(line) / columns)), 0);
  return height === 0 ? "" : `\r${"\x1b[1A\x1b[2K".repeat(Math.min(height, rows - 1))}`;
}

function same(left: readonly string[], right: readonly string[]): boolean {
  return left.length === right.length && left.every((line, index) => line === right[index]);
}
