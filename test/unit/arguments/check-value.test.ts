import { describe, expect, it } from "vitest";
import type { Argument, Shape } from "../../../engine/arguments/argument.ts";
import { type ArgumentType, argumentTypes } from "../../../engine/arguments/argument-types.ts";
import { checkArgument } from "../../../engine/arguments/check-value.ts";
import { refinersOf } from "../../../engine/arguments/refine.ts";
import { Secret } from "../../../engine/value/secret.ts";
import { Unknown } from "../../../engine/value/unknown.ts";
import type { Value } from "../../../engine/value/value.ts";

const place = { file: "roles/r/meta/arguments.yml", line: 2, column: 3 };
const argument = (shape: Partial<Argument> & { readonly type: ArgumentType }): Argument => ({
  name: "x",
  place,
  required: false,
  nullable: false,
  secret: false,
  examples: [],
  ...shape,
});
const shape = (type: ArgumentType, more: Partial<Shape> = {}): Shape => ({ type, secret: false, ...more });
const said = (of: Argument, value: Value): readonly string[] =>
  checkArgument(of, value).map(({ path, message }) => `${path.join(".")}: ${message}`);

describe("a value of each type", () => {
  const cases: Readonly<Record<ArgumentType, { readonly good: readonly Value[]; readonly bad: readonly Value[] }>> = {
    string: { good: ["", "a", "äöü 🎉", "$(reboot)", "a\nb"], bad: [8, 1.5, true, [], {}, ["a"]] },
    integer: { good: [0, -3, 9007199254740991], bad: ["8080", 1.5, 2 ** 53, true, [1], {}, "", "eight"] },
    number: { good: [0, -1.5, 1e9], bad: ["1.5", Number.NaN, Number.POSITIVE_INFINITY, false, [], {}] },
    boolean: { good: [true, false], bad: ["true", "yes", 1, 0, [], {}, ""] },
    list: { good: [[], ["a", 1, null]], bad: ["a", 1, {}, true, "[a]"] },
    map: { good: [{}, { a: 1 }], bad: [[], "a", 1, true] },
    any: { good: ["", 0, false, [], {}], bad: [] },
    path: {
      good: ["/", "/srv/data", "/srv/with space/ü", "/a/..b"],
      bad: ["", "srv", "./a", "/a/../b", "..", "~/x", "/a\0b", "/a\nb", `/${"a".repeat(5000)}`, 5, ["/a"]],
    },
    size: { good: ["500G", "1.5T", "10GiB", 0, 1048576], bad: ["", "G", "-1G", "1X", -1, 1.5, true, "1 G"] },
    duration: { good: ["90s", "5m", "1h30m", "2w", 90, "90"], bad: ["", "5 m", "m5", -1, 1.5, "1y", true, []] },
    ip: {
      good: ["192.0.2.7", "2001:db8::1", "::"],
      bad: ["", "192.0.2", "192.0.2.256", "192.0.2.7/24", "host", 7, "1.2.3.4\n"],
    },
    cidr: { good: ["192.0.2.0/24", "192.0.2.7/32", "2001:db8::/32"], bad: ["", "192.0.2.0", "192.0.2.0/33", "x/8", 8] },
    port: { good: [1, 8080, 65535], bad: [0, 65536, -1, "80", 1.5, true] },
    mode: { good: ["0644", "755", "2770"], bad: [644, 420, "", "0888", "u+x", "07777"] },
    hostname: {
      good: ["pve1", "a.example.org", "192.0.2.7", "_x.b"],
      bad: ["", "a b", "-a", "a..b", "a/b", "$(x)", `${"a".repeat(64)}`, 5],
    },
    url: {
      good: ["https://example.org/", "http://192.0.2.7:8006/x?y", "ssh://git@h/x"],
      bad: ["", "example.org", "https://", "a:b", "http://a b", 5, "//x"],
    },
  };
  const rows = Object.entries(cases).flatMap(([type, { good, bad }]) => [
    ...good.map((value) => [type as ArgumentType, true, value] as const),
    ...bad.map((value) => [type as ArgumentType, false, value] as const),
  ]);

  it("is tried for every type", () => {
    expect(Object.keys(cases).sort()).toEqual(Object.keys(argumentTypes).sort());
  });

  it.each(rows)("%s: %s for %j", (type, fits, value) => {
    const found = checkArgument(argument({ type }), value);
    expect(found.length).toBe(fits ? 0 : 1);
    if (!fits) expect(found[0]?.message).toMatch(/^expected .+, got .+/);
  });
});

