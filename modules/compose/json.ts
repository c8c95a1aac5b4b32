export type Json = Readonly<Record<string, unknown>>;

export function isObject(value: unknown): value is Json {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}
export function objectOf(value: unknown): Json {
  return isObject(value) ? value : {};
}
export function textAt(value: Json, key: string): string {
  const found = value[key];
  return typeof found === "string" ? found : "";
}
/** One object a line; what is none (a warning among them) is left out. */
export function parseJsonLines(text: string): readonly Json[] {
  return text.split("\n").flatMap((line) => {
    try {
      const value: unknown = line.startsWith("{") ? JSON.parse(line) : null;
      return isObject(value) ? [value] : [];
    } catch {
      return [];
    }
  });
}
