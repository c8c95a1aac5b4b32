import type { LabPicture, Thing } from "../../picture/picture.ts";
import { originText, renderSvg } from "../../picture/render-svg.ts";
import type { HostRecap, Status } from "../../run/events.ts";
import { formatDuration } from "../../text/duration.ts";
import { plural } from "../../text/plural.ts";
import type { Ending, Story, TaskStory } from "../story.ts";
import { type TellContext, tell } from "./tell.ts";
import { type Html, html, shownPlace, someOf, trusted } from "./text.ts";

export const statuses: readonly Status[] = ["failed", "unreachable", "changed", "deferred", "ok", "skipped"];

const endings: readonly Ending[] = [
  "failed",
  "unreachable",
  "rescued",
  "ignored",
  "changed",
  "deferred",
  "ok",
  "skipped",
];
const quietEndings: ReadonlySet<Ending> = new Set(["ok", "skipped"]);

/** Where a task stands on the page. */
export type Anchors = ReadonlyMap<string, string>;

/** What changed and where, each as a link to what is told of it. */
export function changes(tasks: readonly TaskStory[], anchors: Anchors, check: boolean, order: readonly string[]): Html {
  const told = tasks.filter(({ counts }) => [...counts.keys()].some((ending) => !quietEndings.has(ending)));
  const places = new Map(order.map((host, place) => [host, place]));
  const placeOf = (host: string): number => places.get(host) ?? order.length;
  if (told.length === 0) return html`<p class="quiet">Everything is as it should be.</p>`;
  return html`<div class="wide"><table><thead><tr><th>task</th><th>result</th><th>where</th></tr></thead><tbody>${told
    .slice(0, 300)
    .map((task) => {
      const hosts = [
        ...new Set(task.tellings.filter(({ result }) => result.status !== "ok").flatMap((telling) => telling.hosts)),
      ].sort((one, other) => placeOf(one) - placeOf(other));
      return html`<tr><td><a href="#${anchors.get(task.id)}">${task.name}</a>${roleOf(task)}</td><td>${tally(task, check)}</td><td>${someOf(hosts, hosts.length, 8)}</td></tr>`;
    })}</tbody></table></div>${told.length > 300 && html`<p class="quiet">… and ${told.length - 300} more</p>`}`;
}

function roleOf({ role }: TaskStory): Html | false {
  return role !== undefined && html` <span class="role">${role}</span>`;
}

function tally({ counts }: TaskStory, check: boolean): Html {
  const said = endings.filter((ending) => counts.has(ending));
  return html`<span class="tally">${said.map((status) => html`<span class="s s-${status}">${counts.get(status)} ${check && status === "changed" ? "would change" : status}</span> `)}</span>`;
}

const columns: readonly (keyof HostRecap)[] = ["ok", "changed", "failed", "skipped", "unreachable", "deferred"];
const perhaps: readonly (keyof HostRecap)[] = ["assumed", "rescued", "ignored"];
const mostHosts = 2000;

export function hostTable({ hosts }: Story): Html {
  const all = [...hosts].slice(0, mostHosts);
  const shown = [...columns, ...perhaps.filter((column) => all.some(([, { counts }]) => (counts?.[column] ?? 0) > 0))];
  return html`<div class="wide"><table><thead><tr><th>host</th>${shown.map((column) => html`<th class="num">${column}</th>`)}<th class="num hide">round trips</th><th class="num">time</th></tr></thead><tbody>${all.map(
    ([name, { counts, durationMs, unreachable }]) =>
      html`<tr><td>${name}${unreachable !== undefined && html`<div class="where">${unreachable}</div>`}</td>${shown.map((column) => cell(column, counts?.[column]))}<td class="num hide">${counts?.roundTrips ?? "–"}</td><td class="num">${formatDuration(durationMs)}</td></tr>`,
  )}</tbody></table></div>${hosts.size > mostHosts && html`<p class="quiet">… and ${plural(hosts.size - mostHosts, "more host")}</p>`}`;
}

function cell(column: keyof HostRecap, count: number | undefined): Html {
  if (count === undefined) return html`<td class="num zero">–</td>`;
  return count === 0
    ? html`<td class="num zero">0</td>`
    : html`<td class="num"><b class="s-${column}">${count}</b></td>`;
}

/** Every task with all that is worth telling; what is as it should be in one line. */
export function taskList(story: Story, anchors: Anchors, context: TellContext): Html {
  return html`${story.plays.map(
    ({ play, tasks }) =>
      html`<section class="play"><h3>${play.name} <span class="where">${plural(play.hosts.length, "host")} · ${shownPlace(play.position)}</span></h3>${tasks.map((task) => oneTask(task, anchors, context))}</section>`,
  )}`;
}

