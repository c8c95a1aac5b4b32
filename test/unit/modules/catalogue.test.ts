import { readdirSync, readFileSync } from "node:fs";
import { describe, expect, test } from "vitest";
import { parse } from "yaml";
import { z } from "zod";
import { modules } from "../../support/all-modules.ts";
import { problemsOf } from "../../support/plan-module.ts";

const folder = new URL("../../../modules/", import.meta.url);

/** An example as the engine binds it: names of files and conditions become what they stand for. */
function bound(name: string, params: Record<string, unknown>): Record<string, unknown> {
  const content = { kind: "streamed", size: 0, sha256: "", open: () => [] };
  const condition = (source: unknown) => ({ kind: "condition", source, holds: true });
  return Object.fromEntries(
    Object.entries(params).map(([key, value]) => {
      if (name === "template" && key === "src") return [key, { kind: "template-file", name: value, content: "x" }];
      if (key === "dest" && name === "fetch")
        return [key, { kind: "local-dest", name: value, path: "/site/x", host: "h1" }];
      if ((name === "copy" || name === "archive") && key === "src")
        return [key, { kind: "local-file", name: value, content }];
      if (name === "include_vars" && key === "file") return [key, { kind: "vars-file", name: value, variables: [] }];
      if (name === "assert" && key === "that")
        return [key, Array.isArray(value) ? value.map(condition) : condition(value)];
      if (name === "debug" && key === "var") return [key, { kind: "expression", source: value, value: null }];
      return [key, value];
    }),
  );
}

test("every module file or folder is in the index, and the index is in order", () => {
  const files = readdirSync(folder).filter((name) => name !== "index.ts" && !name.endsWith(".md"));
  const names = modules.map(({ name }) => name);
  expect(names).toEqual(files.map((name) => name.replace(/\.ts$/, "").replaceAll("-", "_")).sort());
});

test("a module imports only the contract, formats and zod", () => {
  const files = readdirSync(folder).filter((name) => name.endsWith(".ts") && name !== "index.ts");
  const imports = files.flatMap((name) =>
    [...readFileSync(new URL(name, folder), "utf8").matchAll(/from "([^"]+)"/g)].map((match) => match[1]),
  );
  expect(imports.length).toBeGreaterThan(files.length);
  for (const each of imports)
    expect(each).toMatch(/^(zod|\.\.\/engine\/module\/index\.ts|\.\.\/engine\/formats\/[\w-]+\.ts)$/);
});

// Who has learnt how one module's time limit is written has learnt all of them.
test("a length of time is seconds or a text, and says so, whatever the module", () => {
  const names = /^(timeout|wait_timeout|delay|pre_delay|post_delay)$/;
  const lengths = modules.flatMap(({ name, params }) =>
    params instanceof z.ZodObject
      ? Object.entries<z.ZodType>(params.shape)
          .filter(([parameter]) => names.test(parameter))
          .map(([parameter, schema]) => ({ at: `${name}.${parameter}`, schema }))
      : [],
  );
  expect(lengths.length).toBeGreaterThan(10);
  for (const { at, schema } of lengths) {
    expect(schema.safeParse("1m30s"), at).toMatchObject({ success: true, data: 90 });
    expect(schema.safeParse(90), at).toMatchObject({ success: true, data: 90 });
    expect(schema.description, at).toContain("seconds, or a text such as `");
  }
});

describe.each(modules.map((module) => ({ name: module.name, module })))("$name", ({ name, module }) => {
  test("is described, each of its parameters too", () => {
    expect(module.summary).toMatch(/^[A-Z].*\.$/);
    if (!(module.params instanceof z.ZodObject)) return expect(module.params.description).toBeTruthy();
    const shape: Record<string, z.ZodType> = module.params.shape;
    expect(Object.keys(shape).length).toBeGreaterThan(0);
    for (const [parameter, schema] of Object.entries(shape)) {
      expect(schema.description, `${name}.${parameter}`).toMatch(/^[`A-Z\d].*[.:`]$/s);
    }
  });

  test("has at least two examples, which its schema takes", () => {
    expect(module.examples.length).toBeGreaterThanOrEqual(2);
    for (const example of module.examples) {
      const task: unknown = parse(example);
      expect(task, example).toEqual({ [name]: expect.anything() });
      const given = Object.values(task as Record<string, unknown>)[0];
      const raw = typeof given === "string" && module.shorthand !== undefined ? { [module.shorthand]: given } : given;
      expect(problemsOf(module, bound(name, raw as Record<string, unknown>)), example).toEqual([]);
    }
  });

  test("refuses what is no map, and parameters that it does not know", () => {
    for (const raw of [null, 5, ["a"], "a"]) expect(problemsOf(module, raw)).not.toEqual([]);
    // What these do not know is the name of a variable.
    if (name === "set_fact" || name === "add_host") return;
    expect(problemsOf(module, { no_such_parameter: 1 }).join()).toContain("no_such_parameter");
  });
});
