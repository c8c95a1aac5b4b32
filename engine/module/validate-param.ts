import { z } from "zod";
import { splitWords } from "../formats/shell-words.ts";

/** `validate`: the words of a command that is asked about the new file, `{}`, before it takes the old one's place. */
export const validateParam = z
  .union([z.string(), z.array(z.string()).min(1)], { error: "expected a command: a text, or a list of words" })
  .transform((command, context) => {
    const split = typeof command === "string" ? splitWords(command) : { words: command };
    if ("error" in split) context.addIssue({ code: "custom", message: split.error });
    else if (split.words.slice(1).includes("{}")) return [...split.words];
    else {
      const percent = split.words.includes("%s") ? " (`%s` is Ansible's way)" : "";
      context.addIssue({
        code: "custom",
        message: `one word of the command must be {}, the path of the new file${percent}`,
      });
    }
    return z.NEVER;
  })
  .optional()
  .describe('A command that must accept the new file before it takes the old one\'s place: `[visudo, -cf, "{}"]`.');
