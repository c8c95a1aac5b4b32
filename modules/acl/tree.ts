import type { Acl } from "../../engine/formats/acl.ts";
import { aclLines, ofFile } from "../../engine/formats/acl.ts";
import type { ExecAnswer } from "../../engine/module/index.ts";

/** What the named script compares a tree with: see `engine/ops/scripts/tree-acl.ts`. */
export function treeWants(acl: Acl, special: string): string {
  const bits = Number(special);
  const flags = `# flags: ${bits & 4 ? "s" : "-"}${bits & 2 ? "s" : "-"}${bits & 1 ? "t" : "-"}`;
  const files = (executable: boolean) => aclLines({ access: ofFile(acl.access, executable), default: [] });
  return [
    ...(bits === 0 ? [] : [`d ${flags}`]),
    ...aclLines(acl).map((line) => `d ${line}`),
    ...files(false).map((line) => `f ${line}`),
    ...files(true).map((line) => `x ${line}`),
  ]
    .map((line) => `${line}\n`)
    .join("");
}

export interface Drift {
  readonly total: number;
  readonly wrong: number;
  /** At most 100 of them. */
  readonly examples: readonly string[];
}
/** The script's answer; null if it is none. */
export function driftOf({ code, stdout }: ExecAnswer): Drift | null {
  const [total, wrong, ...names] = stdout.split("\n");
  if (code !== 0 || total === undefined || wrong === undefined || !/^\d+$/.test(total) || !/^\d+$/.test(wrong))
    return null;
  return { total: Number(total), wrong: Number(wrong), examples: names.filter((name) => name !== "") };
}
