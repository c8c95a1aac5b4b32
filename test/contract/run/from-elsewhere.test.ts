import { readFileSync } from "node:fs";
import { describe, expect, it } from "vitest";
import { z } from "zod";
import { internetBytes, internetFile } from "../../../engine/sim/internet/files.ts";
import { inventoryOf, resultOf, runSite, saidBy, storyOf, tasksSite } from "../../support/run-site.ts";
import { createWorld, put, type TestWorld } from "../../support/world.ts";

const playbook = readFileSync(new URL("../../../playbooks/downloads.yml", import.meta.url), "utf8");
const known = (url: string) => internetBytes(internetFile({ internet: {} }, url) ?? { content: "" });
const helloTar = Buffer.from(known("https://downloads.example.com/hello-1.0.tar")).toString("latin1");
const HELLO = "c799c8bbcc38dbecb1a066a54fa7a49fb678bf8d83157b97f0026dad04284046";

const ready = () => createWorld({ h1: { packages: ["curl", "git"] } });
const textAt = (world: TestWorld, path: string, host = "h1") => {
  const node = world.host(host).files[path];
  return node?.type === "file" ? node.content : undefined;
};
const play = (tasks: string, world = ready(), more = {}) => runSite({ files: { ...tasksSite(tasks), ...more }, world });
const check = (tasks: string, world: TestWorld) => runSite({ files: tasksSite(tasks), world, check: true });

describe("the playbook of downloads", () => {
  it("is foretold, made, and made again without a change", async () => {
    const world = createWorld();
    const files = {
      "site.yml": playbook,
      "inventory/hosts.yml": inventoryOf("nas1").replace(
        "  hosts:",
        "  children: { backup: { hosts: { nas1: } } }\n  hosts:",
      ),
    };
    const foretold = await runSite({ files, world, check: true });
    expect(foretold.diagnostics).toEqual([]);
    expect(foretold.results.map(({ status }) => status)).not.toContain("failed");
    expect(foretold.after).toBe(foretold.before);
    const made = await runSite({ files, world });
    expect(made.results.filter(({ status }) => status === "failed")).toEqual([]);
    expect(made.exitCode).toBe(0);
    expect(textAt(world, "/site/fetched/nas1/etc/fstab", "controller")).toBe(textAt(world, "/etc/fstab", "nas1"));
    const again = await runSite({ files, world });
    expect(again.results.filter(({ status, warnings }) => status !== "ok" || warnings.length > 0)).toEqual([]);
    expect(again.exitCode).toBe(0);
  });
});

describe("download", () => {
  const task = (more: string) =>
    `- name: it\n  download: { url: "https://downloads.example.com/hello-1.0.tar", dest: /opt/hello.tar, ${more} }\n`;
  it("leaves the old file as it was when the checksum is another one", async () => {
    const world = ready();
    put(world, "/opt/hello.tar", "old\n");
    const run = await play(task(`checksum: "sha256:${"0".repeat(64)}"`), world);
    expect(resultOf(run, "it")).toMatchObject({
      status: "failed",
      reason: expect.stringContaining(`has the checksum sha256:${HELLO}, not sha256:0000`),
    });
    expect(textAt(world, "/opt/hello.tar")).toBe("old\n");
    expect(Object.keys(world.host("h1").files).filter((path) => path.includes(".lab-download"))).toEqual([]);
  });
  it("mends a file that was changed, and keeps its mode", async () => {
    const world = ready();
    put(world, "/opt/hello.tar", "old\n");
    const node = world.host("h1").files["/opt/hello.tar"];
    if (node) node.mode = "0600";
    expect(resultOf(await play(task(`checksum: "sha256:${HELLO}"`), world), "it").status).toBe("changed");
    expect(world.host("h1").files["/opt/hello.tar"]).toMatchObject({ mode: "0600" });
    expect(resultOf(await play(task(`checksum: "sha256:${HELLO}", mode: "0640"`), world), "it")).toMatchObject({
      status: "changed",
      steps: [expect.stringContaining("attributes /opt/hello.tar (0640)")],
    });
    const again = await play(task(`checksum: "sha256:${HELLO}", mode: "0640"`), world);
    expect(resultOf(again, "it").status).toBe("ok");
  });
  it("says what is missing: a curl, a file on the server, a name in the list", async () => {
    const bare = await play(task(`checksum: "sha256:${HELLO}"`), createWorld());
    expect(resultOf(bare, "it")).toMatchObject({
      status: "failed",
      hint: expect.stringContaining("install the package curl"),
    });
    const gone = await play(
      `- name: it\n  download: { url: "https://downloads.example.com/none", dest: /opt/none, checksum: none }\n`,
    );
    expect(resultOf(gone, "it").reason).toContain("The requested URL returned error: 404");
    const unnamed = await play(
      task(`checksum_url: "https://downloads.example.com/SHA256SUMS", checksum_name: other.tar`),
    );
    expect(resultOf(unnamed, "it").reason).toContain("names no checksum of other.tar");
  });
  it("follows where a file has moved to", async () => {
    const moved = (more: string) =>
      `- name: it\n  vars: { key: hush-hush-hush }\n  download: { url: "https://downloads.example.com/latest.tar", dest: /opt/l.tar, checksum: "sha256:${HELLO}"${more} }\n`;
    expect(resultOf(await play(moved("")), "it").status).toBe("changed");
  });
});

