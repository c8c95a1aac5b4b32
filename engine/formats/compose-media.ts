import { parseCidr } from "./cidr.ts";
import { assignments } from "./compose-merge.ts";
import type { ComposeService } from "./compose-model.ts";

const DOWNLOADS = /^(downloads?|torrents?|usenet|nzb|complete|incomplete|seeding)$/i;
const LIBRARY = /^(media|library|movies?|films?|tv|series|shows|music|books)$/i;

/** Of mounts that downloads come in by and a library goes out by: two that no hard link crosses; null where one holds both. */
export function splitMounts({ mounts }: ComposeService): readonly [string, string] | null {
  const binds = mounts.filter(({ kind, source }) => kind === "bind" && source.startsWith("/"));
  const named = (words: RegExp) =>
    binds.find(({ source, target }) => [source, target].some((path) => words.test(path.split("/").at(-1) ?? "")));
  const [from, to] = [named(DOWNLOADS), named(LIBRARY)];
  return from === undefined || to === undefined || from === to ? null : [from.source, to.source];
}

/** Networks that gluetun lets out past the tunnel and that hold the gateway of the tunnel itself. */
export function leakingSubnets({ definition }: ComposeService): readonly string[] {
  const given = assignments(definition.environment).FIREWALL_OUTBOUND_SUBNETS ?? "";
  return given
    .split(",")
    .map((each) => each.trim())
    .filter((each) => {
      const cidr = parseCidr(each);
      return cidr !== null && cidr.family === 4 && overlaps(cidr.bits, cidr.prefix);
    });
}
/** Proton's gateway, which forwards ports, is 10.2.0.1. */
const TUNNEL = parseCidr("10.2.0.0/16");
function overlaps(bits: bigint, prefix: number): boolean {
  if (TUNNEL === null) return false;
  const shift = BigInt(32 - Math.min(prefix, TUNNEL.prefix));
  return bits >> shift === TUNNEL.bits >> shift;
}
