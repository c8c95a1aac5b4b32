import {
  chmodSync,
  chownSync,
  cpSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  renameSync,
  rmSync,
  statSync,
  symlinkSync,
  utimesSync,
  writeFileSync,
} from "node:fs";
import { tmpdir } from "node:os";
import { join, resolve } from "node:path";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { type CheckResult, checkOnce } from "../../../engine/cli/check-once.ts";

let folder = "";
let site = "";
let cache = "";
const before = { cache: process.env.XDG_CACHE_HOME, off: process.env.LAB_CACHE };

const texts = {
  "lab.yml": "",
  "inventory/hosts.yml": "all:\n  hosts:\n    h1: { lab_connection: lab }\n",
  "inventory/group_vars/all.yml": "greeting: hello\n",
  "playbooks/site.yml": "- name: A play\n  hosts: all\n  roles: [common]\n",
  "roles/common/tasks/main.yml": '- name: Greet\n  debug: { msg: "{{ greeting }}" }\n',
};

beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), "lab-check-once-"));
  site = join(folder, "site");
  cache = join(folder, "cache/lab/checks");
  for (const [path, text] of Object.entries(texts)) put(path, text);
  rest(site);
  mkdirSync(join(folder, "cache"));
  process.env.XDG_CACHE_HOME = join(folder, "cache");
  delete process.env.LAB_CACHE;
});

afterEach(() => {
  rmSync(folder, { recursive: true });
  restore("XDG_CACHE_HOME", before.cache);
  restore("LAB_CACHE", before.off);
});

function restore(name: string, value: string | undefined): void {
  if (value === undefined) delete process.env[name];
  else process.env[name] = value;
}

function put(path: string, text: string): void {
  mkdirSync(join(site, path, ".."), { recursive: true });
  writeFileSync(join(site, path), text);
}

/** Times of last week. The one of the last change of an inode cannot be set: files that were just written stay suspects. */
function rest(path: string): void {
  for (const entry of readdirSync(path, { recursive: true, withFileTypes: true }))
    utimesSync(join(entry.parentPath, entry.name), 1e9, 1e9);
}

const check = (build = "a build", at = site): Promise<CheckResult> => checkOnce(at, [], {}, build);
const codes = ({ diagnostics }: CheckResult): readonly string[] => diagnostics.map(({ code }) => code);
const cached = (): string => join(cache, readdirSync(cache)[0] ?? "");

describe("a check of a site that was checked before", () => {
  it("is recalled where nothing has changed", async () => {
    expect(await check()).toMatchObject({ recalled: false, diagnostics: [], files: 5 });
    expect(await check()).toMatchObject({ recalled: true, diagnostics: [], files: 5 });
  });

  const changes: Readonly<Record<string, () => void>> = {
    "a file has other text of the same size": () => put("inventory/group_vars/all.yml", "greetinX: hello\n"),
    "the same, and its time is put back": () => {
      put("inventory/group_vars/all.yml", "greetinX: hello\n");
      utimesSync(join(site, "inventory/group_vars/all.yml"), 1e9, 1e9);
    },
    "another file has taken its place": () => {
      put("inventory/group_vars/new.yml", "greetinX: hello\n");
      renameSync(join(site, "inventory/group_vars/new.yml"), join(site, "inventory/group_vars/all.yml"));
    },
    "a file is gone": () => rmSync(join(site, "inventory/group_vars/all.yml")),
    "a file stands where none was found": () => put("inventory/host_vars/h1.yml", "1x: 1\n"),
    "a folder has one more": () => put("playbooks/other.yml", "- name: No hosts\n  tasks: []\n"),
    "a role of this name stands beside the playbook": () =>
      put("playbooks/roles/common/tasks/main.yml", "- name: Wrong\n  no_such_module: {}\n"),
    "a file has become a folder": () => {
      rmSync(join(site, "inventory/group_vars/all.yml"));
      put("inventory/group_vars/all.yml/inner.yml", "greetinX: hello\n");
    },
  };
  it.each(Object.entries(changes))("is done anew when %s", async (_, change) => {
    expect(await check()).toMatchObject({ recalled: false, diagnostics: [] });
    expect(await check()).toMatchObject({ recalled: true });
    change();
    const now = await check();
    expect(now.recalled).toBe(false);
    expect(codes(now)).not.toEqual([]);
    expect(await check()).toMatchObject({ recalled: true, diagnostics: now.diagnostics });
  });

  it("is done anew when a file of the inventory becomes a program", async () => {
    put("inventory/more", "[all]\n");
    await check();
    expect(await check()).toMatchObject({ recalled: true });
    chmodSync(join(site, "inventory/more"), 0o755);
    expect(await check()).toMatchObject({ recalled: false });
  });

  it("is done anew when a link leads somewhere else, to the same text", async () => {
    const link = join(site, "roles/common/files/motd");
    put("roles/common/tasks/main.yml", "- name: Copy\n  copy: { src: motd, dest: /etc/motd }\n");
    put("roles/common/files/inside", "welcome\n");
    writeFileSync(join(folder, "outside"), "welcome\n");
    symlinkSync("inside", link);
    await check();
    expect(await check()).toMatchObject({ recalled: true });
    rmSync(link);
    symlinkSync(join(folder, "outside"), link);
    const now = await check();
    expect(now.recalled).toBe(false);
    expect(codes(now)).toContain("outside-site");
  });

  it("is recalled when a file was only touched", async () => {
    await check();
    utimesSync(join(site, "playbooks/site.yml"), 1e9 + 5, 1e9 + 5);
    expect(await check()).toMatchObject({ recalled: true });
  });

  it("sees what is written in the moment of the check, however coarse the clock of the file system", async () => {
    for (let round = 0; round < 20; round += 1) {
      const text = round % 2 === 0 ? "greetinX: hello\n" : "greeting: hello\n";
      put("inventory/group_vars/all.yml", text);
      expect(codes(await check()).includes("undefined-variable"), `round ${round}`).toBe(round % 2 === 0);
    }
  });

  it("is done anew by another build of lab, from another folder, and for other playbooks", async () => {
    await check();
    expect(await check("another build")).toMatchObject({ recalled: false });
    expect(await check("a build", join(site, "playbooks"))).toMatchObject({ recalled: false });
    expect(await checkOnce(site, ["site.yml"], {}, "a build")).toMatchObject({ recalled: false });
    expect(await checkOnce(site, [], { inventory: ["inventory"] }, "a build")).toMatchObject({ recalled: false });
    expect(await check()).toMatchObject({ recalled: true });
  });
});

