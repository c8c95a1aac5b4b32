/** What config.xml says of Syncthing's API. */
export interface SyncthingApi {
  /** As it stands there: `127.0.0.1:8384`, `:8384`, `[::]:8384`, a path of a socket. */
  readonly address: string;
  readonly tls: boolean;
  readonly apiKey: string;
  readonly enabled: boolean;
}

/** The API's part of a config.xml; null where there is none. It is written by a machine, always in the same way. */
export function syncthingApi(xml: string): SyncthingApi | null {
  const section = /<gui\b([^>]*)>([\s\S]*?)<\/gui>/.exec(xml);
  if (section === null) return null;
  const [, attributes = "", content = ""] = section;
  const attribute = (name: string) => new RegExp(`\\b${name}="([^"]*)"`).exec(attributes)?.[1];
  const element = (name: string) => unescapeXml(new RegExp(`<${name}>([^<]*)</${name}>`).exec(content)?.[1] ?? "");
  return {
    address: element("address"),
    tls: attribute("tls") === "true",
    apiKey: element("apikey"),
    enabled: attribute("enabled") !== "false",
  };
}

const NAMED: Readonly<Record<string, string>> = { amp: "&", lt: "<", gt: ">", quot: '"', apos: "'" };

export function unescapeXml(text: string): string {
  return text.replace(/&(?:#(\d+)|#x([0-9a-f]+)|(\w+));/gi, (whole, decimal, hex, name) => {
    if (name !== undefined) return NAMED[name] ?? whole;
    return String.fromCodePoint(decimal !== undefined ? Number(decimal) : Number.parseInt(hex, 16));
  });
}

export function escapeXml(text: string): string {
  return text.replace(/[&<>"'\n\t\r]/g, (character) => ESCAPED[character] ?? character);
}
const ESCAPED: Readonly<Record<string, string>> = {
  "&": "&amp;",
  "<": "&lt;",
  ">": "&gt;",
  '"': "&#34;",
  "'": "&#39;",
  "\n": "&#xA;",
  "\t": "&#x9;",
  "\r": "&#xD;",
};

/** Where to ask, of an address as Syncthing listens on: all addresses are asked on the loopback. Null: a socket of the file system. */
export function syncthingUrl({ address, tls }: Pick<SyncthingApi, "address" | "tls">): string | null {
  const match = /^(.*):(\d+)$/.exec(address);
  if (match === null || address.startsWith("/") || address.startsWith("unix:")) return null;
  const [, host = "", port = ""] = match;
  return `${tls ? "https" : "http"}://${listensEverywhere(address) ? "127.0.0.1" : host}:${port}`;
}

/** Whether an address means all of the host's. */
export function listensEverywhere(address: string): boolean {
  return ["", "0.0.0.0", "[::]"].includes(address.replace(/:\d+$/, ""));
}
