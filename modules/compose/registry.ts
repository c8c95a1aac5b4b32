import type { ComposeService } from "../../engine/formats/compose-model.ts";
import { readImages } from "./containers.ts";
import { isObject, type Json, objectOf, textAt } from "./json.ts";
import type { Seen } from "./look.ts";
import type { Params } from "./params.ts";

/** With `pull: always`: names for which the registry has another image than the host. What it does not tell is told. */
export function outdatedImages(
  { pull }: Params,
  services: readonly ComposeService[],
  seen: Seen,
): { readonly names: ReadonlySet<string>; readonly warnings: readonly string[] } {
  const names = new Set<string>();
  const warnings: string[] = [];
  const all = [...new Set(services.map(({ image }) => image))];
  const local = readImages(all, seen.images);
  for (const image of pull === "always" ? all : []) {
    const answer = seen[`remote ${image}`];
    const id = local.get(image);
    // Who has none gets the newest anyway.
    if (answer === undefined || id === undefined) continue;
    const there = answer.code === 0 ? idsIn(answer.stdout, platformOf(seen.engine.stdout)) : [];
    if (there.length === 0) {
      const said = (answer.stderr.trim() || "no image for this machine").split("\n").at(-1) ?? "";
      warnings.push(`whether ${image} is the newest is not known: the registry does not tell (${said})`);
    } else if (!there.includes(id)) names.add(image);
  }
  return { names, warnings };
}

interface Platform {
  readonly os: string;
  readonly architecture: string;
}

function platformOf(version: string): Platform {
  let server: Json = {};
  try {
    server = objectOf(objectOf(JSON.parse(version)).Server);
  } catch {}
  return { os: textAt(server, "Os"), architecture: textAt(server, "Arch") };
}

/** `docker manifest inspect --verbose`: an object, or a list of them, one for each platform. What the host may call the image: the digest of its configuration, or of its manifest. */
function idsIn(text: string, { os, architecture }: Platform): readonly string[] {
  let entries: readonly unknown[];
  try {
    const value: unknown = JSON.parse(text);
    entries = Array.isArray(value) ? value : [value];
  } catch {
    return [];
  }
  return entries.filter(isObject).flatMap((entry) => {
    const descriptor = objectOf(entry.Descriptor);
    const platform = objectOf(descriptor.platform);
    const ours = platform.os === undefined || (platform.os === os && platform.architecture === architecture);
    const manifest = objectOf(entry.SchemaV2Manifest ?? entry.OCIManifest);
    const ids = [textAt(objectOf(manifest.config), "digest"), textAt(descriptor, "digest")];
    return ours ? ids.filter((id) => id !== "") : [];
  });
}
