// A mistyped bound (`web[1:1000000]`) must not fill the memory.
const most = 10_000;

/** `web[01:10]`, `web[a:c]`, `web[0:10:2]`, several in one name. A name without brackets is itself; undefined for a range that is none. */
export function expandRange(name: string): readonly string[] | undefined {
  const open = name.indexOf("[");
  if (open < 0) return name.includes("]") ? undefined : [name];
  const range = /^\[(?:(\d+):(\d+)|([a-z]):([a-z])|([A-Z]):([A-Z]))(?::(\d+))?\]/.exec(name.slice(open));
  const rests = range ? expandRange(name.slice(open + range[0].length)) : undefined;
  if (!range || rests === undefined) return undefined;
  const items = rangeItems(
    range[1] ?? range[3] ?? range[5] ?? "",
    range[2] ?? range[4] ?? range[6] ?? "",
    Number(range[7] ?? 1),
  );
  if (items === undefined || items.length * rests.length > most) return undefined;
  return items.flatMap((item) => rests.map((rest) => name.slice(0, open) + item + rest));
}

function rangeItems(from: string, to: string, step: number): readonly string[] | undefined {
  const numeric = /^\d/.test(from);
  const first = numeric ? Number(from) : (from.codePointAt(0) ?? 0);
  const last = numeric ? Number(to) : (to.codePointAt(0) ?? 0);
  const count = Math.floor((last - first) / step) + 1;
  if (step < 1 || count < 1 || count > most) return undefined;
  // `01` asks for leading zeros: all names get that many digits.
  const digits = from.startsWith("0") && from.length > 1 ? from.length : 1;
  return Array.from({ length: count }, (_, index) => {
    const item = first + index * step;
    return numeric ? String(item).padStart(digits, "0") : String.fromCodePoint(item);
  });
}
