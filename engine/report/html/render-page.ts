import { createHash } from "node:crypto";
import type { LabPicture } from "../../picture/picture.ts";
import type { HostRecap } from "../../run/events.ts";
import { formatDuration } from "../../text/duration.ts";
import { plural } from "../../text/plural.ts";
import { thousands } from "../../text/thousands.ts";
import type { Story } from "../story.ts";
import { script } from "./script.ts";
import { type Anchors, changes, hostTable, lab, statuses, taskList, timings, warningList } from "./sections.ts";
import { style } from "./style.ts";
import type { TellContext } from "./tell.ts";
import { type Html, html, trusted } from "./text.ts";

export interface PageOptions {
  readonly version: string;
  /** Null: nothing to draw. */
  readonly picture: LabPicture | null;
}

/** A run as one HTML file: nothing is loaded from anywhere, and the page's own guard says so to the browser. */
export function renderPage(story: Story, { version, picture }: PageOptions): string {
  const check = story.run?.check ?? false;
  const tasks = story.plays.flatMap((play) => play.tasks);
  const anchors: Anchors = new Map(tasks.map(({ id }, index) => [id, `task-${index + 1}`]));
  const names = new Map(tasks.map(({ id, name }) => [id, name]));
  const context: TellContext = {
    check,
    task(id) {
      const [name, anchor] = [names.get(id), anchors.get(id)];
      return name === undefined || anchor === undefined ? undefined : { name, anchor };
    },
  };
  const title = `${check ? "Check" : "Run"} of ${story.run?.playbooks.join(", ") ?? "?"}`;
  const drawn = picture !== null && picture.things.length > 0 ? picture : null;
  const body = html`<header><div>
<h1>${title}</h1>
<p>${new Date(story.startedAt).toISOString().replace("T", " ").slice(0, 19)} UTC · ${formatDuration(story.recap?.durationMs ?? story.endedAt - story.startedAt)} · run <span class="mono">${story.run?.id ?? "?"}</span></p>
<p>${verdict(story, check)}</p>
${story.recap === null && html`<p class="note">The run was cut off: this is what had happened until then. What was in flight may or may not have been done.</p>`}
${story.leftOut > 0 && html`<p class="note">${plural(story.leftOut, "result")} of ${story.leftOut === 1 ? "its" : "their"} own kind did not fit into this report; the journal of the run has all of them.</p>`}
${tiles(story, check)}
</div></header>
<nav aria-label="Sections"><div><a href="#changes">Changes</a><a href="#hosts">Hosts</a>${drawn && html`<a href="#lab">Lab</a>`}<a href="#tasks">Tasks</a><a href="#times">Times</a>${story.warnings.length > 0 && html`<a href="#warnings">Warnings</a>`}</div></nav>
<main>
<h2 id="changes">${check ? "What would change" : "What changed"}</h2>${changes(tasks, anchors, check, [...story.hosts.keys()])}
<h2 id="hosts">Hosts</h2>${hostTable(story)}
${drawn && html`<h2 id="lab">The lab</h2><p class="quiet">As playbooks and inventory declare it${story.seen.length > 0 && ", with what this run saw"}. Point at a thing, or follow it, to learn where it comes from.</p>${lab(drawn, anchors)}`}
<h2 id="tasks">Tasks</h2>${filter(check)}${taskList(story, anchors, context)}
<h2 id="times">Times</h2>${timings(story, tasks, anchors)}
${story.warnings.length > 0 && html`<h2 id="warnings">Warnings</h2>${warningList(story)}`}
</main>
<footer><div><main>Written by lab ${version}. Secrets are shown as ***.</main></div></footer>`;
  const guard = `default-src 'none'; style-src '${hashOf(style)}'; script-src '${hashOf(script)}'; base-uri 'none'; form-action 'none'`;
  return html`<!doctype html>
<html lang="en"><head><meta charset="utf-8">
<meta http-equiv="Content-Security-Policy" content="${trusted(guard)}">
<meta name="viewport" content="width=device-width, initial-scale=1"><meta name="color-scheme" content="light dark"><meta name="referrer" content="no-referrer">
<title>${title}</title><style>${trusted(style)}</style></head>
<body>${body}<script>${trusted(script)}</script></body></html>
`.html;
}

function verdict({ recap, hosts }: Story, check: boolean): Html {
  const failed = [...hosts.values()].filter(({ failed: count }) => count > 0).length;
  const lost = [...hosts.values()].filter(({ unreachable }) => unreachable !== undefined).length;
  const status = recap === null ? "" : ` (exit status ${recap.exitCode})`;
  if (recap === null) return html`<span class="verdict bad">cut off</span>`;
  if (failed > 0) return html`<span class="verdict bad">failed on ${plural(failed, "host")}${status}</span>`;
  if (lost > 0) return html`<span class="verdict bad">${plural(lost, "host")} could not be reached${status}</span>`;
  if (recap.exitCode !== 0 && recap.exitCode !== 3) return html`<span class="verdict bad">ended early${status}</span>`;
  const [changed, deferred] = [sum(recap.hosts, "changed"), sum(recap.hosts, "deferred")];
  if (check && changed + deferred > 0) {
    const waiting = deferred > 0 && `, ${deferred} deferred`;
    return html`<span class="verdict open">${plural(changed, "change")} pending${waiting}${status}</span>`;
  }
  return html`<span class="verdict good">${changed === 0 ? "nothing to do" : "done"}${status}</span>`;
}

function sum(hosts: Readonly<Record<string, HostRecap>>, field: keyof HostRecap): number {
  return Object.values(hosts).reduce((total, counts) => total + (counts[field] ?? 0), 0);
}

/** Without a recap the results are counted by themselves. */
function tiles(story: Story, check: boolean): Html {
  const counted = (status: (typeof statuses)[number]): number =>
    story.recap
      ? sum(story.recap.hosts, status)
      : story.plays.flatMap(({ tasks }) => tasks).reduce((total, { counts }) => total + (counts.get(status) ?? 0), 0);
  const extra = story.recap
    ? (["assumed", "rescued", "ignored"] as const).map(
        (field) => [field, sum(story.recap?.hosts ?? {}, field)] as const,
      )
    : [];
  const counts = [
    ...(["ok", "changed", "failed", "unreachable", "skipped", "deferred"] as const).map(
      (status) => [status, counted(status)] as const,
    ),
    ...extra,
  ];
  const shown = counts.filter(
    ([status, count]) => count > 0 || status === "ok" || status === "changed" || status === "failed",
  );
  return html`<ul class="tiles"><li><b>${story.hosts.size}</b><span>${story.hosts.size === 1 ? "host" : "hosts"}</span></li>${shown.map(
    ([status, count]) =>
      html`<li class="${count > 0 ? status : ""}"><b>${thousands(count)}</b><span>${check && status === "changed" ? "would change" : status}</span></li>`,
  )}</ul>`;
}

/** Hidden until the script that it needs is there. */
function filter(check: boolean): Html {
  return html`<form id="filter" hidden><input type="search" id="text" placeholder="Filter: task, host, role, text …" aria-label="Filter the tasks">${statuses.map(
    (status) =>
      html`<label class="s-${status}"><input type="checkbox" value="${status}" checked> ${check && status === "changed" ? "would change" : status}</label>`,
  )}<output id="count"></output></form>`;
}

function hashOf(text: string): string {
  return `sha256-${createHash("sha256").update(text).digest("base64")}`;
}
