import { execFileSync } from "node:child_process";
import { describe, expect, it } from "vitest";
import { type ShaCryptKind, shaCrypt } from "../../../engine/formats/sha-crypt.ts";

const passwords = ["a", "Hello world!", "über", "x".repeat(15), "x".repeat(16), "x".repeat(64), "y".repeat(200)];

describe.each<[ShaCryptKind, string]>([
  ["sha512", "-6"],
  ["sha256", "-5"],
])("%s", (kind, option) => {
  it.each(passwords)("makes of %j what openssl makes of it", (password) => {
    const said = execFileSync("openssl", ["passwd", option, "-salt", "salt.string", "-stdin"], {
      input: `${password}\n`,
    });
    expect(shaCrypt(kind, password, "salt.string")).toBe(said.toString().trim());
  });
});

// Answers of glibc's crypt(3).
it.each<[ShaCryptKind, string, string, number | undefined, string]>([
  [
    "sha512",
    "Hello world!",
    "saltstringsaltst",
    10_000,
    "$6$rounds=10000$saltstringsaltst$OW1/O6BYHV6BcXZu8QVeXbDWra3Oeqh0sbHbbMCVNSnCM/UrjmM0Dp8vOuZeHBy/YTBmSK6H9qs/y3RnOaw5v.",
  ],
  [
    "sha256",
    "Hello world!",
    "saltstringsaltst",
    10_000,
    "$5$rounds=10000$saltstringsaltst$3xv.VbSHBb41AL9AvLeujZkZRBAwqFMz2.opqey6IcA",
  ],
  [
    "sha512",
    "",
    "salt.string",
    undefined,
    "$6$salt.string$LqypDhbDxvqy0UeHjt8faGvOw03iy.vd0pP1LsnDlrGmFnL1NHGSShPg0zof.yYGMzBPSyNdUJkwrC6FJBsqm.",
  ],
])("%s of %j with the salt %s and %s rounds", (kind, password, salt, rounds, hash) => {
  expect(shaCrypt(kind, password, salt, rounds)).toBe(hash);
});
