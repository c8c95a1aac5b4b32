import type { Channel, Exit } from "./channel.ts";

/** What came back on a channel so far. Listens from the start: nothing is lost, and nothing blocks because it is not read. */
export interface Conversation {
  /** Waits until stderr holds one of the texts (which it takes out, with all before it), or the channel ends, or time is up. */
  until<Name extends string>(texts: Readonly<Record<Name, string>>, limitMs: number): Promise<Name | "ended" | "late">;
  /** What stderr said that no `until` has taken. */
  stderr(): Buffer;
  stdout(): Buffer;
  /** What the waits took out besides the texts themselves: banners, a lecture, sudo's words. */
  said(): string;
  readonly received: number;
  end(limitMs: number): Promise<Exit | "late" | "flood">;
}

// A host that answers without end must not fill our memory: above this the channel is given up.
const mostBytes = 1024 * 1024 * 1024;

export function converse(channel: Channel): Conversation {
  let errors: Buffer[] = [];
  const output: Buffer[] = [];
  let said = "";
  let received = 0;
  let wake: () => void = () => {};
  let exit: Exit | undefined;

  const take = (into: () => Buffer[]) => (chunk: Buffer) => {
    received += chunk.length;
    if (received > mostBytes) channel.cut();
    else into().push(chunk);
    wake();
  };
  channel.stdout.on(
    "data",
    take(() => output),
  );
  channel.stderr.on(
    "data",
    take(() => errors),
  );
  void channel.exit.then((how) => {
    exit = how;
    wake();
  });

  /** Resolves when something happened; false when time is up. */
  const news = (limitMs: number): Promise<boolean> =>
    new Promise((resolve) => {
      const timer = setTimeout(() => resolve(false), limitMs);
      wake = () => {
        clearTimeout(timer);
        resolve(true);
      };
    });

  return {
    async until(texts, limitMs) {
      for (;;) {
        const all = Buffer.concat(errors);
        errors = [all];
        for (const name in texts) {
          const at = all.indexOf(texts[name]);
          if (at < 0) continue;
          said += all.subarray(0, at).toString();
          errors = [all.subarray(at + Buffer.byteLength(texts[name]))];
          return name;
        }
        if (exit !== undefined) return "ended";
        if (!(await news(limitMs))) return "late";
      }
    },
    async end(limitMs) {
      // One limit for the whole wait, not one per chunk: a command that chatters for ever is late too.
      let timer: NodeJS.Timeout | undefined;
      const late = new Promise<"late">((resolve) => {
        timer = setTimeout(() => resolve("late"), limitMs);
      });
      const how = await Promise.race([channel.exit, late]);
      clearTimeout(timer);
      if (how === "late") channel.cut();
      return received > mostBytes ? "flood" : how;
    },
    stderr: () => Buffer.concat(errors),
    stdout: () => Buffer.concat(output),
    said: () => said + Buffer.concat(errors).toString(),
    get received() {
      return received;
    },
  };
}
