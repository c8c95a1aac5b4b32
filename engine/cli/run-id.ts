import { randomBytes } from "node:crypto";

/** Sorts by time, to the millisecond: runs of one second are told apart too. Unique where several people run at once. */
export function newRunId(now: Date): string {
  const [day, time] = now.toISOString().slice(0, 19).replace(/[-:]/g, "").split("T");
  const millisecond = now.getUTCMilliseconds().toString(16).padStart(3, "0");
  return `${day}-${time}-${millisecond}${randomBytes(3).toString("hex").slice(1)}`;
}
