import { createHmac } from "node:crypto";
import { describe, expect, it } from "vitest";
import { hostKeyAlgorithms } from "../../../../engine/connection/ssh/host-key-algorithms.ts";
import {
  judgeHostKey,
  keyTypeOf,
  knownHostName,
  parseKnownHosts,
} from "../../../../engine/connection/ssh/known-hosts.ts";

function key(type: string, body: string): Buffer {
  const head = Buffer.alloc(4);
  head.writeUInt32BE(type.length);
  return Buffer.concat([head, Buffer.from(type), Buffer.from(body)]);
}
const ed = key("ssh-ed25519", "first");
const ed2 = key("ssh-ed25519", "second");
const rsa = key("ssh-rsa", "rsa");
const b64 = (blob: Buffer) => blob.toString("base64");
const judge = (text: string, name: string, blob: Buffer) => judgeHostKey(parseKnownHosts(text, "/k"), name, blob);
const hashed = (name: string) => {
  const salt = Buffer.from("0123456789abcdefghij");
  return `|1|${salt.toString("base64")}|${createHmac("sha1", salt).update(name).digest("base64")}`;
};

describe("which lines speak for a host", () => {
  const cases: readonly [string, string, boolean][] = [
    ["nas", "nas", true],
    ["NAS.Lab", "nas.lab", true],
    ["nas,192.168.1.2", "192.168.1.2", true],
    ["nas", "nas2", false],
    ["nas.lab", "nasxlab", false],
    ["*.lab", "nas.lab", true],
    ["*.lab,!nas.lab", "nas.lab", false],
    ["!nas.lab,*.lab", "nas.lab", false],
    ["*.lab,!nas.lab", "pve.lab", true],
    ["pve?", "pve1", true],
    ["pve?", "pve", false],
    ["[nas]:2222", "[nas]:2222", true],
    ["[nas]:2222", "nas", false],
    ["nas", "[nas]:2222", false],
    ["[*]:2222", "[nas]:2222", true],
    [hashed("nas.lab"), "nas.lab", true],
    [hashed("nas.lab"), "pve.lab", false],
    [hashed("[nas]:2222"), "[nas]:2222", true],
    ["|1|broken", "nas", false],
  ];
  it.each(cases)("%s and %s: %s", (hosts, name, speaks) => {
    expect(judge(`${hosts} ssh-ed25519 ${b64(ed)} comment here\n`, name, ed).kind).toBe(speaks ? "known" : "unknown");
  });
});

it("leaves out comments, empty and torn lines and markers it does not know", () => {
  const text = ["# nas ssh-rsa AAAA", "", "nas", "nas ssh-ed25519", "nas 1024 35 1234", "@other nas ssh-rsa AAAA"].join(
    "\n",
  );
  expect(parseKnownHosts(text, "/k")).toEqual([]);
});

it("keeps the line of each entry, whatever ends the lines", () => {
  const entries = parseKnownHosts(`# c\r\n\tnas\tssh-rsa\t${b64(rsa)}\r\n`, "/k");
  expect(entries).toEqual([{ marker: null, hosts: "nas", keyType: "ssh-rsa", key: b64(rsa), file: "/k", line: 2 }]);
});

it("knows a host by any of its keys", () => {
  const text = `nas ssh-rsa ${b64(rsa)}\nnas ssh-ed25519 ${b64(ed)}\n`;
  expect(judge(text, "nas", rsa).kind).toBe("known");
  expect(judge(text, "nas", ed).kind).toBe("known");
});

it("names the line of the same type when a key has changed, else any", () => {
  const text = `nas ssh-rsa ${b64(rsa)}\nnas ssh-ed25519 ${b64(ed)}\n`;
  expect(judge(text, "nas", ed2)).toMatchObject({ kind: "changed", entry: { line: 2 } });
  expect(judge(`nas ssh-rsa ${b64(rsa)}\n`, "nas", ed)).toMatchObject({ kind: "changed", entry: { line: 1 } });
});

it("lets a revoked key win over everything, and no other key", () => {
  const text = `nas ssh-ed25519 ${b64(ed)}\n@revoked * ssh-ed25519 ${b64(ed)}\n`;
  expect(judge(text, "nas", ed)).toMatchObject({ kind: "revoked", entry: { line: 2 } });
  expect(judge(`@revoked * ssh-ed25519 ${b64(ed)}\n`, "nas", rsa).kind).toBe("unknown");
});

it("tells a host apart that only an authority vouches for", () => {
  const authority = `@cert-authority *.lab ssh-ed25519 ${b64(ed2)}\n`;
  expect(judge(authority, "nas.lab", ed).kind).toBe("authority");
  // The authority's own key is no host key.
  expect(judge(authority, "nas.lab", ed2).kind).toBe("authority");
  expect(judge(`${authority}nas.lab ssh-ed25519 ${b64(ed)}\n`, "nas.lab", ed).kind).toBe("known");
});

it("names a host with its port unless that is 22", () => {
  expect(knownHostName("NAS", 22)).toBe("nas");
  expect(knownHostName("nas", 2222)).toBe("[nas]:2222");
  expect(knownHostName("fe80::1", 2222)).toBe("[fe80::1]:2222");
});

it("reads a key's type from the key", () => {
  expect(keyTypeOf(ed)).toBe("ssh-ed25519");
  expect(keyTypeOf(Buffer.from("x"))).toBe("unknown");
});

it("asks for known types first, RSA in its newer signatures", () => {
  const entries = parseKnownHosts(`nas ssh-rsa ${b64(rsa)}\npve ssh-ed25519 ${b64(ed)}\n`, "/k");
  expect(hostKeyAlgorithms(entries, "nas").slice(0, 4)).toEqual([
    "rsa-sha2-512",
    "rsa-sha2-256",
    "ssh-rsa",
    "ssh-ed25519",
  ]);
  expect(hostKeyAlgorithms(entries, "pve")[0]).toBe("ssh-ed25519");
  expect(new Set(hostKeyAlgorithms(entries, "nas")).size).toBe(hostKeyAlgorithms(entries, "other").length);
});
