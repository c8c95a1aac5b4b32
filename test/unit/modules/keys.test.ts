import { describe, expect, test } from "vitest";
import { authorizedKey } from "../../../modules/authorized-key.ts";
import { knownHost } from "../../../modules/known-host.ts";
import { changeOf, exec, looksOf, plain, planOf, problemsOf, stat } from "../../support/plan-module.ts";

const BLOB = "AAAAC3NzaC1lZDI1NTE5AAAAIAABAgMEBQYHCAkKCwwNDg8QERITFBUWFxgZGhscHR4f";
const KEY = `ssh-ed25519 ${BLOB}`;
const OTHER = "ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAIB8eHRwbGhkYFxYVFBMSERAPDg0MCwoJCAcGBQQDAgEA";
const account = exec("anna:x:3001:3001::/home/anna:/bin/sh\n");
const mine = { owner: "anna", uid: 3001, gid: 3001 };
const seen = (text: string | null, more = {}) => ({
  account,
  home: stat({ type: "directory", ...mine }),
  folder: stat({ type: "directory", mode: "0700", ...mine }),
  file: text === null ? null : stat({ mode: "0600", ...mine }),
  text,
  ...more,
});
const raw = { user: "anna", key: `${KEY} laptop` };
const FILE = "/home/anna/.ssh/authorized_keys";
const written = (given: object, answers: object) =>
  changeOf(authorizedKey, given, answers as never)
    .steps.map(plain)
    .find((step) => (step as { kind: string }).kind === "write-file") as { content: string } | undefined;

describe("authorized_key", () => {
  test("makes folder and file with the right owner and mode", () => {
    expect(changeOf(authorizedKey, raw, seen(null, { folder: null })).steps.map(plain)).toEqual([
      { kind: "mkdir", path: "/home/anna/.ssh", parents: false, mode: "0700", owner: "anna", group: "3001" },
      { kind: "write-file", path: FILE, content: `${KEY} laptop\n`, mode: "0600", owner: "anna", group: "3001" },
    ]);
  });
  test.each([
    ["there", raw, `${KEY} laptop\n`, null],
    ["there, with options of its own that stay", raw, `restrict ${KEY} laptop\n`, null],
    ["a comment that nobody says stays", { ...raw, key: KEY }, `${KEY} old\n`, null],
    ["another comment", raw, `${KEY} old\n`, `${KEY} laptop\n`],
    [
      "options come",
      { ...raw, options: ["restrict", 'from="192.0.2.0/24"'] },
      `${KEY} laptop\n`,
      `restrict,from="192.0.2.0/24" ${KEY} laptop\n`,
    ],
    ["options go", { ...raw, options: "" }, `restrict ${KEY} laptop\n`, `${KEY} laptop\n`],
    ["beside others", raw, `# note\n${OTHER} b\n`, `# note\n${OTHER} b\n${KEY} laptop\n`],
    ["alone", { ...raw, exclusive: true }, `# note\n${OTHER} b\nnoise\n`, `# note\n${KEY} laptop\n`],
    ["once", raw, `${KEY} laptop\n${KEY} laptop\n`, `${KEY} laptop\n`],
    ["revoked", { ...raw, state: "absent" }, `${OTHER} b\nrestrict ${KEY} x\n`, `${OTHER} b\n`],
    ["revoked already", { ...raw, state: "absent" }, `${OTHER} b\n`, null],
  ])("%s", (_, given, text, after) => {
    expect(written(given, seen(text))?.content ?? null).toBe(after);
  });
  test("mends modes that would let others write", () => {
    const plan = changeOf(
      authorizedKey,
      raw,
      seen(`${KEY} laptop\n`, {
        file: stat({ mode: "0666", ...mine }),
        folder: stat({ type: "directory", mode: "0777", ...mine }),
      }),
    );
    expect(plan.steps.map(plain)).toEqual([
      { kind: "attributes", path: "/home/anna/.ssh", mode: "0700" },
      { kind: "attributes", path: FILE, mode: "0600" },
    ]);
  });
  test("elsewhere the file is root's", () => {
    const given = { ...raw, path: "/etc/ssh/keys/anna" };
    expect(looksOf(authorizedKey, given, seen(null)).home).toBeUndefined();
    expect(changeOf(authorizedKey, given, seen(null)).steps.map(plain)).toMatchObject([
      { path: "/etc/ssh/keys/anna", mode: "0644", owner: "root" },
    ]);
  });
  test.each([
    ["no user", { account: exec("", 2) }, /no user anna/],
    ["no home", { home: null }, /has no home/],
    [
      "a link in the folder's place",
      { folder: stat({ type: "symlink", target: "/root/.ssh" }) },
      /is a link to \/root\/.ssh/,
    ],
    [
      "a link in the file's place",
      { file: stat({ type: "symlink", target: "/etc/shadow" }) },
      /is a link to \/etc\/shadow/,
    ],
    ["a folder in the file's place", { file: stat({ type: "directory" }) }, /no regular file/],
  ])("%s is refused", (_, more, why) => {
    expect(planOf(authorizedKey, raw, seen("", more))).toMatchObject({
      kind: "refuse",
      why: expect.stringMatching(why),
    });
  });
  test.each([
    [{ user: "anna" }, "key"],
    [{ user: "a b", key: KEY }, "name of a user"],
    [{ user: "anna", key: "" }, "no key in it"],
    [{ user: "anna", key: "not a key" }, "expected public keys"],
    [{ user: "anna", key: `${KEY.slice(0, -8)}` }, "damaged"],
    [{ user: "anna", key: "-----BEGIN OPENSSH PRIVATE KEY-----" }, "private key"],
    [{ user: "anna", key: [KEY, KEY] }, "twice"],
    [{ user: "anna", key: [`${KEY} a\nssh-rsa x`] }, "one line"],
    [{ user: "anna", key: KEY, options: "no-pty\nssh-rsa x" }, "options"],
    [{ user: "anna", key: KEY, options: 'from="x' }, "options"],
    [{ user: "anna", key: `restrict ${KEY}`, options: "no-pty" }, "one place"],
    [{ user: "anna", key: KEY, state: "absent", exclusive: true }, "state: present"],
    [{ user: "anna", key: KEY, path: "keys" }, "absolute"],
  ])("%j", (bad, message) => {
    expect(problemsOf(authorizedKey, bad).join("\n")).toContain(message);
  });
});

