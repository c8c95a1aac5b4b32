import { spawn } from "node:child_process";
import {
  chmodSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  statSync,
  symlinkSync,
  writeFileSync,
} from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, beforeEach, describe, expect, inject, test } from "vitest";
import { parse } from "yaml";

// The commands of `lab secret` as a user calls them: a home and a site of their own, nothing but what they print.

interface Done {
  readonly code: number | null;
  readonly stdout: string;
  readonly stderr: string;
}

let base: string;
let home: string;
let site: string;
let recipient: string;

const command = () => join(inject("lab"), "bin/lab.js");

function lab(
  args: readonly string[],
  { stdin = "", env = {}, cwd = site }: { stdin?: string; env?: Record<string, string>; cwd?: string } = {},
): Promise<Done> {
  return new Promise((done) => {
    const child = spawn(process.execPath, [command(), ...args], {
      cwd,
      env: { PATH: process.env.PATH ?? "", HOME: home, NO_COLOR: "1", ...env },
    });
    let [stdout, stderr] = ["", ""];
    child.stdout.on("data", (chunk) => (stdout += chunk));
    child.stderr.on("data", (chunk) => (stderr += chunk));
    child.on("close", (code) => done({ code, stdout, stderr }));
    // Who asks for a value that is not wanted has gone by now.
    child.stdin.on("error", () => {});
    child.stdin.end(stdin);
  });
}

const at = (path: string) => join(site, path);
const read = (path: string) => readFileSync(at(path), "utf8");
function write(path: string, text: string): void {
  mkdirSync(join(at(path), ".."), { recursive: true });
  writeFileSync(at(path), text);
}

beforeAll(async () => {
  base = mkdtempSync(join(tmpdir(), "lab-secret-"));
  home = join(base, "home");
  mkdirSync(home);
  site = base;
  const made = await lab(["secret", "keygen", "--json"]);
  recipient = JSON.parse(made.stdout).recipient;
});
afterAll(() => rmSync(base, { recursive: true, force: true }));
beforeEach(() => {
  site = mkdtempSync(join(base, "site-"));
  write("lab.yml", `secrets:\n  recipients: [${recipient}]\n`);
});

