import { afterEach, describe, expect, it, vi } from "vitest";
import { copy } from "../../../modules/copy.ts";
import { cron } from "../../../modules/cron.ts";
import { file } from "../../../modules/file.ts";
import { inventoryOf, runSite } from "../../support/run-site.ts";

afterEach(() => void vi.restoreAllMocks());

const names = Array.from({ length: 20 }, (_, index) => `h${index}`);

async function play(tasks: string): Promise<void> {
  const site = `- hosts: all\n  gather_facts: false\n  tasks:\n${tasks}`;
  const { exitCode, diagnostics } = await runSite({
    files: { "inventory/hosts.yml": inventoryOf(...names), "site.yml": site },
    forks: names.length,
  });
  expect(diagnostics).toEqual([]);
  expect(exitCode).toBe(0);
}

describe(`parameters on ${names.length} hosts`, () => {
  it("that are written out are validated for the check and for the run, not for each host", async () => {
    const validated = vi.spyOn(file.params, "safeParse");
    await play(
      '    - file: { path: /srv/same, state: directory }\n    - file: { path: /srv/same/below, state: directory, mode: "0700" }\n',
    );
    // Two tasks: by the check of what is literal, and once for all hosts, their windows and their turns.
    expect(validated.mock.calls.length).toBeLessThanOrEqual(4);
    expect(validated).toHaveBeenCalled();
  });

  it("with a template are those of each host", async () => {
    const validated = vi.spyOn(copy.params, "safeParse");
    await play('    - copy: { dest: /srv/own, content: "{{ inventory_hostname }}" }\n');
    const contents = validated.mock.calls.map(([raw]) => (raw as { readonly content: unknown }).content);
    for (const name of names) expect(contents).toContain(name);
  });

  it("with a condition to decide are decided each time", async () => {
    const { results } = await runSite({
      files: {
        "inventory/hosts.yml": inventoryOf("a", "b"),
        "site.yml":
          "- hosts: all\n  gather_facts: false\n  tasks:\n    - assert: { that: inventory_hostname == 'a' }\n",
      },
    });
    expect(results.map(({ host, status }) => `${host} ${status}`).toSorted()).toEqual(["a ok", "b failed"]);
  });
});

it("a crontab is taken apart once for all jobs that look at it", () => {
  let reads = 0;
  const text = Array.from({ length: 30 }, (_, index) => `# lab: job ${index}\n0 4 * * * true ${index}\n`).join("");
  const table = {
    code: 0,
    stderr: "",
    get stdout() {
      reads += 1;
      return text;
    },
  };
  for (let index = 0; index < 30; index += 1) {
    const params = cron.params.parse({ name: `job ${index}`, schedule: "0 4 * * *", job: `true ${index}` });
    expect(cron.plan(params, { table, zone: null } as never)).toMatchObject({ steps: [] });
  }
  // Each looks whether it can be used, and the first takes it apart.
  expect(reads).toBe(31);
});
