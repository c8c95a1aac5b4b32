import { describe, expect, it } from "vitest";
import { findRoot, openSiteFiles } from "../../../engine/site/files.ts";
import { openLateLoader } from "../../../engine/site/load-late.ts";
import { loadSite } from "../../../engine/site/load-site.ts";
import type { Entry, Site } from "../../../engine/site/site.ts";
import type { ValueSource } from "../../../engine/value/expression.ts";
import { fixtureModules, textFiles } from "../../support/site-fixture.ts";

function load(texts: Readonly<Record<string, string>>, playbooks = ["site.yml"]) {
  const inSite = Object.fromEntries(
    Object.entries(texts).map(([path, text]) => [path.startsWith("/") ? path : `/site/${path}`, text]),
  );
  return loadSite(textFiles(inSite), {
    root: "/site",
    playbooks,
    libraryRoles: "/lab/roles",
    moduleNames: fixtureModules,
  });
}

function siteOf(texts: Readonly<Record<string, string>>, playbooks?: string[]): Site {
  const { site, diagnostics } = load(texts, playbooks);
  expect(diagnostics).toEqual([]);
  if (site === null) throw new Error("no site");
  return site;
}

const show = (source: ValueSource | null | undefined): unknown =>
  source?.kind === "literal" ? source.value : source?.kind === "expression" ? source.expression.source : source;

function outline(entries: readonly Entry[]): unknown {
  return entries.map((entry) => {
    if (entry.kind === "task") return entry.module;
    if (entry.kind === "include-role") return `role ${show(entry.role)}`;
    if (entry.kind === "meta") return `meta ${entry.order}`;
    if (entry.kind === "block") return [outline(entry.body), outline(entry.rescue), outline(entry.always)];
    return entry.entries === undefined ? `file ${show(entry.file)}` : outline(entry.entries);
  });
}

