import { describe, expect, it, test } from "vitest";
import { composeEnvText, parseComposeEnv } from "../../../engine/formats/compose-env.ts";
import { mergeCompose } from "../../../engine/formats/compose-merge.ts";
import { composeModel, inOrder } from "../../../engine/formats/compose-model.ts";
import { interpolate, variablesIn } from "../../../engine/formats/compose-variables.ts";
import { parseYamlText, type YamlMap, yamlText } from "../../../engine/formats/yaml-text.ts";

const variables = new Map([
  ["A", "a"],
  ["EMPTY", ""],
  ["N_1", "n"],
]);
const lookUp = (name: string) => variables.get(name) ?? null;

describe("variables of a compose file", () => {
  test.each([
    ["$A and ${A}", "a and a"],
    ["$$A $${A}", "$A ${A}"],
    ["${N_1}x", "nx"],
    ["${NO:-d}", "d"],
    ["${NO-d}", "d"],
    ["${EMPTY:-d}", "d"],
    ["${EMPTY-d}", ""],
    ["${NO:-${A}b}", "ab"],
    ["${NO:-{}}", "{}"],
    ["${A:+yes}${NO:+no}", "yes"],
    ["${EMPTY+yes}${EMPTY:+no}", "yes"],
    ["${A:?why}", "a"],
    ["no signs", "no signs"],
  ])("%s", (text, wanted) => expect(interpolate(text, lookUp)).toEqual({ ok: true, text: wanted }));

  test.each([
    ["$NO", /NO is not set/],
    ["${NO:?say it}", /NO is required: say it/],
    ["${A", /begins no variable/],
    ["${}", /no variable/],
    ["${A b}", /no variable/],
    ["a $", /begins no variable/],
    ["$1", /begins no variable/],
  ])("%s is refused", (text, message) => {
    const said = interpolate(text, lookUp);
    expect(said.ok ? "" : said.message).toMatch(message);
  });

  it("are all found, those in defaults, too", () => {
    expect(variablesIn("$A ${B:-${C}} $$D")).toEqual(["A", "B", "C"]);
  });
});

describe("a file of variables", () => {
  it.each([
    "plain",
    "a b",
    "it's",
    'say "hi"',
    "x$y ${z} $$",
    "back\\slash",
    "l1\nl2",
    "a#b #c",
    "",
    "ünï",
    "'\\\"$",
    "\t",
    " x ",
  ])("%j comes back as it was", (value) => {
    const read = parseComposeEnv(composeEnvText({ A: value }));
    expect(read.ok ? read.values.get("A") : read.message).toBe(value);
  });
  it.each([
    ["A=1\nB=$A", ["1", "1"]],
    ["export A='x' # c", ["x"]],
    ["A = b # c", ["b"]],
    ["# c\n\nA=", [""]],
    ['A="multi\nline"', ["multi\nline"]],
  ])("%j", (text, wanted) => {
    const read = parseComposeEnv(text);
    expect(read.ok ? [...read.values.values()] : read.message).toEqual(wanted);
  });
  it.each([
    ["A=1\n=2", 2],
    ["A='x", 1],
    ["not a variable", 1],
    ["A=1\nB='it''s'", 2],
    ['A="multi\nline" =', 1],
  ])("%j is refused in its line", (text, line) => expect(parseComposeEnv(text)).toMatchObject({ ok: false, line }));
});

describe("YAML of a host", () => {
  it("resolves anchors and merge keys", () => {
    const text = "x-a: &a {restart: always}\nservices:\n  s:\n    <<: *a\n    image: b:1\n";
    expect(parseYamlText(text)).toMatchObject({
      ok: true,
      value: { services: { s: { restart: "always", image: "b:1" } } },
    });
  });
  it.each([["a: [1"], ["a: !reset null"], ["a: 1\n---\nb: 2"], ["a: 1\na: 2"], ["a: *nobody"]])(
    "%j is refused",
    (text) => {
      expect(parseYamlText(text).ok).toBe(false);
    },
  );
  it("does not unfold a bomb", () => {
    const lines = ["a0: &a0 [x, x, x, x, x, x, x, x, x]"];
    for (let at = 1; at < 10; at += 1) lines.push(`a${at}: &a${at} [${`*a${at - 1}, `.repeat(9)}]`);
    expect(parseYamlText(lines.join("\n")).ok).toBe(false);
  });
  it("quotes what could be read otherwise", () => {
    const value: YamlMap = { ports: ["22:22", "80"], yes: "no", on: "off", n: 1, t: "true", text: "a: b" };
    expect(yamlText(value)).toContain('- "22:22"');
    const read = parseYamlText(yamlText(value));
    expect(read.ok ? read.value : read.message).toEqual(value);
  });
});

describe("several files", () => {
  const merged = mergeCompose(
    {
      services: {
        a: { image: "x:1", environment: ["A=1", "B=2"], ports: ["80:80"], volumes: ["/a:/x"], command: ["one", "two"] },
      },
    },
    {
      services: {
        a: { environment: { B: "3" }, ports: ["81:81"], volumes: ["/b:/x"], command: ["three"] },
        b: { image: "y:1" },
      },
    },
  );
  it("are merged as Compose does", () => {
    expect(merged).toEqual({
      services: {
        a: {
          image: "x:1",
          environment: { A: "1", B: "3" },
          ports: ["80:80", "81:81"],
          volumes: ["/b:/x"],
          command: ["three"],
        },
        b: { image: "y:1" },
      },
    });
  });
});

describe("services", () => {
  const read = (services: YamlMap) => composeModel([{ services }], { lookUp, dir: "/srv/p" }).model;
  it("extend one another", () => {
    const model = read({
      base: { image: "x:1", environment: { A: "1" } },
      app: { extends: "base", environment: { B: "2" } },
    });
    expect(model.services.get("app")?.definition).toEqual({ image: "x:1", environment: { A: "1", B: "2" } });
  });
  it("come after what they need, whether they say so or live in its network", () => {
    const model = read({
      app: { image: "x:1", depends_on: ["db"] },
      db: { image: "x:1", network_mode: "service:vpn" },
      vpn: { image: "x:1" },
    });
    expect(inOrder(model, ["app"])?.map(({ name }) => name)).toEqual(["vpn", "db", "app"]);
    expect(model.services.get("db")?.dependsOn.get("vpn")).toEqual({ condition: "service_started", restart: true });
  });
  it("mount what stands below their folder by its whole path", () => {
    const mounts = read({
      app: {
        image: "x:1",
        volumes: ["./a:/a:ro", "../b:/b", "data:/d", "/e", { type: "bind", source: "c", target: "/c" }],
      },
    });
    expect(mounts.services.get("app")?.mounts.map(({ kind, source, readOnly }) => [kind, source, readOnly])).toEqual([
      ["bind", "/srv/p/a", true],
      ["bind", "/srv/b", false],
      ["volume", "data", false],
      ["volume", "", false],
      ["bind", "/srv/p/c", false],
    ]);
  });
});
