import { execFileSync } from "node:child_process";
import { createHash } from "node:crypto";
import {
  chmodSync,
  existsSync,
  lstatSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  statSync,
  symlinkSync,
  writeFileSync,
} from "node:fs";
import { createServer, type IncomingMessage, type Server } from "node:http";
import type { AddressInfo } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { expectExit, expectForetold, resultsOf } from "../../support/e2e-events.ts";
import { journals, openRig, type PlayRun, type Rig } from "../../support/e2e-rig.ts";
import { snapshot } from "../../support/e2e-snapshot.ts";

type Task = Readonly<Record<string, unknown>>;
let rig: Rig;
let server: Server;
let web: string;
/** What the server gives, by path, and what it was asked. */
const served = new Map<string, Buffer | string>();
const asked: {
  readonly method: string;
  readonly path: string;
  readonly headers: IncomingMessage["headers"];
  readonly body: string;
}[] = [];
/** Things for this test alone: archives, keys, repositories. */
let workshop: string;
const at = (...path: readonly string[]) => join(rig.target, ...path);
const sha256 = (bytes: Uint8Array | string) => createHash("sha256").update(bytes).digest("hex");
const run = (command: string, ...args: readonly string[]) =>
  execFileSync(command, args, {
    cwd: workshop,
    encoding: "utf8",
    stdio: ["ignore", "pipe", "pipe"],
    env: { ...process.env, GNUPGHOME: join(workshop, "gpg"), LC_ALL: "C" },
  });

beforeAll(async () => {
  rig = await openRig();
  workshop = mkdtempSync(join(tmpdir(), "lab-workshop-"));
  chmodSync(workshop, 0o755);
  server = createServer((request, response) => {
    const chunks: Buffer[] = [];
    request.on("data", (chunk: Buffer) => chunks.push(chunk));
    request.on("end", () => {
      const path = request.url ?? "/";
      asked.push({
        method: request.method ?? "",
        path,
        headers: request.headers,
        body: Buffer.concat(chunks).toString("utf8"),
      });
      if (
        path.startsWith("/private") &&
        request.headers.authorization !== `Basic ${Buffer.from("me:hush-hush").toString("base64")}`
      ) {
        response.writeHead(401).end("who are you\n");
      } else if (path === "/moved") response.writeHead(302, { location: "/blob" }).end();
      else if (request.method === "POST")
        response.writeHead(201, { "content-type": "application/json" }).end('{"made":true}');
      else {
        const body = served.get(path);
        if (body === undefined) response.writeHead(404).end("none\n");
        else
          response
            .writeHead(200, { "content-length": Buffer.byteLength(body) })
            .end(request.method === "HEAD" ? undefined : body);
      }
    });
  });
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  web = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
});
afterAll(async () => {
  await rig?.stop();
  server?.closeAllConnections();
  server?.close();
  if (workshop !== undefined) rmSync(workshop, { recursive: true, force: true });
});

async function play(tasks: readonly Task[], ...args: readonly string[]): Promise<PlayRun> {
  rig.write("from.yml", JSON.stringify([{ name: "From elsewhere", hosts: "all", tasks }]));
  return rig.play("from.yml", ...args);
}
/** A check foretells and writes nothing; the run does it; a second one finds nothing to do. */
async function converges(tasks: readonly Task[]): Promise<PlayRun> {
  const before = snapshot([rig.target]);
  const check = await play(tasks, "--check", "--diff");
  expectExit(check, 0);
  expect(snapshot([rig.target])).toEqual(before);
  const made = await play(tasks);
  expectExit(made, 0);
  expectForetold(check, made);
  const again = await play(tasks);
  expectExit(again, 0);
  expect(resultsOf(again).map(({ status }) => status)).toEqual(tasks.map(() => "ok"));
  return made;
}
async function reasonOf(task: Task): Promise<string> {
  const refused = await play([task]);
  expectExit(refused, 2);
  const [result] = resultsOf(refused);
  return `${result?.reason ?? ""} | ${result?.hint ?? ""}`;
}

