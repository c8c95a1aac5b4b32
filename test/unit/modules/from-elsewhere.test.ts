import { describe, expect, test } from "vitest";
import type { Module } from "../../../engine/module/define-module.ts";
import { Secret } from "../../../engine/value/secret.ts";
import { aptRepository } from "../../../modules/apt-repository/index.ts";
import { archive } from "../../../modules/archive.ts";
import { download } from "../../../modules/download.ts";
import { fetch } from "../../../modules/fetch.ts";
import { find } from "../../../modules/find.ts";
import { git } from "../../../modules/git/index.ts";
import { http } from "../../../modules/http.ts";
import { pause } from "../../../modules/pause.ts";
import { slurp } from "../../../modules/slurp.ts";
import { stat as statModule } from "../../../modules/stat.ts";
import { waitFor } from "../../../modules/wait-for.ts";
import { actOf, changeOf, exec, looksOf, planOf, problemsOf, stat } from "../../support/plan-module.ts";

const SUM = "a".repeat(64);
const url = "https://x.example/f.tar";
const apt = {
  name: "x",
  uris: "https://x.example/",
  suites: "s",
  components: "main",
  key_url: "https://x.example/k",
  fingerprint: "A".repeat(40),
};

describe.each<[string, Module, readonly (readonly [unknown, string])[]]>([
  [
    "download",
    download,
    [
      [{}, "url"],
      [{ url, dest: "/x" }, "say what the file must be"],
      [{ url, dest: "/x", checksum: SUM }, "sha256:"],
      [{ url, dest: "/x", checksum: "md5:0" }, "sha256:"],
      [{ url, dest: "/x", checksum: "none", checksum_url: url }, "give one"],
      [{ url, dest: "x", checksum: "none" }, "absolute"],
      [{ url, dest: "/a/../b", checksum: "none" }, ".."],
      [{ url: "ftp://x/y", dest: "/x", checksum: "none" }, "https://host/path"],
      [{ url: "--help", dest: "/x", checksum: "none" }, "https://host/path"],
      [{ url: "https://x/a\nb", dest: "/x", checksum: "none" }, "blanks"],
      [{ url: "https://me:pw@x/y", dest: "/x", checksum: "none" }, "password in an address"],
      [{ url, dest: "/x", checksum: "none", headers: { "a b": "c" } }, "not the name of a header"],
      [{ url, dest: "/x", checksum: "none", headers: { A: "b\r\nC: d" } }, "one line"],
      [{ url, dest: "/x", checksum: "none", username: "me" }, "go together"],
      [{ url, dest: "/x", checksum: "none", mode: 644 }, "quotes"],
      [{ url, dest: "/x", checksum: "none", timeout: 0 }, "from 1 to 604800 seconds"],
      [{ url, dest: "/x", checksum: "none", checksum_name: "y" }, "goes with checksum_url"],
    ],
  ],
  [
    "http",
    http,
    [
      [{}, "url"],
      [{ url: "" }, "https://host/path"],
      [{ url, method: "SEND" }, "expected one of"],
      [{ url, body: "x" }, "say method: POST"],
      [{ url, method: "post", body: "x", json: {} }, "give one"],
      [{ url, unless: {} }, "nothing makes it unnecessary"],
      [{ url, status: 42 }, "HTTP status"],
      [{ url, status: [] }, "an empty list"],
      [{ url, expect: "x" }, "map of paths"],
      [{ url, method: "HEAD", contains: "x" }, "no body"],
      [{ url, password: "x" }, "username"],
      [{ url, username: "a:b", password: "x" }, "no colon"],
      [{ url, timeout: "soon" }, "time limit"],
      [{ url, from: "moon" }, "host or controller"],
    ],
  ],
  [
    "wait_for",
    waitFor,
    [
      [{}, "say what to wait for"],
      [{ port: 0 }, "1 to 65535"],
      [{ port: "22" }, "1 to 65535"],
      [{ port: 22, path: "/x" }, "two things"],
      [{ path: "/x", state: "started" }, "present or absent"],
      [{ path: "/x", regexp: "(" }, "nvalid regular expression"],
      [{ path: "/x", regexp: "x", state: "absent" }, "holds nothing"],
      [{ port: 1, host: "a;b" }, "host name"],
      [{ port: 1, host: "-x" }, "host name"],
      [{ port: 1, host: "x", state: "drained" }, "leave host out"],
      [{ unit: "--help" }, "name of a unit"],
      [{ unit: "x", status: 200 }, "goes with url"],
      [{ port: 1, timeout: -1 }, "time limit"],
      [{ port: 1, headers: { A: "b" } }, "go with url"],
    ],
  ],
  [
    "git",
    git,
    [
      [{ repo: "x", dest: "/x" }, "expected an address"],
      [{ repo: "--upload-pack=id", dest: "/x" }, "expected an address"],
      [{ repo: "ext::sh -c id", dest: "/x" }, "expected an address"],
      [{ repo: "https://me:pw@x/y", dest: "/x" }, "password in an address"],
      [{ repo: "git@h:x", dest: "/" }, "whole system"],
      [{ repo: "git@h:x", dest: "/x", version: "--force" }, "branch, a tag"],
      [{ repo: "git@h:x", dest: "/x", version: "a..b" }, "branch, a tag"],
      [{ repo: "git@h:x", dest: "/x", version: "" }, "branch, a tag"],
      [{ repo: "git@h:x", dest: "/x", ssh_key: "no key" }, "no private key"],
      [{ repo: "https://h/x", dest: "/x", host_key: "ssh-ed25519 AAAA" }, "ssh"],
      [{ repo: "git@h:x", dest: "/x", host_key: "ssh-ed25519 A'; id" }, "public key"],
      [{ repo: "git@h:x", dest: "/x", username: "me", password: "x" }, "https"],
      [{ repo: "git@h:x'$(id)", dest: "/x" }, "expected an address"],
      [{ repo: "git@h:x", dest: "/x", depth: 0 }, "at least one"],
    ],
  ],
  [
    "apt_repository",
    aptRepository,
    [
      [{}, "name"],
      [{ ...apt, name: "a/b" }, "letters, digits"],
      [{ ...apt, name: "-a" }, "letters, digits"],
      [{ ...apt, uris: "x y" }, "expected an address"],
      [{ ...apt, uris: [] }, "empty list"],
      [{ ...apt, suites: "a\nb" }, "expected a suite"],
      [{ ...apt, suites: ["a", "./"] }, "do not go together"],
      [{ ...apt, suites: ["a", "a"] }, "twice"],
      [{ ...apt, components: undefined }, "say which components"],
      [{ ...apt, suites: "./" }, "has no components"],
      [{ ...apt, fingerprint: undefined }, "its fingerprint"],
      [{ ...apt, fingerprint: "38D4F70F" }, "can be forged"],
      [{ ...apt, fingerprint: 5 }, "in quotes"],
      [{ ...apt, key_url: undefined }, "by whom it is signed"],
      [{ ...apt, key: "x" }, "give one"],
      [{ ...apt, key_url: undefined, key: "no key" }, "no public key"],
      [{ ...apt, key_url: undefined, signed_by: "/k" }, "nothing is verified"],
    ],
  ],
  [
    "archive",
    archive,
    [
      [{ dest: "/x" }, "say which archive"],
      [{ path: "/a.tar", dest: "/" }, "whole system"],
      [{ path: "/a.txt", dest: "/x" }, "add format"],
      [{ path: "/a.zip", dest: "/x", strip: 1 }, "no levels"],
      [{ path: "/a.tar", dest: "/x", strip: -1 }, "0 or more"],
      [{ path: "/a.tar", dest: "x" }, "absolute"],
      [{ path: "/a.tar", dest: "/x", owner: "a b" }, "user or group"],
    ],
  ],
  [
    "find",
    find,
    [
      [{}, "paths"],
      [{ paths: [] }, "empty list"],
      [{ paths: "x" }, "absolute"],
      [{ paths: "/x", patterns: "a/b" }, "without a folder"],
      [{ paths: "/x", patterns: "" }, "matches nothing"],
      [{ paths: "/x", older_than: 30 }, "whole minutes"],
      [{ paths: "/x", older_than: "2d", newer_than: "1d" }, "nothing is older"],
      [{ paths: "/x", min_size: "2K", max_size: 5 }, "nothing is larger"],
      [{ paths: "/x", type: "directory", contains: "x" }, "only a file"],
      [{ paths: "/x", contains: "a\nb" }, "one line"],
      [{ paths: "/x", limit: 1001 }, "at most 1000"],
    ],
  ],
  [
    "fetch",
    fetch,
    [
      [{ src: "x", dest: {} }, "absolute"],
      [{ src: "/x", dest: "y" }, "expected a path on this machine"],
    ],
  ],
  [
    "slurp",
    slurp,
    [
      [{ path: "x" }, "absolute"],
      [{ path: "/x", max_size: 2 ** 30 }, "16 MiB"],
      [{ path: "/x", missing: "x" }, "fail or ok"],
    ],
  ],
  [
    "stat",
    statModule,
    [
      [{ path: "" }, "empty"],
      [{ path: "/a\0b" }, "NUL"],
    ],
  ],
  [
    "pause",
    pause,
    [
      [{}, "say how long"],
      [{ seconds: 1, minutes: 1 }, "give one"],
      [{ seconds: -1 }, "whole seconds"],
      [{ minutes: -1 }, "not negative"],
      [{ seconds: "2d" }, "at most 86400"],
    ],
  ],
])("%s refuses", (_, module, table) => {
  test.each(table.map(([raw, said]) => ({ raw, said })))("$raw", ({ raw, said }) => {
    expect(problemsOf(module, raw).join("\n")).toContain(said);
  });
});

