import { basename, dirname, join, resolve } from "node:path";
import { nearest } from "../text/nearest.ts";
import type { Expression } from "../value/expression.ts";
import type { MapEntry, MapNode, Node } from "../value/node.ts";
import type { VarsLayer } from "../vars/layer.ts";
import { reportUnknownKeyword } from "./check-keys.ts";
import { isText, wrongType } from "./expect.ts";
import { isInside } from "./files.ts";
import { keywords } from "./keywords.ts";
import type { LoadContext } from "./load-context.ts";
import { readTags } from "./load-keywords.ts";
import { hasTemplate, readConditions } from "./read-value.ts";
import { readVars } from "./read-vars.ts";
import type { Play } from "./site.ts";

/** The plays of another playbook, with what stands beside its `import_playbook`. `chain`: the files that led here. */
export function loadImport(
  map: MapNode,
  named: MapEntry,
  chain: readonly string[],
  context: LoadContext,
  load: (path: string) => readonly Play[],
): readonly Play[] {
  const { report } = context;
  let when: readonly Expression[] = [];
  let tags: readonly string[] = [];
  let vars: VarsLayer | undefined;
  for (const entry of map.entries) {
    const { key, value } = entry;
    if (key === "when") when = readConditions(value, key, report);
    else if (key === "tags") tags = readTags(value, report);
    else if (key === "vars") vars = readVars(value, { level: 4, origin: "vars of the import" }, report);
    else if (key === "name" && !isText(value)) wrongType(value, key, "a text", report);
    else if (keywords.play.has(key) && !keywords.importPlaybook.has(key)) {
      report({
        code: "unknown-keyword",
        message: `\`import_playbook\` has no keyword \`${key}\``,
        place: entry.keyPlace,
        hint: "it stands alone, beside `when`, `tags` and `vars`: what else its plays have is written in them",
      });
    } else if (!keywords.importPlaybook.has(key)) {
      reportUnknownKeyword(entry, "`import_playbook`", keywords.importPlaybook.keys(), report);
    }
  }
  const path = findPlaybook(named.value, chain, context);
  if (path === undefined) return [];
  return load(path).map((play) => ({
    ...play,
    importedWhen: [...when, ...play.importedWhen],
    vars: vars ? { ...play.vars, variables: new Map([...play.vars.variables, ...vars.variables]) } : play.vars,
    keywords: { ...play.keywords, tags: [...tags, ...play.keywords.tags] },
  }));
}

function findPlaybook(node: Node, chain: readonly string[], context: LoadContext): string | undefined {
  const { files, report } = context;
  if (!isText(node)) return wrongType(node, "import_playbook", "the name of a file", report);
  const { value: name, place } = node;
  if (hasTemplate(node)) {
    report({
      code: "no-template-here",
      message: "`import_playbook` cannot be a template: its plays must be known before any host is",
      place,
      hint: "write the name out, and say with `when` where its tasks run; or include tasks by a template: `include_tasks`",
    });
    return undefined;
  }
  const from = chain.at(-1) ?? files.root;
  const path = resolve(dirname(from), name);
  if (name.trim() === "" || files.kind(path) !== "file") {
    const near = (files.list(dirname(path)) ?? []).filter((each) => /\.ya?ml$/.test(each));
    const bare = basename(name);
    const guess = near.find((each) => each.replace(/\.ya?ml$/, "") === bare) ?? nearest(bare, near);
    const folder = files.show(dirname(from));
    report({
      code: "missing-playbook",
      message: name.trim() === "" ? "`import_playbook` is empty" : `there is no playbook ${files.show(path)}`,
      place,
      hint:
        guess === undefined
          ? `the path begins ${folder === "." ? "where this playbook is" : `in ${folder}, where this playbook is`}`
          : `did you mean ${join(dirname(name), guess)}?`,
    });
    return undefined;
  }
  if (!isInside(files, files.root, path) && !isInside(files, dirname(chain[0] ?? from), path)) {
    report({
      code: "outside-site",
      message: `${name} lies outside of the site`,
      place,
      hint: `only files in ${files.root} are imported`,
    });
    return undefined;
  }
  const real = files.realPath(path) ?? path;
  const start = chain.findIndex((each) => (files.realPath(each) ?? each) === real);
  if (start >= 0) {
    const ring = [...chain.slice(start), path].map(files.show).join(" → ");
    report({
      code: "import-cycle",
      message: `the playbook imports itself: ${ring}`,
      place,
      hint: "take one of these imports out",
    });
    return undefined;
  }
  return path;
}