describe("download", () => {
  const blob = Buffer.alloc(3_000_000, "lab");
  it("brings a file, verified; a wrong one leaves the old as it was", async () => {
    served.set("/blob", blob);
    served.set("/SHA256SUMS", `${sha256("x")}  other\n${sha256(blob)} *blob\n`);
    const folder = "with 'quotes' and ü";
    await converges([
      {
        download: {
          url: `${web}/blob`,
          dest: at(folder, "blob"),
          checksum: `sha256:${sha256(blob)}`,
          mode: "0640",
          owner: "daemon",
          parents: true,
        },
      },
      {
        download: { url: `${web}/moved`, dest: at("moved"), checksum_url: `${web}/SHA256SUMS`, checksum_name: "blob" },
      },
      {
        download: {
          url: `${web}/SHA256SUMS`,
          dest: at("sums"),
          checksum: `sha512:${createHash("sha512")
            .update(String(served.get("/SHA256SUMS")))
            .digest("hex")}`,
        },
      },
    ]);
    expect(readFileSync(at(folder, "blob")).equals(blob)).toBe(true);
    expect((statSync(at(folder, "blob")).mode & 0o777).toString(8)).toBe("640");
    expect((statSync(at("moved")).mode & 0o777).toString(8)).toBe("644");
    writeFileSync(at("moved"), "edited\n", { mode: 0o600 });
    const reason = await reasonOf({
      download: { url: `${web}/blob`, dest: at("moved"), checksum: `sha256:${sha256("another")}` },
    });
    expect(reason).toContain(`has the checksum sha256:${sha256(blob)}`);
    expect(readFileSync(at("moved"), "utf8")).toBe("edited\n");
    expect(readdirSync(rig.target).filter((name) => name.includes("lab-download"))).toEqual([]);
    await converges([{ download: { url: `${web}/blob`, dest: at("moved"), checksum: `sha256:${sha256(blob)}` } }]);
    expect(await reasonOf({ download: { url: `${web}/none`, dest: at("none"), checksum: "none" } })).toContain("404");
    expect(await reasonOf({ download: { url: "http://127.0.0.1:1/x", dest: at("none"), checksum: "none" } })).toMatch(
      /Couldn't connect|refused/,
    );
    expect(existsSync(at("none"))).toBe(false);
  });
  it("logs in, and neither journal nor list of processes ever sees with what", async () => {
    served.set("/private/x", "for us\n");
    await converges([
      {
        download: {
          url: `${web}/private/x`,
          dest: at("private"),
          checksum: "none",
          username: "me",
          password: "hush-hush",
          headers: { "X-Lab": "yes" },
        },
      },
    ]);
    expect(readFileSync(at("private"), "utf8")).toBe("for us\n");
    expect(asked.filter(({ path }) => path === "/private/x").at(-1)?.headers["x-lab"]).toBe("yes");
    expect(journals(rig)).not.toMatch(/hush-hush|bWU6aHVzaC1odXNo/);
  });
});

describe("http", () => {
  it("sends and reads, with secrets in headers and bodies", async () => {
    served.set("/state.json", '{"items":[{"name":"a b","ok":true}],"n":3}');
    asked.length = 0;
    const tasks = [
      {
        http: { url: `${web}/state.json`, expect: { "items.0.name": "a b", "/n": 3 }, contains: '"ok"' },
        register: "got",
      },
      { assert: { that: "got.json.items[0].ok && got.status == 200" } },
      {
        http: {
          url: `${web}/hook`,
          method: "POST",
          json: { text: 'ü "quoted" $(id)' },
          headers: { "X-Key": "hush-hush" },
          status: 201,
          expect: { made: true },
        },
      },
      {
        http: {
          url: `${web}/form`,
          method: "POST",
          form: { a: "1 & 2", b: true },
          unless: { url: `${web}/state.json`, expect: { n: 3 } },
        },
      },
    ];
    const check = await play(tasks, "--check");
    expectExit(check, 0);
    expect(asked.map(({ method }) => method)).not.toContain("POST");
    const made = await play(tasks);
    expectExit(made, 0);
    expect(resultsOf(made).map(({ status }) => status)).toEqual(["ok", "ok", "changed", "ok"]);
    const [post, ...more] = asked.filter(({ method }) => method === "POST");
    expect(more).toEqual([]);
    expect(post).toMatchObject({
      path: "/hook",
      body: '{"text":"ü \\"quoted\\" $(id)"}',
      headers: { "content-type": "application/json", "x-key": "hush-hush" },
    });
    expect(journals(rig)).not.toContain("hush-hush");
    expect(await reasonOf({ http: { url: `${web}/state.json`, expect: { n: 4 } } })).toContain(
      "in the answer's JSON n is 3, not 4",
    );
    expect(await reasonOf({ http: "http://127.0.0.1:1/" })).toContain("is the server up");
  });
});

