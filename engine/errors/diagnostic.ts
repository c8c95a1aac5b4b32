/** A position in a file of the site. Lines and columns count from 1; columns count UTF-16 code units. */
export interface Place {
  readonly file: string;
  readonly line: number;
  readonly column: number;
  /** Length of the marked text on its first line, at least 1. */
  readonly length?: number;
}

/** One thing that is wrong with the user's site or call. Always shown with its place, and with a way out where one is known. */
export interface Diagnostic {
  /** Stable, kebab-case: `unknown-keyword`. Listed in docs/errors. */
  readonly code: string;
  readonly message: string;
  readonly place?: Place;
  readonly hint?: string;
  readonly severity?: "error" | "warning";
  /** Other places that matter: "first defined here". */
  readonly related?: readonly { readonly message: string; readonly place: Place }[];
}
