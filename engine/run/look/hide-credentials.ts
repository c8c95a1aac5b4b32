import { Secret } from "../../value/secret.ts";
import type { PlacedProbe } from "../session/host-session.ts";
import type { TaskRun } from "./task-run.ts";

/**
 * What a request logs in with may have come about in the run itself (a token): nobody has told the redactor of it yet. A
 * header is a scheme and what belongs to it, `Bearer …`: each of its words counts.
 */
export function hideCredentials({ hide }: TaskRun<unknown>, looks: readonly PlacedProbe[]): void {
  for (const { probe } of looks) {
    if (probe.kind !== "http") continue;
    for (const value of Object.values(probe.headers ?? {})) {
      if (!(value instanceof Secret)) continue;
      for (const word of value.reveal().split(" ")) hide(new Secret(word));
    }
  }
}
