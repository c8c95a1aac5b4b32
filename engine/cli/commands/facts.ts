import type { RunEvent } from "../../run/events.ts";
import { isMap, type Value } from "../../value/value.ts";
import { complain } from "../complain.ts";
import { diskFiles } from "../disk-files.ts";
import { exitCodes } from "../exit-codes.ts";
import { oneTask } from "../one-task.ts";
import type { PlayOptions } from "../run-call.ts";
import { paint, yamlOf } from "../show-value.ts";
import { wantsColourOn } from "../wants-colour-on.ts";
import { play } from "./play.ts";

export interface FactsOptions extends Omit<PlayOptions, "tags" | "verbose"> {
  readonly json?: boolean;
}

/** `lab facts HOST…`: all groups of facts of hosts as they are now, over connections that cannot write. */
export async function facts(patterns: readonly string[], { json, ...options }: FactsOptions): Promise<number> {
  const made = oneTask(
    patterns.join(","),
    { kind: "module", module: "debug", args: "msg: '{{ facts }}'" },
    process.cwd(),
    diskFiles,
  );
  if ("wrong" in made) {
    complain([made.wrong], { source: () => undefined });
    return exitCodes.wrong;
  }
  const gathered = new Map<string, Value>();
  const troubles: string[] = [];
  const code = await play(
    [made.playbook],
    { ...options, verbose: 0, check: true },
    { source: made.source, reporter: () => ({ on: (event) => take(event, gathered, troubles), end: async () => {} }) },
  );
  for (const trouble of troubles) complain([{ code: "no-facts", message: trouble }], { source: () => undefined });
  if (gathered.size === 0) return code;
  if (json) process.stdout.write(`${JSON.stringify(Object.fromEntries(gathered), null, 2)}\n`);
  else process.stdout.write([...gathered].map(([host, value]) => shown(host, value)).join("\n"));
  return code;
}

function take(event: RunEvent, gathered: Map<string, Value>, troubles: string[]): void {
  if (event.type === "host" && event.event === "unreachable") troubles.push(`${event.name}: ${event.reason}`);
  if (event.type !== "result") return;
  const result: unknown = event.result;
  const msg = typeof result === "object" && result !== null && "msg" in result ? (result.msg as Value) : undefined;
  if (event.status === "ok" && isMap(msg)) gathered.set(event.host, msg);
  else if (event.status !== "unreachable") troubles.push(`${event.host}: ${event.reason ?? event.status}`);
}

function shown(host: string, value: Value): string {
  const look = { colour: wantsColourOn(process.stdout) };
  return `${paint("bold", `${host}:`, look)}\n${yamlOf(value).replace(/^(?=.)/gm, "  ")}`;
}
