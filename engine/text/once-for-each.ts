/** More different texts than this are no site that anybody wrote by hand: then the oldest are made anew. */
const most = 5000;
/** Longer ones are files, which whoever reads them keeps. */
const longest = 10_000;

/** What is made of a text, made once for each text. What is made must not be changed by anybody: all share it. */
export function onceForEach<T>(make: (text: string) => T): (text: string) => T {
  const made = new Map<string, T>();
  return (text) => {
    if (text.length > longest) return make(text);
    const known = made.get(text);
    if (known !== undefined) return known;
    const fresh = make(text);
    if (made.size >= most) for (const [oldest] of made) if (made.delete(oldest)) break;
    made.set(text, fresh);
    return fresh;
  };
}
