import { chmodSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import ssh2 from "ssh2";
import { afterEach, beforeEach, expect, it } from "vitest";
import { loadKey, publicKeyBeside } from "../../../../engine/connection/ssh/load-key.ts";
import { idOf } from "../../../../engine/connection/ssh/parsed-key.ts";
import { Secret } from "../../../../engine/value/secret.ts";
import { type TestEnvironment, testEnvironment } from "../../../support/connection-environment.ts";

const nobody = { known: undefined, ask: undefined };
let test: TestEnvironment;
let path: string;
beforeEach(() => {
  test = testEnvironment();
  path = join(test.home, "key");
});
afterEach(() => test.remove());

function save(passphrase?: string): string {
  for (;;) {
    const pair = ssh2.utils.generateKeyPairSync(
      "ed25519",
      passphrase === undefined ? {} : { passphrase, cipher: "aes256-ctr", rounds: 1 },
    );
    // The library's generator makes one key in some hundreds that nobody can read, OpenSSH neither.
    if (ssh2.utils.parseKey(pair.private, passphrase) instanceof Error) continue;
    writeFileSync(path, pair.private, { mode: 0o600 });
    writeFileSync(`${path}.pub`, pair.public);
    return pair.public.split(" ")[1] ?? "";
  }
}

it("loads a key, and knows its public half from the file beside it", async () => {
  const id = save();
  const loaded = await loadKey(path, nobody);
  expect(loaded.kind === "key" && idOf(loaded.key)).toBe(id);
  const half = await publicKeyBeside(path);
  expect(half !== null && idOf(half)).toBe(id);
});

it("asks for a passphrase three times at most, and not when one is known that fits", async () => {
  save("secret");
  let asked = 0;
  const ask = async () => {
    asked += 1;
    return new Secret("wrong");
  };
  expect(await loadKey(path, { known: undefined, ask })).toEqual({ kind: "unusable", why: "the passphrase is wrong" });
  expect(asked).toBe(3);
  expect((await loadKey(path, { known: new Secret("secret"), ask })).kind).toBe("key");
  expect(asked).toBe(3);
  expect(await loadKey(path, { known: undefined, ask: async () => null })).toMatchObject({ kind: "unusable" });
});

it("says why a file is no key that it may use", async () => {
  expect(await loadKey(path, nobody)).toEqual({ kind: "missing" });
  save();
  chmodSync(path, 0o640);
  expect(await loadKey(path, nobody)).toMatchObject({ why: `others may read it (mode 640): chmod 600 ${path}` });
  writeFileSync(path, "nothing of a key");
  chmodSync(path, 0o600);
  expect(await loadKey(path, nobody)).toMatchObject({ kind: "unusable" });
  chmodSync(`${path}.pub`, 0o600);
  expect(await loadKey(`${path}.pub`, nobody)).toMatchObject({
    kind: "unusable",
    why: expect.stringContaining("public key"),
  });
  expect(await loadKey(test.home, nobody)).toMatchObject({ kind: "unusable" });
});