describe("known_host", () => {
  const folder = stat({ type: "directory" });
  const host = { host: "nas", key: KEY };
  test.each([
    ["new", host, null, `nas ${KEY}\n`],
    ["known", host, `nas,192.0.2.1 ${KEY} note\n`, null],
    ["with another key", host, `nas ${OTHER}\nb ${OTHER}\n`, `b ${OTHER}\nnas ${KEY}\n`],
    ["on another port", { ...host, port: 2222 }, `nas ${OTHER}\n`, `nas ${OTHER}\n[nas]:2222 ${KEY}\n`],
    ["absent", { host: "nas", state: "absent" }, `nas,b ${KEY}\n`, `b ${KEY}\n`],
    ["absent by that key alone", { ...host, state: "absent" }, `nas ${OTHER}\n`, null],
  ])("%s", (_, raw, text, after) => {
    const plan = changeOf(knownHost, raw, { text, folder });
    expect((plan.steps.map(plain)[0] as { content?: string } | undefined)?.content ?? null).toBe(after);
  });
  test("without its folder it is refused", () => {
    expect(planOf(knownHost, host, { text: null, folder: null })).toMatchObject({ kind: "refuse" });
  });
  test.each([
    [{ host: "nas" }, "say the key"],
    [{ host: "-oProxyCommand=x", key: KEY }, "name or address"],
    [{ host: "a b", key: KEY }, "name or address"],
    [{ host: "nas:22\nx", key: KEY }, "name or address"],
    [{ host: "nas", key: `nas ${KEY}` }, "key alone"],
    [{ host: "nas", key: [KEY, OTHER] }, "one key of each type"],
    [{ host: "nas", key: KEY, port: 0 }, "port"],
  ])("%j", (bad, message) => {
    expect(problemsOf(knownHost, bad).join("\n")).toContain(message);
  });
});
