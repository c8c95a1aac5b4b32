import type { Project } from "../../../docker/compose/project.ts";
import type { ToolContext, ToolResult } from "../../../tool.ts";

/** What a subcommand works with. `lines` is what it says on stderr, in order. */
export interface Call {
  readonly context: ToolContext;
  readonly args: readonly string[];
  readonly say: (line: string) => void;
  /** The project of the files; of its containers where `orLabels` and there is no file. */
  project(selected?: readonly string[], orLabels?: boolean): Project;
}
export type Subcommand = (call: Call) => ToolResult;
