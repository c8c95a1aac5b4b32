import fc from "fast-check";
import { type Entry, onceIn, randomEntries, randomFailure } from "./random-blocks.ts";
import { randomHandlers, randomTask } from "./random-plays.ts";
import { inventoryOf } from "./run-site.ts";

const task: fc.Arbitrary<Entry> = fc
  .record({
    of: randomTask,
    run_once: onceIn(5, fc.constant(true)),
    any_errors_fatal: onceIn(5, fc.constant(true)),
    // Failures are what blocks are about: most of them are not forgiven here.
    forgiven: fc.nat(3),
  })
  .map(({ of, forgiven, ...more }) => ({ ...of, ...more, name: "task", ignore_errors: forgiven === 0 }));

const order: fc.Arbitrary<Entry> = fc.oneof(
  { weight: 3, arbitrary: fc.constant({ meta: "flush_handlers" }) },
  { weight: 1, arbitrary: fc.constant({ meta: "end_host", when: "inventory_hostname == 'h2'" }) },
);

const entries = randomEntries(
  [
    { weight: 5, arbitrary: task },
    { weight: 1, arbitrary: randomFailure("h1") },
    { weight: 1, arbitrary: order },
  ],
  "h1",
  { run_once: onceIn(6, fc.constant(true)), any_errors_fatal: onceIn(6, fc.constant(true)) },
);

/** A play with blocks, orders, batches and strategies that may make no sense, but is no error. */
export const randomFlow = fc.record({
  tasks: fc.array(entries, { minLength: 1, maxLength: 6 }),
  handlers: randomHandlers,
  hosts: fc.integer({ min: 1, max: 3 }),
  apart: fc.boolean(),
  strategy: fc.constantFrom("linear", "linear", "free"),
  serial: onceIn(6, fc.constantFrom(1, 2, "50%")),
  force_handlers: fc.boolean(),
  max_fail_percentage: onceIn(6, fc.constantFrom(0, 40)),
});

export type RandomFlow = typeof randomFlow extends fc.Arbitrary<infer Play> ? Play : never;

/** The site of such a play, with a second one behind it that sees what it leaves. JSON is YAML. */
export function flowFiles({ hosts, apart: _apart, ...play }: RandomFlow): Readonly<Record<string, string>> {
  const behind = { name: "behind", copy: { dest: "/etc/motd", content: "x" } };
  const plays = [
    { name: "play", hosts: "all", vars: { fact: "none" }, ...play },
    { name: "next", hosts: "all", tasks: [behind] },
  ];
  return {
    "site.yml": JSON.stringify(plays),
    "inventory/hosts.yml": inventoryOf(...["h1", "h2", "h3"].slice(0, hosts)),
  };
}
