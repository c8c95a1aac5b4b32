/**
 * How far east of Greenwich a host's clock is at a moment, in minutes, from where its /etc/localtime points. Without a
 * link, or with one that names no zone we know, it is UTC, as for glibc.
 */
export function zoneOffsetMinutes(localtime: string | undefined, at: Date): number {
  const zone = /\/zoneinfo\/(?:posix\/|right\/)?(.+)$/.exec(localtime ?? "")?.[1];
  if (zone === undefined) return 0;
  try {
    const parts = formatOf(zone).formatToParts(at);
    const text = parts.find(({ type }) => type === "timeZoneName")?.value ?? "";
    const [, sign, hours, minutes] = /^GMT([+-])(\d\d):(\d\d)/.exec(text) ?? [];
    return (sign === "-" ? -1 : 1) * (Number(hours ?? 0) * 60 + Number(minutes ?? 0));
  } catch {
    return 0;
  }
}

/** Making one takes longer than all that is done with it. */
const formats = new Map<string, Intl.DateTimeFormat>();

function formatOf(zone: string): Intl.DateTimeFormat {
  const format = formats.get(zone) ?? new Intl.DateTimeFormat("en-US", { timeZone: zone, timeZoneName: "longOffset" });
  formats.set(zone, format);
  return format;
}