describe("archive of the site", () => {
  const task = (more = "") => `- name: it\n  archive: { src: hello.tar, dest: /srv/hello, strip: 1${more} }\n`;
  const files = { "files/hello.tar": helloTar };
  it("is brought, unpacked and gone; what is gone of it later is unpacked again", async () => {
    const world = ready();
    const run = await play(task(), world, files);
    expect(resultOf(run, "it")).toMatchObject({
      status: "changed",
      after: { archive: `sha256:${HELLO.slice(0, 16)}` },
    });
    expect(textAt(world, "/srv/hello/share/README")).toBe("Hello, version 1.0\n");
    expect(world.host("h1").files["/srv/hello/bin/hello"]).toMatchObject({
      mode: "0755",
      uid: 0,
      mtime: 1_700_000_000,
    });
    expect(world.host("h1").files["/srv/hello/README"]).toMatchObject({ type: "symlink", target: "share/README" });
    expect(Object.keys(world.host("h1").files).filter((path) => path.endsWith(".part"))).toEqual([]);
    const again = await play(task(), world, files);
    expect(resultOf(again, "it").status).toBe("ok");
    expect(again.after).toBe(again.before);
    delete world.host("h1").files["/srv/hello/share/README"];
    put(world, "/srv/hello/bin/hello", "mine now\n");
    const healed = await play(task(), world, files);
    expect(resultOf(healed, "it")).toMatchObject({ status: "changed", before: { wrong: ["share/README: gone"] } });
    expect(resultOf(await play(task(), world, files), "it").status).toBe("ok");
  });
  it("is refused before anything is unpacked when a member or a link leads out of the folder", async () => {
    const bad = evil(helloTar);
    const world = ready();
    const run = await play(task(), world, { "files/hello.tar": bad });
    expect(resultOf(run, "it")).toMatchObject({
      status: "failed",
      reason: expect.stringContaining("leads out of the folder"),
    });
    expect(
      Object.keys(world.host("h1").files).filter(
        (path) => path.startsWith("/srv/hello/") && !path.includes("/.lab-archive"),
      ),
    ).toEqual([]);
  });
});

/** The link of the archive made to lead elsewhere, with the checksum of its header put right. */
function evil(tar: string): string {
  const bytes = Buffer.from(tar, "latin1");
  const at = bytes.indexOf("share/README\0", 0, "latin1");
  const head = at - 157;
  bytes.write("../etc/crack\0", at, "latin1");
  bytes.write("        ", head + 148, "latin1");
  const sum = bytes.subarray(head, head + 512).reduce((total, byte) => total + byte, 0);
  bytes.write(`${sum.toString(8).padStart(6, "0")}\0 `, head + 148, "latin1");
  return bytes.toString("latin1");
}

