import { describe, expect, test } from "vitest";
import type { LabPicture } from "../../../engine/picture/picture.ts";
import { createHtmlReporter } from "../../../engine/report/html-report.ts";
import { createRedactor } from "../../../engine/report/redact.ts";
import type { ResultEvent, RunEvent } from "../../../engine/run/events.ts";
import { bigRun } from "./big-run.ts";
import { changedRun, checkRun, failedRun } from "./recorded-runs.ts";

async function page(events: Iterable<RunEvent>, picture: LabPicture | null = null): Promise<string> {
  let written = "";
  let at = Date.parse("2026-01-02T03:04:05Z");
  const reporter = createHtmlReporter({
    now: () => {
      at += 10;
      return new Date(at);
    },
    version: "1.2.3",
    picture: () => picture,
    write: (text) => {
      written = text;
    },
  });
  for (const event of events) reporter.on(event);
  await reporter.end();
  return written;
}

/** What a reader sees, tags taken out. */
function text(html: string): string {
  const body = html.slice(html.indexOf("<body"), html.lastIndexOf("<script"));
  return body
    .replace(/<[^>]*>/g, " ")
    .replace(/&#(\d+);/g, (_, code: string) => String.fromCharCode(Number(code)))
    .replace(/\s+/g, " ");
}

describe("the HTML report", () => {
  test("tells changes with both sides, steps, places and counts", async () => {
    const told = text(await page(changedRun));
    expect(told).toContain("Run of site.yml");
    for (const event of changedRun) {
      if (event.type !== "result") continue;
      expect(told).toContain(event.name);
      if (event.status !== "changed" || event.kind === "item") continue;
      for (const step of event.steps ?? []) expect(told).toContain(step);
      expect(told).toContain(`${event.position.file}:${event.position.line}:${event.position.column}`);
    }
    expect(told).toContain("done (exit status 0)");
  });

  test("tells failures with reason, hint and place, and opens them", async () => {
    const html = await page(failedRun);
    const told = text(html);
    for (const event of failedRun) {
      if (event.type !== "result" || event.status !== "failed") continue;
      if (event.hint !== undefined) expect(told).toContain(event.hint.replace(/\s+/g, " "));
    }
    expect(html).toMatch(/<details class="task"[^>]* open>/);
    expect(told).toMatch(/failed on \d hosts? \(exit status 2\)/);
    // As the recap counts them: what was mended or forgiven is no failure, and stands where a reader filters for failures.
    expect(told).toContain("1 failed 1 unreachable 1 rescued pve1, pve2, nas");
    expect(told).toContain("1 ignored pve1");
    expect(html).toMatch(/data-s="failed"[^>]*>\s*<summary>/);
  });

  test("in check mode tells how certain each thing is, with its causes as links to them", async () => {
    const html = await page(checkRun);
    expect(text(html)).toMatch(/Check of .* would change .* assumed/);
    const links = [...html.matchAll(/hangs on .*?<a href="#(task-\d+)">/g)].map(([, id]) => id);
    expect(links.length).toBeGreaterThan(0);
    for (const id of links) expect(html).toContain(`id="${id}"`);
  });

  test("of a run that was cut off tells what had happened, and that it was cut off", async () => {
    const told = text(await page(changedRun.slice(0, 6)));
    expect(told).toContain("The run was cut off");
    expect(told).not.toContain("exit status");
    expect(text(await page([]))).toContain("cut off");
  });

  test("hostile texts stay texts, wherever they come from", async () => {
    const bad = `</script><script>alert(1)</script><img src=x onerror=alert(2)>"'--> ]]> \u001b[2J\u0000\u202e`;
    const position = { file: bad, line: 1, column: 1 };
    const result: ResultEvent = {
      type: "result",
      id: bad,
      taskId: bad,
      host: bad,
      item: { name: bad },
      index: 0,
      attempt: 2,
      kind: "item",
      name: bad,
      module: bad,
      role: bad,
      status: "failed",
      reason: bad,
      hint: bad,
      because: [bad, "x"],
      changed: false,
      diff: [
        { path: bad, before: bad, after: [bad] },
        {
          path: bad,
          before: `${bad}\n`,
          after: "",
          text: `--- before\n+++ after\n@@ -1 +1 @@\n-${bad}\n+${bad}\n ${bad}`,
        },
      ],
      steps: [bad],
      mismatch: [{ path: bad, wanted: bad, got: { [bad]: bad } }],
      warnings: [bad],
      durationMs: 1,
      position,
    };
    const thing = {
      id: bad,
      kind: "host" as const,
      name: bad,
      facts: [bad],
      origins: [{ source: "playbook" as const, place: position, task: bad, taskId: bad, doubt: bad }],
      inside: [],
      networks: [bad],
    };
    const picture: LabPicture = {
      title: bad,
      things: [thing],
      networks: [{ id: bad, kind: "bridge", name: bad, facts: [bad], origins: [], home: null }],
      links: [],
      notes: [bad],
    };
    const html = await page(
      [
        { type: "run", id: bad, playbooks: [bad], check: true, hosts: [bad] },
        { type: "play", id: bad, name: bad, hosts: [bad], position },
        { type: "task", id: bad, parent: bad, name: bad, module: bad, kind: "task", position },
        result,
        { type: "host", name: bad, event: "unreachable", reason: bad },
        { type: "warning", diagnostic: { code: bad, message: bad, hint: bad, place: position } },
      ],
      picture,
    );
    expect(html.match(/<script/g)).toHaveLength(1);
    expect(html).not.toMatch(/<img|[\0-\x08\x0b-\x1f\u202e]/);
    const tags = html.slice(html.indexOf("<body")).match(/<[a-zA-Z][^>]*>/g) ?? [];
    const bare = tags.map((tag) => tag.replace(/"[^"]*"/g, '""'));
    expect(bare.filter((tag) => /\s(on\w+|src|style)\s*=|'/.test(tag))).toEqual([]);
    // Links lead to the page itself.
    expect(
      tags.flatMap((tag) => /\shref="([^"]*)"/.exec(tag)?.[1] ?? []).filter((href) => !href.startsWith("#")),
    ).toEqual([]);
  });

  test("a redacted secret is nowhere in it, and is said to be one", async () => {
    const secret = "planted-Secret/9+x&<y>";
    const redactor = createRedactor();
    redactor.add(secret);
    const events = changedRun.map(
      (event): RunEvent =>
        event.type === "result"
          ? {
              ...event,
              reason: `it was ${secret}`,
              steps: [`echo ${secret}`],
              diff: [{ path: "x", before: secret, after: "y" }],
            }
          : event,
    );
    const html = await page(events.map((event) => redactor.redactEvent(event)));
    for (const form of [secret, encodeURIComponent(secret), Buffer.from(secret).toString("base64"), "planted-Secret"])
      expect(html).not.toContain(form);
    expect(html).toContain("***");
  });

  test("a thousand hosts with a hundred tasks make a page of less than three megabytes, in seconds", async () => {
    const started = performance.now();
    const html = await page(
      bigRun(1000, 100, (host, task) =>
        host === 0 ? { status: "changed", changed: true, steps: [`touch ${task}`] } : {},
      ),
    );
    expect(html.length).toBeLessThan(3_000_000);
    expect(performance.now() - started).toBeLessThan(15_000);
    const told = text(html);
    expect(told).toContain("nothing to tell of host-2, host-3");
    expect(told).toContain("939 more hosts");
    expect(told).toContain("touch 99");
  });

  test("what would not fit is left out, is said to be, and is never a failure", async () => {
    const html = await page(
      bigRun(1000, 20, (host, task) =>
        task === 19 && host === 999
          ? { status: "failed", reason: "the last one of all" }
          : {
              status: "changed",
              changed: true,
              diff: [{ path: "content", before: "a", after: `${host} ${task} ${"long ".repeat(400)}` }],
            },
      ),
    );
    expect(html.length).toBeLessThan(20_000_000);
    expect(text(html)).toMatch(/[\d]+ results of their own kind did not fit/);
    expect(text(html)).toContain("the last one of all");
  });
});
