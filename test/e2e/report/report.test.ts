import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { renderSvg } from "../../../engine/picture/render-svg.ts";
import { createHtmlReporter } from "../../../engine/report/html-report.ts";
import { createJunitReporter } from "../../../engine/report/junit.ts";
import type { RunEvent } from "../../../engine/run/events.ts";
import { type Browser, openBrowser, type Page } from "../../support/browser.ts";
import { type CliSite, createCliSite } from "../../support/cli-site.ts";
import { labOf } from "../../unit/picture/lab-fixture.ts";
import { bigRun } from "../../unit/report/big-run.ts";

let browser: Browser;
let site: CliSite;
const folder = mkdtempSync(join(tmpdir(), "lab-report-"));
const file = (name: string): string => join(folder, name);
const playbooks = ["storage.yml", "data.yml", "tailnet.yml", "tailscale-router.yml", "media-stack.yml"];

beforeAll(async () => {
  browser = openBrowser();
  site = createCliSite();
  const checked = await site.lab("play", ...playbooks, "--check", "--diff", "--report", file("check.html"));
  expect([checked.code, checked.stderr]).toEqual([0, ""]);
  const ran = await site.lab(
    "play",
    ...playbooks,
    "--report",
    file("run.html"),
    "--report",
    file("run.xml"),
    "--report",
    file("run.jsonl"),
  );
  expect([ran.code, ran.stderr]).toEqual([0, ""]);
});

afterAll(async () => {
  await browser?.close();
  site?.remove();
  rmSync(folder, { recursive: true, force: true });
});

async function opened(path: string, width = 1280, scheme: "light" | "dark" = "light"): Promise<Page> {
  const page = await browser.page();
  await page.size(width, 900);
  await page.scheme(scheme);
  await page.open(path);
  return page;
}

/** Pairs of texts of which the boxes, as the browser has drawn them, lie over one another. */
const overlapping = `(() => {
  const texts = [...document.querySelectorAll("svg.lab text")].map((node) => ({ words: node.lastChild.textContent, box: node.getBoundingClientRect() })).filter(({ box }) => box.width > 0);
  const found = [];
  for (let i = 0; i < texts.length; i++) for (let j = i + 1; j < texts.length; j++) {
    const [a, b] = [texts[i].box, texts[j].box];
    if (a.left < b.right - 1 && b.left < a.right - 1 && a.top < b.bottom - 3 && b.top < a.bottom - 3) found.push(texts[i].words + " | " + texts[j].words);
  }
  return { texts: texts.length, found };
})()`;

/** Texts that stick out of the card that they are written on. */
const leaving = `[...document.querySelectorAll("svg.lab .thing")].flatMap((thing) => {
  const card = thing.querySelector(".card").getBoundingClientRect();
  return [...thing.querySelectorAll("text")].filter((text) => text.getBoundingClientRect().right > card.right + 0.5).map((text) => text.textContent);
})`;