describe("git", () => {
  const task = (more: string) =>
    `- name: it\n  git: { repo: "https://git.example.com/dotfiles.git", dest: /opt/dot${more} }\n`;
  it("follows a branch, goes to tags and commits, and back", async () => {
    const world = ready();
    const head = async (more: string) => {
      const run = await play(task(more), world);
      expect(run.results.map(({ reason }) => reason ?? null)).toEqual([null]);
      return resultOf(run, "it").result;
    };
    const main = await head("");
    expect(textAt(world, "/opt/dot/bin/hello")).toContain("echo hello");
    expect(main).toMatchObject({ branch: "main" });
    await head(", version: v1.0");
    expect(textAt(world, "/opt/dot/bin/hello")).toBeUndefined();
    expect(textAt(world, "/opt/dot/vimrc")).toBe("set nomodeline\n");
    const { commit } = main as { commit: string };
    expect(await head(`, version: ${commit}`)).toMatchObject({ commit });
    expect(await head(", version: trial")).toMatchObject({ branch: "trial" });
    expect(resultOf(await play(task(", version: trial"), world), "it").status).toBe("ok");
  });
  it("does not discard what was changed on the host, unless it is told to", async () => {
    const world = ready();
    await play(task(""), world);
    put(world, "/opt/dot/vimrc", "mine\n");
    const kept = await play(task(""), world);
    expect(resultOf(kept, "it")).toMatchObject({
      status: "ok",
      warnings: [expect.stringContaining("changed on the host: vimrc")],
    });
    const refused = await play(task(", version: v1.0"), world);
    expect(resultOf(refused, "it")).toMatchObject({ status: "failed", hint: expect.stringContaining("force: true") });
    expect(textAt(world, "/opt/dot/vimrc")).toBe("mine\n");
    const forced = await play(task(", force: true"), world);
    expect(resultOf(forced, "it")).toMatchObject({
      status: "changed",
      before: { changes: ["vimrc"] },
      after: { changes: [] },
    });
    expect(textAt(world, "/opt/dot/vimrc")).toContain("expandtab");
    expect(resultOf(await play(task(", force: true"), world), "it").status).toBe("ok");
  });
});

describe("apt_repository", () => {
  const FINGERPRINT = "CD6283CEA48235F580997A832F0ED9EB38D4F70F";
  const task = (more = "") =>
    `- name: it\n  apt_repository: { name: example, uris: "https://packages.example.com/debian", suites: bookworm, components: main, key_url: "https://packages.example.com/key.asc", fingerprint: ${FINGERPRINT}${more} }\n`;
  it("takes over the line that named the same repository, and reads the index again when it is gone", async () => {
    const world = ready();
    put(
      world,
      "/etc/apt/sources.list.d/old.list",
      "# theirs\ndeb https://packages.example.com/debian/ bookworm main\n",
    );
    put(
      world,
      "/etc/apt/sources.list.d/only.list",
      "deb [arch=amd64] https://packages.example.com/debian bookworm main\n",
    );
    const run = await play(task(), world);
    expect(resultOf(run, "it")).toMatchObject({
      status: "changed",
      before: { replaces: ["/etc/apt/sources.list.d/old.list", "/etc/apt/sources.list.d/only.list"] },
    });
    expect(textAt(world, "/etc/apt/sources.list.d/old.list")).toBe("# theirs\n");
    expect(textAt(world, "/etc/apt/sources.list.d/only.list")).toBeUndefined();
    expect(textAt(world, "/etc/apt/sources.list.d/example.sources")).toContain(
      "Signed-By: /etc/apt/keyrings/example.asc\n",
    );
    expect(resultOf(await play(task(), world), "it").status).toBe("ok");
    delete world.host("h1").files["/var/lib/apt/lists/packages.example.com_debian_dists_bookworm_InRelease"];
    expect(resultOf(await play(task(), world), "it")).toMatchObject({
      status: "changed",
      before: { index: "not read" },
    });
  });
  it("installs no key but the one that was named", async () => {
    const world = ready();
    const run = await play(task().replace(FINGERPRINT, `"${"0".repeat(40)}"`), world);
    expect(resultOf(run, "it")).toMatchObject({
      status: "failed",
      reason: expect.stringContaining(`holds ${FINGERPRINT}, not 0000`),
    });
    expect(run.after).toBe(run.before);
  });
  it("names a conflict that only a person can settle", async () => {
    const world = ready();
    put(
      world,
      "/etc/apt/sources.list.d/other.sources",
      "Types: deb\nURIs: https://packages.example.com/debian/\nSuites: bookworm\nComponents: main\n",
    );
    expect(resultOf(await play(task(), world), "it").reason).toBe(
      "/etc/apt/sources.list.d/other.sources names this repository, too",
    );
  });
});

