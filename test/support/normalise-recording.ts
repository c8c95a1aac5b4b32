/** What differs between two runs of the same real tool, and so is not compared: the one table of it. */
const TABLE: readonly (readonly [what: string, pattern: RegExp, replacement: string])[] = [
  ["UUIDs", /\b[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}\b/g, "<uuid>"],
  ["generated hardware addresses", /\bBC:24:11(:[0-9A-F]{2}){3}\b/g, "<mac>"],
  ["fingerprints of new SSH host keys", /SHA256:[A-Za-z0-9+/]{43} root@\S+/g, "<fingerprint>"],
  ["digests of configurations", /\b[0-9a-f]{40}\b/g, "<sha1>"],
  ["amounts and rates of an unpacked archive", /^Total bytes read: .*$/gm, "<bytes read>"],
  ["superblocks of mkfs", /^Superblock backups stored on blocks: \n(?:\t[\d, ]+\n?)+/gm, "<superblocks>\n"],
  ["sizes of mkfs", /^Creating filesystem with \d+ 4k blocks and \d+ inodes$/gm, "<mkfs>"],
];

export function normaliseRecording(text: string): string {
  return TABLE.reduce((result, [, pattern, replacement]) => result.replace(pattern, replacement), text);
}
