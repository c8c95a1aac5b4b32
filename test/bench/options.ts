import { parseArgs } from "node:util";

export const benches = ["plays", "start", "transfer", "scale"] as const;
export type Bench = (typeof benches)[number];

export interface Options {
  readonly benches: readonly Bench[];
  /** Names of contenders; empty: all that are there. */
  readonly only: readonly string[];
  readonly tasks: readonly number[];
  readonly hosts: readonly number[];
  /** Milliseconds that are added to each round trip. */
  readonly latencies: readonly number[];
  readonly runs: number;
  /** One run that takes longer is ended, and counted as more than that. */
  readonly limitMs: number;
  /** Of one contender in one cell: after that no further run of it begins. */
  readonly budgetMs: number;
  /** Megabytes of the file that is transferred. */
  readonly megabytes: number;
  /** The folder of an installed `lab`. */
  readonly lab: string;
  readonly json: string | null;
  readonly write: boolean;
}

export const usage = `usage: npm run bench -- [BENCH…] [options]

Measures lab beside what else there is on this machine. Needs root, and an sshd and mount namespaces for its hosts;
which of the other tools are missing is said, and the rest is measured. BENCH: ${benches.join(", ")}; unsaid: all.

  --only NAME,…        contenders: lab, ansible, ansible-pipelining, ansible-mitogen, pyinfra, floor
  --tasks N,…          tasks of the play                        (50,200)
  --hosts N,…          hosts, each an sshd of its own           (1,10)
  --latency MS,…       added to each round trip                 (0,20)
  --runs N             runs of each, in turn                    (5)
  --limit SECONDS      a run that takes longer is ended         (240)
  --budget SECONDS     of one contender in one cell: no further run begins after that  (60)
  --megabytes N        size of the file that is transferred     (1024)
  --quick              one host, no latency, 50 tasks, 3 runs, 64 megabytes
  --lab FOLDER         an installed lab                         (this repository, built)
  --json FILE          where the figures go as data
  --write              fills the tables of docs/performance.md
`;

export class WrongOption extends Error {}

export function readOptions(words: readonly string[], repository: string): Options | null {
  const { values, positionals } = parse(words);
  if (values.help === true) return null;
  const quick = values.quick === true;
  const list = (text: string | undefined, otherwise: readonly number[]): readonly number[] =>
    text === undefined ? otherwise : text.split(",").map(wholeNumber);
  const one = (text: string | undefined, otherwise: number): number =>
    text === undefined ? otherwise : wholeNumber(text);
  const runs = one(values.runs, quick ? 3 : 5);
  if (runs === 0) throw new WrongOption("--runs 0 measures nothing");
  return {
    benches: positionals.length === 0 ? benches : positionals.map(benchNamed),
    only: values.only?.split(",") ?? [],
    tasks: list(values.tasks, quick ? [50] : [50, 200]),
    hosts: list(values.hosts, quick ? [1] : [1, 10]),
    latencies: list(values.latency, quick ? [0] : [0, 20]),
    runs,
    limitMs: one(values.limit, 240) * 1000,
    budgetMs: one(values.budget, 60) * 1000,
    megabytes: one(values.megabytes, quick ? 64 : 1024),
    lab: values.lab ?? repository,
    json: values.json ?? null,
    write: values.write === true,
  };
}

function parse(words: readonly string[]) {
  const text = { type: "string" } as const;
  const flag = { type: "boolean" } as const;
  try {
    return parseArgs({
      args: [...words],
      allowPositionals: true,
      options: {
        only: text,
        tasks: text,
        hosts: text,
        latency: text,
        runs: text,
        limit: text,
        budget: text,
        megabytes: text,
        lab: text,
        json: text,
        quick: flag,
        write: flag,
        help: { type: "boolean", short: "h" },
      },
    });
  } catch (error) {
    throw new WrongOption(error instanceof Error ? error.message : String(error));
  }
}

function wholeNumber(text: string): number {
  if (!/^\d+$/.test(text)) throw new WrongOption(`"${text}" is no whole number`);
  return Number(text);
}

function benchNamed(text: string): Bench {
  const found = benches.find((each) => each === text);
  if (found === undefined) throw new WrongOption(`there is no bench "${text}", but ${benches.join(", ")}`);
  return found;
}
