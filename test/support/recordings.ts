import { readFileSync } from "node:fs";
import { fileURLToPath } from "node:url";

/** One command of a transcript of the real tools, with what it printed and what it left. */
export interface Recorded {
  /** `pct/01-create.md:30`: where the command stands. */
  readonly place: string;
  readonly command: string;
  /** A note that stands before it. */
  readonly note: string;
  readonly code: number;
  readonly stdout: string;
  readonly stderr: string;
  readonly stdin?: string;
  /** Files as somebody wrote them by hand before the command. */
  readonly handwritten: ReadonlyMap<string, string>;
  /** Files as they are afterwards, where the transcript shows them; null: unchanged, `NO_FILE`: there is none. */
  readonly files: ReadonlyMap<string, string | null>;
}
/** What a transcript shows of a file that is not there. */
export const NO_FILE = "(no such file)\n";

const folder = fileURLToPath(new URL("../fixtures/recordings/", import.meta.url));

/** A transcript of Proxmox VE's tools (`pct/01-create.md`): console blocks, exit codes, streams, files. */
export function readPveRecording(name: string): readonly Recorded[] {
  const lines = readFileSync(`${folder}${name}`, "utf8").split("\n");
  const found: Recorded[] = [];
  let note = "";
  let handwritten = new Map<string, string>();
  for (let at = 0; at < lines.length; at += 1) {
    const line = lines[at] ?? "";
    const said = /^_(.*)_$/.exec(line);
    if (said) note = said[1] ?? "";
    const path = /^file (\S+) written by hand:$/.exec(said?.[1] ?? "")?.[1];
    if (path !== undefined && lines[at + 1] === "```text") {
      const close = lines.indexOf("```", at + 2);
      const content = lines.slice(at + 2, close).map((each) => `${each}\n`);
      handwritten.set(path, content.join(""));
      at = close;
    }
    if (line !== "```console") continue;
    const place = `${name}:${at + 2}`;
    const end = lines.indexOf("```", at);
    const command = lines
      .slice(at + 1, end)
      .join("\n")
      .replace(/^# /, "");
    at = end + 1;
    let code = 0;
    let stdin: string | undefined;
    const streams = { stdout: "", stderr: "" };
    const files = new Map<string, string | null>();
    for (; at < lines.length && !/^(```console|## |_.*_$)/.test(lines[at] ?? ""); at += 1) {
      const text = lines[at] ?? "";
      const exit = /^exit: \*\*(\d+)\*\*/.exec(text);
      if (text.startsWith("stdin: `b")) stdin = inputOf(text.slice("stdin:".length).trim());
      const stream = /^(stdout|stderr): ?(\(empty\))?$/.exec(text);
      const file = /^(\/\S+)(?: now)?: ?(unchanged|\(empty file\)|\(absent\))?$/.exec(text);
      const block = (): string => {
        if (lines[at + 1] !== "```text") return "";
        const close = lines.indexOf("```", at + 2);
        const content = lines.slice(at + 2, close);
        at = close;
        return content.map((each) => `${each}\n`).join("");
      };
      if (exit) code = Number(exit[1]);
      else if (stream?.[1] === "stdout") streams.stdout = stream[2] ? "" : block();
      else if (stream?.[1] === "stderr") streams.stderr = stream[2] ? "" : block();
      else if (file) files.set(file[1] ?? "", file[2] === "unchanged" ? null : file[2] ? "" : block());
    }
    at -= 1;
    found.push({ place, command, note, code, ...streams, ...(stdin !== undefined && { stdin }), handwritten, files });
    note = "";
    handwritten = new Map();
  }
  return found;
}

/** A transcript of OpenZFS (`zfs/recordings.md`): `$ ` a command, `2> ` a line of stderr, `rc=N` its code. */
export function readZfsRecording(name: string): readonly Recorded[] {
  const lines = readFileSync(`${folder}${name}`, "utf8").split("\n");
  const found: Recorded[] = [];
  let note = "";
  for (let at = 0; at < lines.length; at += 1) {
    const line = lines[at] ?? "";
    if (line.startsWith("# ")) note = line.slice(2);
    if (!line.startsWith("$ ")) continue;
    const place = `${name}:${at + 1}`;
    let stdin: string | undefined;
    let stdout = "";
    let stderr = "";
    let code = 0;
    for (at += 1; at < lines.length; at += 1) {
      const text = lines[at] ?? "";
      const rc = /^rc=(\d+)$/.exec(text);
      // A command may print such a line itself; the one of the transcript ends the entry.
      if (rc && /^(|```|[$#] .*)$/.test(lines[at + 1] ?? "")) {
        code = Number(rc[1]);
        break;
      }
      if (text.startsWith("stdin:")) stdin = inputOf(text.slice("stdin:".length).trim());
      else if (text.startsWith("2> ") || text === "2>") stderr += `${text.slice(3)}\n`;
      else stdout += `${text}\n`;
    }
    const more = stdin === undefined ? {} : { stdin };
    const whole = withUsage(stderr, found);
    found.push({
      place,
      command: line.slice(2),
      note,
      code,
      stdout,
      stderr: whole,
      ...more,
      handwritten: new Map(),
      files: new Map(),
    });
    note = "";
  }
  return found;
}

/** Usage text that was noted only once: `usage: [... 46 lines of usage text, the same as under "zpool get"]`. */
function withUsage(stderr: string, before: readonly Recorded[]): string {
  return stderr.replace(
    /^(.*) \[\.\.\. (\d+) lines of usage text, the same as under "(.*)"\]$/m,
    (elided, heading: string, count: string, command: string) => {
      const lines = before.find((each) => each.command === command)?.stderr.split("\n");
      const at = lines?.indexOf(heading) ?? -1;
      if (lines === undefined || at < 0) return elided;
      return lines.slice(at, at + 1 + Number(count)).join("\n");
    },
  );
}

/** As it was noted: `"a\\n"`, or as Python shows bytes, `` `b'a\\n'` ``. */
function inputOf(noted: string): string {
  const bytes = /^`b'(.*)'`$/.exec(noted)?.[1];
  return String(JSON.parse(bytes === undefined ? noted : `"${bytes.replaceAll('"', '\\"')}"`));
}
