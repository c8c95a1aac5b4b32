import { drawPicture, isPictured } from "../picture/draw-picture.ts";
import type { Declared, PicturedHost } from "../picture/picture.ts";
import { renderPage } from "./html/render-page.ts";
import type { JournalEvent } from "./journal-events.ts";
import { createStory } from "./story.ts";

/** The journal does not say how hosts are reached: a container that a node calls by the name of a host is that host. */
function doorOf(host: string, seen: readonly Declared[]): Pick<PicturedHost, "door"> {
  for (const { host: node, module, params } of seen) {
    if (module !== "pct" || node === host) continue;
    const { hostname, vmid } = { hostname: undefined, vmid: undefined, ...(params as object) };
    if (hostname === host && vmid !== undefined) return { door: { node, vmid: String(vmid) } };
  }
  return {};
}

/** The HTML report of an earlier run, from its journal alone: the lab is drawn of what the run saw. */
export function htmlOfJournal(events: readonly JournalEvent[], version: string): string {
  const writer = createStory(isPictured);
  for (const { at, event } of events) writer.on(event, at);
  const story = writer.story();
  const place = { file: story.plays[0]?.play.position.file ?? "", line: 1, column: 1 };
  const hosts = (story.run?.hosts ?? []).map(
    (name): PicturedHost => ({ name, place, groups: [], ...doorOf(name, story.seen) }),
  );
  const picture = drawPicture({ title: "The lab as this run saw it", hosts, declared: story.seen });
  return renderPage(story, { version, picture });
}
