import type { Frozen } from "../world.ts";
import type { DescribedImage } from "./state.ts";

/** What the process of a container does: as far as its words tell, else it simply runs. */
export interface Program {
  /** Null: it goes on. */
  readonly lifetimeMs: number | null;
  readonly exitCode: number;
  /** With which code it ends when it is asked to (SIGTERM); null: it does not hear that, and is killed. */
  readonly termCode: number | null;
  readonly stdout: readonly string[];
  readonly stderr: readonly string[];
  /** There is no such program in the image. */
  readonly missing?: string;
}

const BUSYBOX = new Set(
  "ash awk cat chmod chown cp cut date dd df du echo env expr false find grep gunzip gzip head hostname httpd id kill ln ls mkdir mv nc nslookup ping printf ps pwd readlink rm rmdir sed sh sleep sort stat tail tar tee test timeout top touch tr true udhcpc uname uniq vi wc wget which whoami xargs yes".split(
    " ",
  ),
);

const runs: Program = { lifetimeMs: null, exitCode: 0, termCode: 0, stdout: [], stderr: [] };
const ends = (exitCode: number, lifetimeMs = 20): Program => ({ ...runs, lifetimeMs, exitCode });

export function programOf(words: readonly string[], image: Frozen<DescribedImage>): Program {
  const [name = "", ...args] = words;
  const said = image.logs ?? [];
  if (image.exitCode !== undefined || image.exitsAfterMs !== undefined) {
    return { ...ends(image.exitCode ?? 0, image.exitsAfterMs ?? 100), stderr: said };
  }
  const missing = isMissing(name, image);
  if (missing) return { ...ends(127, 0), missing: name };
  return { ...told(name.split("/").at(-1) ?? name, args), ...(said.length > 0 ? { stderr: said } : {}) };
}

/** Of most images the lab does not know what is in them: any program may be. */
export function isMissing(name: string, image: Frozen<DescribedImage>): boolean {
  if (image.system !== "busybox") return false;
  return !BUSYBOX.has(name.replace(/^\/(?:usr\/)?s?bin\//, ""));
}

function told(name: string, args: readonly string[]): Program {
  if (name === "true") return ends(0);
  if (name === "false") return ends(1);
  if (name === "echo") return { ...ends(0), stdout: [args.join(" ")] };
  // As process 1 it has no handler, and the kernel drops what would only end it.
  if (name === "sleep") return { ...runs, lifetimeMs: secondsOf(args[0]), termCode: null };
  if (!/^(?:sh|ash|bash|dash)$/.test(name)) return runs;
  if (args[0] === "-c") return shell(args[1] ?? "");
  // Nothing is at its other end: it reads the end of its input, and leaves.
  return args.length === 0 ? ends(0) : runs;
}

function secondsOf(word: string | undefined): number | null {
  const [, number = "", unit = "s"] = /^(\d+(?:\.\d+)?)([smhd]?)$/.exec(word ?? "") ?? [];
  if (number === "") return null;
  return (
    Number(number) * { s: 1000, m: 60_000, h: 3_600_000, d: 86_400_000, "": 1000 }[unit as "s" | "m" | "h" | "d" | ""]
  );
}

/** A line of a shell, statement by statement, as long as each is one that the lab knows. */
function shell(text: string): Program {
  const stdout: string[] = [];
  const stderr: string[] = [];
  let spent = 20;
  const traps = /trap\s.*\b(?:TERM|15)\b/.test(text);
  const termCode = traps ? 0 : null;
  for (const statement of text
    .split(/;|&&|\n/)
    .map((each) => each.trim())
    .filter((each) => each !== "")) {
    const [, word = "", rest = ""] = /^(\S+)\s*([\s\S]*)$/.exec(statement) ?? [];
    if (word === "exit") return { ...ends(Number(rest || 0) & 255, spent), stdout, stderr };
    if (word === "true" || word === ":") continue;
    if (word === "false") return { ...ends(1, spent), stdout, stderr };
    if (word === "echo") {
      const [, said = "", away] = /^([\s\S]*?)\s*(>&2)?$/.exec(rest) ?? [];
      (away === undefined ? stdout : stderr).push(said.replace(/^(["'])([\s\S]*)\1$/, "$2"));
    } else if (word === "sleep") {
      const ms = secondsOf(rest);
      if (ms === null) return { ...runs, termCode, stdout, stderr };
      spent += ms;
    } else if (word === "exec") {
      return { ...told(rest.split(/\s+/)[0] ?? "", rest.split(/\s+/).slice(1)), stdout, stderr };
    } else return { ...runs, termCode, stdout, stderr };
  }
  return { lifetimeMs: spent, exitCode: 0, termCode, stdout, stderr };
}

/** Whether a health check can only fail, whatever runs: `false`, `exit 1`. */
export function alwaysFails(test: readonly string[]): boolean {
  const words = test[0] === "CMD" ? test.slice(1) : ["sh", "-c", test[1] ?? ""];
  const program = words[0] === "sh" && words[1] === "-c" ? shell(words[2] ?? "") : told(words[0] ?? "", words.slice(1));
  return program.lifetimeMs !== null && program.exitCode !== 0;
}