describe("the HTML report in a browser", () => {
  test.each(["check.html", "run.html"])(
    "%s asks nobody for anything, and neither console nor guard complains",
    async (name) => {
      const page = await opened(file(name));
      expect(page.requests).toEqual([`file://${file(name)}`]);
      expect(page.complaints).toEqual([]);
      const guard = await page.evaluate(`document.querySelector("meta[http-equiv]").content`);
      expect(guard).toContain("default-src 'none'");
    },
  );

  test("its guard holds: what somebody smuggled into it would not run", async () => {
    const html = readFileSync(file("run.html"), "utf8").replace(
      "<main>",
      `<main><img src="x" onerror="window.hit=1"><script>window.hit=2</script>`,
    );
    writeFileSync(file("smuggled.html"), html);
    const page = await opened(file("smuggled.html"));
    expect(await page.evaluate("window.hit ?? 0")).toBe(0);
    expect(page.complaints.join()).toContain("Content Security Policy");
  });

  test.each([
    [375, "light"],
    [375, "dark"],
    [1280, "light"],
    [1280, "dark"],
  ] as const)("at %i pixels, %s: no scrolling sideways, all readable", async (width, scheme) => {
    for (const name of ["check.html", "run.html"]) {
      const page = await opened(file(name), width, scheme);
      await page.evaluate(`document.querySelectorAll("details").forEach((each) => { each.open = true; })`);
      expect(await page.evaluate("document.documentElement.scrollWidth"), name).toBeLessThanOrEqual(width);
      // Ink and ground differ by as much as WCAG asks for (AA).
      const weak = await page.evaluate(`(() => {
        const light = (colour) => colour.match(/[\\d.]+/g).slice(0, 3).map((part) => { const c = part / 255; return c <= 0.03928 ? c / 12.92 : ((c + 0.055) / 1.055) ** 2.4; }).reduce((sum, c, i) => sum + c * [0.2126, 0.7152, 0.0722][i], 0);
        const ground = (node) => { for (let at = node; at; at = at.parentElement) { const colour = getComputedStyle(at).backgroundColor; if (!/, 0\\)$|transparent/.test(colour)) return colour; } return "rgb(255,255,255)"; };
        const ratio = (a, b) => (Math.max(a, b) + 0.05) / (Math.min(a, b) + 0.05);
        const weak = new Set();
        for (const node of document.querySelectorAll("main *, header *, nav *")) {
          if (node.closest("svg") || node.classList.contains("zero") || ![...node.childNodes].some((child) => child.nodeType === 3 && child.data.trim() !== "")) continue;
          const found = ratio(light(getComputedStyle(node).color), light(ground(node)));
          if (found < 4.5) weak.add(node.className + " " + node.tagName + " " + found.toFixed(2));
        }
        return [...weak];
      })()`);
      expect(weak, name).toEqual([]);
    }
  });

  test("the filter shows what fits, by words and by what became of it, and counts", async () => {
    const page = await opened(file("run.html"));
    const shown = () =>
      page.evaluate(
        `[...document.querySelectorAll(".task:not([hidden]) > summary > b")].map((node) => node.firstChild.textContent.trim())`,
      );
    const all = await shown();
    await page.evaluate(
      `(() => { const text = document.getElementById("text"); text.value = "TAILSCALE daemon"; text.dispatchEvent(new Event("input")); })()`,
    );
    await page.evaluate("new Promise((done) => setTimeout(done, 200))");
    expect(await shown()).toEqual(["Its daemon runs"]);
    expect(await page.evaluate(`document.getElementById("count").textContent`)).toBe(
      `1 of ${(all as readonly string[]).length} tasks`,
    );
    // Plays of which nothing is left go, too.
    expect(await page.evaluate(`[...document.querySelectorAll(".play")].some((play) => play.hidden)`)).toBe(true);
    await page.evaluate(
      `(() => { const text = document.getElementById("text"); text.value = ""; const box = document.querySelector("input[value=changed]"); box.checked = false; box.dispatchEvent(new Event("change", { bubbles: true })); })()`,
    );
    const left = await shown();
    expect(left).toContain("Its daemon runs");
    expect(left).not.toContain("The container");
  });

  test("links lead to what they name, and open it", async () => {
    const page = await opened(file("check.html"));
    const broken = await page.evaluate(
      `[...document.querySelectorAll("a[href^='#']")].filter((link) => !document.getElementById(link.getAttribute("href").slice(1))).map((link) => link.outerHTML)`,
    );
    expect(broken).toEqual([]);
    await page.evaluate(`location.hash = document.querySelector(".tell a[href^='#task']").getAttribute("href")`);
    await page.evaluate("new Promise((done) => setTimeout(done, 100))");
    expect(await page.evaluate("document.getElementById(location.hash.slice(1)).open")).toBe(true);
  });

  test("the picture has what the playbooks say and the run saw, and no text lies over another", async () => {
    for (const scheme of ["light", "dark"] as const) {
      const page = await opened(file("run.html"), 1280, scheme);
      const words = String(await page.evaluate(`document.querySelector("svg.lab").textContent`));
      for (const part of [
        "pve1",
        "Tank-Archive",
        "raidz1 × 3 disks",
        "ONLINE",
        "tailscale-router",
        "vmbr0",
        "gluetun",
        "tailnet",
        "seen by",
        "declared by",
      ]) {
        expect(words).toContain(part);
      }
      expect(await page.evaluate(overlapping)).toEqual({ texts: expect.any(Number), found: [] });
      expect(await page.evaluate(leaving)).toEqual([]);
    }
  });

  test("without JavaScript all of it is there", async () => {
    writeFileSync(file("still.html"), readFileSync(file("run.html"), "utf8").replace(/<script>[\s\S]*<\/script>/, ""));
    const page = await opened(file("still.html"));
    expect(await page.evaluate(`document.querySelectorAll(".task:not([hidden])").length`)).toBeGreaterThan(20);
    expect(await page.evaluate(`getComputedStyle(document.getElementById("filter")).display`)).toBe("none");
  });

  test("a thousand hosts: the filter answers at once", async () => {
    const reporter = createHtmlReporter({
      now: () => new Date(0),
      version: "0",
      picture: () => null,
      write: (page) => writeFileSync(file("big.html"), page),
    });
    const failing = (host: number, task: number) =>
      host % 97 === task ? { status: "failed" as const, reason: `broken ${host}` } : {};
    for (const event of bigRun(1000, 100, failing)) reporter.on(event);
    await reporter.end();
    const page = await opened(file("big.html"));
    const took = await page.evaluate(
      `(() => { const text = document.getElementById("text"); text.value = "broken 5"; const from = performance.now(); document.getElementById("filter").dispatchEvent(new Event("change")); return performance.now() - from; })()`,
    );
    expect(took).toBeLessThan(1000);
    expect(page.complaints).toEqual([]);
  });
});

