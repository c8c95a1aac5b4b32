/** Ports of IP as ranges, sorted and apart from each other. */
export type PortSet = readonly (readonly [from: number, to: number])[];

export const ALL_PORTS: PortSet = [[0, 65535]];

/** `*`, `22`, `80-90`, several with commas; null for anything else. */
export function parsePorts(text: string): PortSet | null {
  if (text === "*") return ALL_PORTS;
  const ranges: [number, number][] = [];
  for (const part of text.split(",")) {
    const [, from, to] = /^\s*(\d{1,5})\s*(?:-\s*(\d{1,5}))?\s*$/.exec(part) ?? [];
    const [low, high] = [Number(from), Number(to ?? from)];
    if (from === undefined || low > high || high > 65535) return null;
    ranges.push([low, high]);
  }
  return merged(ranges);
}

export function printPorts(ports: PortSet): string {
  return ports.map(printRange).join(",");
}

export function printRange([from, to]: PortSet[number]): string {
  return from === 0 && to === 65535 ? "*" : from === to ? String(from) : `${from}-${to}`;
}

export function joinPorts(...sets: readonly PortSet[]): PortSet {
  return merged(sets.flat());
}

/** What is in the first and not in the second. */
export function withoutPorts(ports: PortSet, gone: PortSet): PortSet {
  let left = ports;
  for (const [from, to] of gone) {
    left = left.flatMap(([low, high]): [number, number][] => {
      if (to < low || from > high) return [[low, high]];
      return [[low, from - 1] as [number, number], [to + 1, high] as [number, number]].filter(([a, b]) => a <= b);
    });
  }
  return left;
}

function merged(ranges: readonly (readonly [number, number])[]): PortSet {
  const sorted = [...ranges].sort(([a], [b]) => a - b);
  const joined: [number, number][] = [];
  for (const [from, to] of sorted) {
    const last = joined.at(-1);
    if (last !== undefined && from <= last[1] + 1) last[1] = Math.max(last[1], to);
    else joined.push([from, to]);
  }
  return joined;
}
