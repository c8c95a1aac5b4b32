import fc from "fast-check";

export type Entry = Readonly<Record<string, unknown>>;

/** There in one case of so many. */
export const onceIn = <T>(cases: number, value: fc.Arbitrary<T>): fc.Arbitrary<T | undefined> =>
  fc.oneof({ weight: cases - 1, arbitrary: fc.constant(undefined) }, { weight: 1, arbitrary: value });

/** A failure that comes on one host alone, on the others, or on all. */
export const randomFailure = (host: string): fc.Arbitrary<Entry> =>
  fc
    .constantFrom("true", `inventory_hostname == '${host}'`, `inventory_hostname != '${host}'`)
    .map((when) => ({ name: "failure", fail: "on purpose", when }));

/** Such entries, and blocks of them, with blocks in them. `host`: what a block may be for alone; `more`: further keywords of a block. */
export function randomEntries(
  entries: readonly fc.WeightedArbitrary<Entry>[],
  host: string,
  more: Readonly<Record<string, fc.Arbitrary<unknown>>> = {},
): fc.Arbitrary<Entry> {
  return fc.letrec<{ entry: Entry; block: Entry }>((tie) => {
    const some = (most: number) => fc.array(tie("entry"), { minLength: 1, maxLength: most });
    return {
      entry: fc.oneof({ depthSize: "small", withCrossShrink: true }, ...entries, {
        weight: 2,
        arbitrary: tie("block"),
      }),
      block: fc
        .record({
          block: some(4),
          rescue: onceIn(2, some(3)),
          always: onceIn(2, some(2)),
          loop: onceIn(6, fc.constantFrom(["p"], ["p", "q"])),
          when: onceIn(6, fc.constantFrom(`inventory_hostname == '${host}'`, "has(vars.r1)")),
          notify: onceIn(6, fc.constant("handler 1")),
          ignore_errors: onceIn(6, fc.constant(true)),
          guard: onceIn(6, fc.constant(true)),
          ...more,
        })
        .map((block) => ({ name: "block", ...block, ...(block.loop && { loop_control: { loop_var: "turn" } }) })),
    };
  }).entry;
}
