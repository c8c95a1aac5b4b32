/** One source of packages, as it stands in a .sources file (deb822) or on a line of a .list. */
export interface AptSource {
  readonly enabled: boolean;
  readonly types: readonly string[];
  readonly uris: readonly string[];
  readonly suites: readonly string[];
  readonly components: readonly string[];
  /** Every other field or option, its name in lower case: `signed-by`, `architectures`. */
  readonly options: Readonly<Record<string, string>>;
}

/** The stanzas of a .sources file. A field goes on in the lines that begin with a blank; `.` alone is an empty line. */
export function parseDeb822Sources(text: string): readonly AptSource[] {
  return text
    .replaceAll("\r", "")
    .split(/\n(?:[ \t]*\n)+/)
    .map(fieldsOf)
    .filter((fields) => fields.size > 0)
    .map((fields) => {
      const words = (name: string): readonly string[] =>
        (fields.get(name) ?? "").split(/\s+/).filter((word) => word !== "");
      const known = ["types", "uris", "suites", "components", "enabled"];
      return {
        enabled: !/^(no|false|without|off|disable)$/i.test(fields.get("enabled") ?? "yes"),
        types: words("types"),
        uris: words("uris"),
        suites: words("suites"),
        components: words("components"),
        options: Object.fromEntries([...fields].filter(([name]) => !known.includes(name))),
      };
    });
}

function fieldsOf(stanza: string): ReadonlyMap<string, string> {
  const fields = new Map<string, string>();
  let name = "";
  for (const line of stanza.split("\n")) {
    if (line.startsWith("#")) continue;
    const field = /^([A-Za-z0-9][A-Za-z0-9-]*):[ \t]*(.*)$/.exec(line);
    if (field !== null) {
      name = field[1]?.toLowerCase() ?? "";
      fields.set(name, (field[2] ?? "").trim());
    } else if (name !== "" && /^[ \t]/.test(line)) {
      const more = line.trim() === "." ? "" : line.trim();
      fields.set(name, `${fields.get(name) ?? ""}\n${more}`);
    }
  }
  return fields;
}

/** A line of a .list file (`deb [arch=amd64 signed-by=/…] URI SUITE COMPONENT…`); null for any other line. */
export function parseListLine(line: string): AptSource | null {
  const [, type = "", options = "", uri = "", suite = "", components = ""] =
    /^\s*(deb|deb-src)\s+(?:\[([^\]]*)\]\s+)?(\S+)\s+(\S+)\s*([^#]*)/.exec(line) ?? [];
  if (type === "") return null;
  const pairs = options.split(/\s+/).flatMap((option): [string, string][] => {
    const at = option.indexOf("=");
    return at < 1 ? [] : [[option.slice(0, at).toLowerCase().replace(/[+-]$/, ""), option.slice(at + 1)]];
  });
  const words = components.split(/\s+/).filter((word) => word !== "");
  return {
    enabled: true,
    types: [type],
    uris: [uri],
    suites: [suite],
    components: words,
    options: Object.fromEntries(pairs),
  };
}

/** Fields in apt's own order, one a line; those without a value are left out. */
export function renderDeb822Source(source: AptSource, comment: string): string {
  const lines = [
    `# ${comment}`,
    ...(source.enabled ? [] : ["Enabled: no"]),
    `Types: ${source.types.join(" ")}`,
    `URIs: ${source.uris.join(" ")}`,
    `Suites: ${source.suites.join(" ")}`,
    ...(source.components.length === 0 ? [] : [`Components: ${source.components.join(" ")}`]),
    ...Object.entries(source.options).map(([name, value]) => `${title(name)}: ${value}`),
  ];
  return `${lines.join("\n")}\n`;
}
function title(name: string): string {
  return name.replace(/(^|-)[a-z]/g, (letter) => letter.toUpperCase());
}

/** Two addresses that apt takes for one: a slash at the end says nothing. */
export function sameUri(one: string, other: string): boolean {
  const plain = (uri: string) =>
    uri.replace(/\/+$/, "").replace(/^(https?:\/\/[^/]+)/i, (start) => start.toLowerCase());
  return plain(one) === plain(other);
}

/** What apt calls the index of a suite below /var/lib/apt/lists, without the last word (`InRelease` or `Release`). */
export function aptListName(uri: string, suite: string): string {
  const path = uri
    .replace(/^[a-z+]+:(\/\/)?/i, "")
    .replace(/^[^/@]*@/, "")
    .replace(/\/*$/, "/");
  const whole = suite.endsWith("/") ? `${path}${suite === "/" ? "" : suite}` : `${path}dists/${suite}/`;
  const escaped = whole.replace(/[\\|{}[\]<>"^~_=!@#$%&*]/g, (letter) => `%${letter.charCodeAt(0).toString(16)}`);
  return escaped.replaceAll("/", "_");
}
