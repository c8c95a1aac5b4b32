import { inspect } from "node:util";

/**
 * A text that must not be seen. It is a value kind of its own: it prints as `***` wherever it leaks into a string, JSON
 * or the inspector, and whoever needs the text says so with `reveal()`. What a template makes from a secret is a secret.
 */
export class Secret {
  readonly #text: string;

  constructor(text: string) {
    this.#text = text;
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
