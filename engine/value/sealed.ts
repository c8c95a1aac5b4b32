/** Why an encrypted text cannot be had; what a diagnostic says, but for its place. */
export interface SealProblem {
  readonly code: string;
  readonly message: string;
  readonly hint?: string;
}

/** What opening comes to. Waiting: without a key, where none is asked for, such as in a static check. */
export type Opened<Content> =
  | { readonly kind: "opened"; readonly content: Content }
  | { readonly kind: "waiting"; readonly why: string }
  | { readonly kind: "closed"; readonly problem: SealProblem };

/**
 * Opens what the site keeps encrypted. Handed to the loaders like the file system, since keys lie outside of the site.
 * Synchronous, as all evaluation is.
 */
export interface Unsealer {
  /** What is wrong with an encrypted text, as far as that shows without any key. */
  problem(armored: string): SealProblem | undefined;
  /** Its text. Each is opened once, and not before somebody reads it. */
  open(armored: string): Opened<string>;
  /** The bytes of a whole file, armored or not. */
  openFile(bytes: Uint8Array): Opened<Uint8Array>;
  /** Says that this text is a secret, before anybody can print it. */
  hide(text: string): void;
}
