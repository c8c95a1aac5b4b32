import type { Place } from "../errors/diagnostic.ts";
import { entryOf } from "../value/node.ts";
import { expectList, wrongType } from "./expect.ts";
import type { LoadContext } from "./load-context.ts";
import { loadImport } from "./load-import.ts";
import { loadPlay } from "./load-play.ts";
import type { Play, Playbook } from "./site.ts";

/** A file that is a list of plays, and of imports of other such files, whose plays stand in their place. */
export function loadPlaybook(path: string, context: LoadContext): Playbook {
  return { file: context.files.show(path), plays: loadPlays(path, [], context) };
}

/** `through`: the files whose imports led here, outermost first. */
function loadPlays(path: string, through: readonly string[], context: LoadContext): readonly Play[] {
  const file = context.files.show(path);
  const node = context.yaml(path);
  if (node === null) {
    // A file that was cut off must not look like a lab that has converged. A broken one has been told of already.
    const empty = (context.files.read(path) ?? "").replace(/#.*/g, "").trim() === "";
    if (empty) {
      const place: Place = { file, line: 1, column: 1 };
      context.report({
        code: "empty-playbook",
        message: "the playbook is empty",
        place,
        hint: "it is a list of plays: `- hosts: all`",
      });
    }
    return [];
  }
  const list = expectList(node, file, context.report);
  const chain = [...through, path];
  return (list?.items ?? []).flatMap((item): readonly Play[] => {
    if (item.kind !== "map") return wrongType(item, "a play", "a map", context.report) ?? [];
    const named = entryOf(item, "import_playbook");
    const play = named ? undefined : loadPlay(item, path, context);
    if (!named) return play ? [play] : [];
    return loadImport(item, named, chain, context, (imported) => loadPlays(imported, chain, context));
  });
}
