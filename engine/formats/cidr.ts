/**
 * Addresses and networks of IPv4 and IPv6, compared by what they mean: `10.0.0.0/8`, in whatever spelling. Pure
 * arithmetic on 32 or 128 bits.
 */
export interface Cidr {
  readonly family: 4 | 6;
  readonly bits: bigint;
  readonly prefix: number;
}

/** A network, or one with host bits set (`isNetwork` tells); null if it is none. A plain address is a network of one. */
export function parseCidr(text: string): Cidr | null {
  const [address = "", length, ...more] = text.split("/");
  const parsed = parseIp(address);
  if (parsed === null || more.length > 0) return null;
  const widest = parsed.family === 4 ? 32 : 128;
  if (length === undefined) return { ...parsed, prefix: widest };
  if (!/^(?:0|[1-9]\d{0,2})$/.test(length) || Number(length) > widest) return null;
  return { ...parsed, prefix: Number(length) };
}

/** An address; null if it is none. Zones (`%eth0`) and the IPv4 form inside of IPv6 are none here. */
export function parseIp(text: string): { readonly family: 4 | 6; readonly bits: bigint } | null {
  if (text.includes(":")) return parseIpv6(text);
  const parts = text.split(".");
  if (parts.length !== 4 || !parts.every((part) => /^(?:0|[1-9]\d{0,2})$/.test(part) && Number(part) < 256))
    return null;
  return { family: 4, bits: parts.reduce((sum, part) => sum * 256n + BigInt(part), 0n) };
}

function parseIpv6(text: string): { readonly family: 6; readonly bits: bigint } | null {
  const halves = text.split("::");
  if (halves.length > 2) return null;
  const [head = [], tail = []] = halves.map((half) => (half === "" ? [] : half.split(":")));
  const given = head.length + tail.length;
  // Two colons stand for one group of zeros at least.
  if (halves.length === 2 ? given > 7 : given !== 8) return null;
  const groups = [...head, ...Array.from({ length: 8 - given }, () => "0"), ...tail];
  if (!groups.every((group) => /^[0-9a-f]{1,4}$/i.test(group))) return null;
  return { family: 6, bits: groups.reduce((sum, group) => sum * 65536n + BigInt(`0x${group}`), 0n) };
}

/** The network that an address with a length is in: its host bits cleared. */
export function networkOf({ family, bits, prefix }: Cidr): Cidr {
  const host = BigInt((family === 4 ? 32 : 128) - prefix);
  return { family, bits: (bits >> host) << host, prefix };
}

export function isNetwork(cidr: Cidr): boolean {
  return networkOf(cidr).bits === cidr.bits;
}

/** The one spelling of a network or address with a length; of IPv6 that of RFC 5952. */
export function printCidr({ family, bits, prefix }: Cidr): string {
  return `${printIp({ family, bits })}/${prefix}`;
}

export function printIp({ family, bits }: { readonly family: 4 | 6; readonly bits: bigint }): string {
  if (family === 4) return [24n, 16n, 8n, 0n].map((shift) => String((bits >> shift) & 255n)).join(".");
  const groups = Array.from({ length: 8 }, (_, index) => ((bits >> BigInt(112 - index * 16)) & 65535n).toString(16));
  const zeros = longestZeros(groups);
  if (zeros === null) return groups.join(":");
  return `${groups.slice(0, zeros.from).join(":")}::${groups.slice(zeros.to).join(":")}`;
}

/** The first of the longest runs of zero groups, two at least. */
function longestZeros(groups: readonly string[]): { readonly from: number; readonly to: number } | null {
  let best: { readonly from: number; readonly to: number } | null = null;
  for (let from = 0; from < groups.length; from += 1) {
    let to = from;
    while (groups[to] === "0") to += 1;
    if (to - from >= 2 && (best === null || to - from > best.to - best.from)) best = { from, to };
  }
  return best;
}

/** Its one spelling, sorted by family, address and length, each once; what is no network stays as it is, at the end. */
export function canonicalCidrs(texts: readonly string[]): readonly string[] {
  const parsed = texts.flatMap((text) => parseCidr(text) ?? []);
  const strange = texts.filter((text) => parseCidr(text) === null);
  return [...new Set([...parsed.sort(order).map(printCidr), ...strange])];
}

function order(a: Cidr, b: Cidr): number {
  if (a.family !== b.family) return a.family - b.family;
  if (a.bits !== b.bits) return a.bits < b.bits ? -1 : 1;
  return a.prefix - b.prefix;
}

/** Whether all of `inner` lies in `outer`. */
export function cidrContains(outer: Cidr, inner: Cidr): boolean {
  if (outer.family !== inner.family || inner.prefix < outer.prefix) return false;
  return networkOf({ ...inner, prefix: outer.prefix }).bits === networkOf(outer).bits;
}