describe("lab graph in a browser", () => {
  test("the picture of a playbook stands by itself", async () => {
    const { code } = await site.lab("graph", "storage.yml", "media-stack.yml", "-o", file("lab.svg"));
    expect(code).toBe(0);
    const page = await opened(file("lab.svg"));
    expect(page.requests).toEqual([`file://${file("lab.svg")}`]);
    expect(page.complaints).toEqual([]);
    expect(await page.evaluate(`document.documentElement.tagName`)).toBe("svg");
    expect(await page.evaluate(`document.documentElement.textContent`)).toContain("Tank-Archive");
  });

  test.each([1, 3, 12, 30])("%i nodes: no text over another, none outside of its card", async (nodes) => {
    for (const scheme of ["light", "dark"] as const) {
      writeFileSync(file("nodes.svg"), renderSvg(labOf(nodes), { alone: true, width: nodes > 10 ? 1600 : 980 }));
      const page = await opened(file("nodes.svg"), 1700, scheme);
      const { texts, found } = (await page.evaluate(overlapping)) as { texts: number; found: readonly string[] };
      expect(texts).toBeGreaterThan(nodes * 15);
      expect(found).toEqual([]);
      expect(await page.evaluate(leaving)).toEqual([]);
    }
  });
});

/** What Jenkins' schema lets stand where, as far as we write it. */
const junitSchema: Readonly<
  Record<
    string,
    { readonly attributes: readonly string[]; readonly required: readonly string[]; readonly inside: readonly string[] }
  >
> = {
  testsuites: { attributes: ["name", "time", "tests", "failures", "errors"], required: [], inside: ["testsuite"] },
  testsuite: {
    attributes: ["name", "tests", "failures", "errors", "time", "skipped", "timestamp", "hostname"],
    required: ["name", "tests", "failures", "errors"],
    inside: ["testcase"],
  },
  testcase: {
    attributes: ["name", "time", "classname"],
    required: ["name"],
    inside: ["skipped", "error", "failure", "system-out"],
  },
  skipped: { attributes: ["type", "message"], required: [], inside: [] },
  error: { attributes: ["type", "message"], required: [], inside: [] },
  failure: { attributes: ["type", "message"], required: [], inside: [] },
  "system-out": { attributes: [], required: [], inside: [] },
};

interface XmlNode {
  readonly tag: string;
  readonly attributes: Readonly<Record<string, string>>;
  readonly inside: readonly XmlNode[];
  readonly text: string;
}

async function parsed(xml: string): Promise<XmlNode> {
  const page = await browser.page();
  const read = `(() => {
    const tree = (node) => ({ tag: node.tagName, attributes: Object.fromEntries([...node.attributes].map(({ name, value }) => [name, value])), inside: [...node.children].map(tree), text: node.children.length === 0 ? node.textContent : "" });
    return tree(new DOMParser().parseFromString(${JSON.stringify(xml)}, "application/xml").documentElement);
  })()`;
  return (await page.evaluate(read)) as XmlNode;
}

function faults({ tag, attributes, inside }: XmlNode): readonly string[] {
  const schema = junitSchema[tag];
  if (!schema) return [`<${tag}>`];
  return [
    ...Object.keys(attributes)
      .filter((name) => !schema.attributes.includes(name))
      .map((name) => `<${tag} ${name}>`),
    ...schema.required.filter((name) => !(name in attributes)).map((name) => `<${tag}> without ${name}`),
    ...inside.filter((each) => !schema.inside.includes(each.tag)).map((each) => `<${each.tag}> in <${tag}>`),
    ...("time" in attributes && !/^(([0-9]{0,3},)*[0-9]{3}|[0-9]{0,3})*(\.[0-9]*)?$/.test(attributes.time ?? "")
      ? [`time ${attributes.time}`]
      : []),
    ...inside.flatMap(faults),
  ];
}

