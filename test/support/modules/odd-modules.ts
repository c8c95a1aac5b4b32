import { z } from "zod";
import type { Module, Plan, Stat } from "../../../engine/module/index.ts";
import {
  absolutePath,
  change,
  defineModule,
  defineReading,
  read,
  refuse,
  Unknown,
  waiting,
  write,
} from "../../../engine/module/index.ts";

/**
 * Small modules for the parts of the contract that no built-in module needs. What they keep on the host are files, so
 * that a test can see and change it.
 */

/** Cannot see its end: an index must be there before names can be resolved, and resolved before it is created. */
export const rounds = defineModule({
  name: "rounds",
  summary: "Counts up in a file, one step a round.",
  params: z.strictObject({ path: absolutePath, to: z.int(), stuck: z.boolean().default(false) }),
  probes: ({ path }) => ({ count: read.text(path) }),
  plan({ path, to, stuck }, { count }) {
    const is = Number(count ?? 0);
    const next = stuck ? is : is + 1;
    return change({ count: is }, { count: to }, [is !== to && write.text(path, String(next))], { again: true });
  },
  result: (_, { count }) => ({ count: Number(count ?? 0) }),
  examples: ["rounds: { path: /count, to: 2 }"],
});

/** A field whose value is known only once it is done. */
export const download = defineModule({
  name: "download",
  summary: "Something with a version that shows afterwards.",
  params: z.strictObject({ path: absolutePath }),
  probes: ({ path }) => ({ there: read.text(path) }),
  plan: ({ path }, { there }) =>
    change({ version: there }, { version: there ?? new Unknown("known after the download") }, [
      there === null && write.text(path, "1.2.3"),
    ]),
  result: (_, { there }) => ({ version: there }),
  examples: ["download: { path: /version }"],
});

/** Works at the controller: what it looks at and what it changes is not on the host. */
export const viaApi = defineModule({
  name: "via_api",
  summary: "A setting behind an API, and a note of it on the host.",
  params: z.strictObject({ path: absolutePath, value: z.string(), note: absolutePath.optional() }),
  probes: ({ path, note }) => ({
    is: read.text(path, { at: "controller" }),
    noted: note === undefined ? undefined : read.text(note),
  }),
  plan({ path, value, note }, { is, noted = null }) {
    const before = { is, ...(note !== undefined && { noted }) };
    return change(before, { is: value, ...(note !== undefined && { noted: value }) }, [
      is !== value && { ...write.text(path, value), at: "controller" as const },
      note !== undefined && noted !== value && write.text(note, value),
    ]);
  },
  examples: ["via_api: { path: /api, value: on }"],
});

/** A state with a verb; `did` says that a change of content restarts by itself. */
export const daemon = defineModule({
  name: "daemon",
  summary: "A configuration, and how often it was restarted.",
  params: z.strictObject({
    path: absolutePath,
    content: z.string(),
    state: z.enum(["there", "restarted"]).default("there"),
    did: z.boolean().default(false),
  }),
  probes: ({ path }) => ({ content: read.text(path), restarts: read.text(`${path}.restarts`) }),
  plan: ({ path, content, did }, seen) =>
    change(
      { content: seen.content },
      { content },
      [
        seen.content !== content && write.text(path, content),
        seen.content !== content && did && write.text(`${path}.restarts`, `${seen.restarts ?? ""}c`),
      ],
      { did: did ? ["restarted"] : [] },
    ),
  verb: ({ path, state }, { restarts }) =>
    state === "restarted" ? { name: "restarted", steps: [write.text(`${path}.restarts`, `${restarts ?? ""}r`)] } : null,
  result: (_, { restarts }) => ({ restarts: restarts ?? "" }),
  examples: ["daemon: { path: /etc/daemon, content: x }"],
});

/** Where to look second is written where it looks first. */
export const pointer = defineModule({
  name: "pointer",
  summary: "A text in the file that another file names.",
  params: z.strictObject({ path: absolutePath, text: z.string() }),
  probes: ({ path }) => ({ at: read.text(path) }),
  probesAfter: (_, { at }) => ({ text: at === null ? undefined : read.text(at) }),
  plan: ({ path, text }, seen): Plan =>
    seen.at === null
      ? refuse(`${path} names no file`)
      : change({ text: seen.text ?? null }, { text }, [seen.text !== text && write.text(seen.at, text)]),
  examples: ["pointer: { path: /pointer, text: x }"],
});

