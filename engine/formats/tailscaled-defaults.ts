/**
 * `/etc/default/tailscaled`, the environment of Tailscale's unit: of it `FLAGS` is what says whether the daemon works
 * without an interface of the kernel.
 */
const ASSIGNMENT = /^[ \t]*FLAGS=(.*)$/;
const USERSPACE = /(?:^|\s)--?tun(?:=|\s+)userspace-networking(?=\s|$)/;

export function worksInUserspace(text: string): boolean {
  return USERSPACE.test(flagsIn(text));
}

/** The file with that flag, or without it; all else of it stays. */
export function withUserspace(text: string, on: boolean): string {
  if (worksInUserspace(text) === on) return text;
  const flags = flagsIn(text);
  const rest = flags.replace(USERSPACE, " ").replace(/\s+/g, " ").trim();
  const line = `FLAGS="${on ? [rest, "--tun=userspace-networking"].filter((each) => each !== "").join(" ") : rest}"`;
  const lines = text === "" ? [] : text.replace(/\n$/, "").split("\n");
  const last = lines.findLastIndex((each) => ASSIGNMENT.test(each));
  const changed = last < 0 ? [...lines, line] : lines.with(last, line);
  return `${changed.join("\n")}\n`;
}

/** The last assignment counts, as for systemd. */
function flagsIn(text: string): string {
  const value = text
    .split("\n")
    .flatMap((line) => ASSIGNMENT.exec(line)?.[1] ?? [])
    .at(-1);
  return (value ?? "").trim().replace(/^(["'])(.*)\1$/, "$2");
}
