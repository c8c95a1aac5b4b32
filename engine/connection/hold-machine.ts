import { randomBytes } from "node:crypto";
import { type Claim, type Holder, holderText } from "../ops/lock/holder-text.ts";
import { bootstrap } from "../ops/shell/bootstrap.ts";
import { type Channel, Dropped, writeTo } from "./channel.ts";
import { type Hold, type LockOwner, Unreachable } from "./connection.ts";
import { type Line, startChannel } from "./start-channel.ts";

/** The channel that keeps a machine's lock. */
export interface Keeping {
  readonly holder: Holder;
  readonly hold: Hold & { readonly kind: "held" };
  /** Until its channel has ended: then the lock is anybody's. */
  alive(): boolean;
  /** Lets go. */
  release(): Promise<void>;
}

/** How often the other end hears of us. It waits five times as long. */
const beatMs = 30_000;
/** What the answer may take: it waits ten seconds for a script of a run that was killed. */
const answerMs = 40_000;

/** Opens the channel and takes the lock, as the user of the connection: no sudo is needed for it. */
export async function holdMachine(line: Line, claim: Claim): Promise<Keeping | Exclude<Hold, { kind: "held" }>> {
  try {
    return await attempt(line, claim);
  } catch (error) {
    if (!(error instanceof Dropped)) throw error;
  }
  try {
    return await attempt(line, claim);
  } catch (error) {
    if (!(error instanceof Dropped)) throw error;
    throw new Unreachable(`${error.message} twice in a row before the machine could be locked`);
  }
}

async function attempt(line: Line, claim: Claim): Promise<Keeping | Exclude<Hold, { kind: "held" }>> {
  const id = () => randomBytes(16).toString("hex");
  const [ready, marker, nonce] = [`lab-ready-${id()}`, `lab-go-${id()}`, id()];
  const { channel } = await startChannel(line, null, bootstrap(ready, marker, "sh"), ready);
  // What was said before is not missed: nobody has been asked anything yet.
  const answer = listen(channel, nonce);
  let ended = false;
  void channel.exit.then(() => {
    ended = true;
  });
  await writeTo(channel, [Buffer.from(`${marker}\n${holderText(claim, nonce)}`)]);
  const hold = read(await answer);
  if (hold === null) {
    channel.cut();
    if (line.target.connection !== "local" && ended) throw new Dropped(`the connection to ${line.target.name} dropped`);
    return { kind: "unlockable", why: "what asks for the lock was not answered" };
  }
  if (hold.kind !== "held") {
    channel.stdin.end();
    return hold;
  }
  const beat = setInterval(() => channel.stdin.write("\n"), beatMs);
  // It is the run that keeps the process alive, not its locks.
  beat.unref();
  void channel.exit.then(() => clearInterval(beat));
  return {
    holder: hold.holder,
    hold,
    alive: () => !ended,
    release: async () => {
      clearInterval(beat);
      channel.stdin.end();
      await Promise.race([channel.exit, new Promise((resolve) => setTimeout(resolve, 1000).unref())]);
    },
  };
}

/** The lines of the answer: one that begins with the nonce, and for `busy` all up to a dot. Null: there was none in time. */
function listen(channel: Channel, nonce: string): Promise<readonly string[] | null> {
  return new Promise((resolve) => {
    let text = "";
    const late = setTimeout(() => resolve(null), answerMs);
    const done = (lines: readonly string[] | null): void => {
      clearTimeout(late);
      resolve(lines);
    };
    channel.stdout.on("data", (chunk: Buffer) => {
      if (text.length < 65_536) text += chunk.toString("utf8");
      const at = text.indexOf(`${nonce} `);
      if (at < 0) return;
      const lines = text.slice(at + nonce.length + 1).split("\n");
      const whole = lines[0]?.startsWith("busy ") ? lines.indexOf(".") : lines.length > 1 ? 1 : -1;
      if (whole > 0) done(lines.slice(0, whole));
    });
    void channel.exit.then(() => done(null));
  });
}

function read(lines: readonly string[] | null): Hold | null {
  const [word = "", ...rest] = lines?.[0]?.split(" ") ?? [];
  switch (word) {
    case "held": {
      const [pid = "", born = "", age = "", by = "", ...folder] = rest;
      if (!/^\d+$/.test(pid)) return null;
      return {
        kind: "held",
        holder: { pid: Number(pid), born: /^\d+$/.test(born) ? Number(born) : null, folder: folder.join(" ") },
        anew: true,
        wrote: /^-?\d+$/.test(age) ? { runId: by, agoMs: Number(age) * 1000 } : null,
      };
    }
    case "busy":
      return { kind: "busy", by: ownerOf(rest, lines?.slice(1) ?? []) };
    case "working":
      return { kind: "busy", by: { kind: "orphan" } };
    case "none": {
      const [why = "", ...more] = rest;
      if (why === "flock" && more.length === 0) return { kind: "unlockable", why: "there is no program `flock` on it" };
      return { kind: "unlockable", why: why === "folder" ? "it has no folder to lock" : [why, ...more].join(" ") };
    }
    default:
      return null;
  }
}

/** What a process of that machine calls itself: shown to people, so nothing but plain text of a sane length. */
function ownerOf([pid = "-", name = "-"]: readonly string[], words: readonly string[]): LockOwner {
  const [runId, who, since, of] = words;
  if (words.length >= 4 && /^[\w-]{1,64}$/.test(runId ?? "")) {
    const plain = (text = ""): string => text.replace(/[^\w@.:+-]/g, "?").slice(0, 80);
    return { kind: "run", runId: runId ?? "", who: plain(who), since: plain(since), pid: plain(of) };
  }
  return { kind: "other", process: pid === "-" ? null : `${name.replace(/[^\w.+-]/g, "?").slice(0, 40)} (${pid})` };
}