describe("keygen", () => {
  test("writes a key that nobody else can read, tells its public key, and what to do with it", async () => {
    const made = await lab(["secret", "keygen", "-o", "new/key.txt"]);
    expect(made.code).toBe(0);
    expect(made.stdout).toMatch(/^public key: age1[a-z0-9]{58}\n$/);
    expect(made.stderr).toContain("recipients:\n      - age1");
    expect(made.stdout + made.stderr).not.toContain("AGE-SECRET-KEY");
    expect(statSync(at("new/key.txt")).mode & 0o777).toBe(0o600);
    expect(statSync(at("new")).mode & 0o777).toBe(0o700);
    expect(read("new/key.txt")).toMatch(/^# .*\n# public key: age1\S+\nAGE-SECRET-KEY-1[A-Z0-9]+\n$/);
  });

  test("never overwrites anything, a link that leads nowhere included", async () => {
    const before = readFileSync(join(home, ".config/lab/identity.txt"), "utf8");
    expect(await lab(["secret", "keygen"])).toMatchObject({
      code: 1,
      stderr: expect.stringContaining("error[file-exists]"),
    });
    expect(readFileSync(join(home, ".config/lab/identity.txt"), "utf8")).toBe(before);
    symlinkSync(at("nowhere"), at("link"));
    expect(await lab(["secret", "keygen", "-o", "link"])).toMatchObject({ code: 1 });
    expect(existsSync(at("nowhere"))).toBe(false);
    expect(await lab(["secret", "keygen", "-o", "/proc/x/y"])).toMatchObject({
      code: 1,
      stderr: expect.stringContaining("unwritable-file"),
    });
  });

  test("-p makes one that is worth nothing without its passphrase", async () => {
    write("word", "correct horse\n");
    const env = { LAB_SECRETS_PASSPHRASE_FILE: at("word"), LAB_AGE_IDENTITY_FILE: at("key.txt") };
    const made = await lab(["secret", "keygen", "-p", "-o", "key.txt", "--json"], { env });
    expect(read("key.txt")).toMatch(/^-----BEGIN AGE ENCRYPTED FILE-----\n/);
    const { stdout } = await lab(["secret", "encrypt", "-r", JSON.parse(made.stdout).recipient], { stdin: "x1\n" });
    expect(await lab(["secret", "decrypt", "-"], { stdin: stdout, env })).toEqual({
      code: 0,
      stdout: "x1",
      stderr: "",
    });
    const without = await lab(["secret", "decrypt", "-"], {
      stdin: stdout,
      env: { LAB_AGE_IDENTITY_FILE: at("key.txt") },
    });
    expect(without).toMatchObject({ code: 1, stdout: "", stderr: expect.stringContaining("error[no-passphrase]") });
  });
});

describe("encrypt", () => {
  test.each([
    ["echo's", "hunter22\n", "hunter22"],
    ["printf's", "hunter22", "hunter22"],
    ["Windows'", "hunter22\r\n", "hunter22"],
    ["several lines, kept as they are", "a\nb\n", "a\nb\n"],
    ["with spaces and signs", " $(x) 'q' \"d\" # \u00fc\n", " $(x) 'q' \"d\" # \u00fc"],
  ])("prints YAML of a value from stdin: %s", async (_, stdin, value) => {
    const done = await lab(["secret", "encrypt", "--name", "db_password"], { stdin });
    expect(done.code).toBe(0);
    // A short one is told of: it cannot be hidden inside of other words.
    expect(done.stderr.includes("less than 8 characters"), done.stderr).toBe(value.length < 8);
    expect(done.stdout).toMatch(/^db_password: !secret \|\n {2}-----BEGIN AGE/);
    write("v.yml", done.stdout);
    expect((await lab(["secret", "decrypt", "-n", "db_password", "v.yml"])).stdout).toBe(value);
    // Pasted as it stands in the file.
    expect((await lab(["secret", "decrypt", "-"], { stdin: done.stdout })).stdout).toBe(value);
  });

  test("in place keeps the file's layout, mode and links", async () => {
    write("real.yml", "# head\ndb: { user: u, password: pw1 } # why\nkeys:\n  - |\n    line\n    two\n");
    chmodSync(at("real.yml"), 0o640);
    symlinkSync("real.yml", at("v.yml"));
    const done = await lab(["secret", "encrypt", "--values", "db.password,keys.0", "v.yml"]);
    expect(done).toMatchObject({ code: 0, stdout: "v.yml: encrypted 2 values\n" });
    expect(statSync(at("real.yml")).mode & 0o777).toBe(0o640);
    expect(read("real.yml")).toMatch(
      /^# head\ndb: \{ user: u, password: !secret "-----BEGIN[^"]+" \} # why\nkeys:\n {2}- !secret \|\n {4}-----BEGIN/,
    );
    expect(parse((await lab(["secret", "view", "v.yml"])).stdout)).toEqual({
      db: { user: "u", password: "pw1" },
      keys: ["line\ntwo\n"],
    });
    expect(readdirSync(site).sort()).toEqual(["lab.yml", "real.yml", "v.yml"]);
  });

  test("a whole file, of any bytes, and leaves nothing of it in clear", async () => {
    writeFileSync(at("store.p12"), Buffer.from([0, 255, 1, 254]));
    expect(await lab(["secret", "encrypt", "store.p12"])).toMatchObject({
      code: 0,
      stdout: "store.p12.age: encrypted; store.p12 is removed\n",
    });
    expect(existsSync(at("store.p12"))).toBe(false);
    write("other.txt", "x");
    expect(await lab(["secret", "encrypt", "--keep", "other.txt"])).toMatchObject({ code: 0 });
    expect(read("other.txt")).toBe("x");
    expect(await lab(["secret", "encrypt", "other.txt"])).toMatchObject({
      code: 1,
      stderr: expect.stringContaining("file-exists"),
    });
    expect(await lab(["secret", "encrypt", "other.txt.age"])).toMatchObject({
      code: 1,
      stderr: expect.stringContaining("is encrypted already"),
    });
    // Whoever could not read it again keeps what they have.
    const other = JSON.parse((await lab(["secret", "keygen", "-o", "o.txt", "--json"])).stdout).recipient;
    write("third.txt", "x");
    expect((await lab(["secret", "encrypt", "-r", other, "third.txt"])).stderr).toContain("third.txt was left");
    expect(read("third.txt")).toBe("x");
  });

  test.each<[string, string[], string, string]>([
    ["nobody who could read it", ["-r", ""], "x", "no public key"],
    [
      "a private key as a recipient",
      ["-r", `AGE-SECRET-KEY-1${"Q".repeat(58)}`],
      "x",
      "this text is no public key of age",
    ],
    [
      "a public key with a wrong letter",
      ["-r", "age1lggyhqrw2nlhcxprm67z43rta597azn8gknawjehu9d9dl0jq3yqqvfafx"],
      "x",
      "bad-recipient",
    ],
    ["no value", [], "", "empty-secret"],
    ["a name that no variable can bear", ["--name", "db-password"], "x", "invalid-variable-name"],
    ["a name and a file", ["--name", "a", "f.yml"], "", "wrong-option"],
    ["values without a file", ["--values", "a"], "x", "wrong-option"],
    ["a file that is not there", ["nofile.yml"], "", "missing-file"],
    ["a folder", ["."], "", "is a folder"],
    ["a value that is not there", ["--values", "a", "lab.yml"], "", "no-value"],
    ["keys and a passphrase", ["-p", "-r", "age1x"], "x", "exclude each other"],
    ["a passphrase without a terminal", ["-p"], "x", "no-terminal"],
  ])("refuses %s", async (_, args, stdin, said) => {
    const done = await lab(["secret", "encrypt", ...args], { stdin });
    expect(done).toMatchObject({ code: 1, stdout: "", stderr: expect.stringContaining(said) });
    expect(done.stderr).not.toContain("QQQQ");
  });

  test("says what to do where lab.yml names nobody", async () => {
    write("lab.yml", "");
    const done = await lab(["secret", "encrypt"], { stdin: "x" });
    expect(done).toMatchObject({ code: 1, stderr: expect.stringContaining("secrets: { recipients: [age1…] }") });
  });

  test("takes no value as an argument: what looks like one is a file that is not there", async () => {
    expect(await lab(["secret", "encrypt", "hunter22"])).toMatchObject({
      code: 1,
      stderr: expect.stringContaining("hunter22 cannot be read"),
    });
  });
});

describe("edit", () => {
  async function withValue(): Promise<string> {
    const { stdout } = await lab(["secret", "encrypt", "-n", "a"], { stdin: "one" });
    write("v.yml", `# head\n${stdout}${stdout.replace(/^a:/, "b:")}c: 3 # end\n`);
    return read("v.yml");
  }
  /** An editor that is a line of shell; `$1` is the file. */
  function editor(script: string): Record<string, string> {
    write("editor.sh", `#!/bin/sh\nset -e\n${script}\n`);
    chmodSync(at("editor.sh"), 0o755);
    return { EDITOR: at("editor.sh"), XDG_RUNTIME_DIR: runtime() };
  }
  /** Stands for /run/user/1000. */
  function runtime(): string {
    const folder = at("runtime");
    mkdirSync(folder, { recursive: true, mode: 0o700 });
    return folder;
  }

  test("shows values in clear to nobody else, and encrypts anew only what changed", async () => {
    const before = await withValue();
    const env = editor(
      `stat -c '%a' "$1" "$(dirname "$1")" > ${at("modes")}; cat "$1" > ${at("seen")}; sed -i 's/^a: !secret "one"/a: !secret "two"/' "$1"`,
    );
    expect(await lab(["secret", "edit", "v.yml"], { env })).toMatchObject({ code: 0, stdout: "v.yml: written\n" });
    expect(read("seen")).toBe('# head\na: !secret "one"\nb: !secret "one"\nc: 3 # end\n');
    expect(read("modes")).toBe("600\n700\n");
    const after = read("v.yml");
    expect(after.slice(after.indexOf("\nb:"))).toBe(before.slice(before.indexOf("\nb:")));
    expect(parse((await lab(["secret", "view", "v.yml"])).stdout)).toEqual({ a: "two", b: "one", c: 3 });
    expect(readdirSync(at("runtime"))).toEqual([]);
  });

  test("that changes nothing, or fails, leaves the file byte by byte", async () => {
    const before = await withValue();
    const { mtimeMs } = statSync(at("v.yml"));
    expect(await lab(["secret", "edit", "v.yml"], { env: editor("true") })).toMatchObject({
      code: 0,
      stdout: "v.yml: nothing changed\n",
    });
    const failed = await lab(["secret", "edit", "v.yml"], { env: editor('echo "a: 1" > "$1"; exit 3') });
    expect(failed).toMatchObject({ code: 1, stderr: expect.stringContaining("ended with status 3") });
    const gone = await lab(["secret", "edit", "v.yml"], {
      env: { EDITOR: "/no/such/editor", XDG_RUNTIME_DIR: runtime() },
    });
    expect(gone).toMatchObject({ code: 1, stderr: expect.stringContaining("error[editor-failed]") });
    const broken = await lab(["secret", "edit", "v.yml"], { env: editor('echo "a: [1" > "$1"') });
    expect(broken).toMatchObject({ code: 1, stderr: expect.stringContaining("error[yaml-syntax]") });
    expect(read("v.yml")).toBe(before);
    expect(statSync(at("v.yml")).mtimeMs).toBe(mtimeMs);
    expect(readdirSync(at("runtime"))).toEqual([]);
  });

  test("does not write over what somebody else changed meanwhile", async () => {
    await withValue();
    const env = editor(`echo "d: 4" >> ${at("v.yml")}; echo "e: 5" >> "$1"`);
    expect(await lab(["secret", "edit", "v.yml"], { env })).toMatchObject({
      code: 1,
      stderr: expect.stringContaining("changed-meanwhile"),
    });
    expect(read("v.yml")).toMatch(/d: 4\n$/);
  });

  test("adds a first secret, takes options of the editor, and edits whole files", async () => {
    write("v.yml", "plain: x\n");
    const env = editor('[ "$1" = --wait ]; printf "plain: !secret %s\\n" y > "$2"');
    expect(await lab(["secret", "edit", "v.yml"], { env: { ...env, VISUAL: `${env.EDITOR} --wait` } })).toMatchObject({
      code: 0,
    });
    expect(read("v.yml")).toMatch(/^plain: !secret \|\n {2}-----BEGIN/);
    write("w.yml", "a: 1\n");
    await lab(["secret", "encrypt", "w.yml"]);
    expect(
      await lab(["secret", "edit", "w.yml.age"], {
        env: editor('grep -q "a: 1" "$1"; case "$1" in *.yml) ;; *) exit 9 ;; esac; echo "b: 2" >> "$1"'),
      }),
    ).toMatchObject({ code: 0 });
    expect((await lab(["secret", "view", "w.yml.age"])).stdout).toBe("a: 1\nb: 2\n");
  });

  test.each(["SIGTERM", "SIGHUP", "SIGKILL"] as const)(
    "leaves nothing in clear behind when it is ended: %s",
    async (signal) => {
      const before = await withValue();
      const env = editor('touch "$1.open"; exec sleep 30');
      const child = spawn(process.execPath, [command(), "secret", "edit", "v.yml"], {
        cwd: site,
        env: { PATH: process.env.PATH ?? "", HOME: home, ...env },
        stdio: "ignore",
        detached: true,
      });
      const closed = new Promise((done) => child.on("close", done));
      const inside = () =>
        readdirSync(at("runtime"), { recursive: true }).filter((name) => String(name).endsWith(".open"));
      while (inside().length === 0) await new Promise((done) => setTimeout(done, 20));
      child.kill(signal);
      await closed;
      process.kill(-(child.pid ?? 0), "SIGKILL");
      // Nobody can clean up behind SIGKILL but whoever comes next.
      if (signal === "SIGKILL") await lab(["secret", "edit", "v.yml"], { env: editor("true") });
      expect(readdirSync(at("runtime"))).toEqual([]);
      expect(read("v.yml")).toBe(before);
    },
  );
});

describe("rekey", () => {
  async function someSite(): Promise<{ other: string; files: readonly string[] }> {
    const { stdout } = await lab(["secret", "encrypt", "-n", "a"], { stdin: "one" });
    write("group_vars/web.yml", `${stdout}b: 2 # plain\n`);
    write("plain.yml", "c: 3\n");
    write("node_modules/x.yml", stdout);
    write("tls.key", "KEY\n");
    await lab(["secret", "encrypt", "tls.key"]);
    const made = await lab(["secret", "keygen", "-o", "other.txt", "--json"]);
    return { other: JSON.parse(made.stdout).recipient, files: ["group_vars/web.yml", "tls.key.age"] };
  }

  test("lets others in, all files of the site at once, and touches no others", async () => {
    const { other, files } = await someSite();
    const untouched = ["plain.yml", "node_modules/x.yml", "lab.yml"].map((path) => [path, statSync(at(path)).mtimeMs]);
    const theirs = { LAB_AGE_IDENTITY_FILE: at("other.txt") };
    expect(await lab(["secret", "view", "group_vars/web.yml"], { env: theirs })).toMatchObject({
      code: 1,
      stderr: expect.stringContaining("group_vars/web.yml:1:4"),
    });
    const done = await lab(["secret", "rekey", "all", "-r", recipient, "-r", other]);
    expect(done).toMatchObject({
      code: 0,
      stdout: "group_vars/web.yml: 1 value encrypted anew\ntls.key.age: encrypted anew\n",
    });
    for (const env of [{}, theirs])
      for (const file of files) expect(await lab(["secret", "view", file], { env })).toMatchObject({ code: 0 });
    expect(
      ["plain.yml", "node_modules/x.yml", "lab.yml"].map((path) => [path, statSync(at(path)).mtimeMs]).slice(0, 2),
    ).toEqual(untouched.slice(0, 2));
  });

  test("writes nothing where anything cannot be read, and does not lock its user out", async () => {
    const { other, files } = await someSite();
    const before = files.map(read);
    expect(await lab(["secret", "rekey", "-r", other])).toMatchObject({
      code: 1,
      stderr: expect.stringContaining("own-key-missing"),
    });
    expect(
      await lab(["secret", "rekey", "-r", recipient], { env: { LAB_AGE_IDENTITY_FILE: at("other.txt") } }),
    ).toMatchObject({ code: 1, stderr: expect.stringMatching(/wrong-identity[\s\S]*wrong-identity/) });
    write("group_vars/web.yml", read("group_vars/web.yml").replace("YWdl", "YWdm"));
    expect(await lab(["secret", "rekey"])).toMatchObject({
      code: 1,
      stderr: expect.stringContaining("damaged-secret"),
    });
    expect(read("tls.key.age")).toBe(before[1]);
    write("group_vars/web.yml", before[0] ?? "");
    expect(await lab(["secret", "rekey", "-r", other, "--without-me"])).toMatchObject({ code: 0 });
    expect(await lab(["secret", "view", "tls.key.age"])).toMatchObject({ code: 1 });
  });

  test("that is killed at any moment leaves every file whole and readable", async () => {
    await someSite();
    const { stdout } = await lab(["secret", "encrypt", "-n", "a"], { stdin: "one" });
    for (let file = 0; file < 40; file += 1) write(`many/v${file}.yml`, stdout);
    for (let delay = 150; delay < 750; delay += 60) {
      const child = spawn(process.execPath, [command(), "secret", "rekey"], {
        cwd: site,
        env: { PATH: process.env.PATH ?? "", HOME: home },
        stdio: "ignore",
      });
      const closed = new Promise((done) => child.on("close", done));
      await new Promise((done) => setTimeout(done, delay));
      child.kill("SIGKILL");
      await closed;
    }
    // All of them can still be read: this one ends well.
    expect(await lab(["secret", "rekey"])).toMatchObject({ code: 0 });
    expect((await lab(["secret", "decrypt", "-n", "a", "many/v39.yml"])).stdout).toBe("one");
  });
});

describe("a play", () => {
  test("opens with the site's key, in the order of the places where it may be", async () => {
    const { stdout } = await lab(["secret", "encrypt", "-n", "db_password"], { stdin: "hunter22-hunter22" });
    write("inventory/hosts.yml", "all: { vars: { lab_connection: lab }, hosts: { h1: } }\n");
    write("inventory/group_vars/all.yml", stdout);
    write(
      "playbooks/site.yml",
      '- name: p\n  hosts: all\n  tasks:\n    - name: t\n      copy: { dest: /etc/x, content: "{{ db_password }}" }\n    - name: d\n      debug: { msg: "{{ db_password }}" }\n',
    );
    const play = (env: Record<string, string> = {}, ...more: string[]) => lab(["play", "site.yml", ...more], { env });
    const done = await play();
    expect(done.code, done.stderr).toBe(0);
    expect(done.stdout + done.stderr).not.toContain("hunter22");
    // What the environment names is the only place then.
    expect(await play({ LAB_AGE_IDENTITY_FILE: at("missing.txt") })).toMatchObject({
      code: 1,
      stderr: expect.stringContaining(`${at("missing.txt")} (named in LAB_AGE_IDENTITY_FILE)`),
    });
    writeFileSync(at("key.txt"), readFileSync(join(home, ".config/lab/identity.txt")), { mode: 0o644 });
    write("lab.yml", `secrets:\n  recipients: [${recipient}]\n  identity: key.txt\n`);
    expect(await play()).toMatchObject({
      code: 1,
      stderr: expect.stringMatching(/exposed-identity[\s\S]*mode 0644[\s\S]*chmod 600/),
    });
    chmodSync(at("key.txt"), 0o600);
    expect(await play({ HOME: "/nonexistent" })).toMatchObject({ code: 0 });
    // What needs no key, asks for none.
    const none = { LAB_AGE_IDENTITY_FILE: at("missing.txt") };
    for (const more of ["--syntax-check"]) expect(await play(none, more), more).toMatchObject({ code: 0 });
    expect(await lab(["check"], { env: none })).toMatchObject({ code: 0 });
    // Nothing was sent where a key is missing: no host has come about in a site that is new.
    rmSync(at(".lab"), { recursive: true });
    await play(none);
    expect(existsSync(at(".lab/world.json"))).toBe(false);
  });
});
