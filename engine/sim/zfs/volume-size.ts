import type { Frozen } from "../world.ts";
import type { Pool, Vdev } from "./state.ts";

/** The block by which raidz is measured. */
const NOMINAL = 128 * 1024;
/** Block pointers in an indirect block, and that block's size. */
const POINTERS = 1024;
const INDIRECT = 128 * 1024;

/**
 * What a volume that is not sparse reserves: its blocks with what raidz adds to small ones, and the metadata above
 * them, kept in one copy more than the data.
 */
export function reservationOfVolume(pool: Frozen<Pool>, volsize: number, blockSize: number, copies: number): number {
  let blocks = Math.floor(volsize / blockSize);
  const data = dataBytes(pool, blocks, blockSize);
  let indirect = 7;
  while (blocks > 1) {
    blocks = Math.floor((blocks + POINTERS - 1) / POINTERS);
    indirect += blocks;
  }
  return data * copies + indirect * Math.min(3, copies + 1) * INDIRECT;
}

function dataBytes(pool: Frozen<Pool>, blocks: number, blockSize: number): number {
  const sizes = pool.vdevs
    .filter(({ type }) => type.startsWith("raidz"))
    .map((vdev) => {
      const asked = raidzBytes(vdev, blockSize);
      return Math.floor((blocks * asked * NOMINAL) / raidzBytes(vdev, NOMINAL));
    });
  return Math.max(blocks * blockSize, ...sizes);
}

/** What a block takes on a raidz: its sectors, parity for each row, rounded up so that no hole is too small to use. */
function raidzBytes(vdev: Frozen<Vdev>, size: number): number {
  const shift = vdev.ashift ?? 12;
  const parity = Number(vdev.type.slice("raidz".length));
  const data = vdev.children.length - parity;
  let sectors = Math.ceil(size / 2 ** shift);
  sectors += parity * Math.ceil(sectors / data);
  return Math.ceil(sectors / (parity + 1)) * (parity + 1) * 2 ** shift;
}
