import { type AptSource, parseDeb822Sources, parseListLine, sameUri } from "../../engine/formats/apt-sources.ts";
import { type Refusal, refuse } from "../../engine/module/index.ts";
import type { Params } from "./params.ts";
import { MAIN, type Seen, SOURCES } from "./seen.ts";

export function sourceFor(given: Params, signedBy: string): AptSource {
  const { enabled, types, uris = [], suites = [], components = [], architectures } = given;
  const options = {
    ...(architectures !== undefined && { architectures: architectures.join(" ") }),
    "signed-by": signedBy,
  };
  return { enabled, types, uris, suites, components, options };
}

export interface Replaced {
  readonly path: string;
  /** What is left of the file. */
  readonly rest: string;
}

/** What else names this repository: lines that go, or a conflict that only a person can settle. */
export function otherSources(
  given: Params,
  wanted: AptSource,
  seen: Seen,
): { readonly replaced: readonly Replaced[] } | Refusal {
  const replaced: Replaced[] = [];
  const files = Object.entries(seen).filter(([path, bytes]) => path.startsWith("/") && bytes instanceof Uint8Array);
  for (const [path, bytes] of [[MAIN, seen.main] as const, ...files]) {
    if (!(bytes instanceof Uint8Array)) continue;
    const text = new TextDecoder().decode(bytes);
    if (path.endsWith(".sources")) {
      if (parseDeb822Sources(text).some((each) => each.enabled && meets(each, wanted)))
        return refuse(
          `${path} names this repository, too`,
          `remove it there, or name this task's repository ${path.slice(SOURCES.length + 1, -".sources".length)}`,
        );
      continue;
    }
    const lines = text.split("\n");
    const ours = lines.map(parseListLine).map((each) => each !== null && meets(each, wanted));
    if (!ours.includes(true)) continue;
    const lost = lines
      .flatMap((line, at) => (ours[at] ? (parseListLine(line)?.components ?? []) : []))
      .filter((each) => !wanted.components.includes(each));
    if (lost.length > 0)
      return refuse(
        `${path} names this repository, and of it also ${lost.join(", ")}`,
        "name these components here, too, or take the line out",
      );
    replaced.push({ path, rest: lines.filter((_, at) => !ours[at]).join("\n") });
  }
  return { replaced: given.enabled ? replaced : [] };
}

function meets(one: AptSource, other: AptSource): boolean {
  return (
    one.types.some((type) => other.types.includes(type)) &&
    one.uris.some((uri) => other.uris.some((each) => sameUri(uri, each))) &&
    one.suites.some((suite) => other.suites.includes(suite))
  );
}

/** Compared by what it means: in which order things stand says nothing. */
export function sameSource(one: AptSource, other: AptSource): boolean {
  return JSON.stringify(meaning(one)) === JSON.stringify(meaning(other));
}
function meaning({ enabled, types, uris, suites, components, options }: AptSource) {
  const sorted = (words: readonly string[]) => [...words].sort();
  const fields = Object.entries(options).map(([name, value]) => `${name}=${sorted(value.split(/\s+/)).join(" ")}`);
  return [
    enabled,
    sorted(types),
    sorted(uris.map((uri) => uri.replace(/\/+$/, ""))),
    sorted(suites),
    sorted(components),
    sorted(fields),
  ];
}
export function shown(source: AptSource | undefined) {
  return {
    enabled: source?.enabled ?? null,
    types: source?.types ?? [],
    uris: source?.uris ?? [],
    suites: source?.suites ?? [],
    components: source?.components ?? [],
    options: source?.options ?? {},
  };
}
