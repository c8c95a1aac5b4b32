import { z } from "zod";
import { parentFolder } from "../formats/paths.ts";
import type { TextLine } from "../formats/text-lines.ts";
import type { Stat } from "../ops/ir.ts";
import { noFolder } from "./no-folder.ts";
import type { WantedOwnership } from "./ownership.ts";
import { atCreate, fileMode, ownerName } from "./params.ts";
import type { Refusal } from "./plan.ts";
import { refuse } from "./plan.ts";

/** What the modules share that change a part of a text file, and the file itself only where there is none: `line`, `block`, `ini`. */

/** A regular expression that is tried on each line. */
export const lineExpression = () =>
  z
    .string()
    .min(1, { error: "an empty expression matches every line" })
    .superRefine((source, context) => {
      try {
        // Used once: what is too large is found out then, and not when it is read.
        new RegExp(source).test("");
      } catch (error) {
        const why = error instanceof Error ? error.message.replace(/^Invalid regular expression: /, "") : "";
        const python = /\(\?[aiLmsux]+\)|\(\?P</.test(source)
          ? "; it is read as JavaScript's: write [Aa] in place of (?i), (?<name>…) in place of (?P<name>…)"
          : "";
        context.addIssue({ code: "custom", message: `this is no regular expression: ${why}${python}` });
      }
    });

/** Whether a file that is not there is made, and as whose: attributes of one that is there are the business of `file`. */
export const newFileParams = {
  create: z.boolean().default(false).describe("Make the file if there is none."),
  mode: atCreate(fileMode.optional()).describe('Permissions of a file that is made, octal and in quotes: `"0644"`.'),
  owner: atCreate(ownerName.optional()).describe("Owner of a file that is made: a user name or number."),
  group: atCreate(ownerName.optional()).describe("Group of a file that is made: a name or number."),
};
interface NewFile extends WantedOwnership {
  readonly create: boolean;
  readonly state: "present" | "absent";
}

/** What is wrong with `newFileParams` beside each other: the parameter, and why. */
export function newFileProblems(given: NewFile): readonly (readonly [parameter: string, message: string])[] {
  const named = (["mode", "owner", "group"] as const).filter((each) => given[each] !== undefined);
  if (given.state === "absent") {
    const idle = [...(given.create ? ["create"] : []), ...named];
    return idle.map((each) => [each, `${each} has no meaning with state: absent`] as const);
  }
  if (given.create) return [];
  return named.map(
    (each) =>
      [each, `${each} is that of a file that is made: it goes with create: true (else use the module file)`] as const,
  );
}

/** Why a file that is not there cannot be made; null: it can. `parent`: what is at the folder that shall hold it. */
export function newFileTrouble(path: string, create: boolean, parent: Stat | null): Refusal | null {
  if (!create) return refuse(`there is no file ${path}`, "say create: true to have it made");
  return parent?.type === "directory" ? null : noFolder(parentFolder(path));
}

/** Before which line something new goes, counted from 0, and what is odd about that. `what`: how the warning calls it. */
export function placeAmong(
  lines: readonly TextLine[],
  wanted: { readonly insert_after?: string | undefined; readonly insert_before?: string | undefined },
  what: string,
): { readonly index: number; readonly warning?: string } {
  const { insert_after, insert_before } = wanted;
  if (insert_before === "BOF") return { index: 0 };
  const source = insert_before ?? insert_after;
  if (source === undefined || source === "EOF") return { index: lines.length };
  const last = lines.findLastIndex(({ text }) => new RegExp(source).test(text));
  if (last >= 0) return { index: insert_before === undefined ? last + 1 : last };
  return { index: lines.length, warning: `no line matches ${source}: ${what} goes to the end of the file` };
}
