import { ComposeError, type Project } from "../../../docker/compose/project.ts";

/** The services that were named, all unless any was; throws for one that the project does not have. */
export function selection(project: Project, words: readonly string[]): readonly string[] {
  for (const word of words) if (!project.services.has(word)) throw new ComposeError(`no such service: ${word}`);
  return words.length > 0 ? words : [...project.services.keys()];
}
