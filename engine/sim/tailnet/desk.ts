import type { HttpAnswer } from "../../ops/ir.ts";
import { json } from "../http/service.ts";
import type { Frozen } from "../world.ts";
import type { Tailnet } from "./state.ts";

/** A tailnet as one request finds it. */
export interface TailnetDesk {
  readonly tailnet: Frozen<Tailnet>;
  /** The same to be changed. */
  change(): Tailnet;
  readonly nowMs: number;
}

/** An answer that is no success. */
export function refusal(status: number, message: string, more: Readonly<Record<string, unknown>> = {}): HttpAnswer {
  return json(status, { message, ...more });
}
export const notFound = refusal(404, "not found");
