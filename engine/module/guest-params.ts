import { z } from "zod";
import { parsePveSize } from "../formats/pve-size.ts";

/** Parameters that containers and virtual machines of Proxmox VE have in common. */

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
    // Proxmox VE cuts a new volume of a container to whole MiB: what it made would then never be what was asked for.
    if (bytes % MIB !== 0) {
      context.addIssue({ code: "custom", message: `"${given}" is not a whole number of MiB` });
      return z.NEVER;
    }
    return bytes;
  });

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

export const guestId = (what: string) =>
  z
    .int({ error: `expected the id of a ${what}: a number from 100 to 999999999` })
    .min(100, { error: "ids of guests begin at 100" })
    .max(999_999_999, { error: "the highest id of a guest is 999999999" });

/** Letters, digits and hyphens, with dots between. */
export const DNS_NAME = /^(?=.{1,255}$)[a-z0-9]([a-z0-9-]{0,61}[a-z0-9])?(\.[a-z0-9]([a-z0-9-]{0,61}[a-z0-9])?)*$/i;

export const mebibytes = (least: number) => {
  const error = `expected a whole number of MiB, at least ${least}`;
  return z.int({ error }).min(least, { error }).max(1_000_000_000, { error });
};

const startupMap = z.strictObject({
  order: z.int().min(0).max(1_000_000).optional(),
  up: z.int().min(0).max(1_000_000).optional(),
  down: z.int().min(0).max(1_000_000).optional(),
});
const startupText = z
  .string()
  .regex(/^(?:|(?:order=)?\d{1,7}|(?:(?:order|up|down)=\d{1,7})(?:,(?:order|up|down)=\d{1,7})*)$/, {
    error: "expected order=N,up=SECONDS,down=SECONDS",
  })
  .transform(
    (text): z.output<typeof startupMap> =>
      Object.fromEntries(
        text
          .split(",")
          .filter((part) => part !== "")
          .map((part) => (part.includes("=") ? part : `order=${part}`).split("="))
          .map(([name = "", value]) => [name, Number(value)]),
      ),
  );
export const guestStartup = z.union([startupText, startupMap], {
  error: "expected { order: 2, up: 30, down: 60 } (seconds)",
});

export const guestTags = wordList("tags")
  .refine((words) => words.every((word) => /^[a-z0-9_][a-z0-9_+.-]*$/i.test(word)), {
    error: "a tag has letters, digits and _ - + .",
  })
  .transform((words) => [...new Set(words.map((word) => word.toLowerCase()))].sort());

export const guestNotes = z
  .string()
  .refine((text) => !text.includes("\0"), { error: "a text cannot hold a NUL character" })
  .transform((text) => text.replace(/\n+$/, ""))
  .refine((text) => text.length < 8192, { error: "a description has at most 8191 characters" });

export const publicKeys = z
  .union([z.string(), z.array(z.string())], { error: "expected keys: a text, or a list" })
  .transform((given) => (typeof given === "string" ? given.split("\n") : given).map((key) => key.trim()))
  .transform((keys) => keys.filter((key) => key !== "" && !key.startsWith("#")))
  .refine((keys) => keys.every((key) => LINE.test(key) && /^(\S+ )?(ssh-|ecdsa-|sk-)\S+ [A-Za-z0-9+/=]+/.test(key)), {
    error: "expected public keys as in authorized_keys, one a line",
  });
const LINE = /^[^\0-\x1f\x7f]*$/;
