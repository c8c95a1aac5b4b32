/** An option of curl with its value, or a switch. */
export type CurlOption = readonly [name: string, value?: string];

/** The configuration that `curl -K -` reads: nothing of it is seen in the list of processes. */
export function curlOptions(options: readonly CurlOption[]): string {
  return options.map(([name, value]) => (value === undefined ? `${name}\n` : `${name} = ${quoted(value)}\n`)).join("");
}

/** Reads it back. */
export function parseCurlOptions(text: string): readonly CurlOption[] {
  return text.split("\n").flatMap((line): CurlOption[] => {
    const [, name, , value] = /^([a-z0-9-]+)( = "((?:[^"\\]|\\.)*)")?$/.exec(line) ?? [];
    if (name === undefined) return [];
    return [
      value === undefined
        ? [name]
        : [name, value.replace(/\\(.)/g, (_, each: string) => ({ t: "\t", n: "\n" })[each] ?? each)],
    ];
  });
}

function quoted(text: string): string {
  return `"${text.replaceAll("\\", "\\\\").replaceAll('"', '\\"').replaceAll("\t", "\\t").replaceAll("\n", "\\n")}"`;
}
