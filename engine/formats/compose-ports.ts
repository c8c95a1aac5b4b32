import { isYamlMap } from "./compose-merge.ts";
import type { YamlValue } from "./yaml-text.ts";

export type ComposePorts =
  | {
      readonly ok: true /** What is taken on the host, `0.0.0.0:8080/tcp` each; of ranges nothing is told. */;
      readonly published: readonly string[];
    }
  | { readonly ok: false; readonly message: string };

/** One entry of `ports`: `8080:80`, `127.0.0.1:53:53/udp`, a number, or the long form. */
export function parsePorts(entry: YamlValue): ComposePorts {
  if (isYamlMap(entry)) {
    const target = Number(entry.target);
    if (!isPort(target)) return { ok: false, message: `"${String(entry.target ?? "")}" is no port (target)` };
    if (entry.published === undefined || entry.published === null) return { ok: true, published: [] };
    const published = String(entry.published);
    if (!/^\d+(-\d+)?$/.test(published)) return { ok: false, message: `"${published}" is no port (published)` };
    return taken(String(entry.host_ip ?? "0.0.0.0"), published, String(entry.protocol ?? "tcp"));
  }
  const text = String(entry);
  const [, ip, published, target = "", protocol = "tcp"] =
    /^(?:(?:(\[[0-9a-f:]+\]|\d+\.\d+\.\d+\.\d+):)?(\d*(?:-\d+)?):)?(\d+(?:-\d+)?)(?:\/(tcp|udp|sctp))?$/i.exec(text) ??
    [];
  if (target === "") return { ok: false, message: `"${text}" is no port: expected HOST:CONTAINER, such as "8080:80"` };
  const numbers = [...(published ?? "").split("-"), ...target.split("-")].filter((each) => each !== "");
  if (!numbers.every((each) => isPort(Number(each))))
    return { ok: false, message: `"${text}" is no port: they go from 1 to 65535` };
  return published === undefined || published === ""
    ? { ok: true, published: [] }
    : taken(ip ?? "0.0.0.0", published, protocol.toLowerCase());
}

function taken(ip: string, published: string, protocol: string): ComposePorts {
  return { ok: true, published: published.includes("-") ? [] : [`${ip}:${published}/${protocol}`] };
}

function isPort(number: number): boolean {
  return Number.isInteger(number) && number >= 1 && number <= 65535;
}
