import { may } from "../files/file-tree.ts";
import { nodeOf } from "../files/look-at-path.ts";
import { absolute, fails, NotImitated, refuseArgument, type Tool, type ToolContext } from "../tool.ts";

export const test: Tool = { name: "test", rests: "recorded", run: (context, args) => evaluate(context, args) };
export const bracket: Tool = {
  name: "[",
  rests: "recorded",
  run: (context, args) => (args.at(-1) === "]" ? evaluate(context, args.slice(0, -1)) : fails(2, "[: missing ']'\n")),
};

function evaluate(context: ToolContext, args: readonly string[]): ReturnType<Tool["run"]> {
  const answer = (holds: boolean) => fails(holds ? 0 : 1);
  const [first = "", second = "", third = ""] = args;
  if (args.length === 0) return answer(false);
  if (args.length === 1) return answer(first !== "");
  if (first === "!" && args.length <= 4) {
    const inner = evaluate(context, args.slice(1));
    return inner.code > 1 ? inner : answer(inner.code === 1);
  }
  if (args.length === 2) return answer(unary(context, first, second));
  if (args.length === 3) {
    if (second === "=" || second === "==") return answer(first === third);
    if (second === "!=") return answer(first !== third);
    const compare = INTEGER_TESTS[second];
    if (compare === undefined) throw new NotImitated(`the embedded lab's test does not know "${second}"`);
    for (const side of [first, third]) {
      if (!/^\s*[+-]?\d+\s*$/.test(side)) return fails(2, `test: invalid integer '${side}'\n`);
    }
    return answer(compare(Number(first), Number(third)));
  }
  throw new NotImitated(`the embedded lab's test does not know expressions of ${args.length} words`);
}

const INTEGER_TESTS: Readonly<Record<string, (a: number, b: number) => boolean>> = {
  "-eq": (a, b) => a === b,
  "-ne": (a, b) => a !== b,
  "-lt": (a, b) => a < b,
  "-le": (a, b) => a <= b,
  "-gt": (a, b) => a > b,
  "-ge": (a, b) => a >= b,
};

function unary(context: ToolContext, operator: string, operand: string): boolean {
  if (operator === "-n") return operand !== "";
  if (operator === "-z") return operand === "";
  if (!/^-[edfhLrwxs]$/.test(operator)) refuseArgument("test", operator);
  if (operand === "") return false;
  const { session } = context;
  const links = operator === "-h" || operator === "-L";
  const node = nodeOf(session, absolute(context, operand), !links);
  if (node === undefined) return false;
  switch (operator) {
    case "-d":
      return node.type === "directory";
    case "-f":
      return node.type === "file";
    case "-h":
    case "-L":
      return node.type === "symlink";
    case "-s":
      return node.type !== "file" || node.content !== "";
    case "-r":
      return may(session.user, node, "r");
    case "-w":
      return may(session.user, node, "w");
    case "-x":
      return may(session.user, node, "x");
    default:
      return true;
  }
}
