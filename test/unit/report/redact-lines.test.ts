import { expect, test } from "vitest";
import { createRedactor } from "../../../engine/report/redact.ts";

test("a line of a diff that is a secret is masked, also one too short to be looked for inside of other texts", () => {
  const redactor = createRedactor();
  redactor.add("x\nzq7Zq7\nlonger-secret\n");
  const diff = "@@ -1,3 +1 @@\n-x\n-zq7Zq7\n-longer-secret\n+open zq7Zq7s";
  expect(redactor.redact(diff)).toBe("@@ -1,3 +1 @@\n-x\n-***\n-***\n+open zq7Zq7s");
  expect(redactor.redact("zq7Zq7 in one line")).toBe("zq7Zq7 in one line");
});