describe("nothing that is a secret is in an argv, a body or a step in clear", () => {
  const seen = {
    old: null,
    link: null,
    parent: stat({ type: "directory" }),
    curl: exec("curl 7"),
    head: { status: 200, headers: { "content-length": "7" }, body: "" },
  };
  const configOf = (more: object) => {
    const [transfer] = changeOf(download, { url, dest: "/x", checksum: "none", ...more }, seen).steps;
    if (transfer?.kind !== "exec") throw new Error("no command");
    const text = transfer.stdin instanceof Secret ? transfer.stdin.reveal() : String(transfer.stdin);
    return { secret: transfer.stdin instanceof Secret, text, shown: JSON.stringify(transfer) };
  };
  test("download: a login is handed on to no other server, another secret header makes redirections stop", () => {
    const login = configOf({ username: "me", password: new Secret("hush-hush") });
    expect(login).toMatchObject({ secret: true, text: expect.stringContaining("location\n") });
    expect(login.shown).not.toMatch(/hush|bWU6/);
    const token = configOf({ headers: { "X-Token": new Secret("hush-hush") } });
    expect(token).toMatchObject({ secret: true, text: expect.not.stringContaining("location") });
    expect(configOf({}).text).toContain('proto-redir = "=https"');
  });
  test("http: a body with a secret in it is one as a whole", () => {
    const act = actOf(http, { url, method: "POST", json: { a: [{ b: new Secret("hush") }] } }, {});
    if (act.kind !== "perform" || act.steps[0]?.kind !== "http") throw new Error("nothing is sent");
    expect(act.steps[0].body).toBeInstanceOf(Secret);
    expect(String((act.steps[0].body as Secret).reveal())).toBe('{"a":[{"b":"hush"}]}');
    const plain = actOf(http, { url, method: "POST", form: { a: "1 & 2" } }, {});
    expect(plain).toMatchObject({
      steps: [{ body: "a=1+%26+2", headers: { "Content-Type": "application/x-www-form-urlencoded" } }],
    });
  });
  test("git: a key and a password are files that exist only while it runs", () => {
    const ssh_key = "-----BEGIN OPENSSH PRIVATE KEY-----\nhush-hush\n-----END OPENSSH PRIVATE KEY-----";
    const answers = {
      folder: null,
      inner: null,
      dot: null,
      parent: stat({ type: "directory" }),
      listing: exec(`${"1".repeat(40)}\tHEAD\n`),
    };
    const shown = (raw: object) => JSON.stringify([looksOf(git, raw, answers), planOf(git, raw, answers)]);
    const ssh = shown({ repo: "ssh://git@h:2222/x", dest: "/x", ssh_key, host_key: "ssh-ed25519 AAAA" });
    expect(ssh).toContain("KnownHostsCommand=/bin/echo [h]:2222 ssh-ed25519 AAAA");
    expect(ssh).not.toContain("hush");
    expect(shown({ repo: "https://h/x", dest: "/x", username: "me", password: new Secret("hush-hush") })).not.toMatch(
      /hush|bWU6/,
    );
  });
});

