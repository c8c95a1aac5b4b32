/** A whole number with its thousands apart: `1,000`. `toLocaleString` reads a part of ICU for the first one, which takes as long as a short command. */
export function thousands(count: number): string {
  return String(count).replace(/\B(?=(?:\d{3})+$)/g, ",");
}
