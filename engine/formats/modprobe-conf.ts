import { joinLines, splitLines, usualEnd } from "./text-lines.ts";

/** The kernel takes `-` and `_` in a module's name for the same. */
export function moduleName(name: string): string {
  return name.replaceAll("-", "_");
}

/** The options that a file of modprobe.d gives a module, those of several lines together; null if it has no such line. */
export function moduleOptions(text: string, name: string): Readonly<Record<string, string>> | null {
  const lines = splitLines(text).filter((line) => isAbout(line.text, name));
  if (lines.length === 0) return null;
  const words = lines.flatMap((line) => line.text.trim().split(/\s+/).slice(2));
  return Object.fromEntries(
    words.map((word) => {
      const equals = word.indexOf("=");
      return equals < 0 ? [word, ""] : [word.slice(0, equals), word.slice(equals + 1)];
    }),
  );
}

/** The file with these options: in the place of the first line about the module, or at the end. None: without a line. */
export function withModuleOptions(text: string, name: string, options: Readonly<Record<string, string>>): string {
  const lines = splitLines(text);
  const end = usualEnd(lines);
  const words = Object.entries(options).map(([key, value]) => (value === "" ? key : `${key}=${value}`));
  const line = words.length === 0 ? [] : [{ text: `options ${name} ${words.join(" ")}`, end }];
  const first = lines.findIndex((each) => isAbout(each.text, name));
  const closed = lines.map((each) => (each.end === "" ? { ...each, end } : each));
  const at = first < 0 ? closed.length : first;
  const rest = (from: number, to?: number) => closed.slice(from, to).filter((each) => !isAbout(each.text, name));
  return joinLines([...rest(0, at), ...line, ...rest(at)]);
}

/** The modules that a file of modules-load.d names. */
export function modulesLoaded(text: string): readonly string[] {
  return splitLines(text).flatMap(({ text: line }) => {
    const word = line.trim();
    return word === "" || /^[#;]/.test(word) ? [] : [moduleName(word)];
  });
}

export function withModuleLoaded(text: string, name: string): string {
  if (modulesLoaded(text).includes(moduleName(name))) return text;
  const lines = splitLines(text);
  const end = usualEnd(lines);
  return joinLines([...lines.map((each) => (each.end === "" ? { ...each, end } : each)), { text: name, end }]);
}
export function withoutModuleLoaded(text: string, name: string): string {
  return joinLines(splitLines(text).filter(({ text: line }) => moduleName(line.trim()) !== moduleName(name)));
}

/** A line of /proc/modules: how many use it, and which modules are among them. */
export interface LoadedModule {
  readonly name: string;
  readonly uses: number;
  readonly users: readonly string[];
}
export function parseProcModules(text: string): readonly LoadedModule[] {
  return text.split("\n").flatMap((line) => {
    const [name, , uses, users] = line.split(" ");
    if (name === undefined || name === "" || uses === undefined) return [];
    return [
      { name, uses: Number(uses), users: (users ?? "-").split(",").filter((user) => user !== "" && user !== "-") },
    ];
  });
}

function isAbout(line: string, name: string): boolean {
  const [word, module] = line.trim().split(/\s+/);
  return word === "options" && module !== undefined && moduleName(module) === moduleName(name);
}
