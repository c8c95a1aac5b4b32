import { isCalendarEvent, parseCalendarEvent } from "../../../formats/calendar-event.ts";
import { ParameterError } from "../command/pve-error.ts";

/** A schedule as the command line takes it. Throws with the code that the real parser leaks. */
export function assertSchedule(schedule: string | undefined): void {
  if (schedule === undefined) return;
  const parsed = parseCalendarEvent(schedule);
  if (isCalendarEvent(parsed)) return;
  const why = `unable to parse calendar event at '${parsed.rest}' - Context("${parsed.part}")`;
  const said = `invalid format - invalid calendar event '${schedule}' - ${why}\n\n`;
  throw new ParameterError(new Map([["schedule", said]]), undefined, 1);
}
