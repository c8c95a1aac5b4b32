import { describe, expect, test } from "vitest";
import type { Diagnostic } from "../../../engine/errors/diagnostic.ts";
import { EvaluationError } from "../../../engine/value/evaluation-error.ts";
import type { Scope } from "../../../engine/value/scope.ts";
import type { Value, ValueMap } from "../../../engine/value/value.ts";
import { compileVariable } from "../../../engine/vars/compile-value.ts";
import type { Variable, VarsLayer } from "../../../engine/vars/layer.ts";
import { createScope, extendScope } from "../../../engine/vars/resolve-vars.ts";
import { nodeOf } from "../../support/evaluate.ts";

/** A layer of the site, from YAML. */
function layer(level: VarsLayer["level"], yaml: string, origin = `level ${level}`): VarsLayer {
  const node = nodeOf(yaml, `${origin}.yml`);
  if (node.kind !== "map") throw new Error("a layer is a map");
  const variables = new Map<string, Variable>();
  for (const { key, keyPlace, value } of node.entries) {
    const compiled = compileVariable(value);
    if (!compiled.ok) throw new Error(compiled.diagnostics[0]?.message);
    variables.set(key, { place: keyPlace, content: { kind: "source", source: compiled.value } });
  }
  return { level, origin, variables };
}

function data(level: VarsLayer["level"], values: ValueMap): VarsLayer {
  const place = { file: "data", line: 1, column: 1 };
  const entries = Object.entries(values).map(([name, value]): [string, Variable] => [
    name,
    { place, content: { kind: "data", value } },
  ]);
  return { level, origin: `data ${level}`, variables: new Map(entries) };
}

const noMagic = new Map<string, Value>();

function errorOf(scope: Scope, name: string): Diagnostic | undefined {
  try {
    scope.get(name);
  } catch (error) {
    if (error instanceof EvaluationError) return error.diagnostic;
    throw error;
  }
  return undefined;
}

const relatedTo = (diagnostic: Diagnostic | undefined) =>
  diagnostic?.related?.map(({ message, place }) => `${place.file}:${place.line} ${message}`);

describe("which one wins", () => {
  test("the higher level, in whatever order the layers come; the later among equals", () => {
    const layers = [
      layer(4, "a: play\nb: play"),
      layer(1, "a: role\nc: role"),
      layer(2, "c: group"),
      layer(2, "c: child\nd: child"),
    ];
    for (const order of [layers, [layers[1], layers[2], layers[3], layers[0]].flatMap((entry) => entry ?? [])]) {
      const scope = createScope(order, noMagic);
      expect(["a", "b", "c", "d", "e"].map((name) => scope.get(name))).toEqual([
        "play",
        "play",
        "child",
        "child",
        undefined,
      ]);
    }
  });

  test("a map replaces a map", () => {
    expect(createScope([layer(1, "m: { a: 1 }"), layer(3, "m: { b: 2 }")], noMagic).get("m")).toEqual({ b: 2 });
  });

  test("magic wins over every level, and is asked once, when it is read", () => {
    let asked = 0;
    const groups = () => {
      asked += 1;
      return { all: ["pve1"] };
    };
    const scope = createScope(
      [data(8, { groups: "mine" })],
      new Map<string, Value | (() => Value)>([["groups", groups]]),
    );
    expect(asked).toBe(0);
    expect([scope.get("groups"), scope.get("groups")]).toEqual([{ all: ["pve1"] }, { all: ["pve1"] }]);
    expect(asked).toBe(1);
  });

  test("where it was set, and what that overrode", () => {
    const scope = createScope(
      [layer(1, "x: 0\na: role", "defaults"), layer(3, "a: host", "host vars"), layer(2, "a: group", "group vars")],
      noMagic,
    );
    expect(scope.whereIs("a")).toEqual({
      place: { file: "host vars.yml", line: 1, column: 1, length: 1 },
      origin: "host vars",
      shadowed: [
        { place: { file: "group vars.yml", line: 1, column: 1, length: 1 }, origin: "group vars" },
        { place: { file: "defaults.yml", line: 2, column: 1, length: 1 }, origin: "defaults" },
      ],
    });
    expect(scope.whereIs("b")).toBeUndefined();
  });
});

describe("templates in definitions", () => {
  test("see the winner of what they read, whatever level they stand on", () => {
    const scope = createScope(
      [layer(1, "url: 'http://{{ host }}:{{ port }}'\nport: 80\nhost: x"), layer(3, "port: 8080")],
      noMagic,
    );
    expect(scope.get("url")).toBe("http://x:8080");
  });

  test("are evaluated only when read, and once", () => {
    const scope = createScope([layer(1, "bad: '{{ nope }}'\nlist: ['{{ one }}']\none: 1")], noMagic);
    expect(scope.get("list")).toBe(scope.get("list"));
    expect(scope.has("bad")).toBe(true);
  });

  test("data is never rendered", () => {
    expect(createScope([data(7, { out: "{{ nope }}" })], noMagic).get("out")).toBe("{{ nope }}");
  });
});

