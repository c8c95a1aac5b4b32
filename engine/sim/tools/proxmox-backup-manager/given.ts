import { fails, type ToolResult } from "../../tool.ts";

/** Options by name, each with all its values. */
export type Given = ReadonlyMap<string, readonly string[]>;

export function error(text: string): ToolResult {
  return fails(255, `Error: ${text}\n`);
}
