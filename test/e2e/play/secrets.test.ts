import { spawn } from "node:child_process";
import { existsSync, readdirSync, readFileSync, rmSync, statSync, writeFileSync } from "node:fs";
import { createServer, type Server } from "node:http";
import type { AddressInfo } from "node:net";
import { join } from "node:path";
import { setTimeout } from "node:timers/promises";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { newIdentity, recipientOf, sealed } from "../../../engine/secrets/age.ts";
import { expectExit, resultsOf } from "../../support/e2e-events.ts";
import { openRig, type Rig } from "../../support/e2e-rig.ts";
import { tracesOf } from "../../support/traces-of-secrets.ts";
import { watchProcesses } from "../../support/watch-processes.ts";

// A play that uses secrets in every way it can, on a host behind a real sshd, while somebody looks at all processes and
// temporary files; afterwards everything that the runs have left is searched, in any form that a text can take.

const secrets = {
  /** Every sign that some tool writes in another way. */
  marks: `pa$$ 'w/\u00f6"rd\\! <&>%+ #1`,
  token:
    "tok-5up3rs3cr3tT0kenThatIsLongEnoughToBeBrokenIntoSeveralLinesByEveryToolThatWritesBase64-0123456789-abcdefghijklm",
  key: "-----BEGIN TEST KEY-----\nQUJDREVGR0hJSktMTU5PUFFSU1RVVldYWVphYmNkZWZn\nMDEyMzQ1Njc4OWFiY2RlZmdoaWprbG1ub3BxcnN0dXZ3\n-----END TEST KEY-----\n",
  whole: "from-an-encrypted-file-7788",
};
const all = Object.values(secrets).filter((secret) => secret !== secrets.key);
const keyLines = secrets.key.split("\n").filter((line) => line !== "" && !line.startsWith("-----"));
const planted = [...all, ...keyLines];

let rig: Rig;
let server: Server;
/** What the server was sent: the one place, beside the files of the play, where secrets shall come out. */
const received: string[] = [];

beforeAll(async () => {
  rig = await openRig();
  server = createServer((request, response) => {
    const chunks: Buffer[] = [];
    request.on("data", (chunk: Buffer) => chunks.push(chunk));
    request.on("end", () => {
      const body = Buffer.concat(chunks).toString("utf8");
      received.push(`${request.url} ${JSON.stringify(request.headers)} ${body}`);
      // Servers quote what they were sent, most of all when they refuse it.
      response.writeHead(request.url === "/refuse" ? 403 : 200, {
        "content-type": "application/json",
        "x-echo": encodeURIComponent(body),
      });
      response.end(JSON.stringify({ url: request.url, headers: request.headers, body }));
    });
  });
  await new Promise<void>((done) => server.listen(0, "127.0.0.1", done));
  const identity = await newIdentity();
  const recipients = [await recipientOf(identity)];
  const seal = (text: string) => sealed(text, { kind: "recipients", recipients });
  rig.env.LAB_AGE_IDENTITY_FILE = join(rig.home, "identity.txt");
  writeFileSync(rig.env.LAB_AGE_IDENTITY_FILE, `${identity}\n`, { mode: 0o600 });
  const values = await Promise.all(
    ["marks", "token", "key"].map(
      async (name) => `${name}: !secret ${JSON.stringify(await seal(secrets[name as keyof typeof secrets]))}\n`,
    ),
  );
  rig.write("group_vars/all.yml", values.join(""));
  rig.write("vars.yml.age", await seal(`whole: ${secrets.whole}\n`));
  rig.write(
    "templates/app.conf.hbs",
    "listen = 127.0.0.1\npassword = {{ marks }}\n{{#each tokens}}\ntoken_{{ @index }} = {{ this }}\n{{/each}}\n{{ key }}\n",
  );
  rig.write("use.yml", JSON.stringify(playOf(`http://127.0.0.1:${(server.address() as AddressInfo).port}`)));
}, 120_000);
afterAll(async () => {
  server?.close();
  await rig?.stop();
});

const at = (name: string) => join(rig.target, name);

/** Prints its stdin in one form after the other. */
const prints = `f=$(mktemp -p /dev/shm); chmod 600 $f; trap 'rm -f $f' EXIT; cat > $f
cat $f; base64 $f; base64 -w0 $f; base64 -w 20 $f; xxd -p $f; sed 's/^/> /' $f; cat $f >&2
{ printf x; cat $f; } | base64 -w0; echo; { printf xy; cat $f; } | base64 -w 76
python3 -c 'import sys,json,urllib.parse,html,shlex
t=sys.stdin.read()
print(json.dumps(t), json.dumps(json.dumps(t)), urllib.parse.quote(t), urllib.parse.quote_plus(t), html.escape(t), shlex.quote(t))' < $f`;

