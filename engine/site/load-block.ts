import { entryOf, type MapEntry, type MapNode, type Node } from "../value/node.ts";
import type { TaskScope } from "./find-included.ts";
import { includeKeywords } from "./include-keywords.ts";
import { keywords } from "./keywords.ts";
import type { LoadContext } from "./load-context.ts";
import { idOf } from "./load-include-role.ts";
import { loadKeywords } from "./load-keywords.ts";
import type { BlockSource, Entry } from "./site.ts";

const sections: readonly string[] = ["block", "rescue", "always"];

/** The key that makes an entry a block. With parameters `block` is the module that keeps a block of lines in a file. */
export function blockKey(map: MapNode, { moduleNames }: LoadContext): MapEntry | undefined {
  const isModule = ({ key, value }: MapEntry): boolean =>
    key === "block" && value.kind === "map" && moduleNames.has("block");
  return map.entries.find((entry) => sections.includes(entry.key) && !isModule(entry));
}

/** `load` reads a list of tasks: handed in, since blocks and lists of tasks hold each other. */
export function loadBlock(
  map: MapNode,
  first: MapEntry,
  scope: TaskScope,
  context: LoadContext,
  load: (node: Node, what: string, scope: TaskScope, context: LoadContext) => readonly Entry[],
): BlockSource {
  const { report } = context;
  const own = includeKeywords(map, keywords.block, "a block", context);
  const { name, keywords: loaded } = loadKeywords(
    own.filter(({ key }) => !sections.includes(key)),
    report,
  );
  const read = (key: string): readonly Entry[] => {
    const found = entryOf(map, key);
    return found ? load(found.value, key, scope, context) : [];
  };
  const [body, rescue, always] = [read("block"), read("rescue"), read("always")];
  const said = entryOf(map, "block");
  if (!said) {
    const hint = "write the tasks that may fail as a list below `block`";
    report({
      code: "missing-keyword",
      message: `\`${first.key}\` belongs to a block, and there is no \`block\``,
      place: first.keyPlace,
      hint,
    });
  } else if (body.length === 0 && isEmpty(said.value)) {
    report({
      code: "empty-block",
      severity: "warning",
      message: "the block has no tasks",
      place: said.keyPlace,
      hint: "a list of tasks stands below `block`, each beginning with `- `",
    });
  }
  return { kind: "block", id: idOf(map.place), name, place: map.place, body, rescue, always, keywords: loaded };
}

function isEmpty(node: Node): boolean {
  return node.kind === "list" ? node.items.length === 0 : node.kind === "scalar" && node.value === null;
}
