import { describe, expect, test } from "vitest";
import type { Diagnostic } from "../../../engine/errors/diagnostic.ts";
import { formatDiagnostic, formatDiagnostics } from "../../../engine/errors/format-diagnostic.ts";

const site = `- hosts: all
  tasks:
    - name: 容量🚀: x
\t- whne: "true"
    - sysctl: { name: net.ipv4.ip_forward, valeu: 1, ${"filler: 1, ".repeat(20)}last: 1 }
`;
const format = (width = 80) => ({
  source: (file: string) => (file === "site.yml" ? site : undefined),
  colour: false,
  width,
});
const at = (line: number, column: number, length?: number, file = "site.yml") => ({
  file,
  line,
  column,
  ...(length === undefined ? {} : { length }),
});

test("message, place, excerpt, hint", () => {
  const diagnostic: Diagnostic = {
    code: "unknown-keyword",
    message: 'unknown keyword "whne"',
    place: at(4, 4, 4),
    hint: 'did you mean "when"?',
  };
  // The tab counts as one column and shows as four cells.
  expect(formatDiagnostic(diagnostic, format())).toBe(
    `error[unknown-keyword]: unknown keyword "whne"
  --> site.yml:4:4
   |
 4 |     - whne: "true"
   |       ^^^^
  hint: did you mean "when"?`,
  );
});

test("wide characters keep the marks aligned", () => {
  const diagnostic: Diagnostic = { code: "bad-name", message: "no colon here", place: at(3, 15, 3) };
  // 容量 are two cells each, and 🚀, two code units, is two cells as well.
  expect(formatDiagnostic(diagnostic, format())).toBe(
    `error[bad-name]: no colon here
  --> site.yml:3:15
   |
 3 |     - name: 容量🚀: x
   |                 ^^^`,
  );
});

describe("a long line is cut around the place", () => {
  const message = "unknown parameter";
  test("near its start", () => {
    expect(formatDiagnostic({ code: "x", message, place: at(5, 44, 5) }, format(60))).toBe(
      `error[x]: unknown parameter
  --> site.yml:5:44
   |
 5 |     - sysctl: { name: net.ipv4.ip_forward, valeu: 1, f…
   |                                            ^^^^^`,
    );
  });
  test("at its end", () => {
    expect(formatDiagnostic({ code: "x", message, place: at(5, 274, 4) }, format(40))).toBe(
      `error[x]: unknown parameter
  --> site.yml:5:274
   |
 5 | …filler: 1, last: 1 }
   |             ^^^^`,
    );
  });
  test("in its middle, marked longer than there is room", () => {
    expect(formatDiagnostic({ code: "x", message, place: at(5, 54, 220) }, format(40))).toBe(
      `error[x]: unknown parameter
  --> site.yml:5:54
   |
 5 | … valeu: 1, filler: 1, filler: 1, …
   |             ^^^^^^^^^^^^^^^^^^^^^^`,
    );
  });
});

test("places that belong to it, in other files too; without a source no excerpt", () => {
  const diagnostic: Diagnostic = {
    code: "duplicate-role",
    message: "the role is there twice\nand that is one too many",
    severity: "warning",
    place: at(1, 3, 5),
    related: [
      { message: "first defined here", place: at(7, 1, 3, "roles/a/tasks/main.yml") },
      { message: "and used here", place: at(2, 3, 5) },
    ],
  };
  expect(formatDiagnostic(diagnostic, format())).toBe(
    `warning[duplicate-role]: the role is there twice
  and that is one too many
  --> site.yml:1:3
   |
 1 | - hosts: all
   |   ^^^^^
  first defined here
  --> roles/a/tasks/main.yml:7:1
  and used here
  --> site.yml:2:3
   |
 2 |   tasks:
   |   ^^^^^`,
  );
});

test.each([
  ["past the end of its line", at(2, 40, 3), " 2 |   tasks:\n   |         ^"],
  ["past the end of the file", at(99, 1), ""],
])("a place %s", (_, place, excerpt) => {
  const text = formatDiagnostic({ code: "x", message: "m", place }, format());
  const head = `error[x]: m\n  --> site.yml:${place.line}:${place.column}`;
  expect(text).toBe(excerpt === "" ? head : `${head}\n   |\n${excerpt}`);
});

test("without a place, and colours", () => {
  expect(formatDiagnostic({ code: "no-hosts", message: "nothing matches" }, format())).toBe(
    "error[no-hosts]: nothing matches",
  );
  const coloured = formatDiagnostic({ code: "x", message: "m", place: at(2, 3, 5) }, { ...format(), colour: true });
  expect(coloured).toContain("\u001b[31m\u001b[1merror[x]:\u001b[22m\u001b[39m m");
  expect(coloured).toContain("   | \u001b[31m  ^^^^^\u001b[39m");
});

test("a message from elsewhere cannot steer the terminal", () => {
  expect(formatDiagnostic({ code: "x", message: "\u001b[2Jgone" }, format())).toBe("error[x]: ␛[2Jgone");
});

test("several: in the order of their places, each once, counted", () => {
  const one: Diagnostic = { code: "a", message: "one", place: at(2, 1, 1, "b.yml") };
  const diagnostics: Diagnostic[] = [
    one,
    { code: "b", message: "two", place: at(10, 1, 1, "a.yml"), severity: "warning" },
    { ...one },
    { code: "c", message: "three", place: at(2, 9, 1, "a.yml") },
    { code: "d", message: "four" },
  ];
  expect(formatDiagnostics(diagnostics, format())).toBe(
    `error[d]: four

error[c]: three
  --> a.yml:2:9

warning[b]: two
  --> a.yml:10:1

error[a]: one
  --> b.yml:2:1

3 errors, 1 warning`,
  );
});

test("the count names only what there is", () => {
  const warning: Diagnostic = { code: "a", message: "m", severity: "warning" };
  expect(formatDiagnostics([warning], format())).toMatch(/\n\n1 warning$/);
  expect(formatDiagnostics([{ code: "a", message: "m" }], format())).toMatch(/\n\n1 error$/);
});