describe("what is kept of a check", () => {
  it("is nothing with LAB_CACHE=off, nor of lab's own sources", async () => {
    process.env.LAB_CACHE = "off";
    await check();
    expect(() => statSync(cache)).toThrow();
    delete process.env.LAB_CACHE;
    await checkOnce(site, [], {});
    expect(() => statSync(cache)).toThrow();
  });

  it("is readable by its owner alone", async () => {
    await check();
    expect(statSync(cache).mode & 0o777).toBe(0o700);
    expect(statSync(cached()).mode & 0o777).toBe(0o600);
  });

  it("is nothing where variables of the command line, the environment or the time have a say", async () => {
    await checkOnce(site, [], { extraVars: ["greeting=hunter2"] }, "a build");
    expect(() => statSync(cache)).toThrow();
    for (const value of ["{{ env 'HOME' }}", "{{ now }}"]) {
      put("inventory/group_vars/all.yml", `greeting: "${value}"\n`);
      expect(await check()).toMatchObject({ recalled: false, diagnostics: [] });
      expect(await check()).toMatchObject({ recalled: false });
    }
  });

  it("is nothing where the site has modules of its own", async () => {
    put("modules/broken.js", "export default 1;\n");
    expect(codes(await check())).toEqual(["bad-module"]);
    expect(await check()).toMatchObject({ recalled: false });
  });

  it.each([
    ["cut off", (text: string) => text.slice(0, -100)],
    ["meddled with", (text: string) => text.replace('"files":5', '"files":6')],
    ["empty", () => ""],
    ["of no form at all", () => "\u0000{}[]"],
  ])("is not believed when it is %s", async (_, change) => {
    await check();
    writeFileSync(cached(), change(readFileSync(cached(), "utf8")));
    expect(await check()).toMatchObject({ recalled: false, files: 5 });
    expect(await check()).toMatchObject({ recalled: true, files: 5 });
  });

  it("is not believed where others can write", async () => {
    await check();
    chmodSync(cache, 0o777);
    expect(await check()).toMatchObject({ recalled: false });
    chmodSync(cache, 0o700);
    chmodSync(cached(), 0o666);
    expect(await check()).toMatchObject({ recalled: false });
  });

  it.runIf(process.getuid?.() === 0)("is neither believed nor made when it is another user's", async () => {
    await check();
    chownSync(cached(), 12_345, 12_345);
    expect(await check()).toMatchObject({ recalled: false });
    expect(await check()).toMatchObject({ recalled: true });
    chownSync(join(folder, "cache"), 12_345, 12_345);
    expect(await check()).toMatchObject({ recalled: false });
  });

  it("may be impossible: no folder can be made", async () => {
    writeFileSync(join(folder, "cache/lab"), "");
    expect(await check()).toMatchObject({ recalled: false, diagnostics: [] });
    expect(await check()).toMatchObject({ recalled: false, diagnostics: [] });
  });

  it("is bounded, and nothing half written is left", async () => {
    for (let build = 0; build < 40; build += 1) await check(`build ${build}`);
    expect(readdirSync(cache).filter((name) => !name.startsWith("."))).toHaveLength(32);
    expect(await check("build 39")).toMatchObject({ recalled: true });
    expect(await check("build 0")).toMatchObject({ recalled: false });
  });
});

const fixtures = resolve(import.meta.dirname, "../../fixtures/broken");

describe("what was recalled says what was found, letter by letter", () => {
  it.each(readdirSync(fixtures))("%s", async (fixture) => {
    cpSync(join(fixtures, fixture), join(folder, "fixture"), { recursive: true });
    const at = join(folder, "fixture");
    const cold = await check("a build", at);
    const warm = await check("a build", at);
    expect([cold.recalled, warm.recalled]).toEqual([false, true]);
    expect(JSON.stringify(printed(warm))).toBe(JSON.stringify(printed(cold)));
  });
});

function printed({ diagnostics, files, playbooks, source }: CheckResult): unknown {
  const excerpts = diagnostics.map(({ place, related = [] }) =>
    [place, ...related.map((each) => each.place)].map((each) => each && source(each.file)),
  );
  return { diagnostics, files, playbooks, excerpts };
}
