import { Buffer } from "node:buffer";

/** What one of several scripts that went together has answered. */
export interface Part {
  readonly index: number;
  /** Null: it was not run. */
  readonly code: number | null;
  readonly stdout: Buffer;
  readonly stderr: Buffer;
  /** With what stands around it. */
  readonly bytes: number;
}

/**
 * Takes apart what `compileTogether` made the host print, while it arrives. In front a line of its own, then for each
 * script a line with its number and exit code, its stdout and its stderr; the nonce and a line end stand behind each.
 */
export function splitTogether(nonce: string, tell: (part: Part) => void): (chunk: Buffer) => void {
  const mark = Buffer.from(`${nonce}\n`, "latin1");
  let begun = false;
  let half: { readonly index: number; readonly code: number | null; readonly stdout: Buffer } | null = null;
  /** What has come since the last mark: no mark is in it. */
  let held: Buffer[] = [];
  let broken = false;

  const piece = (bytes: Buffer): void => {
    if (!begun) {
      begun = true;
      // What a login shell's start files print comes before it.
      broken = !bytes.subarray(-6).equals(Buffer.from("lab 1 "));
    } else if (half === null) {
      const end = bytes.indexOf(10);
      const [said, index = "", code = ""] = bytes.toString("latin1", 0, Math.max(0, end)).split(" ");
      broken = said !== nonce || !/^\d+$/.test(index) || !/^(\d+|-)$/.test(code);
      half = { index: Number(index), code: code === "-" ? null : Number(code), stdout: bytes.subarray(end + 1) };
    } else {
      const { index, code, stdout } = half;
      half = null;
      tell({ index, code, stdout, stderr: bytes, bytes: stdout.length + bytes.length + 3 * mark.length });
    }
  };
  return (chunk) => {
    if (broken) return;
    // Only the seam is searched twice: an answer of many chunks is put together once.
    const last = held.at(-1) ?? Buffer.alloc(0);
    const seam = Buffer.concat([last.subarray(-(mark.length - 1)), chunk]);
    if (!seam.includes(mark)) {
      held.push(chunk.length < mark.length ? seamOf(held, chunk) : chunk);
      return;
    }
    let rest = Buffer.concat([...held, chunk]);
    for (let at = rest.indexOf(mark); at >= 0 && !broken; at = rest.indexOf(mark)) {
      piece(rest.subarray(0, at));
      rest = rest.subarray(at + mark.length);
    }
    held = [rest];
  };
}

/** A chunk that is shorter than a mark is put to the one before it, so that a mark never lies in more than two. */
function seamOf(held: Buffer[], chunk: Buffer): Buffer {
  return Buffer.concat([held.pop() ?? Buffer.alloc(0), chunk]);
}
