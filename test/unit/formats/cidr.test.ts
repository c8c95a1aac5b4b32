import { isIP } from "node:net";
import fc from "fast-check";
import { describe, expect, test } from "vitest";
import {
  canonicalCidrs,
  cidrContains,
  isNetwork,
  networkOf,
  parseCidr,
  parseIp,
  printCidr,
  printIp,
} from "../../../engine/formats/cidr.ts";

const canonical = (text: string) => {
  const cidr = parseCidr(text);
  return cidr === null ? null : `${isNetwork(cidr) ? "" : "host of "}${printCidr(networkOf(cidr))}`;
};

test.each([
  ["192.168.1.0/24", "192.168.1.0/24"],
  ["192.168.1.1/24", "host of 192.168.1.0/24"],
  ["10.0.0.1", "10.0.0.1/32"],
  ["0.0.0.0/0", "0.0.0.0/0"],
  ["255.255.255.255/32", "255.255.255.255/32"],
  ["2001:DB8:0:0::/64", "2001:db8::/64"],
  ["2001:db8:0:1:0:0:0:1/64", "host of 2001:db8:0:1::/64"],
  ["::/0", "::/0"],
  ["::1", "::1/128"],
  ["fd00:7:0::/48", "fd00:7::/48"],
  ["1:0:0:2:0:0:0:3", "1:0:0:2::3/128"],
  ["1:0:2:0:3:0:4:0", "1:0:2:0:3:0:4:0/128"],
  ["", null],
  ["10.0.0.0/33", null],
  ["10.0.0.0/-1", null],
  ["10.0.0.0/08", null],
  ["10.0.0/8", null],
  ["10.0.0.256", null],
  ["010.0.0.1", null],
  ["1::2::3", null],
  ["1:2:3:4:5:6:7:8:9", null],
  ["1:2:3:4:5:6:7::8:9", null],
  ["fe80::1%eth0", null],
  ["10.0.0.0/8/8", null],
  ["10.0.0.0/8\n", null],
  [" 10.0.0.0/8", null],
  ["tag:x", null],
])("%j is %j", (text, wanted) => {
  expect(canonical(text)).toBe(wanted);
});

test("lists are sorted, each network once, whatever its spelling", () => {
  expect(canonicalCidrs(["fd00::/8", "10.0.0.0/8", "fd00:0::/8", "9.0.0.0/8", "10.0.0.0/9"])).toEqual([
    "9.0.0.0/8",
    "10.0.0.0/8",
    "10.0.0.0/9",
    "fd00::/8",
  ]);
});

test("what lies in what", () => {
  const inside = (outer: string, inner: string) => {
    const [a, b] = [parseCidr(outer), parseCidr(inner)];
    return a !== null && b !== null && cidrContains(a, b);
  };
  expect(inside("192.168.0.0/16", "192.168.7.0/24")).toBe(true);
  expect(inside("192.168.7.0/24", "192.168.0.0/16")).toBe(false);
  expect(inside("192.168.7.0/24", "192.168.7.0/24")).toBe(true);
  expect(inside("0.0.0.0/0", "fd00::/8")).toBe(false);
  expect(inside("::/0", "fd00::/8")).toBe(true);
});

describe("as the system's own parser", () => {
  const group = fc.nat(65535).map((number) => number.toString(16));
  const six = fc.array(group, { minLength: 8, maxLength: 8 }).map((groups) => groups.join(":"));
  const short = fc
    .tuple(fc.array(group, { maxLength: 5 }), fc.array(group, { maxLength: 5 }))
    .map(([head, tail]) => `${head.join(":")}::${tail.join(":")}`);
  const mangled = fc
    .array(fc.constantFrom("0", "1", "25", "255", ".", ":", "f", "::", "/"), { maxLength: 12 })
    .map((parts) => parts.join(""));
  test("what is an address and what is none", () => {
    fc.assert(
      fc.property(fc.oneof(fc.ipV4(), six, short, mangled), (text) => {
        // An IPv4 address at the end of an IPv6 one is no form of a network.
        fc.pre(!(text.includes(":") && text.includes(".")));
        expect(parseIp(text)?.family ?? 0).toBe(isIP(text));
      }),
    );
  });
  test("what is printed is the same address, in the spelling that URLs give it", () => {
    fc.assert(
      fc.property(fc.oneof(six, short), (text) => {
        const ip = parseIp(text);
        fc.pre(ip !== null);
        if (ip === null) return;
        expect(`[${printIp(ip)}]`).toBe(new URL(`http://[${text}]`).hostname);
        expect(parseIp(printIp(ip))).toEqual(ip);
      }),
    );
  });
});
