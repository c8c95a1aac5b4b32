import { Bug } from "../../errors/bug.ts";
import { Secret } from "../../value/secret.ts";
import type { Argv, Content, ExecSpec, HttpSpec, Operation, ScriptSpec } from "../ir.ts";
import { curlLimitMs, limitMsOf, wholeSeconds } from "../limits.ts";
import { quoteWord } from "../quote.ts";
import type { Emitted, Numbered, ScriptContext } from "./context.ts";
import { curlConfig, curlTrailer, unansweredCodes } from "./curl-config.ts";
import { emitContent } from "./emit-content.ts";
import { withoutVariables } from "./without-variables.ts";

export function emitExec({ id, operation }: Numbered<Operation & ExecSpec>, context: ScriptContext): Emitted {
  if (operation.argv.length === 0) throw new Bug("a command without words");
  const okCodes = operation.okCodes?.join(" ") ?? (operation.effect === "read" ? "*" : "0");
  return command({ ...operation, id, okCodes, limitMs: limitMsOf(operation) }, context);
}

export function emitNamedScript({ id, operation }: Numbered<Operation & ScriptSpec>, context: ScriptContext): Emitted {
  const text = context.namedScripts.get(operation.name);
  if (text === undefined) throw new Bug(`there is no named script "${operation.name}"`);
  const { stdin } = operation;
  return command(
    {
      id,
      effect: operation.effect,
      argv: ["sh", "-c", text, operation.name, ...operation.argv],
      okCodes: operation.effect === "read" ? "*" : "0",
      ...(stdin === undefined ? {} : { stdin }),
      limitMs: limitMsOf(operation),
    },
    context,
  );
}

/** curl gets everything on stdin, and a body in a file of the scratch folder: nothing of it is seen in its argv. */
export function emitHttp({ id, operation }: Numbered<Operation & HttpSpec>, context: ScriptContext): Emitted {
  const seconds = wholeSeconds(curlLimitMs(operation));
  const argv = ["curl", "-q", "-sS", "-i", "-w", curlTrailer(operation), "-K", "-"];
  const { text, forks } = command(
    {
      id,
      effect: operation.effect,
      argv,
      okCodes: operation.orUnanswered === true ? ["0", ...unansweredCodes].join(" ") : "0",
      stdin: new Secret(curlConfig(operation, seconds)),
      limitMs: limitMsOf(operation),
      ...(operation.body === undefined ? {} : { bodyFile: operation.body }),
      ...(context.inNetwork === true ? { inNetwork: true } : {}),
    },
    context,
  );
  return { text, forks: forks + (context.inNetwork === true ? 4 : 0) };
}

interface Command {
  readonly id: number;
  readonly effect: "read" | "write";
  readonly argv: Argv;
  /** As the shell compares them: numbers between spaces, or `*`. */
  readonly okCodes: string;
  readonly stdin?: Content;
  readonly bodyFile?: Content;
  readonly inNetwork?: boolean;
  readonly env?: Readonly<Record<string, string>>;
  readonly unset?: readonly string[];
  readonly cwd?: string;
  readonly limitMs: number;
  readonly maxBytes?: number;
}

function command(spec: Command, context: ScriptContext): Emitted {
  const { id, cwd } = spec;
  const files: { readonly name: string; readonly content: Content }[] = [];
  const words = spec.argv.map((word, index) => {
    if (typeof word === "string") return quoteWord(word);
    files.push({ name: `${id}.s${index}`, content: word.content });
    return `${word.prefix === "" ? "" : quoteWord(word.prefix)}"$D/${id}.s${index}"`;
  });
  if (spec.bodyFile !== undefined) {
    files.push({ name: `${id}.b`, content: spec.bodyFile });
    words.push(`--data-binary @"$D/${id}.b"`);
  }
  const lines: string[] = [];
  if (spec.maxBytes !== undefined) lines.push(`M${id}=${spec.maxBytes}`);
  const enter = cwd === undefined ? "" : `cd ${quoteWord(cwd)} || exit 126; `;
  lines.push(
    `x${id}() { ${enter}${environment(spec.env ?? {})}${spec.inNetwork === true ? "innet" : "exec $G"} ${withoutVariables(spec.unset ?? [])}${words.join(" ")}; }`,
  );
  const stdin = spec.stdin === undefined ? ":" : `c${id}`;
  if (spec.stdin !== undefined) lines.push(emitContent(stdin, id, spec.stdin, context).trimEnd());
  const run = `command_ ${id} ${wholeSeconds(spec.limitMs)} ${spec.maxBytes ?? "$M"} '${spec.okCodes}' x${id} ${stdin}`;
  const guarded = guardFolder(id, cwd, withFiles(id, files, run, context));
  lines.push(spec.inNetwork === true ? `if [ -z "$nsn" ]; then noentry ${id}; else\n${guarded}\nfi` : guarded);
  return {
    text: `if begin ${id} ${spec.effect === "read" ? "r" : "w"}; then\n${lines.join("\n")}\nfi\n`,
    forks: 2 + (files.length > 0 ? 1 : 0) + files.length,
  };
}

function environment(env: Readonly<Record<string, string>>): string {
  return Object.entries(env)
    .map(([name, value]) => {
      if (!/^[A-Za-z_][A-Za-z0-9_]*$/.test(name))
        throw new Bug(`not a name of an environment variable: ${JSON.stringify(name)}`);
      return `${name}=${quoteWord(value)}; export ${name}; `;
    })
    .join("");
}

function guardFolder(id: number, cwd: string | undefined, run: string): string {
  if (cwd === undefined) return run;
  const folder = quoteWord(cwd);
  return `if [ ! -d ${folder} ]; then bad ${id} cwd; elif [ ! -x ${folder} ]; then bad ${id} cwd-denied; else\n${run}\nfi`;
}

/** Files with secrets exist from here to the end of the command. */
function withFiles(
  id: number,
  files: readonly { readonly name: string; readonly content: Content }[],
  run: string,
  context: ScriptContext,
): string {
  if (files.length === 0) return run;
  const functions = files.map((file, index) => emitContent(`f${id}_${index}`, id, file.content, context)).join("");
  const writes = files.map((file, index) => `f${id}_${index} >"$D/${file.name}"`).join(" && ");
  const names = files.map((file) => `"$D/${file.name}"`).join(" ");
  return `${functions}if [ -z "$D" ]; then bad ${id} scratch; elif umask 077; ! { ${writes}; }; then umask 022; bad ${id} scratch; else
umask 022
${run}
F=$((F+1)); rm -f ${names}
fi`;
}
