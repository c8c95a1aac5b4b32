import { execFileSync } from "node:child_process";
import { chmodSync, chownSync, mkdirSync, symlinkSync, writeFileSync } from "node:fs";
import { dirname, join } from "node:path";
import fc from "fast-check";

/** What may stand at a path before a task comes to it. */
export type StartState =
  | { readonly kind: "absent" }
  | { readonly kind: "file"; readonly content: Uint8Array; readonly mode: number; readonly owner: number }
  | { readonly kind: "directory"; readonly mode: number; readonly holds: readonly string[] }
  | { readonly kind: "link"; readonly to: "file" | "directory" | "nothing" }
  | { readonly kind: "fifo" };

const modes = fc.constantFrom(0o600, 0o644, 0o755, 0o400, 0o4755, 0o777);
const texts = fc.constantFrom(
  "",
  "one\n",
  "no newline at the end",
  "key=1\nother=2\nkey=3\n",
  "# comment\n\n\tindented\r\nü – ✓\n",
  "{{ braces }} $HOME `id` 'quotes' \"and\" \\n\n",
  "x".repeat(70_000),
);
const binaries = fc.constantFrom(Buffer.from([0, 1, 255, 10, 0]), Buffer.from("\xff\xfe text \x00", "latin1"));
const contents = fc.oneof(
  { weight: 3, arbitrary: texts.map((text) => Buffer.from(text)) },
  { weight: 1, arbitrary: binaries },
);

export const startState: fc.Arbitrary<StartState> = fc.oneof(
  { weight: 2, arbitrary: fc.constant<StartState>({ kind: "absent" }) },
  {
    weight: 4,
    arbitrary: fc.record({
      kind: fc.constant("file" as const),
      content: contents,
      mode: modes,
      owner: fc.constantFrom(0, 1, 33),
    }),
  },
  {
    weight: 2,
    arbitrary: fc.record({
      kind: fc.constant("directory" as const),
      mode: fc.constantFrom(0o755, 0o700, 0o2775),
      holds: fc.subarray(["a", "b c", ".hidden"]),
    }),
  },
  {
    weight: 2,
    arbitrary: fc.record({
      kind: fc.constant("link" as const),
      to: fc.constantFrom("file" as const, "directory" as const, "nothing" as const),
    }),
  },
  { weight: 1, arbitrary: fc.constant<StartState>({ kind: "fifo" }) },
);

/** Names that trip careless quoting. */
export const oddName = fc.constantFrom(
  "plain",
  "with blank",
  "it's",
  'say "hi"',
  "-rf",
  "new\nline",
  "tab\there",
  "$HOME",
  "`id`",
  "*",
  "ünïcödé ✓",
  "back\\slash",
  "a;b|c&d",
  "~",
  "%s%n",
  "trailing ",
);

/** Makes the state true; its neighbours too, where a link needs something to lead to. */
export function layDown(path: string, state: StartState): void {
  mkdirSync(dirname(path), { recursive: true });
  switch (state.kind) {
    case "absent":
      return;
    case "file":
      writeFileSync(path, state.content);
      chownSync(path, state.owner, state.owner);
      // After the owner, for a change of owner takes the set-id bits away.
      chmodSync(path, state.mode);
      return;
    case "directory":
      mkdirSync(path);
      for (const name of state.holds) writeFileSync(join(path, name), name);
      chmodSync(path, state.mode);
      return;
    case "link": {
      const end = join(dirname(path), `.end-of-${state.to}`);
      if (state.to === "file") writeFileSync(end, "behind the link\n");
      if (state.to === "directory") mkdirSync(end, { recursive: true });
      symlinkSync(end, path);
      return;
    }
    case "fifo":
      execFileSync("mkfifo", ["--", path]);
  }
}
