/** Keys that are compared, and keys that are set: taking one for the other is the usual mistake. */
const COMPARED =
  /^(ACTION|DEVPATH|KERNEL|KERNELS|SUBSYSTEM|SUBSYSTEMS|DRIVER|DRIVERS|ATTRS\{.+\}|TAGS|TEST(\{\d+\})?|RESULT|CONST\{.+\})$/;
const SET = /^(GOTO|LABEL|OPTIONS|RUN(\{\w+\})?|OWNER|GROUP|MODE|SECLABEL\{.+\})$/;
const EITHER = /^(NAME|SYMLINK|ENV\{.+\}|ATTR\{.+\}|SYSCTL\{.+\}|TAG|PROGRAM|IMPORT\{\w+\})$/;
const TOKEN = /^\s*,?\s*([A-Z]+(?:\{[^}]*\})?)\s*(==|!=|=|\+=|-=|:=)\s*(e?"(?:[^"\\]|\\.)*")\s*/;

/** What is wrong with a line of a udev rules file; null if nothing that can be told by looking at it. */
export function udevLineFault(line: string): string | null {
  let rest = line.trim();
  if (rest === "" || rest.startsWith("#")) return null;
  while (rest !== "" && rest !== ",") {
    const token = TOKEN.exec(rest);
    if (token === null) return `expected KEY=="value" or KEY="value", with double quotes, at: ${rest.slice(0, 40)}`;
    const [whole, key = "", operator = ""] = token;
    const compares = operator === "==" || operator === "!=";
    if (COMPARED.test(key) && !compares) return `${key} is compared: write ${key}==… and not ${key}${operator}…`;
    if (SET.test(key) && compares) return `${key} is set: write ${key}=… and not ${key}${operator}…`;
    if (!COMPARED.test(key) && !SET.test(key) && !EITHER.test(key)) return `udev knows no key ${key}`;
    rest = rest.slice(whole.length).trim();
  }
  return null;
}

/** Lines that a trailing backslash joins are one. */
export function udevLines(text: string): readonly string[] {
  return text.replaceAll(/\\\n\s*/g, "").split("\n");
}