/** A unit that takes its time, by the host's own clock: `settle` waits for it and sees that it stays. */
export const unit = defineModule({
  name: "unit",
  summary: "A unit of systemd that runs.",
  params: z.strictObject({
    name: z.string(),
    forMs: z.int().default(5_000),
    holdMs: z.int().default(0),
    restart: z.boolean().default(false),
  }),
  probes: ({ name }) => ({ active: read.exec(["systemctl", "is-active", name]) }),
  plan({ name }, { active }): Plan {
    const state = active.stdout.trim();
    if (state === "activating") return waiting(`${name} is activating`);
    return change({ active: state === "active" }, { active: true }, [
      state !== "active" && write.exec(["systemctl", "start", "--no-block", name]),
    ]);
  },
  verb: ({ name, restart }) =>
    restart ? { name: "restarted", steps: [write.exec(["systemctl", "restart", name])] } : null,
  settle: ({ forMs, holdMs }) => ({ forMs, holdMs }),
  examples: ["unit: { name: cron }"],
});

/** Two writes with a wait between them. */
export const stepwise = defineModule({
  name: "stepwise",
  summary: "Writes, waits, writes.",
  params: z.strictObject({ path: absolutePath, wait_for: absolutePath, bad: z.boolean().default(false) }),
  probes: ({ path }) => ({ first: read.text(`${path}.1`), second: read.text(`${path}.2`) }),
  plan: ({ path, wait_for, bad }, { first, second }) =>
    change({ first, second }, { first: "1", second: "2" }, [
      first !== "1" && write.text(`${path}.1`, "1"),
      second !== "2" &&
        write.waitUntil(read.stat(wait_for), (stat: Stat | null) => stat !== null, {
          why: `${wait_for} to appear`,
          forMs: 3_000,
        }),
      second !== "2" && write.text(bad ? "/no/such/folder/x" : `${path}.2`, "2"),
    ]),
  examples: ["stepwise: { path: /s, wait_for: /etc/motd }"],
});

/** Steps whose touch is known. */
export const toucher = defineModule({
  name: "toucher",
  summary: "Runs a command that touches one file only.",
  params: z.strictObject({ path: absolutePath }),
  probes: ({ path }) => ({ there: read.stat(path) }),
  plan: ({ path }, { there }) =>
    change({ there: there !== null }, { there: true }, [
      there === null && write.exec(["touch", path], { touches: [path] }),
    ]),
  examples: ["toucher: { path: /touched }"],
});

/** Reads a file once it is there. */
export const awaitFile = defineReading({
  name: "await_file",
  summary: "Waits for a file and gives its text.",
  params: z.strictObject({ path: absolutePath, for_ms: z.int().default(0) }),
  probes: ({ path }) => ({ text: read.text(path) }),
  read: ({ path }, { text }) => (text === null ? waiting(`${path} is not there`) : { kind: "value", value: { text } }),
  settle: ({ for_ms }) => ({ forMs: for_ms, holdMs: 0 }),
  examples: ["await_file: { path: /etc/motd }"],
});

export const lies = ["steps", "no-steps", "mutates", "moody", "forgets", "mismatch", "throws", "params"] as const;

/** Breaks one law of the contract each. */
export const liar = defineModule({
  name: "liar",
  summary: "Breaks a law.",
  params: z.strictObject({ lie: z.enum(lies), list: z.array(z.string()).default(["b", "a"]) }),
  probes: () => ({ names: read.list("/etc"), text: read.text("/liar") }),
  plan({ lie, list }, { names, text }): Plan {
    const step = write.text("/liar", "x");
    switch (lie) {
      case "steps":
        return change({ a: 1 }, { a: 1 }, [step]);
      case "no-steps":
        return change({ a: 1 }, { a: 2 }, []);
      case "mutates":
        (names as string[]).push("mine");
        return change({ a: 1 }, { a: 1 }, []);
      case "params":
        list.sort();
        return change({ a: 1 }, { a: 1 }, []);
      case "moody":
        moods += 1;
        return change({ a: 1 }, { a: 2 }, [write.text("/liar", String(moods))]);
      case "forgets":
        // The types refuse this, so a module written in JavaScript is what could do it.
        return { ...change({ a: 1 }, { a: 2 }, [step]), after: {} };
      case "mismatch":
        // Writes one thing and says another; once it is there, it is content.
        return text === "x" ? change({ text }, { text }, []) : change({ text }, { text: "y" }, [step]);
      case "throws":
        return change({ a: JSON.parse("{") }, { a: 1 }, []);
    }
  },
  examples: ["liar: { lie: steps }"],
});
let moods = 0;

export const oddModules: readonly Module[] = [
  rounds,
  download,
  viaApi,
  daemon,
  pointer,
  unit,
  stepwise,
  toucher,
  awaitFile,
  liar,
];
