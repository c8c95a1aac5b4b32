import { z } from "zod";
import { sha256Hex } from "../engine/formats/sha256.ts";
import { utf8Text } from "../engine/formats/utf8-text.ts";
import type { Reading } from "../engine/module/index.ts";
import { absolutePath, defineReading, read, refuse, Secret } from "../engine/module/index.ts";

const MIB = 1024 * 1024;

export const slurp = defineReading({
  name: "slurp",
  summary: "Read a file of the host into a variable.",
  description: `Registers \`content\` (the text; base64 where the file is no UTF-8 text), \`encoding\` (\`utf-8\` or \`base64\`), \`size\`, \`sha256\` and \`exists\`.
To bring a file to this machine, use \`fetch\`.`,
  params: z.strictObject({
    path: absolutePath.describe("The file. A link is followed."),
    max_size: z
      .int({ error: "expected a number of bytes" })
      .min(1, { error: "expected at least one byte" })
      .max(16 * MIB, { error: "at most 16777216 bytes (16 MiB) are read into a variable" })
      .default(MIB)
      .describe("A larger file fails the task. Bytes."),
    missing: z
      .enum(["fail", "ok"], { error: "expected fail or ok" })
      .default("fail")
      .describe("What a missing file is: a failure, or `ok`, with `exists` false and `content` null."),
    base64: z.boolean().default(false).describe("Always encode it, also where it is text."),
    secret: z.boolean().default(false).describe("The content is a secret."),
  }),
  shorthand: "path",
  probes: ({ path, max_size }) => ({ bytes: read.file(path, { maxBytes: max_size }) }),
  read({ path, missing, base64, secret }, { bytes }): Reading {
    if (bytes === null) {
      if (missing === "fail") return refuse(`there is no file ${path}`, "missing: ok lets the task pass without one");
      return { kind: "value", value: { path, exists: false, content: null, encoding: null, size: null, sha256: null } };
    }
    const text = base64 ? undefined : utf8Text(bytes);
    const content = text ?? Buffer.from(bytes).toString("base64");
    return {
      kind: "value",
      value: {
        path,
        exists: true,
        content: secret ? new Secret(content) : content,
        encoding: text === undefined ? "base64" : "utf-8",
        size: bytes.length,
        sha256: sha256Hex(bytes),
      },
    };
  },
  examples: ["slurp: /etc/hostname", "slurp: { path: /etc/machine-id, missing: ok, secret: true }"],
});