function playOf(url: string): unknown {
  const cat = (command: string, secret: string, more: object = {}) => ({
    command: { argv: ["sh", "-c", command], stdin: `{{ ${secret} }}` },
    ...more,
  });
  const tasks = [
    { copy: { dest: at("copy"), content: "{{ marks }}\n{{ key }}", mode: "0600" }, notify: "told" },
    {
      template: { dest: at("app.conf"), src: "app.conf.hbs", mode: "0600" },
      vars: { tokens: ["{{ token }}", "{{ whole }}"] },
    },
    {
      copy: { dest: at("item-{{ n }}"), content: "{{ item.value }}", mode: "0600" },
      loop: [{ value: "{{ token }}" }, { value: "{{ whole }}" }],
      loop_control: { index_var: "n" },
    },
    { line: { path: at("lines"), line: "token={{ token }}", regexp: "^token=", create: true, mode: "0600" } },
    { ini: { path: at("ini"), section: "db", option: "password", value: "{{ whole }}", create: true, mode: "0600" } },
    { block: { path: at("block"), block: "{{ key }}", create: true, mode: "0600" } },
    { set_fact: { derived: "{{ b64encode token }}", pair: "user:{{ marks }}", nested: { deep: ["{{ whole }}"] } } },
    { debug: { msg: "{{ derived }} {{ pair }} {{ whole }}" } },
    { debug: { var: "nested" } },
    { debug: { msg: { a: "{{ marks }}", b: ["{{ key }}"] } } },
    // Programs that print what they were given, in all the ways they have.
    ...["marks", "token", "key", "whole"].map((name) => cat(prints, name, { register: "printed" })),
    { debug: { var: "printed" } },
    cat("cat >&2; exit 3", "marks", { ignore_errors: true }),
    cat("base64; exit 4", "token", { ignore_errors: true }),
    { shell: { cmd: "cat", stdin: "{{ whole }}" }, async: 30, poll: 1 },
    {
      http: {
        url: `${url}/a`,
        method: "POST",
        headers: { authorization: "Bearer {{ token }}" },
        json: { password: "{{ marks }}", list: ["{{ whole }}"] },
      },
      register: "answer",
    },
    {
      http: {
        url: `${url}/form`,
        method: "POST",
        form: { password: "{{ marks }}" },
        username: "u",
        password: "{{ whole }}",
      },
      register: "answer",
    },
    { debug: { var: "answer" } },
    { http: { url: `${url}/refuse`, method: "POST", body: "{{ marks }} {{ token }}" }, ignore_errors: true },
    { http: { url: `${url}/read`, headers: { "x-token": "{{ token }}" } } },
    { copy: { dest: "/proc/nowhere/{{ inventory_hostname }}", content: "{{ marks }}" }, ignore_errors: true },
    { assert: { that: ["marks == whole"], fail_msg: "they differ" }, ignore_errors: true },
    { debug: { msg: "{{ int token }}" }, ignore_errors: true },
    { debug: { msg: "{{ from_json marks }}" }, ignore_errors: true },
  ].map((task, index) => ({ name: `task ${index}`, ...task }));
  const handlers = [{ name: "told", copy: { dest: at("told"), content: "{{ token }}", mode: "0600" } }];
  return [{ name: "Secrets in every way", hosts: "all", vars_files: ["vars.yml.age"], tasks, handlers }];
}

/** All files that runs have left on controller and host, but those that the play was to write, and the keys. */
function left(): string {
  const intended = new Set(["copy", "app.conf", "item-0", "item-1", "lines", "ini", "block", "told"]);
  const folders: [string, (path: string) => boolean][] = [
    [rig.folder, (path) => path !== "use.yml"],
    [rig.home, () => true],
    [rig.target, (path) => !intended.has(path)],
    [join(rig.home, "../remote-home"), () => true],
    ["/run/lab", () => true],
    ["/var/lib/lab", () => true],
  ];
  const texts = folders.flatMap(([folder, wanted]) => {
    if (!existsSync(folder)) return [];
    return readdirSync(folder, { recursive: true, encoding: "utf8" })
      .filter((path) => wanted(path) && statSync(join(folder, path), { throwIfNoEntry: false })?.isFile())
      .map((path) => `${join(folder, path)}\n${readFileSync(join(folder, path), "utf8")}`);
  });
  return [...texts, rig.sshd.log()].join("\n");
}

/** Where temporary files may come about. Not all of /tmp: this machine's is as large as its owner likes. */
function watched(): readonly string[] {
  return ["/run/lab", "/dev/shm", "/var/lib/lab", `/tmp/lab-${process.getuid?.()}`, rig.target];
}

