import { beforeAll, describe, expect, test } from "vitest";
import { sealed, sealedBytes } from "../../../engine/secrets/age.ts";
import { createKeyring, type IdentitySource } from "../../../engine/secrets/keyring.ts";
import { Secret } from "../../../engine/value/secret.ts";
import { identityFile, sealedLightly, type TestKey, testKey } from "../../support/age-keys.ts";

let ours: TestKey;
let theirs: TestKey;
beforeAll(async () => {
  [ours, theirs] = await Promise.all([testKey(), testKey()]);
});

function keyringOf(identity: IdentitySource, options: { passphrase?: string; checkOnly?: boolean } = {}) {
  const { passphrase, checkOnly = false } = options;
  const word = passphrase === undefined ? undefined : new Secret(passphrase);
  return createKeyring({
    identity: () => identity,
    passphrase: () => word,
    wanted: checkOnly ? "names" : "everything",
    hide: () => {},
  });
}

const nowhere: IdentitySource = { kind: "none", looked: ["/a", "/b"] };

describe("a text that is encrypted", () => {
  test("for one or several keys is opened by each of them, and told to whoever redacts", async () => {
    const hidden: string[] = [];
    expect(ours.keyring({ hidden }).open(await ours.seal("hunter22"))).toEqual({ kind: "opened", content: "hunter22" });
    expect(hidden).toEqual(["hunter22"]);
    const both = await sealed("ä\n\n", { kind: "recipients", recipients: [theirs.recipient, ours.recipient] });
    for (const key of [ours, theirs]) expect(key.keyring().open(both)).toEqual({ kind: "opened", content: "ä\n\n" });
  });

  test("is decrypted once, however often it is read", async () => {
    const hidden: string[] = [];
    const keyring = ours.keyring({ hidden });
    const text = await ours.seal("once");
    for (let read = 0; read < 5; read += 1) keyring.open(text);
    expect(hidden).toEqual(["once"]);
  });

  test("with Windows' line ends, spaces around it, or nothing in it is opened as well", async () => {
    const text = await ours.seal("x");
    expect(ours.keyring().open(`\n${text.replaceAll("\n", "\r\n")}  \n`)).toEqual({ kind: "opened", content: "x" });
    expect(ours.keyring().open(await ours.seal(""))).toEqual({ kind: "opened", content: "" });
  });

  test("is not opened in a check, though its form is looked at", async () => {
    const hidden: string[] = [];
    const keyring = ours.keyring({ checkOnly: true, hidden });
    const text = await ours.seal("x");
    expect(keyring.problem(text)).toBeUndefined();
    expect(keyring.open(text).kind).toBe("waiting");
    expect(hidden).toEqual([]);
  });

  test("for somebody else says so, and whose key was tried", async () => {
    expect(ours.keyring().open(await theirs.seal("x"))).toMatchObject({
      problem: {
        code: "wrong-identity",
        message: expect.stringContaining("for 1 key, and none of them is in /keys.txt"),
      },
    });
  });

  test("that is no text is told apart from one that is damaged", async () => {
    const opened = ours.keyring().open(await ours.seal(Uint8Array.of(0xff, 0xfe, 0)));
    expect(opened).toMatchObject({ problem: { code: "secret-not-text" } });
  });

  test.each<[string, (text: string) => string, boolean]>([
    ["a line is missing", (text) => text.replace(/\n.{64}\n/, "\n"), false],
    ["its first line is missing", (text) => text.replace(/^.*\n/, ""), true],
    ["its last line is missing", (text) => text.replace(/\n[^\n]*\n$/, "\n"), true],
    ["a line was joined with the next one", (text) => text.replace(/(\n.{64})\n/, "$1"), true],
    ["something stands in it that is no base64", (text) => text.replace(/(\n.{10})./, "$1*"), true],
    ["a letter of the header is another one", (text) => text.replace(/\nYWdl/, "\nYWdm"), true],
    [
      "a letter of the content is another one",
      (text) => text.replace(/(.)(.{6})(\n-----END)/, (_, c, a, b) => `${c === "A" ? "B" : "A"}${a}${b}`),
      false,
    ],
    [
      "there is nothing but its lines",
      () => "-----BEGIN AGE ENCRYPTED FILE-----\n-----END AGE ENCRYPTED FILE-----\n",
      true,
    ],
    ["it is empty", () => "", true],
    ["it is cut off", (text) => `${text.split("\n").slice(0, 3).join("\n")}\n-----END AGE ENCRYPTED FILE-----\n`, true],
  ])("is damaged where %s", async (_, damage, seenWithoutKey) => {
    const text = damage(await ours.seal("hunter22 and more, so that there are several lines in the armor"));
    const keyring = ours.keyring();
    if (seenWithoutKey) expect(keyring.problem(text)).toMatchObject({ code: "damaged-secret" });
    expect(keyring.open(text)).toMatchObject({ kind: "closed", problem: { code: "damaged-secret" } });
  });
});

