/** A value that this run cannot know yet: a field after a download, or what a deferred task would register. */
export class Unknown {
  readonly why: string;

  constructor(why: string) {
    this.why = why;
  }

  toJSON(): string {
    return `(${this.why})`;
  }
}
