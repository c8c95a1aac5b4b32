import { expectList, wrongType } from "./expect.ts";
import type { LoadContext } from "./load-context.ts";
import { loadPlay } from "./load-play.ts";
import type { Playbook } from "./site.ts";

/** A file that is a list of plays. */
export function loadPlaybook(path: string, context: LoadContext): Playbook {
  const file = context.files.show(path);
  const node = context.yaml(path);
  if (node === null) {
    // A file that was cut off must not look like a lab that has converged. A broken one has been told of already.
    const empty = (context.files.read(path) ?? "").replace(/#.*/g, "").trim() === "";
    if (empty) {
      const place = { file, line: 1, column: 1 };
      context.report({
        code: "empty-playbook",
        message: "the playbook is empty",
        place,
        hint: "it is a list of plays: `- hosts: all`",
      });
    }
    return { file, plays: [] };
  }
  const list = expectList(node, file, context.report);
  const plays = (list?.items ?? []).flatMap((item) =>
    item.kind === "map"
      ? (loadPlay(item, path, context) ?? [])
      : (wrongType(item, "a play", "a map", context.report) ?? []),
  );
  return { file, plays };
}
