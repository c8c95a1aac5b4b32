import { execFileSync } from "node:child_process";
import { mkdirSync, mkdtempSync, rmSync, symlinkSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { describe, expect, it, test } from "vitest";
import {
  aptListName,
  parseDeb822Sources,
  parseListLine,
  renderDeb822Source,
} from "../../../engine/formats/apt-sources.ts";
import { parseTarListing, parseZipListing, unquoteC } from "../../../engine/formats/archive-listing.ts";
import { unpackedMembers } from "../../../engine/formats/archive-members.ts";
import { checksumIn, parseChecksum } from "../../../engine/formats/checksum.ts";
import { curlOptions, parseCurlOptions } from "../../../engine/formats/curl-options.ts";
import { gitVersion, parseLsRemote } from "../../../engine/formats/git-refs.ts";
import { parseFingerprint, readKeyFile } from "../../../engine/formats/gpg-keys.ts";
import { atJsonPath } from "../../../engine/formats/json-path.ts";
import { parseProcNetTcp } from "../../../engine/formats/proc-net-tcp.ts";

const sum = "a".repeat(64);

test.each([
  ["sha256sum", `${"b".repeat(64)}  other\n${sum}  x.tar\n`],
  ["binary, with a folder", `${sum} *./dist/x.tar\r\n`],
  ["BSD", `SHA256 (x.tar) = ${sum.toUpperCase()}\n`],
  ["alone", `${sum}\n`],
])("a checksum in a list: %s", (_, list) => expect(checksumIn(list, "x.tar")).toEqual({ algorithm: "sha256", sum }));
test.each([
  ["not there", `${sum}  other\n${sum}  y\n`],
  ["there with two sums", `${sum}  x.tar\n${"b".repeat(64)}  x.tar\n`],
  ["nothing", ""],
  ["a page of HTML", "<html>"],
])("no checksum in a list: %s", (_, list) => expect(checksumIn(list, "x.tar")).toBeUndefined());
test("a checksum has the length of its algorithm", () => {
  expect(parseChecksum(`SHA256:${sum}`)).toEqual({ algorithm: "sha256", sum });
  for (const bad of ["", sum, `sha256:${sum}0`, `sha512:${sum}`, `md5:${"a".repeat(32)}`])
    expect(parseChecksum(bad)).toBeUndefined();
});

test("curl's options come back as they were, whatever they hold", () => {
  const options = [["url", 'http://x/"a\\b"\tc'], ["location"], ["header", "A: 'b' $(c) ü"]] as const;
  expect(parseCurlOptions(curlOptions(options))).toEqual(options);
});

test.each([
  ["items.0.name", "a"],
  ["/items/0/name", "a"],
  ["items[0].name", "a"],
  ["/a~1b/c~0d", 1],
  ["items.1", undefined],
  ["__proto__.x", undefined],
  ["items.length", undefined],
])("a path in JSON: %s", (path, value) => {
  expect(atJsonPath({ items: [{ name: "a" }], "a/b": { "c~d": 1 } }, path)).toBe(value);
});

test("/proc/net/tcp", () => {
  const text = `  sl  local_address rem_address   st tx_queue\n   0: 0100007F:1F90 00000000:0000 0A 00000000:00000000\n   1: 0100007F:1F90 0100007F:C350 01 0\n   2: 00000000000000000000000000000000:0016 0:0 0A 0\n`;
  expect(parseProcNetTcp(text)).toEqual([
    { port: 8080, loopback: true, state: "listening" },
    { port: 8080, loopback: true, state: "connected" },
    { port: 22, loopback: false, state: "listening" },
  ]);
});

test("git's list of refs: branches before tags, tags with a message, HEAD, commits", () => {
  const id = (digit: string) => digit.repeat(40);
  const listing = parseLsRemote(
    `ref: refs/heads/main\tHEAD\n${id("1")}\tHEAD\n${id("1")}\trefs/heads/main\n${id("2")}\trefs/heads/v1\n${id("3")}\trefs/tags/v1\n${id("4")}\trefs/tags/v2\n${id("5")}\trefs/tags/v2^{}\n`,
  );
  expect(gitVersion(listing, "HEAD")).toEqual({ commit: id("1"), ref: "refs/heads/main", branch: "main" });
  expect(gitVersion(listing, "v1")).toMatchObject({ commit: id("2"), branch: "v1" });
  expect(gitVersion(listing, "v2")).toEqual({ commit: id("5"), ref: "refs/tags/v2", branch: null });
  expect(gitVersion(listing, id("6"))).toMatchObject({ commit: id("6") });
  expect(gitVersion(listing, "none")).toBeNull();
});

describe("sources of apt", () => {
  const docker = {
    enabled: true,
    types: ["deb"],
    uris: ["https://x/debian"],
    suites: ["bookworm"],
    components: ["stable"],
    options: { "signed-by": "/k.asc" },
  };
  test("are read as they are written", () => {
    expect(parseDeb822Sources(renderDeb822Source(docker, "x"))).toEqual([docker]);
    expect(parseDeb822Sources("# c\nTypes: deb\n  deb-src\nURIs: a\n\n\nEnabled: no\nTypes: deb\n")).toMatchObject([
      { types: ["deb", "deb-src"], uris: ["a"] },
      { enabled: false },
    ]);
    expect(parseListLine("deb [arch=amd64 signed-by=/k.asc] https://x/debian bookworm stable # mine")).toEqual({
      ...docker,
      options: { arch: "amd64", "signed-by": "/k.asc" },
    });
    for (const line of ["# deb https://x y z", "", "rpm https://x y"]) expect(parseListLine(line)).toBeNull();
  });
  test.each([
    ["http://deb.debian.org/debian", "bookworm", "deb.debian.org_debian_dists_bookworm_"],
    ["https://user@127.0.0.1:8080/a_b/", "x/updates", "127.0.0.1:8080_a%5fb_dists_x_updates_"],
    ["file:/srv/repo", "./", "_srv_repo_._"],
  ])("apt's name of an index: %s %s", (uri, suite, name) => expect(aptListName(uri, suite)).toBe(name));
});

describe("archives", () => {
  const file = (path: string) => ({ path, type: "file" as const });
  test.each([
    ["up and out", [file("a/../../x")], "leads out of the folder"],
    ["absolute", [file("/etc/x")], "an absolute path"],
    ["a link up and out", [{ path: "a/l", type: "symlink" as const, target: "../../x" }], "leads out of the folder"],
    [
      "a link through a link",
      [{ path: "l", type: "symlink" as const, target: "deep/a/.." }],
      "leads out of the folder",
    ],
    ["behind a link", [{ path: "l", type: "symlink" as const, target: "d" }, file("l/x")], "behind a link of its own"],
    [
      "a second name of what is no member",
      [{ path: "h", type: "hardlink" as const, target: "etc/passwd" }],
      "no file of the archive",
    ],
    [
      "a second name of a link",
      [
        { path: "l", type: "symlink" as const, target: "x" },
        { path: "h", type: "hardlink" as const, target: "l" },
      ],
      "no file of the archive",
    ],
    ["a device", [{ path: "d", type: "other" as const }], "neither file, folder nor link"],
  ])("refused: %s", (_, members, error) =>
    expect(unpackedMembers(members, 0)).toEqual({ error: expect.stringContaining(error) }),
  );
  test("fine: links inside, levels taken off, folders that are not listed", () => {
    const members = [
      file("top/a/f"),
      { path: "top/a/l", type: "symlink" as const, target: "../b" },
      { path: "top/h", type: "hardlink" as const, target: "top/a/f" },
      file("README"),
    ];
    expect(unpackedMembers(members, 1)).toEqual({
      members: [
        { path: "a", type: "directory" },
        { path: "a/f", type: "file" },
        { path: "a/l", type: "symlink" },
        { path: "h", type: "file" },
      ],
    });
  });
  it("lists of the real tar and unzip are read, names of all kinds", () => {
    const top = mkdtempSync(join(tmpdir(), "lab-formats-"));
    const names = ["plain", "with blank -> arrow", 'q"uote\\', "n\new", "\tü€", "link to x"];
    mkdirSync(join(top, "d"));
    for (const name of names) writeFileSync(join(top, "d", name), "x");
    symlinkSync("plain", join(top, "d/l -> x"));
    const run = (command: string, ...args: readonly string[]) =>
      execFileSync(command, args, { cwd: top, encoding: "utf8", env: { ...process.env, LC_ALL: "C" } });
    run("tar", "-cf", "t.tar", "d");
    const listed = parseTarListing(
      run(
        "tar",
        "--list",
        "--verbose",
        "--full-time",
        "--numeric-owner",
        "--quoting-style=c",
        "--force-local",
        "--file",
        "t.tar",
      ),
    );
    expect(listed?.map(({ path }) => path).sort()).toEqual(
      ["d/", "d/l -> x", ...names.map((name) => `d/${name}`)].sort(),
    );
    expect(listed?.find(({ type }) => type === "symlink")).toEqual({
      path: "d/l -> x",
      type: "symlink",
      target: "plain",
    });
    run("zip", "-qry", "z.zip", "d/plain", "d/l -> x");
    expect(parseZipListing(run("unzip", "-Z", "z.zip"))).toEqual([
      file("d/plain"),
      { path: "d/l -> x", type: "symlink" },
    ]);
    rmSync(top, { recursive: true });
  });
  test("C's quotes: octal escapes are bytes", () => expect(unquoteC('"\\303\\274\\n\\"\\\\"')).toBe('ü\n"\\'));
});

describe("keys of OpenPGP", () => {
  it("have the fingerprints that gpg shows, armoured or not, alone or several", () => {
    const home = mkdtempSync(join(tmpdir(), "lab-gpg-"));
    const gpg = (...args: readonly string[]) =>
      execFileSync("gpg", ["--batch", "--quiet", "--homedir", home, ...args], { stdio: ["ignore", "pipe", "pipe"] });
    for (const [who, kind] of [
      ["a", "ed25519"],
      ["b", "rsa2048"],
    ] as const)
      gpg("--passphrase", "", "--quick-gen-key", `${who} <${who}@example.com>`, kind, "default", "never");
    const shown = [
      ...gpg("--with-colons", "--fingerprint")
        .toString()
        .matchAll(/^pub:.*\n(?:.*\n)*?fpr:+([0-9A-F]+):/gm),
    ].map(([, print]) => print);
    expect(shown).toHaveLength(2);
    expect(readKeyFile(gpg("--export"))).toEqual({ armoured: false, fingerprints: shown });
    const text = gpg("--armor", "--export").toString();
    expect(readKeyFile(Buffer.from(`a text before\n${text}and after\n`))).toEqual({
      armoured: true,
      fingerprints: shown,
    });
    expect(readKeyFile(gpg("--export").subarray(0, 100))).toBeNull();
    execFileSync("gpgconf", ["--homedir", home, "--kill", "all"]);
    rmSync(home, { recursive: true, force: true });
  });
  test.each([
    ["nothing", ""],
    ["a page of HTML", "<html></html>"],
    ["an empty armour", "-----BEGIN PGP PUBLIC KEY BLOCK-----\n\n-----END PGP PUBLIC KEY BLOCK-----"],
    ["bytes", "\xff\xff\xff\xff\xff\xff"],
  ])("%s holds none", (_, text) => {
    expect(readKeyFile(Buffer.from(text, "latin1"))).toBeNull();
  });
  test("a fingerprint is whole", () => {
    expect(parseFingerprint("cd62 83CE A482 35F5 8099  7A83 2F0E D9EB 38D4 F70F")).toBe(
      "CD6283CEA48235F580997A832F0ED9EB38D4F70F",
    );
    for (const short of ["38D4F70F", "2F0ED9EB38D4F70F", "x".repeat(40), ""])
      expect(parseFingerprint(short)).toBeUndefined();
  });
});