describe("JUnit, read by a browser's XML parser", () => {
  test("a real run is as Jenkins' schema has it, and its numbers add up", async () => {
    const root = await parsed(readFileSync(file("run.xml"), "utf8"));
    expect(root.tag).toBe("testsuites");
    expect(faults(root)).toEqual([]);
    const cases = root.inside.flatMap((suite) => suite.inside);
    expect(Number(root.attributes.tests)).toBe(cases.length);
    expect(root.inside.map(({ attributes }) => attributes.name)).toEqual([
      "pve1",
      "mini1",
      "mini2",
      "tailscale-router",
      "gateway",
    ]);
    expect(new Set(cases.map(({ attributes }) => `${attributes.classname} ${attributes.name}`)).size).toBe(
      cases.length,
    );
    for (const { inside, attributes } of cases)
      expect(inside[0]?.text, attributes.name).toMatch(/^at (playbooks|roles)\/[\w/-]+\.yml:\d+:\d+/);
  });

  test("hostile output is read back as text", async () => {
    let xml = "";
    const reporter = createJunitReporter({
      now: () => new Date(0),
      write: (text) => {
        xml = text;
      },
    });
    const reason = `]]> <failure> & " ' \u0000\u0001\u001b[31m\uffff\ud800 <!-- <![CDATA[ ${"x".repeat(100_000)}`;
    const events: readonly RunEvent[] = [
      ...bigRun(2, 2, () => ({ status: "failed", reason, name: reason, role: reason, hint: reason, steps: [reason] })),
    ];
    for (const event of events) reporter.on(event);
    await reporter.end();
    const root = await parsed(xml);
    expect(faults(root)).toEqual([]);
    expect(root.inside[0]?.inside[0]?.inside[0]?.text).toContain("]]> <failure> & \" '");
  });

  test("on stdout it is the same, and nothing else is there", async () => {
    const { stdout, code } = await site.lab("play", ...playbooks, "--format", "junit");
    expect(code).toBe(0);
    expect(stdout.startsWith("<?xml")).toBe(true);
    expect(faults(await parsed(stdout))).toEqual([]);
  });
});

describe("secrets", () => {
  test("a planted one is in no report, in no picture, and not in what -vvv shows", async () => {
    const planted = "pLanted/Key+of+the+tunnel/which+is+no+key0A=";
    const names = ["secret.html", "secret.xml", "secret.jsonl"].map(file);
    const given = ["-e", `media_wireguard_key=${planted}`, ...names.flatMap((name) => ["--report", name])];
    await site.lab("sandbox", "reset");
    const run = await site.lab("play", "data.yml", "media-stack.yml", ...given, "--diff", "-vvv");
    expect([run.code, run.stderr]).toEqual([0, ""]);
    // It was sent, and the trip that took it there is told.
    expect(run.stdout).toMatch(/applies:\s+\d+\s+operations?\s+in\s+one\s+trip\s+\(/);
    expect(run.stdout).toContain("wireguard_private_key");
    const drawn = await site.lab("graph", "media-stack.yml", "-e", `media_wireguard_key=${planted}`);
    const octal = [...Buffer.from(planted)].map((byte) => `\\${byte.toString(8).padStart(3, "0")}`).join("");
    const forms = [
      planted,
      "pLanted",
      encodeURIComponent(planted),
      Buffer.from(planted).toString("base64").slice(0, 24),
      octal,
    ];
    for (const text of [run.stdout, drawn.stdout, ...names.map((name) => readFileSync(name, "utf8"))]) {
      expect(text.length).toBeGreaterThan(500);
      for (const form of forms) expect(text).not.toContain(form);
    }
  });
});

describe("reports of runs that did not go well", () => {
  test("a report that cannot be written is told before anything is touched", async () => {
    for (const [name, message] of [
      ["nowhere/report.html", "there is no folder"],
      ["report.pdf", "nobody knows what report.pdf is to hold"],
      [".", "nobody knows what . is to hold"],
      ["", "takes the name of a file"],
    ] as const) {
      const { code, stdout, stderr } = await site.lab("play", "site.yml", "--report", name);
      expect([code, stdout]).toEqual([1, ""]);
      expect(stderr).toContain(message);
      expect(stderr).toContain("hint:");
    }
  });

  test("lab report makes the page of an earlier run from its journal, whole or cut off", async () => {
    const { code, stderr } = await site.lab("report", "-o", file("again.html"), "-o", file("again.xml"));
    expect([code, stderr]).toEqual([0, ""]);
    const page = await opened(file("again.html"));
    expect(page.complaints).toEqual([]);
    expect(await page.evaluate(`document.querySelectorAll(".task").length`)).toBeGreaterThan(4);
    const lines = readFileSync(file("run.jsonl"), "utf8").split("\n");
    writeFileSync(file("cut.jsonl"), `${lines.slice(0, 20).join("\n")}\n${lines[20]?.slice(0, 50)}`);
    expect((await site.lab("report", file("cut.jsonl"), "-o", file("cut.html"))).code).toBe(0);
    expect(await (await opened(file("cut.html"))).evaluate("document.body.textContent")).toContain(
      "The run was cut off",
    );
    const wrong = await site.lab("report", "no-such-run", "-o", file("x.html"));
    expect(wrong.code).toBe(1);
    expect(wrong.stderr).toContain("error[no-journal]");
  });
});
