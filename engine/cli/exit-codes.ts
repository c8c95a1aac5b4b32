/** What the exit status of `lab` says. The first that applies of 1, 130, 2, 4, 3, 0. */
export const exitCodes = {
  done: 0,
  /** The site or the call is wrong; nothing was sent. */
  wrong: 1,
  /** A task failed. */
  failed: 2,
  /** Changes are pending, deferred ones included. */
  pending: 3,
  unreachable: 4,
  /** A fault of ours. */
  fault: 70,
  interrupted: 130,
} as const;
