import { Unknown } from "../value/unknown.ts";

/** What the magic variable `omit` holds: a parameter with this value is left out, as if it had not been written. */
export const omit: Unknown = Object.freeze(new Unknown("omitted"));
