import type { z } from "zod";
import { desiredOf } from "./desired.ts";
import { type Params, params } from "./params.ts";

/** The parameters, and all that can be said of them before anything is sent. */
export const judgedParams = params.superRefine((given, context) => judge(given, context));

/** Contradictions, and all that is wrong with the compose files. */
function judge(given: Params, context: z.core.$RefinementCtx): void {
  const wrong = (path: readonly (string | number)[], message: string): void => {
    context.addIssue({ code: "custom", path: [...path], message });
  };
  if (given.volumes === "remove" && given.state !== "absent") {
    wrong(["volumes"], "volumes are removed with state: absent alone");
  }
  if (given.state === "absent") return;
  const sources = (["definition", "template", "src"] as const).filter((name) => given[name] !== undefined);
  if (given.dir === undefined) wrong(["dir"], "say the folder of the project on the host");
  if (sources.length === 0) {
    context.addIssue({
      code: "custom",
      message: "say what the project is: one of definition (a map), template and src (a folder of the site)",
    });
  }
  if (sources.length > 1) wrong([sources[1] ?? ""], `${sources.join(" and ")} contradict each other: give one`);
  if (given.compose_files !== undefined && given.src === undefined) wrong(["compose_files"], "goes with src");
  for (const path of given.env_files) {
    if (path.includes("\0")) wrong(["env_files"], "a path cannot hold a NUL character");
  }
  if (given.dir === undefined || sources.length !== 1) return;
  // A template has no text before it is rendered.
  if (given.template?.content === "") return;
  for (const { path, message } of desiredOf(given, undefined).errors) wrong(path, message);
}
