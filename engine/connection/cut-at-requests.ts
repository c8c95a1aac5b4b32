import type { BatchReply, Operation, Section } from "../ops/ir.ts";

/** A part of a section: what runs inside of a container, or HTTP requests, which run beside it. */
export interface Piece<Op extends Operation> {
  /** Which section of the batch it is of; null: it is nobody's. */
  readonly owner: number | null;
  readonly section: Section<Op>;
  readonly requests: boolean;
}

/**
 * Cuts sections where HTTP requests begin and end: these are made in a container's network by the machine's own curl,
 * all else inside of it. In their order, and what fails in one part stops the next. `knock` goes inside before the first
 * request, where it is not known yet whether anybody is in.
 */
export function cutAtRequests<Op extends Operation>(
  sections: readonly Section<Op>[],
  knock: Op | null,
): readonly Piece<Op>[] {
  return sections.flatMap((section, owner): readonly Piece<Op>[] => {
    // A further link has done so with its own.
    if (section.within.length > 0 || section.network !== undefined)
      return [{ owner, section, requests: section.network !== undefined }];
    const pieces: Piece<Op>[] = [];
    for (const operation of section.operations) {
      const requests = operation.kind === "http";
      const last = pieces.at(-1);
      if (last?.requests === requests && last.owner === owner) {
        pieces[pieces.length - 1] = {
          ...last,
          section: { ...last.section, operations: [...last.section.operations, operation] },
        };
        continue;
      }
      if (requests && last === undefined && knock !== null)
        pieces.push({
          owner: null,
          section: { ...section, stopAtFailure: true, operations: [knock] },
          requests: false,
        });
      const more = pieces.length > 0 ? { continues: true as const } : {};
      pieces.push({ owner, section: { ...section, ...more, operations: [operation] }, requests });
    }
    return pieces.length > 0 ? pieces : [{ owner, section, requests: false }];
  });
}

/** The replies to the pieces as those of the sections that they were cut from. */
export function rejoin<Op extends Operation>(
  count: number,
  pieces: readonly Piece<Op>[],
  reply: BatchReply,
): BatchReply {
  const replies = Array.from({ length: count }, (_, owner) =>
    pieces.flatMap((piece, index) => (piece.owner === owner ? (reply.replies[index] ?? []) : [])),
  );
  return { ...reply, replies };
}
