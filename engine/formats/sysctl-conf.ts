import type { TextLine } from "./text-lines.ts";
import { joinLines, splitLines, usualEnd } from "./text-lines.ts";

interface Setting {
  /** A failure to set it is no error at boot: the line begins with `-`. */
  readonly dash: "" | "-";
  readonly name: string;
  readonly value: string;
}

/**
 * One spelling for all: the path below /proc/sys. The first separator decides how a name is meant, for an interface
 * may have a dot in its name: `net.ipv4.conf.eth0/100.rp_filter` is `net/ipv4/conf/eth0.100/rp_filter`.
 */
export function sysctlPath(name: string): string {
  const separator = /[./]/.exec(name)?.[0];
  return separator === "." ? name.replace(/[./]/g, (char) => (char === "." ? "/" : ".")) : name;
}

/** The value that a sysctl.d file gives a parameter; null if none. Of several lines the last one counts. */
export function sysctlSetting(text: string, name: string): string | null {
  const settings = splitLines(text).flatMap((line) => parse(line) ?? []);
  return settings.findLast((setting) => sysctlPath(setting.name) === sysctlPath(name))?.value ?? null;
}

/** The file with this value: the last line of the parameter is changed where it stands, or a new one comes at the end. */
export function withSysctlSetting(text: string, name: string, value: string): string {
  const lines = splitLines(text);
  const at = lines.findLastIndex((line) => isAbout(line, name));
  const old = parse(lines[at]);
  if (old === undefined) {
    const end = usualEnd(lines);
    const closed = lines.map((line) => (line.end === "" ? { ...line, end } : line));
    return joinLines([...closed, { text: `${name} = ${value}`, end }]);
  }
  const changed = `${old.dash}${old.name} = ${value}`;
  return joinLines(lines.map((line, index) => (index === at ? { ...line, text: changed } : line)));
}

export function withoutSysctlSetting(text: string, name: string): string {
  return joinLines(splitLines(text).filter((line) => !isAbout(line, name)));
}

function isAbout(line: TextLine, name: string): boolean {
  const setting = parse(line);
  return setting !== undefined && sysctlPath(setting.name) === sysctlPath(name);
}

function parse(line: TextLine | undefined): Setting | undefined {
  const match = /^\s*(-?)\s*([^#;=\s][^=]*?)\s*=\s*(.*?)\s*$/.exec(line?.text ?? "");
  const [, dash, name, value] = match ?? [];
  return name === undefined || value === undefined ? undefined : { dash: dash === "-" ? "-" : "", name, value };
}