describe("a whole site", () => {
  const texts = {
    "lab.yml": "forks: 3\nroles_path: [shared, roles]\nmachines: apart\n",
    "playbooks/site.yml": `
- name: web
  hosts: [web, "!web9"]
  become: true
  remote_user: root
  port: 2222
  tags: a, b
  vars: { color: red, size: 1 }
  vars_files: [vars/one.yml, vars/two.yml]
  roles:
    - plain
    - role: given
      tags: [t]
      when: size > 1
      device: /dev/sda
      vars: { device: /dev/sdb, other: 2 }
  pre_tasks:
    - debug: { msg: hello }
  tasks:
    - name: say {{ color }}
      copy: { src: a, dest: "/{{ color }}" }
      when: [size == 1, true]
      loop: { a: 1 }
      loop_control: { loop_var: it, index_var: nr, pause: 1.5 }
      register: said
      notify: [one, two]
      ignore_errors: !expr color == 'red'
      guard: true
    - command: ls -l
    - service:
    - include_tasks: tasks/more.yml
    - include_tasks: "tasks/{{ color }}.yml"
    - include_role: { name: included, tasks_from: extra.yml }
  handlers:
    - name: one
      command: ls
      listen: [two, three]
`,
    "playbooks/vars/one.yml": "color: blue\nsize: 2\n",
    "playbooks/vars/two.yml": "size: 3\n",
    "playbooks/tasks/more.yml": "- debug: { msg: more }\n- include_tasks: deep.yml\n",
    "playbooks/tasks/deep.yml": "- fail: { msg: deep }\n",
    "roles/plain/tasks/main.yml": "- include_tasks: part.yml\n- include_tasks: tasks/deep.yml\n",
    "roles/plain/tasks/part.yml": "- include_tasks: sub/leaf.yml\n",
    "roles/plain/tasks/sub/leaf.yml": "- include_tasks: other.yml\n",
    "roles/plain/tasks/sub/other.yml": "- set_fact: { a: 1 }\n",
    "shared/given/defaults/main.yaml": "device: none\n",
    "shared/given/vars/main.yml": "fixed: 1\n",
    "shared/given/meta/main.yml": "description: What it does.\ndependencies: [included]\n",
    "roles/given/tasks/main.yml": "- fail:\n",
    "roles/included/tasks/extra.yml": "- command: ls\n",
    "roles/included/handlers/main.yml": "- name: again\n  command: ls\n",
  };
  const site = siteOf(texts);
  const play = site.playbooks[0]?.plays[0];
  if (play === undefined) throw new Error("no play");

  it("reads settings, with absolute paths", () => {
    expect(site.settings).toEqual({
      inventory: ["/site/inventory"],
      rolesPath: ["/site/shared", "/site/roles"],
      forks: 3,
      machines: "apart",
      secrets: { recipients: [] },
    });
  });

  it("reads a play and its keywords", () => {
    expect(play).toMatchObject({
      name: "web",
      folder: "/site/playbooks",
      hosts: { pattern: "web,!web9", place: { file: "playbooks/site.yml", line: 3, column: 11 } },
      keywords: { tags: ["a", "b"], remoteUser: "root", port: 2222, become: { kind: "literal", value: true } },
    });
  });

  it("lets files of variables win over vars, later ones over earlier ones, each with its place", () => {
    const variables = [...play.vars.variables].map(([name, { content, place }]) => [
      name,
      content.kind === "source" ? show(content.source) : content,
      `${place.file}:${place.line}`,
    ]);
    expect(variables).toEqual([
      ["color", "blue", "playbooks/vars/one.yml:1"],
      ["size", 3, "playbooks/vars/two.yml:1"],
    ]);
  });

  it("reads a task and its keywords", () => {
    const [task, command, bare] = play.tasks;
    expect(task).toMatchObject({
      kind: "task",
      id: "playbooks/site.yml:20:7",
      module: "copy",
      modulePlace: { line: 21, column: 7, length: 4 },
      keywords: {
        when: [{ source: "size == 1" }, { source: "true" }],
        loopControl: { loopVar: "it", indexVar: "nr", pauseMs: 1500 },
        register: { name: "said" },
        notify: [{ name: { value: "one" } }, { name: { value: "two" } }],
        guard: true,
        reads: false,
      },
    });
    expect(command).toMatchObject({ module: "command", params: { kind: "literal", value: "ls -l" } });
    expect(bare).toMatchObject({ module: "service", params: { kind: "map", entries: [] } });
    expect(play.handlers).toMatchObject([{ name: { value: "one" }, listen: ["two", "three"] }]);
  });

  it("gives every task an id of its own", () => {
    const ids: string[] = [];
    const collect = (entries: readonly Entry[]): void => {
      for (const entry of entries) {
        ids.push(entry.id);
        if (entry.kind === "include-tasks") collect(entry.entries ?? []);
      }
    };
    collect([...play.preTasks, ...play.tasks, ...play.handlers]);
    expect(ids.length).toBeGreaterThan(9);
    expect(new Set(ids).size).toBe(ids.length);
  });

  it("loads what literal includes name: beside the file, in the role's tasks, beside the playbook", () => {
    expect(outline(play.tasks)).toEqual([
      "copy",
      "command",
      "service",
      ["debug", ["fail"]],
      "file tasks/{{ color }}.yml",
      "role included",
    ]);
    expect(outline(site.roles.get("plain")?.tasks ?? [])).toEqual([[[["set_fact"]]], ["fail"]]);
  });

  it("loads roles from all that names them: plays, dependencies, includes", () => {
    expect([...site.roles.keys()].toSorted()).toEqual(["given", "included", "plain"]);
    const given = site.roles.get("given");
    expect(given).toMatchObject({ folder: "/site/shared/given", meta: { description: "What it does." }, tasks: [] });
    expect([...(given?.defaults.variables.keys() ?? [])]).toEqual(["device"]);
    expect(given?.dependencies.map(({ role }) => role)).toEqual(["included"]);
    expect([...(site.roles.get("included")?.taskFiles.keys() ?? [])]).toEqual(["extra"]);
    expect(play.tasks.at(-1)).toMatchObject({ tasksFrom: { value: "extra" } });
    expect([...(site.roles.get("plain")?.taskFiles.keys() ?? [])]).toEqual(["main", "part", "sub/leaf", "sub/other"]);
  });

  it("takes keys beside a role as its parameters; they win over its vars", () => {
    const [, use] = play.roles;
    expect(use).toMatchObject({ role: "given", tags: ["t"], when: [{ source: "size > 1" }], vars: { level: 5 } });
    const device = use?.vars.variables.get("device")?.content;
    expect(device?.kind === "source" && show(device.source)).toBe("/dev/sda");
    expect([...(use?.vars.variables.keys() ?? [])].toSorted()).toEqual(["device", "other"]);
  });

  it("keeps the texts that it has read for excerpts", () => {
    expect(load(texts).files.source("playbooks/vars/two.yml")).toBe("size: 3\n");
  });
});