describe("archive", () => {
  function pack(name: string, make: (folder: string) => void, ...options: readonly string[]): string {
    const folder = mkdtempSync(join(workshop, "pack-"));
    make(folder);
    run("tar", "-C", folder, ...options, "-cf", join(workshop, name), ".");
    return join(workshop, name);
  }
  const tree = (folder: string) => {
    mkdirSync(join(folder, "top/deep"), { recursive: true });
    writeFileSync(join(folder, 'top/deep/a b\n"ü\\'), "odd\n");
    writeFileSync(join(folder, "top/run"), "#!/bin/sh\n", { mode: 0o755 });
    chmodSync(join(folder, "top/run"), 0o4755);
    symlinkSync("deep", join(folder, "top/link"));
    symlinkSync("../run", join(folder, "top/deep/up"));
    execFileSync("ln", [join(folder, "top/run"), join(folder, "top/second")]);
  };
  it("unpacks tar, gzip, xz and zstd, odd names too, without owners and set-id bits, and mends what is gone", async () => {
    const kinds = ["tar", "tar.gz", "tar.xz", "tar.zst"];
    const tasks = kinds.map((kind) => {
      const path = pack(`good.${kind}`, tree, "-a", "--owner=1234", "--group=1234");
      return { archive: { path, dest: at(`unpacked-${kind}`), strip: 2, owner: "daemon" } };
    });
    await converges(tasks);
    for (const kind of kinds) {
      const dest = at(`unpacked-${kind}`);
      expect(readFileSync(join(dest, 'deep/a b\n"ü\\'), "utf8")).toBe("odd\n");
      expect((statSync(join(dest, "run")).mode & 0o7777).toString(8)).toBe("755");
      expect(statSync(join(dest, "run")).uid).toBe(Number(execFileSync("id", ["-u", "daemon"], { encoding: "utf8" })));
      expect(lstatSync(join(dest, "deep/up")).isSymbolicLink()).toBe(true);
      rmSync(join(dest, "deep"), { recursive: true });
    }
    await converges(tasks);
    expect(existsSync(at("unpacked-tar/deep/up"))).toBe(true);
  });
  it("unpacks an archive of the site, and a zip", async () => {
    const path = pack("site.tar.gz", tree, "-z");
    rig.write("files/site.tar.gz", readFileSync(path));
    const check = await play([{ archive: { src: "site.tar.gz", dest: at("site") } }], "--check");
    expect(resultsOf(check)).toMatchObject([{ status: "changed", certainty: "assumed" }]);
    await converges([{ archive: { src: "site.tar.gz", dest: at("site") } }]);
    expect(readdirSync(at("site"))).toEqual([".lab-archive-site.tar.gz.json", "top"]);
    mkdirSync(join(workshop, "zipped/in ner"), { recursive: true });
    writeFileSync(join(workshop, "zipped/in ner/file"), "zip\n");
    run("zip", "-qr", "good.zip", "zipped");
    await converges([{ archive: { path: join(workshop, "good.zip"), dest: at("zip") } }]);
    expect(readFileSync(at("zip/zipped/in ner/file"), "utf8")).toBe("zip\n");
  });
  it("refuses members and links that lead out, before anything of them is there", async () => {
    writeFileSync(join(workshop, "victim"), "safe\n");
    const bad: Readonly<Record<string, () => string>> = {
      "an absolute path": () => {
        run("tar", "-P", "-cf", "absolute.tar", join(workshop, "victim"));
        return "absolute.tar";
      },
      "leads out of the folder": () => {
        run("tar", "-P", "--transform=s,^,../,", "-cf", "parent.tar", "victim");
        return "parent.tar";
      },
      'a link to \\"/etc\\"': () => {
        symlinkSync("/etc", join(workshop, "out"));
        run("tar", "-cf", "link.tar", "out");
        return "link.tar";
      },
      "neither file, folder nor link": () => {
        run("mkfifo", "pipe");
        run("tar", "-cf", "pipe.tar", "pipe");
        return "pipe.tar";
      },
      "is it a tar archive": () => {
        writeFileSync(join(workshop, "none.tar"), "no archive\n");
        return "none.tar";
      },
      "does not say where it leads": () => {
        run("zip", "-qy", "link.zip", "out");
        return "link.zip";
      },
    };
    for (const [reason, make] of Object.entries(bad)) {
      const path = join(workshop, make());
      expect(await reasonOf({ archive: { path, dest: at("refused") } })).toContain(reason.replaceAll('\\"', '"'));
    }
    expect(existsSync(at("refused"))).toBe(false);
    expect(await reasonOf({ archive: { path: join(workshop, "good.zip"), dest: "/no/such/parent" } })).toContain(
      "does not exist",
    );
  });
});

