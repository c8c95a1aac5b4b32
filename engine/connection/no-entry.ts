import type { GuestDown, Unreachable } from "./connection.ts";

/** Why a container was not entered, as an error, and by its kind what may still come of it. */
export type NoEntry =
  | { readonly kind: "starting" | "running" | "never"; readonly error: Unreachable }
  | { readonly kind: "down"; readonly error: GuestDown };
