import { z } from "zod";
import { absolutePath, defineReading, read } from "../engine/module/index.ts";

export const stat = defineReading({
  name: "stat",
  summary: "Look at a file, folder or link: whether it is there, its owner, mode, size and age.",
  description: `Registers \`exists\`, \`type\` (file, directory, symlink, block, char, fifo, socket), \`mode\`, \`owner\`, \`group\`, \`uid\`, \`gid\`, \`size\`, \`mtime\`
(seconds since the epoch), \`age\` (seconds), \`target\` (of a link) and \`sha256\`; all but \`exists\` and \`path\` are null where there is nothing.`,
  params: z.strictObject({
    path: absolutePath.describe("What to look at."),
    follow: z.boolean().default(false).describe("Look at what a link leads to, not at the link."),
    checksum: z.boolean().default(false).describe("Also make the SHA-256 of a file: all of it is read."),
  }),
  shorthand: "path",
  probes: ({ path, follow, checksum }) => ({ seen: read.stat(path, { follow, sha256: checksum }) }),
  read: ({ path }, { seen }, { now }) => ({
    kind: "value",
    value: {
      path,
      exists: seen !== null,
      type: seen?.type ?? null,
      mode: seen?.mode ?? null,
      owner: seen?.owner ?? null,
      group: seen?.group ?? null,
      uid: seen?.uid ?? null,
      gid: seen?.gid ?? null,
      size: seen?.size ?? null,
      mtime: seen?.mtime ?? null,
      age: seen === null ? null : Math.max(0, Math.floor(now.getTime() / 1000) - seen.mtime),
      target: seen?.target ?? null,
      sha256: seen?.sha256 ?? null,
    },
  }),
  examples: ["stat: /etc/hostname", "stat: { path: /etc/localtime, follow: true, checksum: true }"],
});