const modes: [string, string[]][] = [
  ["plain, as loud as can be", ["--format", "plain", "-vvv", "--diff"]],
  ["plain, in check mode", ["--format", "plain", "-vvv", "--diff", "--check"]],
  ["jsonl, as loud as can be", ["--format", "jsonl", "-vvv", "--diff"]],
  ["on a terminal", ["--format", "tty", "--diff", "-v"]],
  ["with reports", ["--format", "plain", "--report", "r.html", "--report", "r.xml", "--report", "r.jsonl", "--diff"]],
];

describe("secrets of a play", () => {
  it.each(modes)("%s: come out where they shall, and nowhere else", async (_, options) => {
    // Every run shall have everything to do.
    for (const name of readdirSync(rig.target)) writeFileSync(at(name), "last month's\n");
    received.length = 0;
    const watch = await watchProcesses(planted, watched());
    const run = await rig.lab("play", "use.yml", ...options);
    const seen = await watch.stop();
    expectExit(run, 0);
    expect(watch.rounds()).toBeGreaterThan(5);
    expect(seen).toEqual([]);
    expect(tracesOf(planted, run.stdout)).toEqual([]);
    expect(tracesOf(planted, run.stderr)).toEqual([]);
    expect(tracesOf(planted, left())).toEqual([]);
    if (options.includes("--check")) return;
    // It is not that nothing happened.
    expect(readFileSync(at("copy"), "utf8")).toBe(`${secrets.marks}\n${secrets.key}`);
    expect(readFileSync(at("app.conf"), "utf8")).toContain(`token_1 = ${secrets.whole}\n`);
    expect(readFileSync(at("told"), "utf8")).toBe(secrets.token);
    expect(received.join("\n")).toContain(JSON.stringify(secrets.marks).slice(1, -1));
    for (const name of ["copy", "app.conf", "item-0", "lines", "ini", "block"])
      expect((statSync(at(name)).mode & 0o777).toString(8), name).toBe("600");
  });

  it("tell each of their tasks' outcomes all the same", async () => {
    const run = await rig.play("use.yml", "--diff");
    const failed = resultsOf(run).filter(({ status }) => status === "failed");
    expect(failed.length).toBe(7);
    expect(failed.every(({ ignored }) => ignored)).toBe(true);
    expect(failed.map(({ reason }) => reason ?? "").join("\n")).toContain("***");
    expect(run.stdout).toContain("***");
  });

  it("are not left behind when the controller is killed at any moment", async () => {
    for (let delay = 400; delay < 4_000; delay += 900) {
      for (const name of readdirSync(rig.target)) writeFileSync(at(name), "last month's\n");
      const live = rig.start("play", "use.yml", "--format", "plain", "-vvv", "--diff");
      const watch = await watchProcesses(planted, watched());
      await setTimeout(delay);
      live.child.kill("SIGKILL");
      const run = await live.done;
      expect(await watch.stop()).toEqual([]);
      expect(tracesOf(planted, run.stdout + run.stderr)).toEqual([]);
      expect(
        tracesOf(planted, readFileSync(join(rig.folder, ".lab/runs", `${rig.runIds().at(-1)}.jsonl`), "utf8")),
      ).toEqual([]);
    }
    expectExit(await rig.lab("play", "use.yml", "--format", "plain"), 0);
    expect(tracesOf(planted, left())).toEqual([]);
  });

  it("are seen by this test where they show: in arguments, in an environment, and in files that are open", async () => {
    const watch = await watchProcesses(planted, [rig.target]);
    writeFileSync(at("closed"), secrets.whole, { mode: 0o600 });
    writeFileSync(at("open"), secrets.whole, { mode: 0o644 });
    const shown = [
      spawn("sleep", ["2", "--", secrets.whole]),
      spawn("sh", ["-c", "sleep 1", secrets.token]),
      spawn("sleep", ["1"], { env: { PATH: process.env.PATH, SECRET: secrets.whole } }),
    ];
    for (const child of shown) child.on("error", () => {});
    await setTimeout(1_000);
    const seen = (await watch.stop()).join("\n");
    expect(seen).toContain(`cmdline: sh -c sleep 1 ${secrets.token}`);
    expect(seen).toMatch(/environ: .*SECRET=/s);
    expect(seen).toContain(`file ${at("open")} with mode 644`);
    expect(seen).not.toContain(at("closed"));
    for (const name of ["closed", "open"]) rmSync(at(name));
  });

  it("are found by this test where they are: the search finds what it searches for", () => {
    for (const secret of planted) {
      const base64 = (start: string) => Buffer.from(`${start}${secret} and more`).toString("base64");
      for (const text of [
        secret,
        JSON.stringify({ a: secret }),
        JSON.stringify(JSON.stringify(secret)),
        base64(""),
        base64("x"),
        base64("xy"),
        encodeURIComponent(secret),
        Buffer.from(secret).toString("hex"),
        (base64("x").match(/.{1,20}/g) ?? []).join("\n"),
      ]) {
        expect(tracesOf([secret], `before ${text} after`), text).not.toEqual([]);
      }
    }
  });
});