describe("what is said", () => {
  it.each<[Argument, Value, string, string | undefined]>([
    [
      argument({ type: "integer" }),
      "8080",
      'expected a whole number, got the text "8080"',
      "it is a text: write 8080 without quotes",
    ],
    [
      argument({ type: "string" }),
      12,
      "expected a text, got the number 12",
      'put it in quotes: "12" (with -e: as JSON)',
    ],
    [argument({ type: "boolean" }), "yes", 'expected true or false, got the text "yes"', "write `true`"],
    [argument({ type: "list" }), "a", 'expected a list, got the text "a"', "write it in brackets: `[a, b]`"],
    [argument({ type: "integer", min: 1, max: 59 }), 75, "expected 1 to 59, got the number 75", undefined],
    [argument({ type: "integer", min: 1 }), 0, "expected at least 1, got the number 0", undefined],
    [argument({ type: "string", min: 1 }), "", "expected at least 1 character, got 0", undefined],
    [argument({ type: "list", max: 1 }), [1, 2], "expected at most 1 item, got 2", undefined],
    [argument({ type: "size", min: 1024 ** 3 }), "10M", 'expected at least 1G, got the text "10M"', undefined],
    [
      argument({ type: "string", choices: ["cron.d", "crontab"] }),
      "cron",
      'expected `cron.d` or `crontab`, got the text "cron"',
      undefined,
    ],
    [
      argument({ type: "string", choices: ["cron.d", "crontab"] }),
      "crontap",
      'expected `cron.d` or `crontab`, got the text "crontap"',
      "did you mean crontab?",
    ],
    [argument({ type: "any", choices: [8, 9] }), "8", 'expected 8 or 9, got the text "8"', "write 8, without quotes"],
    [
      argument({ type: "string", pattern: { source: "[a-z]+", matches: /^(?:[a-z]+)$/u } }),
      "a1",
      'expected a text that matches [a-z]+, got the text "a1"',
      undefined,
    ],
    [argument({ type: "string", required: true }), null, "expected a text, got nothing", "it is required"],
    [argument({ type: "string" }), null, "expected a text, got nothing", "leave it out, and its default counts"],
  ])("%#", (of, value, message, hint) => {
    expect(checkArgument(of, value)).toEqual([{ path: ["x"], message, ...(hint !== undefined && { hint }) }]);
  });

  it("cuts what is long", () => {
    const [problem] = checkArgument(argument({ type: "integer" }), "a".repeat(1_000_000));
    expect(problem?.message.length).toBeLessThan(120);
  });

  it("leaves null to arguments that have no other default, and what is unknown to the run", () => {
    expect(said(argument({ type: "string", nullable: true }), null)).toEqual([]);
    expect(said(argument({ type: "integer" }), new Unknown("later"))).toEqual([]);
    expect(said(argument({ type: "list", items: shape("integer") }), [1, new Unknown("later")])).toEqual([]);
  });
});

describe("what is inside", () => {
  const shares = argument({
    type: "list",
    items: shape("map", {
      keys: new Map([
        ["name", { ...argument({ type: "string", required: true }), name: "name" }],
        ["path", { ...argument({ type: "path" }), name: "path" }],
        ["quota", { ...argument({ type: "size" }), name: "quota", fallback: "1G" }],
      ]),
    }),
  });

  it("is told with its way down", () => {
    expect(said(shares, [{ name: "a", path: "b" }, { pfad: "/x" }, "c"])).toEqual([
      'x.0.path: expected an absolute path, such as /srv/data, got the text "b"',
      "x.1.pfad: there is no such key",
      "x.1: it needs the key `name`, a text",
      'x.2: expected a map, got the text "c"',
    ]);
  });

  it("is checked in maps with any keys", () => {
    const ports = argument({ type: "map", values: shape("port") });
    expect(said(ports, { web: 80, dns: "53" })).toEqual(['x.dns: expected a port from 1 to 65535, got the text "53"']);
  });

  it("gets the defaults of keys that are left out", () => {
    const refine = refinersOf(new Map([["x", shares]])).get("x");
    expect(refine?.([{ name: "a" }, { name: "b", quota: "2G" }])).toEqual([
      { name: "a", quota: "1G" },
      { name: "b", quota: "2G" },
    ]);
    expect(refinersOf(new Map([["x", argument({ type: "string" })]])).size).toBe(0);
  });
});

describe("a secret", () => {
  const hidden = argument({
    type: "string",
    secret: true,
    min: 40,
    choices: ["other"],
    pattern: { source: "z", matches: /^z$/u },
  });
  const nested = argument({
    type: "map",
    keys: new Map([["password", { ...argument({ type: "string", secret: true }), name: "password" }]]),
  });

  it.each<[string, Argument, Value]>([
    ["of the wrong length", hidden, "hunter2"],
    ["of the wrong type", argument({ type: "integer", secret: true }), "hunter2"],
    ["marked as one", argument({ type: "integer" }), new Secret("hunter2")],
    ["where the map around it belongs", nested, "hunter2"],
    ["in a list where a text belongs", nested, { password: ["hunter2"] }],
  ])("%s is not shown", (_, of, value) => {
    const found = checkArgument(of, value);
    expect(found.length).toBeGreaterThan(0);
    expect(JSON.stringify(found)).not.toContain("hunter2");
  });

  it("is one inside of the role: texts, numbers, and all that lists and maps hold", () => {
    const all = argument({ type: "any", secret: true });
    const made = refinersOf(new Map([["x", all]])).get("x")?.({ a: ["hunter2", 4711], b: true });
    expect(JSON.stringify(made)).toBe('{"a":["***","***"],"b":true}');
    const inside = refinersOf(new Map([["x", nested]])).get("x")?.({ password: "hunter2" });
    expect(JSON.stringify(inside)).toBe('{"password":"***"}');
  });

  it("counts as the number that it is", () => {
    expect(said(argument({ type: "integer", max: 5000 }), new Secret("4711"))).toEqual([]);
    expect(said(argument({ type: "integer", max: 100 }), new Secret("4711"))).toHaveLength(1);
  });
});
