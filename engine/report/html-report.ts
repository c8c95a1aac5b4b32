import { isPictured } from "../picture/draw-picture.ts";
import type { Declared, LabPicture } from "../picture/picture.ts";
import { renderPage } from "./html/render-page.ts";
import type { Reporter } from "./reporter.ts";
import { createStory } from "./story.ts";

export interface HtmlReportOptions {
  now(): Date;
  readonly version: string;
  /** The lab with what the run saw of it. */
  picture(seen: readonly Declared[]): LabPicture | null;
  /** Takes the page, once, when the run ends, however it ends. */
  write(page: string): void;
}

/** `--report FILE.html`: listens to the whole run and is written at its end. */
export function createHtmlReporter({ now, version, picture, write }: HtmlReportOptions): Reporter {
  const { on, story } = createStory(isPictured);
  return {
    on: (event) => on(event, now().getTime()),
    async end() {
      const told = story();
      write(renderPage(told, { version, picture: picture(told.seen) }));
    },
  };
}