describe("what goes wrong says in whose definition", () => {
  test("an undefined variable, over two definitions", () => {
    const scope = createScope(
      [layer(1, "x: 1\na: '{{ b }}'", "defaults"), layer(3, "\nb: 'to {{ nope }}'", "host vars")],
      noMagic,
    );
    const diagnostic = errorOf(scope, "a");
    expect(diagnostic).toMatchObject({
      code: "undefined-variable",
      place: { file: "host vars.yml", line: 2, column: 11 },
    });
    expect(relatedTo(diagnostic)).toEqual([
      'host vars.yml:2 in the definition of "b" (host vars)',
      'defaults.yml:2 "b" is read here',
      'defaults.yml:2 in the definition of "a" (defaults)',
    ]);
  });

  test("a cycle names its chain and every place", () => {
    const scope = createScope(
      [layer(1, "start: '{{ a }}'\na: '{{ b }}'\nb: '{{ c }}'\nc: '{{ a }}'", "defaults")],
      noMagic,
    );
    const diagnostic = errorOf(scope, "start");
    expect(diagnostic?.message).toBe("variables are defined by each other: a → b → c → a");
    expect(relatedTo(diagnostic)).toEqual(
      ["a", "b", "c"].map((name, index) => `defaults.yml:${index + 2} "${name}" is defined here`),
    );
    // The chain is forgotten: the next reading starts anew.
    expect(errorOf(scope, "b")?.message).toBe("variables are defined by each other: b → c → a → b");
  });

  test("a variable that reads itself", () => {
    const scope = createScope([layer(1, "path: /usr"), layer(3, "path: '{{ path }}/bin'")], noMagic);
    expect(errorOf(scope, "path")?.message).toBe('the variable "path" is defined by itself');
  });

  test("a cycle through the variables of other hosts ends, though every reading makes new scopes", () => {
    const layers = [layer(1, "x: '{{ hostvars.other.x }}'")];
    const make = (): Scope =>
      createScope(layers, new Map([["hostvars", () => ({ other: lazily("x", () => make().get("x") ?? null) })]]));
    expect(errorOf(make(), "x")?.code).toBe("variable-cycle");
  });
});

describe("!merge and !append", () => {
  const layers = [
    layer(1, "m: { a: 1, deep: { x: 1, y: [1] } }\nl: [a]"),
    layer(2, "m: !merge { b: 2, deep: { y: [2] } }\nl: !append [b]"),
    layer(3, "m: !merge { a: '{{ three }}' }\nthree: 3\nl: !append '{{ more }}'\nmore: [c, d]"),
  ];
  test("join what lower levels say", () => {
    const scope = createScope(layers, noMagic);
    expect(scope.get("m")).toEqual({ a: 3, deep: { x: 1, y: [2] }, b: 2 });
    expect(scope.get("l")).toEqual(["a", "b", "c", "d"]);
  });
  test("stop at a level without the tag", () => {
    expect(createScope([...layers, layer(4, "l: [e]"), layer(5, "l: !append [f]")], noMagic).get("l")).toEqual([
      "e",
      "f",
    ]);
  });
  test("with nothing below are the value itself", () => {
    expect(createScope([layer(2, "m: !merge { a: 1 }")], noMagic).get("m")).toEqual({ a: 1 });
  });
  test("cannot join other kinds of values", () => {
    const scope = createScope(
      [layer(1, "m: text\nl: { a: 1 }"), layer(2, "m: !merge { a: 1 }\nl: !append [1]")],
      noMagic,
    );
    expect(errorOf(scope, "m")?.message).toBe("!merge joins maps, and the value that it joins is a string");
    expect(errorOf(scope, "l")?.message).toBe("!append joins lists, and the value that it joins is a map");
  });
});

describe("loop variables", () => {
  const layers = [
    layer(1, "fixed: ['{{ base }}']\nbase: /srv"),
    layer(6, "path: '{{ base }}/{{ item.name }}'\nlabel: '<{{ path }}>'\nitem: own"),
  ];

  test("win, and templates of every level see them", () => {
    const scope = createScope(layers, noMagic);
    const labels = ["a", "b"].map((name) => extendScope(scope, { item: { name } }).get("label"));
    expect(labels).toEqual(["</srv/a>", "</srv/b>"]);
    expect(scope.get("item")).toBe("own");
  });

  test("what does not read them is evaluated once for all rounds", () => {
    const scope = createScope(layers, noMagic);
    const [one, two] = [extendScope(scope, { item: 1 }), extendScope(scope, { item: 2 })];
    expect(one.get("fixed")).toBe(two.get("fixed"));
    expect(one.get("fixed")).toEqual(["/srv"]);
  });

  test("of an inner loop add to those of the outer one", () => {
    const outer = extendScope(createScope([layer(6, "both: '{{ item }}{{ inner }}'")], noMagic), { item: 1 });
    expect(extendScope(outer, { inner: 2 }).get("both")).toBe("12");
    expect([...extendScope(outer, { inner: 2 }).names()].sort()).toEqual(["both", "inner", "item"]);
  });

  test("are seen by a variable that is chosen at run time", () => {
    const scope = createScope([layer(6, "chosen: !expr vars[which]\nwhich: item")], noMagic);
    expect([1, 2].map((item) => extendScope(scope, { item }).get("chosen"))).toEqual([1, 2]);
  });
});

function lazily(name: string, get: () => Value): ValueMap {
  return Object.defineProperty({}, name, { enumerable: true, get });
}
