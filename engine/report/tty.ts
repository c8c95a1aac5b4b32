import type { RunEvent } from "../run/events.ts";
import { type LiveFrame, openLiveFrame } from "./live-frame.ts";
import { createLiveState } from "./live-state.ts";
import { createPaint, type Look } from "./look.ts";
import { flush, type Output } from "./output.ts";
import type { Reporter } from "./reporter.ts";
import { createScreen } from "./screen.ts";
import { createTranscript } from "./transcript.ts";

// As high as is useful: more running hosts than this no one reads.
const mostRows = 8;

/** For a terminal: news as lines that stay, and under them a live part of at most ten lines. Ends with the same recap as plain. */
export function createTtyReporter(output: Output, look: Look): Reporter {
  const screen = createScreen(output);
  const state = createLiveState();
  const transcript = createTranscript(look, true);
  let news: string[] = [];
  let first = true;
  let frame: LiveFrame | undefined;

  // News wait for the next beat of the spinner: a thousand results in a second would be a thousand paints.
  const paint = (lines: readonly string[]) => {
    const above = news;
    news = [];
    screen.paint(above, lines);
  };

  return {
    on(event: RunEvent) {
      state.on(event);
      const lines = transcript.lines(event, screen.columns);
      if (first && lines[0] === "") lines.shift();
      if (lines.length > 0) first = false;
      news.push(...lines);
      frame ??= openLiveFrame(
        (width) => state.view(width, Math.min(mostRows, screen.rows - 4)),
        paint,
        () => screen.columns,
        createPaint(look.colour),
      );
    },
    async end() {
      await frame?.close();
      paint([]);
      await flush(output);
    },
  };
}
