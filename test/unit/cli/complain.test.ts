import { expect, it } from "vitest";
import { moreAbout } from "../../../engine/cli/complain.ts";

it("names the page of the one code that was told, or how to find those of several", () => {
  const of = (...codes: readonly string[]) => moreAbout(codes.map((code) => ({ code, message: "wrong" })));
  expect(of("no-file", "no-file")).toBe("More about it: lab explain no-file");
  expect(of("no-file", "bad-key")).toBe("More about each: lab explain CODE, such as no-file");
});
