import fc from "fast-check";
import { inventoryOf } from "./run-site.ts";

const path = fc.constantFrom("/etc/motd", "/etc/issue", "/srv/a", "/srv/b", "/srv/a/c");
const text = fc.constantFrom("x", "y", "{{ inventory_hostname }}", "{{ fact }}");
const register = fc.constantFrom("r1", "r2");
const maybe = <T>(value: fc.Arbitrary<T>): fc.Arbitrary<T | undefined> => fc.option(value, { nil: undefined, freq: 3 });

const action: fc.Arbitrary<Record<string, unknown>> = fc.oneof(
  fc
    .record({
      path,
      state: fc.constantFrom("file", "directory", "absent"),
      mode: maybe(fc.constantFrom("0600", "0755")),
    })
    .map(({ state, mode, ...rest }) => ({
      file: {
        ...rest,
        state,
        ...(mode && state !== "absent" && { mode }),
        ...(state === "absent" && { recursive: true }),
      },
    })),
  fc
    .record({ path, target: fc.constantFrom("/srv/a", "b", "/etc/motd") })
    .map((link) => ({ file: { ...link, state: "link", force: true, recursive: true } })),
  fc.record({ dest: path, content: text }).map((copy) => ({ copy })),
  fc.record({ path, line: text, create: fc.boolean() }).map((line) => ({ line })),
  fc
    .record({ name: fc.constantFrom("j1", "j2"), job: text, minute: fc.nat(3), hour: fc.constant(4) })
    .map((cron) => ({ cron })),
  fc.record({ name: fc.constant("vm.swappiness"), value: fc.nat(2) }).map((sysctl) => ({ sysctl })),
  fc.record({ fact: fc.constantFrom("x", "y", "z") }).map((set_fact) => ({ set_fact })),
  text.map((debug) => ({ debug })),
  path.map((at) => ({ command: { argv: ["touch", at], creates: at } })),
  path.map((at) => ({ command: { argv: ["cat", at] }, reads: true })),
  path.map((at) => ({ command: { argv: ["mkdir", at], unless: ["test", "-e", at] } })),
  fc.constant({ fail: "on purpose" }),
);
/** A task that may make no sense, but is no error. */
export const randomTask = fc
  .record({
    action,
    register: maybe(register),
    when: maybe(
      fc
        .tuple(register, fc.constantFrom("changed", "failed"))
        .map(([name, of]) => `has(vars.${name}) && !vars.${name}.${of}`),
    ),
    loop: maybe(fc.constant(["p", "q"])),
    notify: maybe(fc.constantFrom("handler 1", "handler 2")),
    guard: maybe(fc.constant(true)),
    ignore_errors: fc.boolean(),
  })
  .map(({ action: module, ...keywords }) => ({ ...keywords, ...module }));
export const randomHandlers = fc
  .tuple(action, action)
  .map((actions) => actions.map((each, index) => ({ name: `handler ${index + 1}`, ignore_errors: true, ...each })));

/** A play that may make no sense, but is no error. */
export const randomPlay = fc.record({
  tasks: fc.array(randomTask, { minLength: 1, maxLength: 8 }),
  handlers: randomHandlers,
  hosts: fc.integer({ min: 1, max: 3 }),
  apart: fc.boolean(),
});

export type RandomPlay = typeof randomPlay extends fc.Arbitrary<infer Play> ? Play : never;

/** The site of such a play. JSON is YAML. */
export function filesOf({ tasks, handlers, hosts }: RandomPlay): Readonly<Record<string, string>> {
  const named = tasks.map((each) => ({ name: "task", ...each }));
  return {
    "site.yml": JSON.stringify([{ name: "play", hosts: "all", vars: { fact: "none" }, tasks: named, handlers }]),
    "inventory/hosts.yml": inventoryOf(...["h1", "h2", "h3"].slice(0, hosts)),
  };
}
