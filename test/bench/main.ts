import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { Failed } from "./contenders/contender.ts";
import { noGround } from "./hosts.ts";
import { machineLine, thisMachine } from "./machine.ts";
import { type Bench, type Options, readOptions, usage, WrongOption } from "./options.ts";
import { allContenders, benchPlays, thoseThatAreThere } from "./plays.ts";
import { type BenchReport, sectionsOf, writeSections } from "./report.ts";
import { benchScale } from "./scale.ts";
import { benchStart } from "./start.ts";
import { Interrupted, interrupt } from "./timed-process.ts";
import { benchTransfer } from "./transfer.ts";

export async function main(words: readonly string[], repository: string): Promise<number> {
  const say = (text: string): void => void process.stderr.write(`${text}\n`);
  // What runs ends, and all that was made for it goes on the way out.
  for (const signal of ["SIGINT", "SIGTERM", "SIGHUP"] as const) process.on(signal, interrupt);
  try {
    const options = readOptions(words, repository);
    if (options === null) {
      process.stdout.write(usage);
      return 0;
    }
    await measure(options, repository, say);
    return 0;
  } catch (error) {
    if (error instanceof WrongOption) say(`${error.message}\n\n${usage}`);
    else if (error instanceof Failed) say(error.message);
    else if (error instanceof Interrupted) say("interrupted");
    else throw error;
    return 1;
  }
}

async function measure(options: Options, repository: string, say: (text: string) => void): Promise<void> {
  const machine = thisMachine();
  say(machineLine(machine));
  const contenders = thoseThatAreThere(allContenders(options.lab), options.only, say);
  const why = noGround();
  if (why !== null) throw new Failed(why);
  const wants = (bench: Bench): boolean => options.benches.includes(bench);
  const report: BenchReport = {
    machine,
    versions: Object.fromEntries(contenders.map((each) => [each.name, each.version()])),
    plays: wants("plays") ? await benchPlays(contenders, options, say) : [],
    start: wants("start") ? await benchStart(options, say) : [],
    transfer: wants("transfer") ? await benchTransfer(options, say) : null,
    scale: wants("scale") ? await benchScale(options, say) : [],
  };
  if (options.json !== null) writeFileSync(options.json, `${JSON.stringify(report, null, 1)}\n`);
  const sections = sectionsOf(report);
  process.stdout.write(Object.values(sections).join("\n"));
  if (options.write) writeSections(join(repository, "docs/performance.md"), sections);
}
