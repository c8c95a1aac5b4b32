import { z } from "zod";
import { parsePveSize } from "../../engine/formats/pve-size.ts";

const GIB = 1024 ** 3;
const MIB = 1024 ** 2;

/** What goes between the commas of a sub-option: a comma or line end in it would begin another one. */
export const subOption = (what: string) =>
  z
    .string({ error: `expected ${what}` })
    .min(1, { error: `expected ${what}, got an empty text` })
    .max(1024)
    .regex(/^[^,\0-\x1f\x7f]+$/, { error: `${what} cannot hold a comma or a control character` });

/** Bytes, from `8G`, `512M` or a plain number of GiB. */
export const diskSize = z
  .union([z.string(), z.number()], { error: "expected a size such as 8G, or a number of GiB" })
  .transform((given, context) => {
    const bytes = typeof given === "number" ? given * GIB : /^[\d.]+[KMGT]$/.test(given) ? parsePveSize(given) : null;
    if (bytes === null || !Number.isSafeInteger(bytes) || bytes < 0) {
      context.addIssue({ code: "custom", message: `"${given}" is no size: write 8G or 512M (powers of 1024)` });
      return z.NEVER;
    }
    // Proxmox VE cuts a new volume to whole MiB: what it made would then never be what was asked for.
    if (bytes % MIB !== 0) {
      context.addIssue({ code: "custom", message: `"${given}" is not a whole number of MiB` });
      return z.NEVER;
    }
    return bytes;
  });

/** An absolute path inside of the container or on the node, as it can stand in a sub-option. */
export const plainPath = (what: string) =>
  subOption(what)
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

export const storageId = z
  .string({ error: "expected the name of a storage" })
  .regex(/^[a-z][a-z0-9._-]*[a-z0-9]$/i, { error: "expected the name of a storage, such as local-zfs" })
  .max(100);

/** Words from a list or from a text with blanks, commas or semicolons between. */
export const wordList = (what: string) =>
  z
    .union([z.string(), z.array(z.union([z.string(), z.int()]).transform(String))], {
      error: `expected a list of ${what}, or a text with blanks between them`,
    })
    .transform((given) =>
      (typeof given === "string" ? given.split(/[\s,;]+/) : given).filter(
        (word) => word !== "" || typeof given !== "string",
      ),
    );

const MOUNT_OPTIONS = ["discard", "lazytime", "noatime", "nodev", "noexec", "nosuid"] as const;
export const mountOptions = wordList("mount options")
  .pipe(z.array(z.enum(MOUNT_OPTIONS, { error: `expected mount options: ${MOUNT_OPTIONS.join(", ")}` })))
  .transform((words) => [...new Set(words)].sort());

/** One spelling of an IPv6 address. */
export function canonicalIp6(address: string): string {
  if (!address.includes(":")) return address;
  try {
    return new URL(`http://[${address}]/`).hostname.slice(1, -1);
  } catch {
    return address.toLowerCase();
  }
}
