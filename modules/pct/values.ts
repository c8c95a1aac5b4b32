import { z } from "zod";
import { subOption, wordList } from "../../engine/module/index.ts";

export { diskSize, storageId, subOption, wordList } from "../../engine/module/index.ts";

/** An absolute path inside of the container or on the node, as it can stand in a sub-option. */
export const plainPath = (what: string) =>
  subOption(what)
    // Beyond ASCII the tools keep one byte of `ö`, and then find no such path.
    .regex(/^[\0-\x7f]*$/, { error: `${what} has ASCII characters only: others Proxmox VE keeps in another encoding` })
    .refine((path) => path.startsWith("/"), { error: `${what} is an absolute path (beginning with /)` })
    .refine((path) => !path.split("/").includes("..") && !path.split("/").includes("."), {
      error: `${what} must not hold \`.\` or \`..\`: say where it leads`,
    })
    .transform(cleanPath);

/** One spelling of a path: no doubled slash, none at the end. */
export function cleanPath(path: string): string {
  return `/${path
    .split("/")
    .filter((part) => part !== "")
    .join("/")}`;
}

const MOUNT_OPTIONS = ["discard", "lazytime", "noatime", "nodev", "noexec", "nosuid"] as const;
export const mountOptions = wordList("mount options")
  .pipe(z.array(z.enum(MOUNT_OPTIONS, { error: `expected mount options: ${MOUNT_OPTIONS.join(", ")}` })))
  .transform((words) => [...new Set(words)].sort());

/** A whole number within bounds, and one sentence for all that it is not. */
export const whole = (least: number, most: number) => {
  const error = `expected a whole number from ${least} to ${most}`;
  return z.int({ error }).min(least, { error }).max(most, { error });
};
/** A number as the tools take it: `1e-7`, which is how very small ones are written, is none to them. */
export const isPlainNumber = (number: number): boolean => /^\d+(\.\d+)?$/.test(String(number));

/** One spelling of an IPv6 address. */
export function canonicalIp6(address: string): string {
  if (!address.includes(":")) return address;
  try {
    return new URL(`http://[${address}]/`).hostname.slice(1, -1);
  } catch {
    return address.toLowerCase();
  }
}
