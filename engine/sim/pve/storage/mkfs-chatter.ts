import { sha256 } from "../../files/node.ts";

/** What mke2fs says when it makes a file system of this size; `seed` decides its UUID. */
export function mkfsChatter(bytes: number, seed: string): string {
  // Below 512 MiB it takes blocks of 1 KiB, and the first of them is no block of a group.
  const small = bytes < 512 * 1024 ** 2;
  const blockBytes = small ? 1024 : 4096;
  const blocks = Math.floor(bytes / blockBytes);
  const perGroup = blockBytes * 8;
  const groups = Math.ceil(blocks / perGroup);
  const inodes = Math.floor(bytes / (small ? 4096 : 16_384));
  const backups = sparseGroups(groups).map((group) => group * perGroup + (small ? 1 : 0));
  return [
    `Creating filesystem with ${blocks} ${blockBytes / 1024}k blocks and ${inodes} inodes\n`,
    `Filesystem UUID: ${uuidOf(seed)}\n`,
    "Superblock backups stored on blocks: \n",
    ...wrap(backups.filter((block) => block < blocks)),
  ].join("");
}

/** Groups that hold a copy of the superblock: 1 and the powers of 3, 5 and 7. */
function sparseGroups(groups: number): readonly number[] {
  const found = new Set([1]);
  for (const base of [3, 5, 7]) for (let power = base; power < groups; power *= base) found.add(power);
  return [...found].filter((group) => group < groups).sort((a, b) => a - b);
}

function wrap(blocks: readonly number[]): readonly string[] {
  const lines: string[] = [];
  for (const block of blocks) {
    const last = lines.at(-1);
    if (last === undefined || last.length + String(block).length > 70) lines.push(String(block));
    else lines[lines.length - 1] = `${last}, ${block}`;
  }
  return lines.map((line, index) => `\t${line}${index < lines.length - 1 ? ", " : ""}\n`);
}

function uuidOf(seed: string): string {
  const hex = sha256(`uuid ${seed}`);
  return `${hex.slice(0, 8)}-${hex.slice(8, 12)}-4${hex.slice(13, 16)}-a${hex.slice(17, 20)}-${hex.slice(20, 32)}`;
}