describe("git", () => {
  const git = (folder: string, ...args: readonly string[]) =>
    run(
      "git",
      "-C",
      folder,
      "-c",
      "user.name=Lab",
      "-c",
      "user.email=lab@example.com",
      "-c",
      "commit.gpgsign=false",
      ...args,
    ).trim();
  let bare: string;
  let source: string;
  const commit = (file: string, text: string, message: string) => {
    writeFileSync(join(source, file), text);
    git(source, "add", "-A");
    git(source, "commit", "-qm", message);
    git(source, "push", "-q", "origin", "--all");
    return git(source, "rev-parse", "HEAD");
  };
  beforeAll(() => {
    bare = join(workshop, "repo.git");
    source = join(workshop, "source");
    run("git", "init", "-q", "--bare", "-b", "main", bare);
    run("git", "init", "-q", "-b", "main", source);
    git(source, "remote", "add", "origin", bare);
    commit("one", "1\n", "first");
    git(source, "tag", "-am", "a tag with a message", "v1");
    git(source, "push", "-q", "origin", "--tags");
    commit("one", "2\n", "second");
  });
  it("follows a branch, goes to a tag and a commit, deep and shallow", async () => {
    const repo = bare;
    await converges([
      { git: { repo, dest: at("tree") } },
      { git: { repo: `file://${bare}`, dest: at("shallow"), depth: 1 } },
    ]);
    expect(git(at("shallow"), "rev-list", "--count", "HEAD")).toBe("1");
    const third = commit("two", "3\n", "third");
    await converges([
      { git: { repo, dest: at("tree") } },
      { git: { repo: `file://${bare}`, dest: at("shallow"), depth: 1 } },
    ]);
    expect(git(at("tree"), "rev-parse", "HEAD")).toBe(third);
    expect(git(at("tree"), "rev-parse", "--abbrev-ref", "HEAD")).toBe("main");
    await converges([{ git: { repo, dest: at("tree"), version: "v1" } }]);
    expect(readFileSync(at("tree/one"), "utf8")).toBe("1\n");
    await converges([{ git: { repo, dest: at("tree"), version: third } }]);
    await converges([{ git: { repo: `file://${bare}`, dest: at("shallow-tag"), version: "v1", depth: 1 } }]);
    expect(await reasonOf({ git: { repo, dest: at("tree"), version: "nowhere" } })).toContain(
      'has no branch or tag "nowhere"',
    );
    expect(await reasonOf({ git: { repo: `${bare}-none`, dest: at("other") } })).toContain("cannot be read");
  });
  it("discards neither edits nor commits of the host, unless it is told to; files that git does not know stay", async () => {
    const repo = bare;
    await converges([{ git: { repo, dest: at("edited") } }]);
    writeFileSync(at("edited/unknown"), "stays\n");
    writeFileSync(at("edited/one"), "edited\n");
    commit("one", "4\n", "fourth");
    expect(await reasonOf({ git: { repo, dest: at("edited") } })).toContain("was changed on the host: one");
    expect(readFileSync(at("edited/one"), "utf8")).toBe("edited\n");
    git(at("edited"), "commit", "-qam", "of the host");
    expect(await reasonOf({ git: { repo, dest: at("edited") } })).toMatch(
      /was changed on the host: commit [0-9a-f]{12}/,
    );
    await converges([{ git: { repo, dest: at("edited"), force: true } }]);
    expect([readFileSync(at("edited/one"), "utf8"), readFileSync(at("edited/unknown"), "utf8")]).toEqual([
      "4\n",
      "stays\n",
    ]);
    mkdirSync(at("full"));
    writeFileSync(at("full/x"), "");
    expect(await reasonOf({ git: { repo, dest: at("full") } })).toContain("is no working tree of git");
  });
  it("logs in over ssh with a key that is there only while it runs, at a server whose key was named", async () => {
    const repo = `ssh://root@127.0.0.1:${rig.sshd.port}${bare}`;
    const ssh_key = readFileSync(join(rig.home, ".ssh/id_ed25519"), "utf8");
    const host_key = rig.sshd.hostKey("ed25519");
    await converges([{ git: { repo, dest: at("by-ssh"), ssh_key, host_key } }]);
    expect(readFileSync(at("by-ssh/one"), "utf8")).toBe("4\n");
    expect(journals(rig)).not.toContain(ssh_key.split("\n")[2]);
    const other = execFileSync(
      "sh",
      ["-c", 'ssh-keygen -q -t ed25519 -N \'\' -f "$1" && cat "$1.pub"', "sh", join(workshop, "other")],
      { encoding: "utf8" },
    ).trim();
    expect(await reasonOf({ git: { repo, dest: at("by-ssh2"), ssh_key, host_key: other } })).toContain(
      "Host key verification failed",
    );
    expect(await reasonOf({ git: { repo, dest: at("by-ssh2"), ssh_key } })).toContain("give its host_key");
    const stranger = readFileSync(join(workshop, "other"), "utf8");
    expect(await reasonOf({ git: { repo, dest: at("by-ssh2"), ssh_key: stranger, host_key } })).toContain(
      "log in with ssh_key",
    );
  });
});

