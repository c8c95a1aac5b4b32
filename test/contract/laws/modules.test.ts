import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { internetBytes, internetFile } from "../../../engine/sim/internet/files.ts";
import { modules } from "../../support/all-modules.ts";
import { indent, runSite, type SiteRun, tasksSite } from "../../support/run-site.ts";
import { createWorld, type TestWorld } from "../../support/world.ts";

/** Every example of every module that declares a state, as a site of its own. */
const examples = modules.flatMap((module) =>
  module.kind === "state" ? module.examples.map((text, index) => ({ name: `${module.name} ${index + 1}`, text })) : [],
);
/** Of what the examples use. */
const helloTar = Buffer.from(
  internetBytes(internetFile({ internet: {} }, "https://downloads.example.com/hello-1.0.tar") ?? { content: "" }),
).toString("latin1");
const hosts = { h1: { packages: ["curl", "git"] } };
const filesOf = (text: string) => ({
  ...tasksSite(`- ${indent(text, 2).trimStart()}`),
  "templates/motd.hbs": "welcome to {{ inventory_hostname }}\n",
  "templates/example.conf.hbs": "answer = 42\n",
  "files/hello.tar": helloTar,
  "inventory/group_vars/all.yml": "wasabi_secret_key: of-the-example\n",
});
const apply = (text: string, world: TestWorld, check = false) => runSite({ files: filesOf(text), world, check });

/** Somebody else's hand: what fast-check does to a host beside the examples. */
const edit = fc.record({
  path: fc.constantFrom(
    "/etc/motd",
    "/etc/hosts",
    "/srv/media",
    "/srv/current",
    "/etc/lab-example.conf",
    "/var/lib/lab-example",
    "/etc/cron.d/lab-das-keepalive",
    "/etc/sysctl.d/60-memory.conf",
    "/var/spool/cron/crontabs/root",
  ),
  kind: fc.constantFrom("file", "directory", "gone", "mode", "link"),
  content: fc.constantFrom("", "x", "a\n\nb\n", "192.0.2.10 nas.example\n", "# comment\r\nPermitRootLogin yes\r\n"),
});
const start = fc.record({
  earlier: fc.array(fc.constantFrom(...examples), { maxLength: 3 }),
  edits: fc.array(edit, { maxLength: 3 }),
});

async function startWorld({
  earlier,
  edits,
}: {
  earlier: readonly { text: string }[];
  edits: readonly { path: string; kind: string; content: string }[];
}) {
  const world = createWorld(hosts);
  for (const { text } of earlier) await apply(text, world);
  const { files } = world.host("h1");
  for (const { path, kind, content } of edits) {
    const node = files[path];
    const holds = Object.keys(files).some((each) => each.startsWith(`${path}/`));
    const parent = files[path.slice(0, path.lastIndexOf("/"))]?.type === "directory";
    const common = { uid: 0, gid: 0, mtime: 1 };
    if (kind === "mode" && node) node.mode = "0711";
    else if (!holds && kind === "gone") delete files[path];
    else if (!holds && parent && kind === "file") files[path] = { type: "file", mode: "0640", content, ...common };
    else if (!holds && parent && kind === "directory") files[path] = { type: "directory", mode: "0750", ...common };
    else if (!holds && parent && kind === "link")
      files[path] = { type: "symlink", mode: "0777", target: "/etc/issue", ...common };
  }
  return world;
}

/** What a result says of the change; a check shows what a run then does. */
const tellingOf = ({ results }: SiteRun) =>
  results.map(({ status, before, after, diff, steps, reason }) => ({ status, before, after, diff, steps, reason }));

/** Probing changes nothing · check mode tells exactly what is done · applied means converged. */
async function holdLaws(text: string, world: TestWorld): Promise<void> {
  const check = await apply(text, world, true);
  expect(check.diagnostics).toEqual([]);
  expect(check.after).toBe(check.before);
  expect(check.results.map(({ certainty }) => certainty)).toEqual(["certain"]);
  const done = await apply(text, world);
  const refused = done.results.some(({ status }) => status === "failed");
  // A tool may refuse what nobody could foresee; a plan that refuses was foretold to the letter.
  if (refused && check.results.some(({ status }) => status === "changed")) {
    expect(done.results.map(({ reason }) => reason).join()).toMatch(/ended with|not imitate|did not become/);
    return;
  }
  expect(tellingOf(done)).toEqual(tellingOf(check));
  const changed = done.results.some(({ changed: each }) => each);
  if (!changed) expect(done.after).toBe(done.before);
  if (refused) return;
  const verb = done.results.some(({ after }) => /"re(start|load)":true/.test(JSON.stringify(after ?? {})));
  if (verb) return;
  const again = await apply(text, world);
  expect(again.results.map(({ status }) => status)).toEqual(["ok"]);
  expect(again.after).toBe(again.before);
}

describe.each(examples)("$name", ({ text }) => {
  test("from a fresh host, and from where it has left it", async () => {
    const world = createWorld(hosts);
    await holdLaws(text, world);
    await holdLaws(text, world);
  });
  test("from random states", { timeout: 120_000 }, async () => {
    await fc.assert(
      fc.asyncProperty(start, async (from) => holdLaws(text, await startWorld(from))),
      { numRuns: Number(process.env.LAB_RANDOM_STATES ?? 3) },
    );
  });
});
