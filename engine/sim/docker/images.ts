import { sha256 } from "../files/node.ts";
import { type Frozen, type FrozenHost, own } from "../world.ts";
import { knownImage } from "./known-images.ts";
import { parseReference, type Reference } from "./references.ts";
import type { DescribedImage, DockerImage, DockerState } from "./state.ts";

/** A month before the lab's clocks start. */
const BUILT = Date.UTC(2025, 4, 2, 12);
const PATH = "PATH=/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin";

/** How an image behaves: what the inventory says of it, then what the lab knows of its name. */
export function behaviourOf(host: FrozenHost, origin: string): Frozen<DescribedImage> {
  const said = own(host.description.images ?? {}, origin);
  const { cmd, entrypoint, ...known } = knownImage(origin);
  // What it runs is said as a whole, or not at all.
  const runs = said?.cmd === undefined && said?.entrypoint === undefined;
  return { ...known, ...(runs && cmd && { cmd }), ...(runs && entrypoint && { entrypoint }), ...said };
}

/**
 * What the registry has under a name: in the lab any tag that nobody has described as missing. Its id is made from its
 * name, so the same tag is the same image on every host; another `revision` is another image behind it.
 */
export function inRegistry(host: FrozenHost, reference: Reference): DockerImage | null {
  const origin = `${reference.repository}:${reference.tag ?? reference.digest}`;
  const described = behaviourOf(host, origin);
  if (described.missing === true) return null;
  const seed = `${origin} ${described.revision ?? ""}`;
  const cmd = described.cmd ?? (described.entrypoint === undefined ? ["/init"] : null);
  return {
    id: `sha256:${sha256(`image ${seed}`)}`,
    origin,
    created: BUILT,
    bytes: 2_000_000 + (Number.parseInt(sha256(`size ${origin}`).slice(0, 6), 16) % 200_000_000),
    digests: { [reference.repository]: reference.digest ?? `sha256:${sha256(`manifest ${seed}`)}` },
    config: {
      env: described.env ?? [PATH],
      cmd,
      entrypoint: described.entrypoint ?? null,
      exposed: described.exposed ?? [],
      volumes: described.volumes ?? [],
      labels: described.labels ?? {},
      healthcheck: described.healthcheck ?? null,
      user: described.user ?? "",
      workdir: "",
    },
  };
}

/** The image that a name or (the beginning of) an id means. */
export function findImage(state: Frozen<DockerState>, text: string): Frozen<DockerImage> | undefined {
  const reference = parseReference(text);
  if (reference !== null) {
    const tagged = own(state.tags, reference.familiar);
    if (tagged !== undefined) return state.images[tagged];
    if (reference.digest !== null) {
      const { repository, digest } = reference;
      const found = Object.values(state.images).find((image) => image.digests[repository] === digest);
      if (found !== undefined) return found;
    }
  }
  const hex = text.replace(/^sha256:/, "");
  if (!/^[0-9a-f]{3,64}$/.test(hex)) return undefined;
  return Object.values(state.images).find(({ id }) => id.startsWith(`sha256:${hex}`));
}

/** Its names, sorted as Docker sorts them. */
export function tagsOf(state: Frozen<DockerState>, id: string): readonly string[] {
  return Object.keys(state.tags)
    .filter((tag) => state.tags[tag] === id)
    .sort();
}
