/**
 * Looks for secrets the way somebody would who found a text: as it is, and in what comes out when its base64, its
 * hexadecimal digits, its %-signs and its backslashes are undone. Knows nothing of how lab hides them.
 */
export function tracesOf(secrets: readonly string[], text: string): readonly string[] {
  const pieces = secrets.flatMap((secret) => piecesOf(secret).map((piece) => ({ secret, piece })));
  const found = new Set<string>();
  for (const [how, variant] of unfolded(text)) {
    for (const { secret, piece } of pieces) {
      const at = variant.indexOf(piece);
      if (at >= 0)
        found.add(
          `${JSON.stringify(secret.slice(0, 12))} ${how}: …${JSON.stringify(variant.slice(Math.max(0, at - 60), at + 60))}…`,
        );
    }
  }
  return [...found];
}

/** Each line, and of a long line each half: one that was cut in two is no better. */
function piecesOf(secret: string): readonly string[] {
  const lines = secret.split("\n").filter((line) => line.trim().length >= 8);
  return lines.flatMap((line) => {
    if (line.length < 24) return [line];
    return [line.slice(0, line.length / 2), line.slice(line.length / 2)];
  });
}

function* unfolded(text: string): Iterable<readonly [how: string, text: string]> {
  yield ["as it is", text];
  const joined = text.replace(/\s+/g, "");
  yield ["joined", joined];
  const plain = text
    .replace(/\\(["'\\/$`! ])/g, "$1")
    .replace(/\\u([0-9a-f]{4})/gi, (_, code) => String.fromCharCode(Number.parseInt(code, 16)));
  yield ["without backslashes", plain];
  yield ["without backslashes twice", plain.replace(/\\(["'\\/$`! ])/g, "$1")];
  yield ["shell words", text.replaceAll("'\\''", "'").replaceAll(`'"'"'`, "'")];
  yield [
    "markup",
    text
      .replaceAll("&quot;", '"')
      .replaceAll("&#39;", "'")
      .replaceAll("&#x27;", "'")
      .replaceAll("&lt;", "<")
      .replaceAll("&gt;", ">")
      .replaceAll("&amp;", "&"),
  ];
  const url = text
    .replaceAll("+", " ")
    .replace(/(?:%[0-9a-f]{2})+/gi, (run) => Buffer.from(run.replaceAll("%", ""), "hex").toString("utf8"));
  yield ["of a URL", url];
  yield [
    "of a URL, twice",
    url.replace(/(?:%[0-9a-f]{2})+/gi, (run) => Buffer.from(run.replaceAll("%", ""), "hex").toString("utf8")),
  ];
  for (const source of [text, joined]) {
    for (const [run] of source.matchAll(/[0-9a-f]{16,}/gi)) {
      yield ["in hexadecimal", Buffer.from(run, "hex").toString("utf8")];
      yield ["in hexadecimal, one on", Buffer.from(run.slice(1), "hex").toString("utf8")];
    }
    for (const [run] of source.matchAll(/[A-Za-z0-9+/_-]{12,}/g)) {
      for (let start = 0; start < 4; start += 1)
        yield ["in base64", Buffer.from(run.slice(start), "base64").toString("utf8")];
    }
  }
}
