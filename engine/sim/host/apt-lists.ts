import { aptListName, parseListLine } from "../../formats/apt-sources.ts";
import { nodeText } from "../files/node.ts";
import type { FrozenHost } from "../world.ts";
import { findPackage, type PackageInfo } from "./catalogue.ts";

const LISTS = "/var/lib/apt/lists";
const LINES = /^\/etc\/apt\/sources\.list(?:\.d\/[^/]+\.list)?$/;

/** The lists that `apt-get update` reads for sources of one line. Each one of them is reached. */
export function listsOfLines(host: FrozenHost): readonly string[] {
  const names = Object.entries(host.files).flatMap(([path, node]) =>
    LINES.test(path) && node.type === "file"
      ? nodeText(node)
          .split("\n")
          .flatMap((line) => parseListLine(line) ?? [])
          .flatMap(({ uris, suites }) => uris.flatMap((uri) => suites.map((suite) => aptListName(uri, suite))))
      : [],
  );
  return [...new Set(names)].map((name) => `${LISTS}/${name}InRelease`);
}

/** A package that apt can install here: one of Debian's, or of an archive of others whose list it has read. */
export function offeredPackage(host: FrozenHost, name: string): PackageInfo | undefined {
  const info = findPackage(name);
  if (info?.from === undefined) return info;
  const prefix = `${LISTS}/${info.from}_`;
  const lists = Object.keys(host.files).filter((path) => path.startsWith(prefix));
  if (lists.length === 0) return undefined;
  const suite = Object.entries(info.suites ?? {}).find(([name]) =>
    lists.some((path) => path.includes(`_dists_${name}_`)),
  );
  return suite === undefined ? info : { ...info, versions: suite[1] };
}
