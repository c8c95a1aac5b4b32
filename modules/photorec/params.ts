import { z } from "zod";
import { absolutePath } from "../../engine/module/index.ts";

const plainPath = (what: string) =>
  absolutePath.refine((path) => path !== "/" && !path.startsWith("/dev/"), { error: `${what}, never a device` });

export const params = z
  .strictObject({
    image: plainPath("the image is a file").describe("The image to carve: of a whole disk, as `ddrescue` makes it."),
    // A comma would end the name within PhotoRec's own command.
    dest: plainPath("the folder for what is found is on a disk of its own").describe(
      "The folder that gets `recup_dir.1` and so on, the log, and the mark that it is done. It must be there.",
    ),
    filetypes: z
      .array(
        z
          .string()
          .regex(/^[a-z0-9][a-z0-9_+-]{0,15}$/, { error: "expected names of PhotoRec's, such as jpg, png, mov" }),
      )
      .min(1, { error: "an empty list would find nothing: leave `filetypes` out for every type" })
      .max(500)
      .refine((types) => new Set(types).size === types.length, { error: "a type stands there twice" })
      .optional()
      .describe("Types of files to look for, by PhotoRec's names. Unsaid: all that it knows by default."),
    freespace_only: z
      .boolean()
      .default(false)
      .describe("Only where the file system has nothing: what was deleted. Else everywhere."),
    ext: z
      .boolean()
      .default(false)
      .describe("The image holds ext2, ext3 or ext4: PhotoRec steps over their own blocks."),
    keep_corrupted: z.boolean().default(false).describe("Keep also files that are damaged."),
    space_factor: z
      .number()
      .min(0.01)
      .max(100)
      .default(1)
      .describe("How much free space there must be in `dest`, in sizes of the image."),
    limit_hours: z
      .int()
      .min(1)
      .max(720, { error: "at most 720: thirty days" })
      .default(240)
      .describe("Hours that it may take."),
  })
  .superRefine(({ image, dest }, context) => {
    const wrong = (path: string, message: string) => context.addIssue({ code: "custom", path: [path], message });
    if (/[,\p{Cc}]/u.test(image))
      wrong("image", "PhotoRec's command takes no comma and no control character in a name");
    if (/[\p{Cc}]/u.test(dest)) wrong("dest", "the path holds a control character");
    if (image.startsWith(`${dest}/recup_dir.`)) wrong("image", "this is where the files that are found would go");
  });
export type Params = z.output<typeof params>;

export const prefixOf = ({ dest }: Params): string => `${dest}/recup_dir`;
export const sumsOf = ({ dest }: Params): string => `${dest}/SHA256SUMS`;
export const logOf = ({ dest }: Params): string => `${dest}/photorec.log`;

/** PhotoRec's own words. Its command must end with `search`; a word that it does not know it calls a syntax error, and ends with 0. */
export function photorecWords(given: Params): readonly string[] {
  const { image, filetypes, freespace_only, ext, keep_corrupted } = given;
  const options = [...(ext ? ["mode_ext2"] : []), ...(keep_corrupted ? ["keep_corrupted_file"] : [])];
  const types =
    filetypes === undefined ? [] : ["everything", "disable", ...filetypes.flatMap((type) => [type, "enable"])];
  const command = [
    "partition_none",
    ...(options.length === 0 ? [] : ["options", ...options]),
    ...(types.length === 0 ? [] : ["fileopt", ...types]),
    ...(freespace_only ? ["freespace"] : ["wholespace"]),
    "search",
  ].join(",");
  return ["/log", "/logname", logOf(given), "/d", prefixOf(given), "/cmd", image, command];
}