describe("roles are found", () => {
  const task = "- command: ls\n";
  const folderOf = (texts: Readonly<Record<string, string>>, name: string) =>
    siteOf({ ...texts, "playbooks/site.yml": `- hosts: all\n  roles: ["${name}"]\n` }).roles.get(name)?.folder;

  it("beside the playbook, then in the site, then in the library", () => {
    const library = { "/lab/roles/web/tasks/main.yml": task };
    const own = { ...library, "roles/web/tasks/main.yml": task };
    expect(folderOf(library, "web")).toBe("/lab/roles/web");
    expect(folderOf(own, "web")).toBe("/site/roles/web");
    expect(folderOf({ ...own, "playbooks/roles/web/vars/main.yml": "" }, "web")).toBe("/site/playbooks/roles/web");
  });

  it("in npm packages of the site and of folders above it", () => {
    expect(folderOf({ "node_modules/pack/roles/web/tasks/main.yml": task }, "pack/web")).toBe(
      "/site/node_modules/pack/roles/web",
    );
    expect(folderOf({ "/node_modules/@me/pack/web/tasks/main.yml": task }, "@me/pack/web")).toBe(
      "/node_modules/@me/pack/web",
    );
  });

  it("once for a site: one name for two folders is an error", () => {
    const use = "- hosts: all\n  roles: [web]\n";
    const { diagnostics } = load(
      { "a/one.yml": use, "b/two.yml": use, "a/roles/web/tasks/main.yml": task, "b/roles/web/tasks/main.yml": task },
      ["a/one.yml", "b/two.yml"],
    );
    expect(diagnostics).toMatchObject([{ code: "ambiguous-role", place: { file: "b/two.yml", line: 2 } }]);
  });
});

describe("playbooks are found", () => {
  it("in the current folder, then in playbooks/", () => {
    const play = "- hosts: all\n";
    expect(siteOf({ "playbooks/site.yml": play }).playbooks[0]?.file).toBe("playbooks/site.yml");
    expect(siteOf({ "playbooks/site.yml": play, "site.yml": play }).playbooks[0]?.file).toBe("site.yml");
  });

  it("or the nearest is named, and the others are checked all the same", () => {
    const { site, diagnostics } = load({ "playbooks/keepalive.yml": "- hosts: all\n  nmae: x\n" }, [
      "keepalive.yml",
      "keepaliv.yml",
      "keepalive",
    ]);
    expect(site?.playbooks).toHaveLength(1);
    expect(diagnostics).toMatchObject([
      { code: "missing-playbook", hint: "did you mean keepalive.yml?" },
      { code: "missing-playbook", hint: "did you mean keepalive.yml?" },
      { code: "unknown-keyword", place: { file: "playbooks/keepalive.yml", line: 2 } },
    ]);
  });

  it("is no site without any", () => {
    expect(load({}, ["site.yml"])).toMatchObject({ site: null, diagnostics: [{ code: "missing-playbook" }] });
  });

  it("below the folder of the nearest lab.yml", () => {
    const files = textFiles({ "/home/me/lab/lab.yml": "", "/home/me/lab/playbooks/x.yml": "" });
    expect(findRoot(files, "/home/me/lab/playbooks")).toBe("/home/me/lab");
    expect(findRoot(files, "/home/me")).toBe("/home/me");
  });
});

describe("one fault is told once", () => {
  it("in a file that two includes reach, and in a role that two plays use", () => {
    const { diagnostics } = load({
      "site.yml":
        "- hosts: all\n  roles: [web]\n  tasks: [{ include_tasks: a.yml }, { include_tasks: a.yml }]\n- hosts: all\n  roles: [web]\n",
      "a.yml": "- debug: {}\n  whne: true\n",
      "roles/web/tasks/main.yml": "- debug: {}\n  whne: true\n",
    });
    expect(diagnostics.map(({ place }) => `${place?.file}:${place?.line}`)).toEqual([
      "a.yml:2",
      "roles/web/tasks/main.yml:2",
    ]);
  });

  it("in a file that a role and a play include", () => {
    const { diagnostics } = load({
      "site.yml": "- hosts: all\n  roles: [web]\n  tasks: [{ include_tasks: a.yml }]\n",
      "a.yml": "- debug: {}\n  whne: true\n",
      "roles/web/tasks/main.yml": "- include_tasks: a.yml\n",
    });
    expect(diagnostics.map(({ place }) => `${place?.file}:${place?.line}`)).toEqual(["a.yml:2"]);
  });

  it("with templates and conditions reported where they stand", () => {
    const { diagnostics } = load({
      "site.yml": "- hosts: all\n  tasks:\n    - debug: { msg: 'a {{ b' }\n      when: a ==\n",
    });
    expect(diagnostics.map(({ place }) => place?.line)).toEqual([3, 4]);
    expect(diagnostics[0]?.place?.column).toBeGreaterThan(20);
  });
});

