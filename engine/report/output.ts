/** Where a reporter writes: `process.stdout` is one. `columns` and `rows` are there on a terminal and change as it is resized. */
export interface Output {
  write(text: string, done?: (error?: Error | null) => void): boolean;
  readonly columns?: number;
  readonly rows?: number;
}

/** Until all that was written has left: on a pipe an exit before that would cut the report off. */
export function flush(output: Output): Promise<void> {
  // A reader that went away (`lab play | head`) is no fault of the run, so an error ends the wait like success does.
  return new Promise((resolve) => output.write("", () => resolve()));
}
