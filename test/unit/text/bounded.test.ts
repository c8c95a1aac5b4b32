import { expect, test } from "vitest";
import { bounded } from "../../../engine/text/bounded.ts";

test("a long text keeps its beginning and its end, and says how long it was", () => {
  expect(bounded("short")).toBe("short");
  const text = bounded(`began ${"x".repeat(1_000_000)} ended`);
  expect(text.length).toBeLessThan(6100);
  expect(text).toMatch(/^began x+ … \(1000012 characters in all\) … x+ ended$/);
});
