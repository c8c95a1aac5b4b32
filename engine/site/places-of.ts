import type { PlaceOf } from "./text-scalar.ts";

/** Offsets of a text as places of its file. What stands over the end of its line is not marked. */
export function placesOf(file: string, text: string): PlaceOf {
  const starts = [0];
  for (let end = text.indexOf("\n"); end >= 0; end = text.indexOf("\n", end + 1)) starts.push(end + 1);
  return (offset, length = 1) => {
    let [low, high] = [0, starts.length];
    while (high - low > 1) {
      const middle = (low + high) >> 1;
      if ((starts[middle] ?? 0) <= offset) low = middle;
      else high = middle;
    }
    const start = starts[low] ?? 0;
    const lineEnd = starts[low + 1] ?? text.length + 1;
    return {
      file,
      line: low + 1,
      column: offset - start + 1,
      length: Math.max(1, Math.min(length, lineEnd - 1 - offset)),
    };
  };
}