function oneTask(task: TaskStory, anchors: Anchors, context: TellContext): Html {
  const pardoned = task.counts.has("rescued") || task.counts.has("ignored");
  const said = statuses.filter((status) => task.counts.has(status) || (status === "failed" && pardoned));
  const open = task.counts.has("failed") || task.counts.has("unreachable");
  return html`<details class="task" id="${anchors.get(task.id)}" data-s="${said.join(" ") || "ok"}"${open && html` open`}>
<summary><b>${task.kind === "handler" && html`<span class="role">handler</span> `}${task.name} <span class="role">${task.role !== undefined && `${task.role} · `}${task.module}</span></b>${tally(task, context.check)}<span class="where">${formatDuration(task.slowest?.durationMs ?? 0)}</span></summary>
<div class="inner"><div class="where">${shownPlace(task.position)}</div>
${task.tellings.map((telling) => tell(telling, context))}
${task.quietCount > 0 && html`<p class="quiet">nothing to tell of ${someOf(task.quiet, task.quietCount)}</p>`}</div></details>`;
}

/** When each task ran and how long; the longest ones, in the order in which they began. */
export function timings(story: Story, tasks: readonly TaskStory[], anchors: Anchors): Html {
  const span = Math.max(1, story.endedAt - story.startedAt);
  const longest = tasks
    .toSorted((left, right) => lasted(right) - lasted(left))
    .slice(0, 40)
    .toSorted((left, right) => left.startedAt - right.startedAt);
  return html`<div class="wide"><table><thead><tr><th>task</th><th class="hide">slowest host</th><th class="num">time</th><th class="bars">from start to end</th></tr></thead><tbody>${longest.map(
    (task) => {
      const from = (1000 * (task.startedAt - story.startedAt)) / span;
      const long = Math.max(4, (1000 * (task.endedAt - task.startedAt)) / span);
      return html`<tr><td><a href="#${anchors.get(task.id)}">${task.name}</a></td><td class="hide quiet">${task.slowest && `${task.slowest.host} ${formatDuration(task.slowest.durationMs)}`}</td><td class="num">${formatDuration(lasted(task))}</td><td><svg class="time" viewBox="0 0 1000 12" preserveAspectRatio="none" aria-hidden="true"><rect class="track" y="4" width="1000" height="4"/><rect x="${Math.min(996, from).toFixed(1)}" width="${Math.min(long, 1000).toFixed(1)}" height="12"/></svg></td></tr>`;
    },
  )}</tbody></table></div>${tasks.length > longest.length && html`<p class="quiet">the ${longest.length} longest of ${tasks.length} tasks</p>`}`;
}

function lasted({ startedAt, endedAt }: TaskStory): number {
  return endedAt - startedAt;
}

export function warningList({ warnings }: Story): Html {
  return html`${warnings.map(
    ({ code, message, place, hint }) =>
      html`<div class="tell changed"><p class="warn">${message} <span class="where mono">${code}</span></p>${place && html`<p class="where">${shownPlace(place)}</p>`}${hint !== undefined && html`<p class="hint">hint: ${hint}</p>`}</div>`,
  )}`;
}

const mostThings = 400;

/** The picture, and in words where each thing in it comes from. */
export function lab(picture: LabPicture, anchors: Anchors): Html {
  const things = flat(picture.things);
  const svg = renderSvg(picture, { alone: false, width: 1060, href: (thing) => `#thing-${things.indexOf(thing)}` });
  const drawn = things.length <= mostThings;
  const told = (["changed", "failed", "deferred", "ok"] as const).filter((status) =>
    things.some(({ origins }) => origins.some((origin) => origin.status === status)),
  );
  const legend = told.map(
    (status) =>
      html`<span><svg class="lab" width="10" height="10" aria-hidden="true"><circle class="state ${status}" cx="5" cy="5" r="4.5"/></svg> ${status}</span> `,
  );
  return html`${drawn ? html`<div class="picture" tabindex="0" role="region" aria-label="The lab">${trusted(svg)}</div><p class="legend quiet">${legend}</p>` : html`<p class="quiet">${things.length} things are too many for a picture; lab graph --limit draws some of them.</p>`}
${picture.notes.map((note) => html`<p class="quiet">${note}</p>`)}
<details><summary>Where each thing comes from</summary><div class="wide"><table><thead><tr><th>thing</th><th>what is known of it</th><th>from</th></tr></thead><tbody>${things
    .slice(0, mostThings)
    .map(
      (thing, index) =>
        html`<tr id="thing-${index}"><td>${thing.name} <span class="role">${thing.kind}</span></td><td>${thing.facts.join(" · ")}</td><td class="where">${thing.origins
          .slice(0, 8)
          .map((origin, nth) => {
            const anchor = origin.taskId === undefined ? undefined : anchors.get(origin.taskId);
            const text = originText(origin);
            return html`${nth > 0 && html`<br>`}${anchor === undefined ? text : html`<a href="#${anchor}">${text}</a>`}`;
          })}</td></tr>`,
    )}</tbody></table></div></details>`;
}

function flat(things: readonly Thing[]): readonly Thing[] {
  return things.flatMap((thing) => [thing, ...flat(thing.inside)]);
}