describe("apt_repository", () => {
  const name = "lab-e2e-example";
  const source = `/etc/apt/sources.list.d/${name}.sources`;
  const clean = () => {
    for (const path of [
      source,
      `/etc/apt/sources.list.d/${name}-old.list`,
      `/etc/apt/keyrings/${name}.asc`,
      `/etc/apt/keyrings/${name}.gpg`,
    ])
      rmSync(path, { force: true });
    for (const list of readdirSync("/var/lib/apt/lists"))
      if (list.startsWith("127.0.0.1:")) rmSync(join("/var/lib/apt/lists", list));
  };
  afterAll(clean);
  it("is read by the real apt, with a key that is known by its fingerprint", async () => {
    clean();
    mkdirSync(join(workshop, "gpg"), { mode: 0o700 });
    run(
      "gpg",
      "--batch",
      "--quiet",
      "--passphrase",
      "",
      "--quick-gen-key",
      "Lab <lab@example.com>",
      "rsa2048",
      "sign",
      "never",
    );
    const shown = run("gpg", "--with-colons", "--fingerprint");
    const fingerprint = /^fpr:+([0-9A-F]{40}):/m.exec(shown)?.[1] ?? "";
    const armoured = run("gpg", "--armor", "--export");
    const arch = run("dpkg", "--print-architecture").trim();
    const packages = `Package: lab-e2e-package\nVersion: 1\nArchitecture: all\nMaintainer: Lab <lab@example.com>\nFilename: pool/none.deb\nSize: 1\nSHA256: ${"0".repeat(64)}\nDescription: nothing\n`;
    const entry = `${sha256(packages)} ${packages.length} main/binary-${arch}/Packages`;
    const release = `Origin: Lab\nSuite: test\nCodename: test\nArchitectures: ${arch}\nComponents: main\nDate: ${new Date().toUTCString().replace("GMT", "UTC")}\nSHA256:\n ${entry}\n`;
    writeFileSync(join(workshop, "Release"), release);
    run("gpg", "--batch", "--quiet", "--clearsign", "--output", "InRelease", "Release");
    served.set("/debian/dists/test/InRelease", readFileSync(join(workshop, "InRelease")));
    served.set(`/debian/dists/test/main/binary-${arch}/Packages`, packages);
    served.set("/key.asc", armoured);
    served.set(
      "/key.gpg",
      execFileSync("gpg", ["--export"], { env: { ...process.env, GNUPGHOME: join(workshop, "gpg") } }),
    );
    writeFileSync(`/etc/apt/sources.list.d/${name}-old.list`, `deb [trusted=yes] ${web}/debian/ test main\n`);
    const task = {
      apt_repository: {
        name,
        uris: `${web}/debian`,
        suites: "test",
        components: "main",
        key_url: `${web}/key.asc`,
        fingerprint,
      },
    };
    await converges([task]);
    expect(existsSync(`/etc/apt/sources.list.d/${name}-old.list`)).toBe(false);
    expect(execFileSync("apt-cache", ["policy", "lab-e2e-package"], { encoding: "utf8" })).toContain(
      `${web}/debian test/main`,
    );
    // As bytes and not as text: another file, the same key.
    await converges([{ apt_repository: { ...task.apt_repository, name, key_url: `${web}/key.gpg` } }]);
    const wrong = { apt_repository: { ...task.apt_repository, name: `${name}-wrong`, fingerprint: "1".repeat(40) } };
    expect(await reasonOf(wrong)).toContain(`holds ${fingerprint}, not 1111`);
    // The same repository under another name is a conflict, for apt would complain of it from then on.
    expect(await reasonOf({ apt_repository: { ...task.apt_repository, name: `${name}-twice` } })).toContain(
      `${source} names this repository, too`,
    );
    await converges([{ apt_repository: { name, state: "absent" } }]);
    expect(existsSync(source)).toBe(false);
    const broken = { apt_repository: { ...task.apt_repository, suites: "none" } };
    expect(await reasonOf(broken)).toMatch(/404|does not have a Release file/);
    clean();
  });
});

