import type { HttpSpec, ReadSpec, WriteFileSpec, WriteSpec } from "./ir.ts";

/** More than this from one operation is an error unless it allows more. Bytes. */
export const defaultMaxBytes = 16 * 1024 * 1024;

const commandMs = 300_000;
const otherMs = 60_000;

/**
 * The longest that an operation may take, in milliseconds. The script's watchdog, the connection's net behind it, error
 * messages and the embedded lab all ask here: where two of them disagreed, one would end what another still allows.
 */
export function limitMsOf(operation: ReadSpec | WriteSpec): number {
  switch (operation.kind) {
    case "exec":
    case "script":
      return operation.limitMs ?? commandMs;
    case "http":
      // A little later than curl's own limit, whose message says more.
      return curlLimitMs(operation) + 5_000;
    case "upload":
      // Its content travels ahead, on a channel of its own that has the same limit.
      return operation.limitMs ?? commandMs;
    case "write-file":
      return lockLimitMs(operation) + (operation.validate === undefined ? 0 : validateLimitMs(operation));
    default:
      return operation.limitMs ?? otherMs;
  }
}

export function curlLimitMs({ limitMs }: HttpSpec): number {
  return limitMs ?? otherMs;
}

/** How long a write waits for its lock. */
export function lockLimitMs({ limitMs }: WriteFileSpec): number {
  return limitMs ?? otherMs;
}

/** How long the command that must accept a new file may take. */
export function validateLimitMs({ limitMs }: WriteFileSpec): number {
  return limitMs ?? commandMs;
}

/** The whole seconds that the script's watchdog counts. */
export function wholeSeconds(limitMs: number): number {
  return Math.max(1, Math.ceil(limitMs / 1000));
}