describe("includes that are known only while the play runs", () => {
  const texts = {
    "/site/site.yml":
      "- hosts: all\n  tasks:\n    - include_tasks: '{{ f }}'\n    - include_role: { name: '{{ r }}' }\n",
    "/site/good.yml": "- include_role: { name: web }\n- command: ls\n",
    "/site/bad.yml": "- command: ls\n  whne: true\n",
    "/site/roles/web/meta/main.yml": "dependencies: [base]\n",
    "/site/roles/base/tasks/main.yml": "- command: ls\n",
  };
  const files = openSiteFiles(textFiles(texts), "/site");
  const { site } = loadSite(textFiles(texts), {
    root: "/site",
    playbooks: ["site.yml"],
    libraryRoles: "/lab/roles",
    moduleNames: fixtureModules,
  });
  const [tasks] = site?.playbooks[0]?.plays[0]?.tasks ?? [];
  if (site === null || tasks?.kind !== "include-tasks") throw new Error("no includes");
  const open = () => openLateLoader({ files, site, libraryRoles: "/lab/roles", moduleNames: fixtureModules });
  const at = { place: tasks.place, playbookFolder: "/site", folder: "/site", role: null };

  it("are loaded with the roles that they bring along, dependencies of these too", () => {
    const loader = open();
    const entries = loader.includeTasks("good.yml", at);
    expect(entries.ok && outline(entries.value)).toEqual(["role web", "command"]);
    expect([...loader.site.roles.keys()]).toEqual(["web", "base"]);
    expect(site.roles.size).toBe(0);
    const other = open();
    expect(other.includeRole("web", at)).toMatchObject({ ok: true, value: { name: "web" } });
    expect([...other.site.roles.keys()]).toEqual(["web", "base"]);
  });

  it("are parsed once, however many hosts ask", () => {
    const loader = open();
    const [first, second] = [loader.includeTasks("good.yml", at), loader.includeTasks("good.yml", at)];
    expect(first.ok && second.ok && first.value === second.value).toBe(true);
  });

  it("tell their faults as diagnostics, each time", () => {
    const loader = open();
    const codes = (parsed: { readonly ok: boolean; readonly diagnostics?: readonly { readonly code: string }[] }) =>
      parsed.diagnostics?.map(({ code }) => code);
    for (const time of ["first", "second"]) {
      expect(codes(loader.includeTasks("bad.yml", at)), time).toEqual(["unknown-keyword"]);
      expect(codes(loader.includeTasks("godo.yml", at)), time).toEqual(["missing-file"]);
      expect(codes(loader.includeTasks("site.yml", at)), time).toEqual(["include-cycle"]);
      expect(codes(loader.includeRole("wbe", at)), time).toEqual(["unknown-role"]);
    }
  });
});

describe("nothing outside of the site is taken for a part of it", () => {
  it("neither by a path nor by a symlink, but a playbook elsewhere has its own folder", () => {
    const texts = {
      "/site/site.yml":
        "- hosts: all\n  vars_files: [../etc/v.yml]\n  roles: [web]\n  tasks: [{ include_tasks: link.yml }]\n",
      "/site/link.yml": "[]",
      "/site/roles/web/tasks/main.yml": "[]",
      "/etc/v.yml": "a: 1\n",
      "/tmp/play/site.yml":
        "- hosts: all\n  vars_files: [v.yml]\n  roles: [near]\n  tasks: [{ include_tasks: t.yml }]\n",
      "/tmp/play/v.yml": "a: 1\n",
      "/tmp/play/t.yml": "[]",
      "/tmp/play/roles/near/tasks/main.yml": "[]",
    };
    const files = textFiles(texts);
    const linked = {
      ...files,
      realPath: (path: string) =>
        /link|roles\/web/.test(path) ? `/elsewhere/${path.split("/").at(-1)}` : files.realPath(path),
    };
    const options = { root: "/site", libraryRoles: "/lab/roles", moduleNames: fixtureModules };
    const { diagnostics } = loadSite(linked, { ...options, playbooks: ["site.yml"] });
    expect(diagnostics.map(({ code, place }) => `${place?.line} ${code}`)).toEqual([
      "2 outside-site",
      "3 outside-site",
      "4 outside-site",
    ]);
    expect(loadSite(linked, { ...options, playbooks: ["/tmp/play/site.yml"] }).diagnostics).toEqual([]);
  });
});

describe("a task that is wrong in its parameters", () => {
  it("stays, so that its name and what it registers are known to later checks", () => {
    const { site, diagnostics } = load({
      "site.yml": "- hosts: all\n  vars: { v: '{{ a b' }\n  tasks:\n    - copy: src=a dest=b\n      register: copied\n",
    });
    expect(diagnostics.map(({ place }) => place?.line)).toEqual([2, 4]);
    const play = site?.playbooks[0]?.plays[0];
    expect(play?.vars.variables.has("v")).toBe(true);
    expect(play?.tasks).toMatchObject([{ module: "copy", keywords: { register: { name: "copied" } } }]);
  });
});
