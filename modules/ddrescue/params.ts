import { z } from "zod";
import { absolutePath } from "../../engine/module/index.ts";

const byId = z
  .string()
  .transform((id) => id.replace(/^\/dev\/disk\/by-id\//, ""))
  .refine((id) => /^[A-Za-z0-9][A-Za-z0-9._:+@=-]{2,200}$/.test(id), {
    error:
      "expected the disk's name under /dev/disk/by-id, such as usb-WD_Elements_1234-0:0: names like sdb move from one disk to another",
  })
  .refine((id) => !/-part\d+$/.test(id), {
    error: "expected the whole disk, without -partN: a partition has no serial number to be known by",
  });

const source = z.strictObject({
  by_id: byId.describe("Its name under `/dev/disk/by-id`."),
  serial: z
    .string()
    .regex(/^[\x21-\x7e]{1,64}$/, { error: "expected a serial number, as `lsblk -o NAME,SERIAL` prints it" })
    .describe("Its serial number. Nothing is read from a disk that has another one."),
  size_bytes: z
    .int()
    .positive({ error: "no disk has 0 bytes" })
    .optional()
    .describe("Its size. A dying disk may tell another one, and then nothing it says can be trusted."),
});

export const params = z
  .strictObject({
    source: source.describe("The disk that is dying: `by_id`, `serial`, `size_bytes`."),
    image: absolutePath.describe("The file that it is copied to. It becomes read-only (0444) once it is complete."),
    map: absolutePath
      .optional()
      .describe("The map of what was read, as ddrescue keeps it. Unsaid: the image's name and `.map`."),
    retries: z
      .int()
      .min(0)
      .max(100, { error: "at most 100: each of them wears the disk further" })
      .default(3)
      .describe("How often what could not be read is tried again, once all else is safe."),
    direct: z.boolean().default(true).describe("Read past the kernel's cache, sector by sector."),
    sparse: z.boolean().default(false).describe("Leave holes in the image where the disk holds zeroes."),
    reverse: z.boolean().default(false).describe("Read backwards when the edges and bad areas are tried."),
    min_read_rate: z
      .int()
      .min(1)
      .max(1_000_000_000)
      .optional()
      .describe("Bytes a second: slower areas are left for later, as they are about to fail."),
    space_factor: z
      .number()
      .min(1, { error: "the image needs as much space as the disk has: at least 1" })
      .max(100)
      .default(1)
      .describe(
        "How much free space there must be before anything is read, in sizes of the disk. 2 leaves room to carve files out.",
      ),
    allow_partial: z
      .boolean()
      .default(false)
      .describe("An image that lacks what could not be read is good enough. Else it fails, and says how much that is."),
    sha256: z
      .boolean()
      .default(false)
      .describe(
        "Keep the image's SHA-256 beside it, in a file with `.sha256` after its name. The image is read once for it.",
      ),
    limit_hours: z
      .int()
      .min(1)
      .max(720, { error: "at most 720: thirty days" })
      .default(240)
      .describe("Hours that each pass may take. Then it is ended; the next run goes on from there."),
  })
  .superRefine(({ image, map }, context) => {
    const wrong = (path: string, message: string) => context.addIssue({ code: "custom", path: [path], message });
    if (image === "/" || image.startsWith("/dev/")) wrong("image", "the image is a file, never a device");
    if (map !== undefined && (map === image || map.startsWith("/dev/"))) wrong("map", "the map is a file of its own");
    // ddrescue writes its command line into the map, and this is compared with.
    for (const [name, path] of [
      ["image", image],
      ["map", map ?? ""],
    ] as const) {
      if (/[\p{Cc}]/u.test(path)) wrong(name, "the path holds a control character");
    }
  });
export type Params = z.output<typeof params>;

export const mapOf = ({ image, map }: Params): string => map ?? `${image}.map`;
export const deviceOf = ({ source: { by_id } }: Params): string => `/dev/disk/by-id/${by_id}`;
export const folderOf = ({ image }: Params): string => image.slice(0, image.lastIndexOf("/")) || "/";
