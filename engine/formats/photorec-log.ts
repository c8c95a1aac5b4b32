/** What PhotoRec's log (`/log /logname FILE`) says of a run in batch mode; its screen is for terminals only. */
export interface PhotorecLog {
  /** It came to its end. That it "exited normally" it says after a syntax error, too, and ends with 0 then. */
  readonly finished: boolean;
  readonly syntaxError: string | null;
  /** Files that were saved, by the extension that it gave them. */
  readonly recovered: Readonly<Record<string, number>>;
}

export function parsePhotorecLog(text: string): PhotorecLog {
  const syntaxError = /^Syntax error in command line: ?(.*)$/m.exec(text)?.[1] ?? null;
  const normally = /^PhotoRec exited normally\.\s*$/m.test(text.slice(-200));
  // Each pass counts from the beginning: the last count of an extension is the one that holds.
  const counts = [...text.matchAll(/^([A-Za-z0-9_+.-]+): (\d+)\/\d+ recovered$/gm)];
  const recovered = Object.fromEntries(counts.map(([, extension = "", count]) => [extension, Number(count)]));
  return { finished: normally && syntaxError === null, syntaxError, recovered };
}
