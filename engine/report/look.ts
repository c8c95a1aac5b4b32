import { styleText } from "node:util";

/** How a report for people looks: what was asked for on the command line, and what its terminal can do. */
export interface Look {
  readonly colour: boolean;
  /** Show what changes field by field. */
  readonly diff: boolean;
  /** Show what the run cost, host by host. */
  readonly profile: boolean;
  /** 1: also steps, includes and notifications. 2: also what is sent. 3: also what it costs. */
  readonly verbosity: number;
  /** Text of a file of the site, for excerpts under warnings. */
  source(file: string): string | undefined;
}

/** Whether to colour a stream: FORCE_COLOR, then NO_COLOR, then whether a person looks at it. As Node decides it. */
export function wantsColour(env: Readonly<Record<string, string | undefined>>, terminal: boolean): boolean {
  if (env.FORCE_COLOR !== undefined) return env.FORCE_COLOR !== "0" && env.FORCE_COLOR !== "false";
  if (env.NO_COLOR !== undefined && env.NO_COLOR !== "") return false;
  return terminal && env.TERM !== "dumb";
}

export type Tone = "bold" | "dim" | "green" | "yellow" | "red" | "cyan" | "magenta" | "blue";
export type Paint = (tone: Tone, text: string) => string;

export function createPaint(colour: boolean): Paint {
  // Node would decide by the process's stdout and environment; the report may go elsewhere, and this was decided already.
  return colour
    ? (tone, text) => (text === "" ? "" : styleText(tone, text, { validateStream: false }))
    : (_, text) => text;
}
