/**
 * The candidate that a mistyped word most likely means, for "did you mean …?"; undefined where none is near.
 * Case, and `-` for `_`, cost less than a wrong letter.
 */
export function nearest(word: string, candidates: Iterable<string>): string | undefined {
  const wanted = fold(word);
  // One mistake in three letters is still the same word to a reader; more is guessing, and a wrong guess costs trust.
  const limit = Math.max(1, Math.min(3, Math.floor(wanted.length / 3)));
  let best: string | undefined;
  let bestDistance = limit + 1;
  for (const candidate of candidates) {
    if (candidate === word || candidate === "") continue;
    const folded = fold(candidate);
    if (folded === wanted) return candidate;
    // With short words the limit of 1 would make any two-letter name the answer to any other.
    if (Math.min(folded.length, wanted.length) < 3 && !sharesStart(folded, wanted)) continue;
    // Nothing is nearer than one mistake, but the word itself.
    if (bestDistance === 1) continue;
    const found = distance(wanted, folded, bestDistance);
    if (found < bestDistance) {
      best = candidate;
      bestDistance = found;
    }
  }
  return best;
}

function fold(word: string): string {
  return word.toLowerCase().replaceAll("-", "_");
}

function sharesStart(left: string, right: string): boolean {
  return left[0] !== undefined && left[0] === right[0];
}

/** Damerau-Levenshtein (swapped neighbours count once); gives up, answering `bound`, as soon as no path can stay below it. */
function distance(left: string, right: string, bound: number): number {
  if (Math.abs(left.length - right.length) >= bound) return bound;
  let beforeLast: number[] = [];
  let last = Array.from({ length: right.length + 1 }, (_, index) => index);
  for (let i = 1; i <= left.length; i += 1) {
    const row = [i];
    for (let j = 1; j <= right.length; j += 1) {
      const same = left[i - 1] === right[j - 1];
      let cost = Math.min((last[j] ?? 0) + 1, (row[j - 1] ?? 0) + 1, (last[j - 1] ?? 0) + (same ? 0 : 1));
      const swapped = i > 1 && j > 1 && left[i - 1] === right[j - 2] && left[i - 2] === right[j - 1];
      if (swapped) cost = Math.min(cost, (beforeLast[j - 2] ?? 0) + 1);
      row.push(cost);
    }
    if (Math.min(...row) >= bound && Math.min(...last) >= bound) return bound;
    beforeLast = last;
    last = row;
  }
  return Math.min(last[right.length] ?? bound, bound);
}
