/** Secrets shorter than this are redacted only where they are the whole text: `abc` stands in too many innocent words. */
const shortestInside = 8;

/**
 * The ways in which a secret's text may turn up inside other texts: as it is, line by line, and as JSON, shell words,
 * URLs and base64 write it. Only those of at least eight characters.
 */
export function secretForms(secret: string): Set<string> {
  const forms = new Set<string>();
  // A key file is printed line by line by most tools, each line behind a prefix of its own.
  const plain = [secret, secret.trim(), ...secret.split(/\r\n|\r|\n/).map((line) => line.trim())];
  for (const text of new Set(plain)) {
    if (text.length < shortestInside) continue;
    const json = inJson(text);
    for (const form of [text, ...json, ...json.flatMap(inJson), ...inShell(text), ...inUrl(text), ...inBase64(text)]) {
      forms.add(form);
    }
  }
  return new Set([...forms].filter((form) => form.length >= shortestInside));
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
    // As bash's `printf %q` and `set -x` write it.
    text.replace(/[^\w@%+=:,./\u0080-\uffff-]/g, "\\$&"),
  ];
}

function inUrl(text: string): string[] {
  // A lone surrogate has no UTF-8 form, and encodeURIComponent throws at it; a round trip makes it U+FFFD.
  const whole = Buffer.from(text).toString();
  const component = encodeURIComponent(whole);
  const strict = component.replace(/[!'()*]/g, (mark) => `%${mark.charCodeAt(0).toString(16).toUpperCase()}`);
  const upper = [component, strict, strict.replaceAll("%20", "+"), component.replaceAll("%20", "+"), encodeURI(whole)];
  return [...upper, ...upper.map((url) => url.replace(/%[0-9A-F]{2}/g, (byte) => byte.toLowerCase()))];
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
    return both.flatMap((form) => [form, form.replaceAll("+", "-").replaceAll("/", "_")]);
  });
}
