import { checkWhole, type WholeCheck } from "../../engine/cli/check-whole.ts";
import { libraryModules } from "../../engine/cli/module-shelf.ts";
import { textFiles } from "./site-fixture.ts";

export const oneHost = "all:\n  hosts:\n    h1: { lab_connection: lab }\n";

/** `lab check` over texts, by their path in the site. Without an inventory there is one host, `h1`. */
export function checkTexts(
  files: Readonly<Record<string, string>>,
  playbooks: readonly string[] = [],
): Promise<WholeCheck> {
  const texts = { "lab.yml": "", "inventory/hosts.yml": oneHost, ...files };
  const source = textFiles(Object.fromEntries(Object.entries(texts).map(([path, text]) => [`/site/${path}`, text])));
  return checkWhole({
    source,
    folder: "/site",
    playbooks,
    modules: libraryModules,
    libraryRoles: "/library",
    options: {},
  });
}
