/** A value of `lxc.cgroup2.devices.allow`: `c 226:128 rwm`. Null in a place: any. */
export interface DeviceRule {
  readonly kind: "c" | "b" | "a";
  readonly major: number | null;
  readonly minor: number | null;
}
/** A device node as it is on the host. */
export interface DeviceNumbers {
  readonly path: string;
  readonly major: number;
  readonly minor: number;
}
/** A value of `lxc.mount.entry`. */
export interface MountEntry {
  readonly source: string;
  /** Absolute, as seen inside. */
  readonly target: string;
  readonly options: readonly string[];
}

export function parseDeviceRule(value: string): DeviceRule | null {
  const text = value.trim();
  if (/^a(\s+\*:\*.*)?$/.test(text)) return { kind: "a", major: null, minor: null };
  const [, kind, major, minor] = /^([cb])\s+(\d+|\*):(\d+|\*)(?:\s+[rwm]+)?$/.exec(text) ?? [];
  if (kind === undefined) return null;
  const number = (part: string | undefined) => (part === undefined || part === "*" ? null : Number(part));
  return { kind: kind === "c" ? "c" : "b", major: number(major), minor: number(minor) };
}

export function parseMountEntry(value: string): MountEntry | null {
  const [source, target, , options = ""] = value.trim().split(/\s+/).map(unescaped);
  if (source === undefined || target === undefined) return null;
  return { source, target: `/${target.replace(/^\/+|\/+$/g, "")}`, options: options.split(",") };
}

/** What `stat -c '%t %T %n'` prints: numbers in hexadecimal. */
export function parseDeviceNumbers(stdout: string): readonly DeviceNumbers[] {
  return stdout.split("\n").flatMap((line) => {
    const [, major, minor, path] = /^([0-9a-f]+) ([0-9a-f]+) (.+)$/.exec(line) ?? [];
    if (major === undefined || minor === undefined || path === undefined) return [];
    return [{ path, major: Number.parseInt(major, 16), minor: Number.parseInt(minor, 16) }];
  });
}

/** Rules that let in a device which is not there, while others of its kind are: the numbers have changed. */
export function strayRules(
  values: readonly string[],
  devices: readonly DeviceNumbers[],
): readonly { readonly value: string; readonly there: readonly DeviceNumbers[] }[] {
  return values.flatMap((value) => {
    const rule = parseDeviceRule(value);
    if (rule === null || rule.major === null || rule.minor === null) return [];
    const there = devices.filter(({ major }) => major === rule.major);
    return there.length > 0 && !there.some(({ minor }) => minor === rule.minor) ? [{ value, there }] : [];
  });
}

/** As in /etc/fstab: `\040` is a blank. */
function unescaped(word: string): string {
  return word.replace(/\\([0-7]{3})/g, (_, code: string) => String.fromCharCode(Number.parseInt(code, 8)));
}
