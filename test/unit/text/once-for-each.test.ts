import { describe, expect, it } from "vitest";
import { onceForEach } from "../../../engine/text/once-for-each.ts";

function counted(): { readonly made: string[]; readonly of: (text: string) => { readonly text: string } } {
  const made: string[] = [];
  return {
    made,
    of: onceForEach((text) => {
      made.push(text);
      return { text };
    }),
  };
}

describe("what is made once for each text", () => {
  it("is the same thing for the same text", () => {
    const { made, of } = counted();
    expect(of("a")).toBe(of("a"));
    expect(of("b")).not.toBe(of("a"));
    expect(made).toEqual(["a", "b"]);
  });

  it("is bounded: the oldest of very many, and very long ones, are made anew", () => {
    const { made, of } = counted();
    for (let index = 0; index <= 5000; index += 1) of(`${index}`);
    of("5000");
    expect(made).toHaveLength(5001);
    of("0");
    expect(made).toHaveLength(5002);
    of("x".repeat(10_001));
    of("x".repeat(10_001));
    expect(made).toHaveLength(5004);
  });
});
