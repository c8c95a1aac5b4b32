import { SiteError } from "../../errors/site-error.ts";
import { editorSettings } from "../../schema/editor-settings.ts";
import { schemaFiles } from "../../schema/site-schemas.ts";
import { findRoot } from "../../site/files.ts";
import { nearest } from "../../text/nearest.ts";
import { diskFiles } from "../disk-files.ts";
import { exitCodes } from "../exit-codes.ts";
import { schemasOf, writeSchemas } from "../write-schemas.ts";

export interface SchemaOptions {
  readonly print?: string;
  readonly settings?: boolean;
}

/** `lab schema`: what editors complete and check by. */
export async function schema({ print, settings }: SchemaOptions): Promise<number> {
  const root = findRoot(diskFiles, process.cwd());
  if (print !== undefined) {
    const found = Object.entries(await schemasOf(root)).find(([name]) => name === print);
    if (!found) throw unknownSchema(print);
    process.stdout.write(`${JSON.stringify(found[1], null, 2)}\n`);
  } else if (settings) {
    process.stdout.write(`${JSON.stringify(editorSettings(), null, 2)}\n`);
  } else {
    for (const path of await writeSchemas(root)) process.stdout.write(`${path}\n`);
    process.stdout.write(
      diskFiles.kind(`${root}/.vscode/settings.json`) === "file"
        ? "\nWhere .vscode/settings.json names them, the editor has read them already.\n"
        : "\nLet the editor know: lab schema --settings > .vscode/settings.json (other editors: docs/editors.md)\n",
    );
  }
  return exitCodes.done;
}

function unknownSchema(name: string): SiteError {
  const known = Object.keys(schemaFiles);
  const near = nearest(name, known);
  return new SiteError([
    {
      code: "wrong-option",
      message: `there is no schema ${name}`,
      hint: near === undefined ? `there are ${known.join(", ")}` : `did you mean ${near}?`,
    },
  ]);
}