describe("readings", () => {
  it("tell what is there, and wait for what comes", async () => {
    writeFileSync(at("text"), "one\ntwo\n");
    writeFileSync(at("blob"), Buffer.from([0, 255]));
    mkdirSync(at("found/.hidden"), { recursive: true });
    for (const file of ["a.log", "-b.log", "c\nd.log", ".hidden/e.log"]) writeFileSync(at("found", file), file);
    symlinkSync("/etc", at("found/link"));
    const port = (server.address() as AddressInfo).port;
    const made = await play([
      { stat: { path: at("text"), checksum: true } },
      { slurp: at("text") },
      { slurp: at("blob") },
      { find: { paths: at("found"), patterns: "*.log" } },
      { find: { paths: at("found"), patterns: "*.log", hidden: true, contains: "e.log", min_size: 3 } },
      { wait_for: { port, timeout: 5 } },
      { wait_for: { host: "127.0.0.1", port, timeout: 5 } },
      { wait_for: { host: "127.0.0.1", port: 1, state: "stopped", timeout: 5 } },
      { wait_for: { path: at("text"), regexp: "^two$", timeout: 5 } },
      { wait_for: { url: `${web}/none`, status: 404, timeout: 5 } },
      { pause: { seconds: 1 } },
    ]);
    expectExit(made, 0);
    const results = resultsOf(made).map(({ result }) => result) as readonly Readonly<Record<string, unknown>>[];
    expect(results[0]).toMatchObject({ exists: true, sha256: sha256("one\ntwo\n"), size: 8 });
    expect(results.slice(1, 3)).toMatchObject([{ content: "one\ntwo\n" }, { content: "AP8=", encoding: "base64" }]);
    expect(results[3]).toMatchObject({ count: 3, truncated: false });
    expect(JSON.stringify(results[3])).toContain(JSON.stringify(at("found/c\nd.log")));
    expect(results[4]).toMatchObject({ count: 1, files: [{ path: at("found/.hidden/e.log"), size: 13 }] });
    setTimeout(() => writeFileSync(at("late"), ""), 1500);
    expectExit(await play([{ wait_for: { path: at("late"), timeout: 20 } }]), 0);
    expect(await reasonOf({ wait_for: { port: 1, timeout: 1 } })).toContain("waited 1 s: nothing listens on port 1");
  });
  it("fetch brings files into the site, for their owner's eyes", async () => {
    writeFileSync(at("secret file"), "mine\n", { mode: 0o600 });
    await converges([
      { fetch: { src: at("secret file"), dest: "fetched" } },
      { fetch: { src: at("blob"), dest: "flat.bin", flat: true, mode: "0640" } },
    ]);
    const here = join(rig.folder, "fetched/box", at("secret file"));
    expect(readFileSync(here, "utf8")).toBe("mine\n");
    expect((statSync(here).mode & 0o777).toString(8)).toBe("600");
    expect(readFileSync(join(rig.folder, "flat.bin"))).toEqual(Buffer.from([0, 255]));
    symlinkSync("/tmp", join(rig.folder, "way-out"));
    const refused = await play([{ fetch: { src: at("blob"), dest: "way-out/x" } }]);
    expectExit(refused, 1);
    expect(refused.stderr).toContain("leads out of the site by a link");
  });
});
