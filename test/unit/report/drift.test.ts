import { expect, it } from "vitest";
import { createAdHocReporter } from "../../../engine/report/ad-hoc.ts";
import { createDriftReporter } from "../../../engine/report/drift.ts";
import type { Look } from "../../../engine/report/look.ts";
import type { Reporter } from "../../../engine/report/reporter.ts";
import { indent, runSite, tasksSite } from "../../support/run-site.ts";
import { createWorld } from "../../support/world.ts";
import { createFakeTerminal } from "./fake-terminal.ts";

const look: Look = { colour: false, diff: true, profile: false, verbosity: 0, source: () => undefined };
type Make = (output: ReturnType<typeof createFakeTerminal>, look: Look) => Reporter;

async function told(make: Make, files: Readonly<Record<string, string>>, check: boolean): Promise<string> {
  const terminal = createFakeTerminal();
  const reporter = make(terminal, look);
  const playbooks = Object.keys(files).slice(0, 1);
  const { events } = await runSite({ files, playbooks, world: createWorld(), check });
  for (const event of events) reporter.on(event);
  await reporter.end();
  return terminal.lines().join("\n").trim();
}

it("lab drift does not call a failure what a rescue has mended, or nobody minds", async () => {
  const tasks = `
    - block:
        - name: try
          fail: no
      rescue:
        - name: mend
          debug: mended
    - name: never mind
      fail: no
      ignore_errors: true
  `;
  expect(await told(createDriftReporter, tasksSite(tasks), true)).toBe("1 host: nothing has drifted");
});

it("lab drift names tasks of roles as lab play does", async () => {
  const files = {
    "site.yml": "- hosts: all\n  roles: [web]\n",
    "roles/web/tasks/main.yml": "- name: The file\n  copy: { dest: /etc/web.conf, content: x }\n",
  };
  expect(await told(createDriftReporter, files, true)).toContain("h1\n  [web] The file  roles/web/tasks/main.yml:1\n");
});

it("lab run shows no place in a file that there is not", async () => {
  const files = { "(command line)": `- hosts: all\n  tasks:\n${indent("- fail: too bad", 4)}\n` };
  const text = await told(createAdHocReporter, files, false);
  expect(text).toContain("too bad");
  expect(text).not.toContain("(command line)");
});
