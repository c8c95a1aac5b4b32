import { activityOf, findUnit } from "../host/systemd.ts";
import type { Session } from "../session.ts";
import { UNIT } from "./engine.ts";

/** Whether the engine answers. */
export function engineRuns(session: Session): boolean {
  return activityOf(session.host, findUnit(session, UNIT)).active === "active";
}