describe("keys", () => {
  test("that are nowhere are asked for where they were looked for", async () => {
    const opened = keyringOf(nowhere).open(await ours.seal("x"));
    expect(opened).toMatchObject({ problem: { code: "no-identity", hint: expect.stringContaining("/a and /b") } });
  });

  test.each<[string, string, string]>([
    ["an empty file", "", "holds no private key"],
    ["comments alone", "# public key: age1xyz\n", "holds no private key"],
    ["a public key", "age1lggyhqrw2nlhcxprm67z43rta597azn8gknawjehu9d9dl0jq3yqqvfafg\n", "is a public key"],
    ["a key of SSH", "-----BEGIN OPENSSH PRIVATE KEY-----\nabc\n", "is a key of SSH"],
    ["a key of a plugin", "AGE-PLUGIN-YUBIKEY-1XYZ\n", "is a key of a plugin"],
    ["anything else", "hunter22\n", "/keys.txt:1 is no private key of age"],
    ["a key with a wrong letter", `AGE-SECRET-KEY-1${"Q".repeat(58)}\n`, "that cannot be one"],
  ])("that are %s are refused, and never quoted", async (_, text, message) => {
    const opened = keyringOf(identityFile(text)).open(await ours.seal("x"));
    expect(opened).toMatchObject({ problem: { code: "bad-identity", message: expect.stringContaining(message) } });
    expect(JSON.stringify(opened)).not.toMatch(/hunter22|QQQQ/);
  });

  test("stand among comments, and the right one of several is taken", async () => {
    const file = identityFile(`# ours\r\n\n${theirs.identity}\r\n  ${ours.identity}  \n`);
    expect(keyringOf(file).open(await ours.seal("x"))).toEqual({ kind: "opened", content: "x" });
  });
});

describe("a passphrase", () => {
  let text: string;
  let locked: IdentitySource;
  beforeAll(async () => {
    text = await sealedLightly("x", "correct horse");
    locked = identityFile(await sealedLightly(`${ours.identity}\n`, "correct horse"));
  });

  test("opens what was encrypted with it; a wrong one is told, and one that is missing is asked for", () => {
    expect(keyringOf(nowhere, { passphrase: "correct horse" }).open(text)).toEqual({ kind: "opened", content: "x" });
    expect(keyringOf(nowhere, { passphrase: "no" }).open(text)).toMatchObject({
      problem: { code: "wrong-passphrase" },
    });
    const keyring = keyringOf(nowhere);
    expect(keyring.lacksPassphrase()).toBe(false);
    expect(keyring.problem(text)).toBeUndefined();
    // Known before anything is opened: who runs can be asked at once.
    expect(keyring.lacksPassphrase()).toBe(true);
    expect(keyring.open(text)).toMatchObject({ problem: { code: "no-passphrase" } });
    keyring.givePassphrase(new Secret("correct horse"));
    expect(keyring.lacksPassphrase()).toBe(false);
    expect(keyring.open(text)).toEqual({ kind: "opened", content: "x" });
  });

  test("unlocks a key file, once for all values", async () => {
    const values = await Promise.all(["a", "b", "c"].map(ours.seal));
    const keyring = keyringOf(locked);
    expect(keyring.problem(values[0] ?? "")).toBeUndefined();
    expect(keyring.lacksPassphrase()).toBe(true);
    expect(keyring.open(values[0] ?? "")).toMatchObject({ problem: { code: "no-passphrase" } });
    keyring.givePassphrase(new Secret("correct horse"));
    expect(values.map((value) => keyring.open(value))).toEqual(
      ["a", "b", "c"].map((content) => ({ kind: "opened", content })),
    );
    expect(keyringOf(locked, { passphrase: "no" }).open(values[0] ?? "")).toMatchObject({
      problem: { code: "wrong-passphrase", message: expect.stringContaining("/keys.txt") },
    });
  });

  test("is not wanted by a check", () => {
    const keyring = keyringOf(locked, { checkOnly: true });
    expect(keyring.problem(text)).toBeUndefined();
    expect(keyring.lacksPassphrase()).toBe(false);
  });
});

test("whoever only looks sees what can be opened, and is told of nothing else but damage", async () => {
  const keyring = createKeyring({
    identity: () => identityFile(ours.identity),
    passphrase: () => undefined,
    wanted: "possible",
    hide: () => {},
  });
  expect(keyring.open(await ours.seal("x"))).toEqual({ kind: "opened", content: "x" });
  expect(keyring.open(await theirs.seal("x")).kind).toBe("waiting");
  expect(keyring.openFile(Buffer.from(await theirs.seal("x"))).kind).toBe("waiting");
  expect(keyring.open("x")).toMatchObject({ problem: { code: "damaged-secret" } });
  expect(keyring.lacksPassphrase()).toBe(false);
});

describe("a whole file", () => {
  test("is opened with armor and without, of any bytes and any length", async () => {
    for (const content of [
      Buffer.from("a: 1\n"),
      Uint8Array.of(0, 255, 10),
      Buffer.alloc(200_000, "x"),
      Buffer.alloc(0),
    ]) {
      const sealing = { kind: "recipients", recipients: [ours.recipient] } as const;
      for (const bytes of [await sealedBytes(content, sealing), Buffer.from(await sealed(content, sealing))]) {
        const opened = ours.keyring().openFile(bytes);
        expect(opened.kind === "opened" && Buffer.compare(opened.content, content)).toBe(0);
      }
    }
  });

  test("is opened by a check that has the key, and waits where it has not", async () => {
    const bytes = Buffer.from(await ours.seal("a: 1\n"));
    expect(ours.keyring({ checkOnly: true }).openFile(bytes).kind).toBe("opened");
    expect(keyringOf(nowhere, { checkOnly: true }).openFile(bytes).kind).toBe("waiting");
    expect(theirs.keyring({ checkOnly: true }).openFile(bytes).kind).toBe("waiting");
    expect(keyringOf(nowhere, { checkOnly: true }).openFile(Buffer.from("a: 1\n"))).toMatchObject({
      problem: { code: "damaged-secret" },
    });
  });
});