describe("http", () => {
  it("asks, also in a check, and tells what is not as it shall be", async () => {
    const ask = (more: string) =>
      `- name: it\n  http: { url: "https://downloads.example.com/version.json"${more} }\n  register: got\n- debug: { msg: "{{ got.json.version }}" }\n`;
    const world = ready();
    const run = await check(ask(""), world);
    expect(saidBy(run)).toEqual(["1.0"]);
    expect(resultOf(run, "it")).toMatchObject({ status: "ok", certainty: "certain" });
    const wrong = await play(ask(", expect: { version: '2.0' }"), world);
    expect(resultOf(wrong, "it").reason).toContain('in the answer\'s JSON version is "1.0", not "2.0"');
    const missing = await play(`- name: it\n  http: "https://downloads.example.com/none"\n`, world);
    expect(resultOf(missing, "it").reason).toContain("the answer is 404, not 200 to 299");
  });
  it("keeps an answer that is a secret out of every event", async () => {
    const world = ready();
    const run = await play(
      `- name: it\n  http: { url: "https://downloads.example.com/version.json", secret: true, expect: { name: other } }\n  ignore_errors: true\n- name: ok\n  http: { url: "https://downloads.example.com/version.json", secret: true }\n  register: got\n- debug: { var: got }\n`,
      world,
    );
    expect(storyOf(run).join()).toContain("ok: ok");
    expect(JSON.stringify(run.events)).not.toContain("hello");
  });
  it("sends nothing in a check, and not what `unless` finds done", async () => {
    const send = `- name: it\n  http: { url: "https://downloads.example.com/motd.txt", method: PUT, body: x }\n`;
    const world = ready();
    const foretold = await check(send, world);
    expect(resultOf(foretold, "it")).toMatchObject({
      status: "changed",
      steps: ["PUT https://downloads.example.com/motd.txt"],
    });
    expect(
      world.trips
        .flatMap(({ batch }) => batch.sections.flatMap(({ operations }) => operations))
        .filter(({ effect }) => effect === "write"),
    ).toEqual([]);
    const refused = await play(send, world);
    expect(resultOf(refused, "it")).toMatchObject({
      status: "failed",
      changed: true,
      reason: expect.stringContaining("the answer is 405"),
    });
    const done = await play(send.replace("body: x", 'body: x, unless: { contains: "comes from" }'), world);
    expect(resultOf(done, "it")).toMatchObject({
      status: "ok",
      changed: false,
      reason: expect.stringContaining("answers as `unless` says"),
    });
  });
});

