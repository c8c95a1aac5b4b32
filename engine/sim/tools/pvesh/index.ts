import { namesIn } from "../../files/file-tree.ts";
import { isCall, parameterErrors, readCommandLine } from "../../pve/command/command-line.ts";
import { PveError, UsageError } from "../../pve/command/pve-error.ts";
import type { Schema } from "../../pve/command/schema.ts";

import { fails, NotImitated, refuseArgument, type Tool, type ToolContext, type ToolResult } from "../../tool.ts";
import type { ApiMethod } from "./api.ts";
import { listOfNode } from "./list-of-node.ts";
import { API_PATHS } from "./paths.ts";
import { printAnswer } from "./print.ts";

const boolean: Schema = { kind: "boolean" };
/** How the answer of a call is printed. */
export const FORMATTING: Readonly<Record<string, Schema>> = {
  "human-readable": boolean,
  noborder: boolean,
  noheader: boolean,
  noproxy: boolean,
  "output-format": { kind: "string", values: ["text", "json", "json-pretty", "yaml"] },
  quiet: boolean,
};
const VERBS = ["get", "set", "create", "delete"] as const;
/** Where the API begins. What is below these and not in the table the real tool may well know. */
const ROOTS = ["access", "cluster", "nodes", "pools", "storage", "version"];

/** pve-manager 8.4: the API from the command line, for the paths that the lab has. */
export const pvesh: Tool = {
  name: "pvesh",
  rests: "recorded",
  run(context, args) {
    const [word = "", path = "", ...rest] = args;
    if (context.session.user.uid !== 0) return fails(255, "please run as root\n");
    if (word === "ls") return listOfNode(context.session, path, rest);
    const verb = VERBS.find((each) => each === word);
    if (verb === undefined) refuseArgument("pvesh", word === "" ? "no command" : word);
    const found = findMethod(path, verb);
    if (found === null) {
      const parts = path.split("/").filter((part) => part !== "");
      if (ROOTS.includes(parts[0] ?? ""))
        throw new NotImitated(`the embedded lab's pvesh does not know "${verb} ${path}"`);
      return fails(1, `No '${verb}' handler defined for '${path}'\n`);
    }
    const { host } = context.session;
    const { node } = found.captured;
    if (node !== undefined && !namesIn(host, "/etc/pve/nodes").includes(node)) {
      const why = `failed to get address info for: ${node}: Temporary failure in name resolution`;
      return fails(11, `hostname lookup '${node}' failed - ${why}\n`);
    }
    return call(context, verb, found.method, found.captured, rest);
  },
};

function call(
  { session, stdin }: ToolContext,
  verb: string,
  method: ApiMethod,
  captured: Readonly<Record<string, string>>,
  args: readonly string[],
): ToolResult {
  const required = method.required ?? [];
  const needed = required.map((name) => ` --${name} <${nameOf(method.options?.[name])}>`).join("");
  const usage = `pvesh ${verb} <api_path>${needed} [OPTIONS] [FORMAT_OPTIONS]`;
  const options = { ...FORMATTING, ...method.options };
  const read = readCommandLine({ usage, words: {}, options, lists: method.lists ?? [] }, args, stdin);
  if (!isCall(read)) return read;
  const missing = required.filter((name) => !read.params.has(name));
  if (missing.length > 0) {
    const why = "property is missing and it is not optional";
    return parameterErrors(usage, Object.fromEntries(missing.map((name) => [name, why])));
  }
  const given = new Map([...read.params].filter(([name]) => FORMATTING[name] === undefined));
  try {
    const answer = method.run({ session, path: captured, options: given });
    if ("code" in answer) return answer;
    const quiet = read.params.get("quiet") === "1";
    const printed = printAnswer(answer.data, read.params.get("output-format") ?? "text", method.columns);
    return { code: 0, stdout: `${answer.stdout ?? ""}${quiet ? "" : printed}`, stderr: answer.stderr ?? "" };
  } catch (error) {
    if (!(error instanceof PveError)) throw error;
    return fails(error.code, error instanceof UsageError ? `${error.message}${usage}\n` : error.message);
  }
}
function nameOf(schema: Schema | undefined): string {
  return schema === undefined || schema.kind === "properties" ? "string" : schema.kind;
}

/** The method for a path, the most literal pattern first, with what its `{…}` stand for. */
function findMethod(path: string, verb: (typeof VERBS)[number]) {
  const parts = path.split("/").filter((part) => part !== "");
  const found = API_PATHS.flatMap((entry) => {
    const captured = capture(entry.path, parts);
    const method = entry[verb];
    return captured === null || method === undefined ? [] : [{ method, captured }];
  });
  found.sort((a, b) => Object.keys(a.captured).length - Object.keys(b.captured).length);
  return found[0] ?? null;
}

function capture(pattern: string, parts: readonly string[]): Readonly<Record<string, string>> | null {
  const wanted = pattern.split("/").filter((part) => part !== "");
  const captured: Record<string, string> = {};
  for (const [index, piece] of wanted.entries()) {
    const name = /^\{(\w+)(\.\.\.)?\}$/.exec(piece);
    const part = parts[index];
    if (part === undefined || (!name && part !== piece)) return null;
    if (name?.[2] !== undefined) {
      captured[name[1] ?? ""] = parts.slice(index).join("/");
      return captured;
    }
    if (name) captured[name[1] ?? ""] = part;
  }
  return parts.length === wanted.length ? captured : null;
}
