import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { packageFolder } from "./package-folder.ts";

/** The folder of the pages that ship with lab. */
export const errorPages = join(packageFolder, "docs/errors");

/** What is to be said of a code: docs/errors/CODE.md. */
export interface ErrorPage {
  readonly code: string;
  /** Its first paragraph, in one line. */
  readonly summary: string;
  /** The whole page, Markdown. */
  readonly text: string;
}

/** Every page, by name. None where the pages were not installed. */
export function readErrorPages(folder = errorPages): ReadonlyMap<string, ErrorPage> {
  const pages = new Map<string, ErrorPage>();
  for (const name of namesIn(folder)) {
    const code = name.replace(/\.md$/, "");
    const text = readFileSync(`${folder}/${name}`, "utf8");
    const [, summary = ""] = text.split(/\n{2,}/);
    pages.set(code, { code, summary: summary.replaceAll("\n", " "), text });
  }
  return pages;
}

function namesIn(folder: string): readonly string[] {
  try {
    return readdirSync(folder)
      .filter((name) => /^[a-z0-9-]+\.md$/.test(name))
      .sort();
  } catch {
    return [];
  }
}
