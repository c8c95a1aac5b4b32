import { expect, test } from "vitest";
import { nameFault } from "../../../engine/sim/zfs/names.ts";
import { niceBytes, niceNumber, parseNumber } from "../../../engine/sim/zfs/numbers.ts";
import { propertyNamed } from "../../../engine/sim/zfs/properties.ts";
import { rulesOf } from "../../../engine/sim/zfs/versions.ts";
import { zfsLab } from "../../support/zfs-lab.ts";

test.each([
  ["10G", 10 * 2 ** 30],
  ["10gib", 10 * 2 ** 30],
  ["1.5K", 1536],
  ["10.3G", 11_059_540_787],
  [".5M", 524_288],
  ["512B", 512],
  ["0", 0],
])("the size %s is read", (text, value) => {
  expect(parseNumber(text)).toEqual({ value });
});

test.each([
  ["", "bad numeric value ''"],
  ["-5", "bad numeric value '-5'"],
  ["10 G", "invalid numeric suffix ' G'"],
  ["1e9", "invalid numeric suffix 'e9'"],
  ["10BB", "invalid numeric suffix 'BB'"],
  ["99999999999E", "numeric value is too large"],
])("the size %j is refused", (text, error) => {
  expect(parseNumber(text)).toEqual({ error });
});

test.each([
  [0, "0"],
  [1023, "1023"],
  [98_304, "96K"],
  [1_000_000, "977K"],
  [1_610_612_736, "1.50G"],
  [11_059_540_787, "10.3G"],
  [1_874_919_328, "1.75G"],
])("%i is printed in five characters at most", (value, text) => {
  expect(niceNumber(value)).toBe(text);
});
test("few bytes say that they are bytes", () => {
  expect([niceBytes(0), niceBytes(512), niceBytes(2048)]).toEqual(["0B", "512B", "2K"]);
});

test.each([
  ["tank/a b", "dataset", null],
  ["tank/A.b-c_d:e", "dataset", null],
  ["tank/a@s", "snapshot", null],
  ["tank", "snapshot", "missing '@' delimiter in snapshot name"],
  ["tank/a@s", "dataset", "snapshot delimiter '@' is not expected here"],
  ["tank/a#m", "dataset", "bookmark delimiter '#' is not expected here"],
  ["tank//b", "dataset", "empty component or misplaced '@' or '#' delimiter in name"],
  ["/tank", "dataset", "leading slash in name"],
  ["tank/", "dataset", "trailing slash in name"],
  ["tank/a@b@c", "any", "multiple '@' and/or '#' delimiters in name"],
  ["tank/a$", "dataset", "invalid character '$' in name"],
  ["tank/%x", "dataset", "invalid character % in name"],
  ["1tank", "dataset", "pool doesn't begin with a letter"],
  [`tank/${"x".repeat(251)}`, "dataset", "name is too long"],
] as const)("the name %s of a %s", (name, type, fault) => {
  expect(nameFault(name, type, true)).toBe(fault);
});

test("between 2.1 and 2.3, release 2.2 has the newer defaults and no JSON", () => {
  const rules = rulesOf(zfsLab("2.2.7-pve2"));
  expect(rules).toMatchObject({ json: false, setFailure: 255, setWithoutMount: true, noLimit: "none" });
  expect(propertyNamed(rules, "compression")?.default).toBe("on");
  expect(propertyNamed(rules, "xattr")?.words.get("sa")).toBe("sa");
  expect(propertyNamed(rules, "direct")).toBeUndefined();
  expect(propertyNamed(rules, "prefetch")?.default).toBe("all");
});

test("a property is found by its other spellings", () => {
  const rules = rulesOf(zfsLab("2.3.2"));
  expect(propertyNamed(rules, "recsize")?.name).toBe("recordsize");
  expect(propertyNamed(rules, "RDONLY")?.name).toBe("readonly");
  expect(propertyNamed(rules, "constructor")).toBeUndefined();
});
