import type { Batch, Operation } from "../ops/ir.ts";

/** Operations of the controller are at home here. The compiler, which knows of no place, refuses those that would be sent elsewhere. */
export function arrived<Op extends Operation>(batch: Batch<Op>): Batch<Op> {
  const sections = batch.sections.map((section) => ({ ...section, operations: section.operations.map(atHome) }));
  return { ...batch, sections };
}

function atHome<Op extends Operation>(operation: Op): Op {
  if (operation.at === undefined) return operation;
  const copy: Op & { at?: "controller" } = { ...operation };
  delete copy.at;
  return copy;
}
