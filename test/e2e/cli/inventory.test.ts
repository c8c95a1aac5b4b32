import { chmodSync, mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { type CliSite, createCliSite } from "../../support/cli-site.ts";

let site: CliSite;
const put = (path: string, text: string, mode = 0o644): void => {
  mkdirSync(dirname(join(site.folder, path)), { recursive: true });
  writeFileSync(join(site.folder, path), text);
  chmodSync(join(site.folder, path), mode);
};
beforeAll(() => {
  site = createCliSite();
  put(
    "old/hosts.ini",
    '[web]\nweb[1:2] lab_connection=lab lab_password=hunter2\n\n[web:vars]\nhttp_port=80\nsite="{{ inventory_hostname }}:{{ http_port }}"\nbad="{{ nothing }}"\n',
  );
  put("old/group_vars/web.yml", "http_port: 8080\n");
  put(
    "old/host_vars/web1.yml",
    'key: !expr secret("sesame-open")\nnested: { user: root, pass: !expr \'secret("sesame-open")\' }\n',
  );
  put(
    "dyn/lab.py",
    `#!/bin/sh
echo called "$@" >> ${site.folder}/calls
if [ "$1" = --host ]; then echo "{\\"of\\": \\"$2\\", \\"braces\\": \\"{{ x }}\\"}"; exit; fi
echo '{"made": {"hosts": ["d1", "d2"], "vars": {"ansible_connection": "lab", "ansible_python_interpreter": "x"}}, "more": ["d2"]}'
`,
    0o755,
  );
  put("playbooks/dyn.yml", '- hosts: made\n  tasks:\n    - debug: { msg: "{{ of }} {{ braces }}" }\n');
  put(
    "playbooks/levels.yml",
    "- name: Levels\n  hosts: web1\n  vars: { http_port: 1 }\n  roles: [port]\n  tasks:\n    - name: Own\n      debug: { msg: x }\n      vars: { http_port: 3 }\n",
  );
  put("roles/port/tasks/main.yml", '- debug: { msg: "{{ http_port }}" }\n');
  put("roles/port/vars/main.yml", "http_port: 2\n");
  put("roles/port/defaults/main.yml", "http_port: 0\n");
});
afterAll(() => site.remove());

const narrow = (text: string): number => Math.max(...text.split("\n").map((line) => line.length));

describe("lab inventory", () => {
  it("lists hosts with their groups, those of a pattern", async () => {
    expect(await site.lab("inventory", "list", "-i", "old")).toMatchObject({
      code: 0,
      stdout: "web1  web\nweb2  web\n",
    });
    expect(await site.lab("inventory", "list", "web:!web1", "-i", "old")).toMatchObject({ stdout: "web2  web\n" });
    const wrong = await site.lab("inventory", "list", "wbe", "-i", "old");
    expect(wrong).toMatchObject({ code: 1, stdout: "" });
    expect(wrong.stderr).toContain("error[unknown-host]: there is no host or group wbe\n  hint: did you mean web?");
  });

  it("prints what other programs and lab itself read, without secrets", async () => {
    const json = await site.lab("inventory", "list", "-i", "old", "--json");
    expect(JSON.parse(json.stdout)).toEqual({
      _meta: {
        hostvars: {
          web1: expect.objectContaining({
            http_port: 8080,
            site: "web1:8080",
            key: "***",
            nested: { user: "root", pass: "***" },
            lab_password: "***",
          }),
          web2: expect.objectContaining({ site: "web2:8080" }),
        },
      },
      all: { children: ["web"] },
      web: { hosts: ["web1", "web2"] },
    });
    expect(json.stdout).not.toContain("sesame");
    const yaml = await site.lab("inventory", "list", "-i", "old", "--yaml");
    put("again/hosts.yml", yaml.stdout.replace(/^.*bad:.*\n/gm, ""));
    const again = await site.lab("inventory", "list", "-i", "again", "--json");
    expect(JSON.parse(again.stdout)._meta.hostvars.web2).toMatchObject({ http_port: 8080, site: "web2:8080" });
  });

  it("draws groups as a tree that fits a terminal", async () => {
    const { stdout } = await site.lab("inventory", "graph");
    expect(stdout).toContain("all\n├── ");
    const withVars = await site.lab("inventory", "graph", "web", "--vars", "-i", "old");
    expect(withVars.stdout).toContain("web\n├── web1\n│   bad: ");
    expect(withVars.stdout).not.toContain("sesame");
    expect(narrow(withVars.stdout)).toBeLessThanOrEqual(80);
    expect((await site.lab("inventory", "graph", "routrs")).stderr).toContain("did you mean routers?");
  });

  it("shows how a host is reached, and hides passwords", async () => {
    const { code, stdout } = await site.lab("inventory", "host", "web1", "-i", "old");
    expect(code).toBe(0);
    expect(stdout).toMatch(
      /^web1 \(old\/hosts\.ini:2:1\)\ngroups: web\nconnection:\n {2}way in {4}lab\n {2}password {2}\*\*\*\n/,
    );
    expect(stdout).toContain("http_port: 8080\n      old/group_vars/web.yml:1:1, group vars of web\n");
    expect(stdout).not.toMatch(/hunter2|sesame/);
    expect(narrow(stdout)).toBeLessThanOrEqual(80);
    const json = await site.lab("inventory", "host", "web1", "-i", "old", "--json");
    expect(JSON.parse(json.stdout)).toMatchObject({
      host: "web1",
      groups: ["web"],
      connection: { "way in": "lab", password: "***" },
      variables: { lab_password: { secret: true } },
    });
    expect(json.stdout).not.toMatch(/hunter2|sesame/);
  });
});

describe("lab vars", () => {
  it("shows what wins, where it stands, and what it overrides", async () => {
    const { stdout, code } = await site.lab("vars", "web1", "http_port", "-i", "old");
    expect({ stdout, code }).toEqual({
      code: 0,
      stdout:
        "http_port: 8080\n  set at old/group_vars/web.yml:1:1, group vars of web (level 2)\n  over old/hosts.ini:5:1, group vars of web (level 2)\n    80\n",
    });
    const all = await site.lab("vars", "web1", "-i", "old");
    expect(all.stdout).toContain("lab_password: *** (secret)\n");
    expect(all.stdout).toContain('nested: {"user":"root","pass":"***"}\n');
    expect(all.stdout).not.toMatch(/hunter2|sesame/);
    expect(narrow(all.stdout)).toBeLessThanOrEqual(80);
  });

  it("tells why a value cannot be had", async () => {
    const { stdout } = await site.lab("vars", "web1", "bad", "-i", "old");
    expect(stdout).toContain('bad: (error: the variable "nothing" is not defined)');
    expect(stdout).toContain("old/hosts.ini:7:");
  });

  it("goes through plays, roles, tasks and -e", async () => {
    const { stdout } = await site.lab("vars", "web1", "http_port", "-i", "old", "-p", "levels.yml", "--json");
    const { scopes } = JSON.parse(stdout);
    const seen = scopes.map(
      ({
        where,
        variables,
      }: {
        where: { what: string; name: string } | null;
        variables: { http_port: { value: number; level: number; shadowed: unknown[] } };
      }) => [
        where === null ? "host" : `${where.what} ${where.name}`,
        variables.http_port.value,
        variables.http_port.level,
        variables.http_port.shadowed.length,
      ],
    );
    expect(seen).toEqual([
      ["host", 8080, 2, 1],
      ["play Levels", 1, 4, 2],
      ["role port", 2, 5, 4],
      ["task Own", 3, 6, 3],
    ]);
    const extra = await site.lab("vars", "web1", "http_port", "-i", "old", "-e", "http_port=9", "-p", "levels.yml");
    expect(extra.stdout).toMatch(/^http_port: 9\n {2}set at -e \(1\):1:1, -e on the command line \(level 8\)\n/);
  });

  it("knows no other names", async () => {
    expect((await site.lab("vars", "web1", "http_prt", "-i", "old")).stderr).toContain("did you mean http_port?");
    expect(await site.lab("vars", "web")).toMatchObject({ code: 1, stdout: "" });
    expect((await site.lab("vars", "web", "-i", "old")).stderr).toContain("web is a group, and one host is wanted");
  });
});

describe("programs of an inventory", () => {
  const calls = (): string[] => {
    try {
      return readFileSync(join(site.folder, "calls"), "utf8").trim().split("\n");
    } catch {
      return [];
    }
  };
  it("are run, --host where the list lacks variables; what they print is data", async () => {
    const { code, stdout, stderr } = await site.lab("play", "dyn.yml", "-i", "dyn");
    expect({ code, stderr }).toEqual({ code: 0, stderr: "" });
    expect(stdout).toContain("d1 {{ x }}");
    expect(stdout).toContain("d2 {{ x }}");
    expect(stdout).toContain("ansible_python_interpreter");
    expect(calls().sort()).toEqual(["called --host d1", "called --host d2", "called --list"]);
    expect((await site.lab("inventory", "list", "-i", "dyn")).stdout).toBe("d1  made\nd2  made, more\n");
  });

  it("are run by no static check, and not when they must not be", async () => {
    writeFileSync(join(site.folder, "calls"), "");
    const checked = await site.lab("play", "dyn.yml", "-i", "dyn", "--syntax-check");
    expect(checked.code).toBe(0);
    expect(checked.stderr).toContain("the hosts of dyn/lab.py are not known: programs are not run in a static check");
    await site.lab("check", "dyn.yml", "-i", "dyn");
    await site.lab("inventory", "list", "-i", "dyn", "--offline");
    expect(calls()).toEqual([""]);
    chmodSync(join(site.folder, "dyn/lab.py"), 0o644);
    expect((await site.lab("inventory", "list", "-i", "dyn")).stderr).toContain("chmod +x dyn/lab.py");
    chmodSync(join(site.folder, "dyn/lab.py"), 0o755);
  });

  it.each<[string, string, string]>([
    ["that fails", "#!/bin/sh\necho 'no token' >&2\nexit 3\n", "it ended with status 3\n  --> dyn2/x:1:1"],
    [
      "that prints no JSON",
      '#!/bin/sh\nprintf \'{"a": {\\n  "hosts": [1,,]}}\'\n',
      "prints no JSON map: line 2, column",
    ],
    ["that prints nothing", "#!/bin/sh\n", "prints no JSON map: it prints nothing"],
    ["that prints a list", "#!/bin/sh\necho '[]'\n", "prints no JSON map: it is list"],
    [
      "with odd groups",
      '#!/bin/sh\necho \'{"g": {"host": []}, "_meta": {"hostvars": []}}\'\n',
      "a group has no `host`: in `g`",
    ],
    ["without an interpreter", "#!/no/such/thing\n", "ENOENT"],
  ])("one %s is an error that names it", async (_, text, says) => {
    put("dyn2/x", text, 0o755);
    const { code, stderr } = await site.lab("play", "dyn.yml", "-i", "dyn2");
    expect(code).toBe(1);
    expect(stderr).toContain(says);
  });
});

describe("lab facts", () => {
  it("shows what a playbook would read, of several hosts", async () => {
    const { code, stdout } = await site.lab("facts", "backup1", "pve1", "--json");
    expect(code).toBe(0);
    const facts = JSON.parse(stdout);
    expect(Object.keys(facts)).toEqual(["backup1", "pve1"]);
    expect(facts.backup1).toMatchObject({
      distribution: { id: "debian" },
      kernel: { machine: "x86_64" },
      memory: { total: expect.any(Number) },
    });
    const text = await site.lab("facts", "backup1");
    expect(text.stdout).toMatch(/^backup1:\n {2}distribution:\n {4}id: debian\n/);
    expect((await site.lab("facts", "bakcup1")).stderr).toContain("did you mean backup1?");
  });
  it("tells of hosts that cannot be reached", async () => {
    put("far.yml", "all: { hosts: { far: { lab_connection: ssh, lab_host: 127.0.0.1, lab_port: 1 } } }\n");
    const { code, stdout, stderr } = await site.lab("facts", "far", "-i", "far.yml");
    expect({ code, stdout }).toEqual({ code: 4, stdout: "" });
    expect(stderr).toContain("far:");
  });
});
