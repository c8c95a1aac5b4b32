import { thousands } from "./thousands.ts";

/** `1 host`, `3 hosts`; thousands apart: `1,000 hosts`. */
export function plural(count: number, one: string, many = `${one}s`): string {
  return `${thousands(count)} ${count === 1 ? one : many}`;
}
