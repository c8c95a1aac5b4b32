import { isYamlMap } from "./compose-merge.ts";
import { linkTarget } from "./paths.ts";
import type { YamlValue } from "./yaml-text.ts";

export interface Mount {
  readonly kind: "bind" | "volume" | "other";
  /** A path on the host, or the key of a volume; empty for a volume without a name. */
  readonly source: string;
  readonly target: string;
  readonly readOnly: boolean;
  /** Docker makes a folder of root's where the source is missing. */
  readonly makesSource: "never" | "silently" | "asked";
}
/** One entry of a service's `volumes`, short or long. */
export function mountOf(mount: YamlValue, dir: string): Mount {
  if (isYamlMap(mount)) {
    const bind = isYamlMap(mount.bind) ? mount.bind : {};
    const kind = mount.type === "bind" || mount.type === "volume" ? mount.type : "other";
    const source = String(mount.source ?? "");
    return {
      kind,
      source: kind === "bind" ? linkTarget(`${dir}/.`, source) : source,
      target: String(mount.target ?? ""),
      readOnly: mount.read_only === true || mount.read_only === "true",
      makesSource: bind.create_host_path === true || bind.create_host_path === "true" ? "asked" : "never",
    };
  }
  const [first = "", second, options = ""] = String(mount).split(":");
  if (second === undefined) {
    return { kind: "volume", source: "", target: first, readOnly: false, makesSource: "never" };
  }
  const bind = /^[./~]/.test(first);
  return {
    kind: bind ? "bind" : "volume",
    source: bind && !first.startsWith("~") ? linkTarget(`${dir}/.`, first) : first,
    target: second,
    readOnly: options.split(",").includes("ro"),
    makesSource: "silently",
  };
}
