import { createHash } from "node:crypto";
import { bcryptHash } from "../formats/bcrypt.ts";
import { shaCrypt, shaCryptSalt } from "../formats/sha-crypt.ts";
import { numberOr, textOf, textOr, wholeWithin } from "./arguments.ts";
import { FunctionFailure, type LabFunction, type Param } from "./function.ts";

const text: Param = { name: "text", type: "string" };
const algorithms = ["md5", "sha1", "sha224", "sha256", "sha384", "sha512"] as const;
type Algorithm = (typeof algorithms)[number];

function digestOf(algorithm: Algorithm, source: string): string {
  return createHash(algorithm).update(source, "utf8").digest("hex");
}

function digest(name: Algorithm, title: string, gives: string): LabFunction {
  return {
    name,
    topic: "encodings and hashes",
    summary: `The ${title} digest of the text's UTF-8 bytes, in hexadecimal.`,
    params: [text],
    returns: "string",
    ...(name !== "sha256" && { sharesName: true }),
    run: ([source]) => digestOf(name, textOf(source)),
    example: { template: `{{ ${name} "" }}`, cel: `${name}("")`, gives },
  };
}

const hash: LabFunction = {
  name: "hash",
  topic: "encodings and hashes",
  summary:
    "The digest of the text's UTF-8 bytes, in hexadecimal: sha1 (default), md5, sha224, sha256, sha384 or sha512.",
  params: [text, { name: "algorithm", type: "string", optional: true }],
  returns: "string",
  sharesName: true,
  run([source, algorithm]) {
    const word = textOr(algorithm, "sha1");
    const known = algorithms.find((each) => each === word);
    if (known === undefined)
      throw new FunctionFailure(`there is no algorithm "${word}"`, `there are ${algorithms.join(", ")}`);
    return digestOf(known, textOf(source));
  },
  example: {
    template: '{{ hash "lab" "md5" }}',
    cel: 'hash("lab", "md5")',
    gives: "f9664ea1803311b35f81d07d8c9e072d",
  },
};

const schemes = ["sha512", "sha256", "bcrypt"] as const;

const passwordHash: LabFunction = {
  name: "password_hash",
  topic: "encodings and hashes",
  summary:
    "A password as a system keeps it: sha512 or sha256 (for /etc/shadow), or bcrypt. The salt is given, so that each run makes the same hash: up to 16 of `./0-9A-Za-z`, of bcrypt 22.",
  params: [
    { name: "password", type: "string" },
    { name: "scheme", type: "string" },
    { name: "salt", type: "string" },
    { name: "rounds", type: "integer", optional: true },
  ],
  returns: "string",
  run([password, scheme, salt, rounds]) {
    const word = textOf(scheme).replace(/_crypt$/, "");
    const kind = schemes.find((known) => known === word);
    if (kind === undefined)
      throw new FunctionFailure(`there is no scheme "${word}"`, `there are ${schemes.join(", ")}`);
    if (kind === "bcrypt") {
      if (!/^[./A-Za-z0-9]{22}$/.test(textOf(salt))) throw wrongSalt("22");
      // Each round doubles the time: 15 take some seconds.
      return bcryptHash(textOf(password), textOf(salt), wholeWithin(numberOr(rounds, 12), "rounds", 4, 15));
    }
    if (!shaCryptSalt.test(textOf(salt))) throw wrongSalt("1 to 16");
    const count = rounds === undefined ? undefined : wholeWithin(numberOr(rounds, 0), "rounds", 1_000, 1_000_000);
    return shaCrypt(kind, textOf(password), textOf(salt), count);
  },
  example: {
    template: '{{ password_hash "swordfish" "sha512" "labsalt" }}',
    cel: 'password_hash("swordfish", "sha512", "labsalt")',
    gives: "$6$labsalt$9zBUfvZll1KGNvXGElVYn6cawyDVKIEqQ.hOzqT03txVkBq5OaPMVddPXrcpgrhlWBlLk4mUbvl6T9R7wz21K1",
  },
};

const toUuid: LabFunction = {
  name: "to_uuid",
  topic: "encodings and hashes",
  summary:
    "A UUID made of the text (version 5): the same text gives the same one. The namespace is Ansible's unless one is given.",
  params: [text, { name: "namespace", type: "string", optional: true }],
  returns: "string",
  run([source, namespace]) {
    const space = textOr(namespace, "361e6d51-faec-444a-9079-341386da8e2e");
    if (!/^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/i.test(space)) throw new FunctionFailure(`"${space}" is no UUID`);
    const bytes = createHash("sha1")
      .update(Buffer.from(space.replaceAll("-", ""), "hex"))
      .update(textOf(source), "utf8")
      .digest();
    bytes[6] = ((bytes[6] ?? 0) & 0x0f) | 0x50;
    bytes[8] = ((bytes[8] ?? 0) & 0x3f) | 0x80;
    const hex = bytes.toString("hex");
    return [hex.slice(0, 8), hex.slice(8, 12), hex.slice(12, 16), hex.slice(16, 20), hex.slice(20, 32)].join("-");
  },
  example: { template: '{{ to_uuid "pve1" }}', cel: 'to_uuid("pve1")', gives: "258b6e4a-e0b2-589f-a7f1-d059b2f84381" },
};

export const hashFunctions: readonly LabFunction[] = [
  hash,
  digest("md5", "MD5", "d41d8cd98f00b204e9800998ecf8427e"),
  digest("sha1", "SHA-1", "da39a3ee5e6b4b0d3255bfef95601890afd80709"),
  digest("sha256", "SHA-256", "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855"),
  digest(
    "sha512",
    "SHA-512",
    "cf83e1357eefb8bdf1542850d66d8007d620e4050b5715dc83f4a921d36ce9ce47d0d13c5d85f2b0ff8318d2877eec2f63b931bd47417a81a538327af927da3e",
  ),
  passwordHash,
  toUuid,
];

function wrongSalt(length: string): FunctionFailure {
  return new FunctionFailure(
    `the salt must be ${length} characters of ./0-9A-Za-z`,
    'one of its own for each password, such as random_string(16, inventory_hostname + "web")',
  );
}
