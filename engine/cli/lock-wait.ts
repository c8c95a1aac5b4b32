import { parseDuration } from "../text/duration.ts";

/** `--wait-for-lock` in milliseconds; undefined if it is none. */
export function lockWaitMs(option: string | true | undefined): number | undefined {
  const seconds = option === undefined ? 0 : option === true ? 300 : parseDuration(option);
  return seconds === undefined ? undefined : seconds * 1000;
}
