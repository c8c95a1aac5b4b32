import type { Batch, Operation } from "../../ops/ir.ts";
import { NotImitated } from "../tool.ts";

/** Content that was streamed in before the batch, by operation; or why it was not. */
export type Uploads = ReadonlyMap<Operation, Uint8Array | NotImitated>;

/** More than this the lab does not keep in its state file. */
const MAX_UPLOAD = 64 * 1024 * 1024;

/** Streams are read before the batch, so that the batch itself is carried out in one go. */
export async function collectUploads(batch: Batch): Promise<Uploads> {
  const uploads = new Map<Operation, Uint8Array | NotImitated>();
  for (const operation of batch.sections.flatMap((section) => section.operations)) {
    if (operation.kind !== "upload") continue;
    if (operation.content.size > MAX_UPLOAD) {
      uploads.set(operation, new NotImitated(`the embedded lab keeps no file of ${operation.content.size} bytes`));
      continue;
    }
    const chunks: Uint8Array[] = [];
    for await (const chunk of operation.content.open()) chunks.push(chunk);
    uploads.set(operation, Buffer.concat(chunks));
  }
  return uploads;
}