describe("fetch", () => {
  const there = stat({ sha256: SUM, size: 3 });
  const dest = (host: string) => ({ kind: "local-dest", name: "kept", path: "/site/kept", host });
  test.each([
    ["another one", stat({ sha256: "b".repeat(64), mode: "0600" }), ["write-file"]],
    ["none", null, ["mkdir", "write-file"]],
    ["the same, readable by others", stat({ sha256: SUM, size: 3 }), ["attributes"]],
    ["the same", stat({ sha256: SUM, size: 3, mode: "0600" }), []],
  ])("here is %s", (_, here, kinds) => {
    const answers = {
      there,
      here,
      folder: here === null ? null : stat({ type: "directory" }),
      bytes: Buffer.from("abc"),
    };
    const { steps } = changeOf(fetch, { src: "/etc/x", dest: dest("h1") }, answers);
    expect(steps.map(({ kind }) => kind)).toEqual(kinds);
    for (const step of steps)
      expect(step).toMatchObject({ at: "controller", path: expect.stringContaining("/site/kept/h1/etc") });
  });
  test.each(["..", ".", "a/b", ""])("a host called %j leads nowhere", (host) => {
    const plan = planOf(
      fetch,
      { src: "/etc/x", dest: dest(host) },
      { there, here: null, folder: null, bytes: Buffer.from("abc") },
    );
    expect(plan).toMatchObject({ kind: "refuse", why: expect.stringContaining("cannot be the name of a folder") });
  });
});
