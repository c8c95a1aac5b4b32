/** Secrets shorter than this are redacted only where they are the whole text: `abc` stands in too many innocent words. */
export const shortestInside = 8;

/**
 * The ways in which a secret's text may turn up inside other texts: as it is, line by line, and as JSON, shell words,
 * YAML, HTML, hexadecimal and base64 write it. Only those of at least eight characters. What URLs make of it is undone
 * where it is looked for (unfold.ts): no two programs agree on which characters they spell.
 */
export function secretForms(secret: string): Set<string> {
  const forms = new Set<string>();
  for (const text of plainForms(secret)) {
    const json = inJson(text);
    const plain = [text, ...json, ...json.flatMap(inJson), ...inShell(text), ...inMarkup(text)];
    for (const form of [...plain, ...inHex(text), ...inBase64(text)])
      if (form.length >= shortestInside) forms.add(form);
  }
  return forms;
}

/** In base64 and hexadecimal alone: what a tool may have broken into lines, so that no line holds the whole of it. */
export function digitForms(secret: string): readonly string[] {
  return plainForms(secret).flatMap((text) => [...inHex(text), ...inBase64(text)]);
}

/** As it is, and line by line: a key file is printed so by most tools, each line behind a prefix of its own. */
export function plainForms(secret: string): readonly string[] {
  const plain = [secret, secret.trim(), ...secret.split(/\r\n|\r|\n/).map((line) => line.trim())];
  return [...new Set(plain)].filter((text) => text.length >= shortestInside);
}

function inJson(text: string): string[] {
  const json = JSON.stringify(text).slice(1, -1);
  const ascii = json.replace(/[\u007f-\uffff]/g, (unit) => `\\u${unit.charCodeAt(0).toString(16).padStart(4, "0")}`);
  return [json, ascii, json.replaceAll("/", "\\/"), ascii.replaceAll("/", "\\/")];
}

function inShell(text: string): string[] {
  return [
    text.replaceAll("'", "'\\''"),
    text.replaceAll("'", `'"'"'`),
    text.replace(/["$`\\]/g, "\\$&"),
    // As Python, and others that prefer single quotes.
    text.replace(/['\\]/g, "\\$&"),
    text.replaceAll("\\", "\\\\"),
    // As bash's `printf %q` and `set -x` write it.
    text.replace(/[^\w@%+=:,./\u0080-\uffff-]/g, "\\$&"),
  ];
}

/** YAML and SQL double a quote; HTML and XML spell their own marks. */
function inMarkup(text: string): string[] {
  const html = text.replaceAll("&", "&amp;").replaceAll("<", "&lt;").replaceAll(">", "&gt;");
  const quoted = html.replaceAll('"', "&quot;");
  return [
    text.replaceAll("'", "''"),
    html,
    quoted,
    quoted.replaceAll("'", "&#39;"),
    quoted.replaceAll("'", "&#x27;"),
    quoted.replaceAll("'", "&apos;"),
  ];
}

function inHex(text: string): string[] {
  const hex = Buffer.from(text).toString("hex");
  return [hex, hex.toUpperCase()];
}

function inBase64(text: string): string[] {
  const bytes = Buffer.from(text);
  return [0, 1, 2].flatMap((offset) => {
    const encoded = Buffer.concat([Buffer.alloc(offset), bytes])
      .toString("base64")
      .replace(/=+$/, "");
    // Inside a longer text (`user:password`) the first and last characters also hold bits of the neighbours.
    const first = [0, 2, 3][offset] ?? 0;
    const inner = encoded.slice(first, Math.floor(((offset + bytes.length) * 8) / 6));
    const both = offset === 0 ? [encoded, inner] : [encoded.slice(first), inner];
    return both.flatMap((form) => [
      form,
      form.replaceAll("+", "-").replaceAll("/", "_"),
      // In a URL, and in the JSON of some servers.
      form.replaceAll("+", "%2B").replaceAll("/", "%2F"),
      form.replaceAll("/", "\\/"),
    ]);
  });
}