describe("readings", () => {
  it("wait_for waits for what comes, and says what it saw last when it does not", async () => {
    const world = createWorld({ h1: { units: { "cron.service": { activatingMs: 4000 } } } });
    const run = await play(
      "- service: { name: cron, state: stopped }\n- command: systemctl start --no-block cron\n- name: it\n  wait_for: { unit: cron, timeout: 10 }\n",
      world,
    );
    expect(resultOf(run, "it")).toMatchObject({ status: "ok", result: { active_state: "active" } });
    const late = await play("- name: it\n  wait_for: { port: 8384, timeout: 5 }\n", world);
    expect(resultOf(late, "it").reason).toBe("waited 5 s: nothing listens on port 8384");
    const file = await play("- name: it\n  wait_for: { path: /etc/hostname, regexp: '^other$', timeout: 1 }\n", world);
    expect(resultOf(file, "it").reason).toBe("waited 1 s: nothing in /etc/hostname matches ^other$");
    const web = await play('- name: it\n  wait_for: { url: "http://127.0.0.1:1/", timeout: 2 }\n', world);
    expect(resultOf(web, "it").reason).toContain("Failed to connect to 127.0.0.1 port 1");
    const door = await play("- name: it\n  wait_for: { host: 127.0.0.1, port: 22, timeout: 2 }\n", world);
    expect(resultOf(door, "it").status).toBe("ok");
  });
  it("pause moves the lab's clock, and does not in a check", async () => {
    const world = ready();
    const before = world.host("h1").clockMs;
    await check("- pause: 1h\n", world);
    expect(world.host("h1").clockMs - before).toBeLessThan(60_000);
    await play("- pause: 1h\n", world);
    expect(world.host("h1").clockMs - before).toBeGreaterThanOrEqual(3_600_000);
  });
  it("find tells the number of all and lists some, and goes neither through links nor into hidden folders", async () => {
    const world = ready();
    for (const name of ["a.log", "b.log", ".hidden.log", ".dot/c.log", "deep/d.log", "e.txt"]) {
      const folder = `/data/${name}`.replace(/\/[^/]*$/, "");
      if (world.host("h1").files["/data"] === undefined)
        world.host("h1").files["/data"] = { type: "directory", mode: "0755", uid: 0, gid: 0, mtime: 1 };
      world.host("h1").files[folder] ??= { type: "directory", mode: "0755", uid: 0, gid: 0, mtime: 1 };
      put(world, `/data/${name}`, name === "b.log" ? "needle in it\n" : "x\n");
    }
    world.host("h1").files["/data/link"] = { type: "symlink", mode: "0777", uid: 0, gid: 0, mtime: 1, target: "/etc" };
    const found = async (given: string) => {
      const run = await play(
        `- name: it\n  find: { paths: /data, ${given} }\n  register: got\n- debug: { var: got }\n`,
        world,
      );
      const result = foundIn(resultOf(run, "it").result);
      return [result.count, result.truncated, ...result.files.map(({ path }) => path.slice("/data/".length))];
    };
    expect(await found("patterns: '*.log'")).toEqual([3, false, "a.log", "b.log", "deep/d.log"]);
    expect(await found("patterns: '*.log', hidden: true, limit: 2")).toEqual([5, true, ".dot/c.log", ".hidden.log"]);
    expect(await found("patterns: '*.log', excludes: 'a*', depth: 1")).toEqual([1, false, "b.log"]);
    expect(await found("contains: needle")).toEqual([1, false, "b.log"]);
    expect(await found("type: directory")).toEqual([1, false, "deep"]);
    expect(await found("type: link")).toEqual([1, false, "link"]);
    expect(await found("min_size: 3")).toEqual([1, false, "b.log"]);
    expect(await found("newer_than: 1h")).toEqual([0, false]);
  });
  it("slurp reads text and bytes, and what is a secret stays one", async () => {
    const world = ready();
    world.host("h1").files["/etc/blob"] = {
      type: "file",
      mode: "0644",
      uid: 0,
      gid: 0,
      mtime: 1,
      content: "AP8K",
      encoding: "base64",
    };
    put(world, "/etc/key", "correct horse battery\n");
    const run = await play(
      "- name: blob\n  slurp: /etc/blob\n- name: key\n  slurp: { path: /etc/key, secret: true }\n  register: key\n- debug: { var: key }\n- name: none\n  slurp: { path: /none, missing: ok }\n",
      world,
    );
    expect(resultOf(run, "blob").result).toMatchObject({ content: "AP8K", encoding: "base64", size: 3 });
    expect(resultOf(run, "none").result).toMatchObject({ exists: false, content: null });
    expect(JSON.stringify(run.events)).not.toContain("correct horse");
  });
});

describe("fetch", () => {
  it("keeps what comes from several hosts apart, and refuses a host's name that leads elsewhere", async () => {
    const files = {
      ...tasksSite("- name: it\n  fetch: { src: /etc/hostname, dest: kept }\n"),
      "inventory/hosts.yml": inventoryOf("h1", "h2"),
    };
    const world = createWorld();
    const run = await runSite({ files, world });
    expect([...storyOf(run)].sort()).toEqual(["h1 it: changed", "h2 it: changed"]);
    expect(textAt(world, "/site/kept/h2/etc/hostname", "controller")).toBe("h2\n");
    expect(world.host("controller").files["/site/kept/h2/etc/hostname"]).toMatchObject({ mode: "0600" });
    expect([...storyOf(await runSite({ files, world }))].sort()).toEqual(["h1 it: ok", "h2 it: ok"]);
    put(world, "/etc/hostname", "other\n");
    expect([...storyOf(await runSite({ files, world }))].sort()).toEqual(["h1 it: changed", "h2 it: ok"]);
    const out = await runSite({ files: tasksSite("- fetch: { src: /etc/hostname, dest: ../../elsewhere }\n") });
    expect(out.diagnostics.map(({ message }) => message)).toEqual(["`../../elsewhere` must not hold `..`"]);
  });
});

const foundShape = z.object({
  count: z.number(),
  truncated: z.boolean(),
  files: z.array(z.object({ path: z.string() })),
});
function foundIn(result: unknown) {
  return foundShape.parse(result);
}
