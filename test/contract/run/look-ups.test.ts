import { describe, expect, it } from "vitest";
import { runSite, type SiteRun } from "../../support/run-site.ts";

const debug = (msg: string) => `    - debug: { msg: ${JSON.stringify(msg)} }\n`;
const play = (...tasks: readonly string[]) => `- hosts: all\n  tasks:\n${tasks.join("")}`;

function told(run: SiteRun): unknown[] {
  return run.results.filter(({ module }) => module === "debug").map(({ result }) => Object(result).msg);
}
function wrong(run: SiteRun): string[] {
  return run.diagnostics.map(
    ({ code, message, place, hint }) => `${place?.file}:${place?.line}:${place?.column} ${code}: ${message} | ${hint}`,
  );
}

describe.each([{ check: false }, { check: true }, { check: false, lookAhead: 0 }])(
  "look-ups, $check $lookAhead",
  (how) => {
    it("find files of the role first, then beside the playbook; what they give is data", async () => {
      const run = await runSite({
        ...how,
        files: {
          "site.yml": `- hosts: all\n  roles: [web]\n  tasks:\n${debug("{{ file 'motd' }}").replaceAll("'", '\\"')}`,
          "roles/web/tasks/main.yml": `- debug: { msg: "{{ motd }}" }\n- debug: { msg: "{{ join (file_lines \\"keys\\") \\",\\" }}" }\n`,
          "roles/web/defaults/main.yml": 'motd: "{{ file \\"motd\\" }}"\n',
          "roles/web/files/motd": "of the role {{ inventory_hostname }}\n\n",
          "files/motd": "of the site\n",
          "files/keys": "# all\none\n\ntwo\n",
        },
      });
      expect(wrong(run)).toEqual([]);
      expect(told(run)).toEqual(["of the role {{ inventory_hostname }}", "one,two", "of the site"]);
    });

    it("read the environment, and one moment for all tasks", async () => {
      const run = await runSite({
        ...how,
        environment: { EDITOR: "vi" },
        files: {
          "site.yml": play(
            debug('{{ env "EDITOR" }} {{ env "NONE" "-" }} {{ iso_time (now) }}'),
            `    - debug: { msg: !expr 'env("EDITOR") + strftime("%Y", now())' }\n`,
            debug("{{ from_inventory }}"),
          ),
          "inventory/hosts.yml":
            'all: { vars: { from_inventory: "{{ env \\"EDITOR\\" }}" }, hosts: { h1: { lab_connection: lab, lab_user: "{{ env \\"EDITOR\\" }}" } } }\n',
        },
      });
      expect(wrong(run)).toEqual([]);
      expect(told(run)).toEqual(["vi - 2026-01-31T00:00:00Z", "vi2026", "vi"]);
    });

    it("find patterns and the first of several names", async () => {
      const run = await runSite({
        ...how,
        files: {
          "site.yml": play(
            '    - debug: { msg: "{{ item }}" }\n      loop: !expr fileglob("keys/*.pub")\n',
            debug('{{ first_found (format "%s.conf" inventory_hostname) "default.conf" }}'),
            '    - debug: { msg: !expr \'first_found("a", "b") == null\' }\n',
          ),
          "files/keys/b.pub": "",
          "files/keys/a.pub": "",
          "files/keys/notes.txt": "",
          "files/default.conf": "",
        },
      });
      expect(wrong(run)).toEqual([]);
      expect(run.results.flatMap(({ item, result }) => (item === undefined ? [] : [Object(result).msg]))).toEqual([
        "keys/a.pub",
        "keys/b.pub",
      ]);
      expect(told(run)).toEqual(expect.arrayContaining(["default.conf", true]));
    });
  },
);

describe("what is wrong with a look-up", () => {
  it.each<[string, string, string]>([
    ["a file that is not there", '{{ file "modt" }}', 'there is no file "modt" | did you mean "motd"?'],
    ["a file outside of the site", '{{ file "/etc/passwd" }}', '"/etc/passwd" is no file of the site'],
    ["a way out of the site", '{{ file "../../etc/passwd" }}', "leads out of the site"],
    ["a pattern in a folder's name", '{{ fileglob "*/x" }}', "is no pattern for files of the site"],
    ["an environment without it", '{{ env "NONE" }}', "the environment has no NONE"],
    ["no name", '{{ file "" }}', "the name of a file is missing"],
  ])("%s is told before anything runs, with its place", async (_, msg, says) => {
    const run = await runSite({ files: { "site.yml": play(debug(msg)), "files/motd": "x", "../etc/passwd": "root" } });
    expect(run.exitCode).toBe(1);
    expect(run.results).toEqual([]);
    expect(wrong(run)).toHaveLength(1);
    expect(wrong(run)[0]).toContain(says);
    expect(wrong(run)[0]).toMatch(/^site\.yml:3:\d+ function-failed/);
  });

  it("is not told before the run where the run may bring the file along", async () => {
    const fetch = "    - fetch: { src: /etc/hostname, dest: files/fetched }\n";
    const files = { "site.yml": play(fetch, debug('{{ file "fetched" }}'), debug("beside")) };
    const run = await runSite({ files });
    expect(wrong(run)).toEqual([]);
    const checked = await runSite({ files, check: true });
    expect(checked.results.map(({ status }) => status)).toEqual(["changed", "deferred", "ok"]);
  });
});
