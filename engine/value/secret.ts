import { inspect } from "node:util";

/**
 * A text that must not be seen. It is a value kind of its own: it prints as `***` wherever it leaks into a string, JSON
 * or the inspector, and whoever needs the text says so with `reveal()`. What a template makes from a secret is a secret.
 */
export class Secret {
  readonly #text: string;
  readonly #parts: readonly Secret[];

  constructor(text: string, parts: readonly Secret[] = []) {
    this.#text = text;
    this.#parts = parts;
  }

  /** The secrets that it was put together from, where the rest of it is none: a configuration with a password in it. */
  get parts(): readonly Secret[] {
    return this.#parts;
  }

  reveal(): string {
    return this.#text;
  }

  toString(): string {
    return "***";
  }

  toJSON(): string {
    return "***";
  }

  [inspect.custom](): string {
    return "Secret(***)";
  }
}
