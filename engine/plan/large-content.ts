import { createHash } from "node:crypto";
import { Bug } from "../errors/bug.ts";
import type { StreamedContent } from "../ops/ir.ts";
import type { LargeFile, SiteFiles } from "../site/files.ts";

type Digests = Map<string, string | Promise<string>>;
/** Digests of this run, by path and mark: a file that has changed since has another mark and is read anew. */
const digestsOf = new WeakMap<SiteFiles, Digests>();

/**
 * A file of the site that is never held as a whole: read once for its digest, and once more for each host that it is
 * sent to. A class, so that whoever walks over parameters (for secrets, to freeze them) does not ask for the digest.
 */
export class LargeContent implements StreamedContent {
  readonly kind = "streamed";
  readonly size: number;
  readonly #digests: Digests;
  readonly #key: string;
  readonly #shown: string;
  readonly #file: LargeFile;
  readonly #now: () => LargeFile | undefined;

  constructor(files: SiteFiles, path: string, file: LargeFile) {
    this.size = file.size;
    this.#digests = digestsOf.get(files) ?? new Map();
    digestsOf.set(files, this.#digests);
    this.#key = `${file.mark} ${path}`;
    this.#shown = files.show(path);
    this.#file = file;
    this.#now = () => files.large?.(path);
  }

  /** Before it: a fault of ours. Reckoning it then and there would stop all hosts for as long as the file is read. */
  get sha256(): string {
    const known = this.#digests.get(this.#key);
    if (typeof known !== "string") throw new Bug(`the digest of ${this.#shown} was asked for before the file was read`);
    return known;
  }

  /** Reads the file for its digest, unless that is known; who asks meanwhile waits for the same one. Rejects if it cannot be read. */
  async digest(): Promise<void> {
    const known = this.#digests.get(this.#key);
    if (typeof known === "string") return;
    const reading = known ?? this.#reckon();
    this.#digests.set(this.#key, reading);
    try {
      this.#digests.set(this.#key, await reading);
    } catch (error) {
      this.#digests.delete(this.#key);
      throw new Error(`${this.#shown} cannot be read: ${error instanceof Error ? error.message : error}`);
    }
  }

  async #reckon(): Promise<string> {
    const hash = createHash("sha256");
    for await (const piece of this.#file.open()) hash.update(piece);
    return hash.digest("hex");
  }

  /** Throws if the file is no longer the one whose digest was reckoned: before the first piece, or in place of the last one. */
  async *open(): AsyncIterable<Uint8Array> {
    this.#assertUnchanged("since");
    let held: Uint8Array | null = null;
    for await (const piece of this.#file.open()) {
      if (held !== null) yield held;
      held = piece;
    }
    this.#assertUnchanged("while it was sent");
    if (held !== null) yield held;
  }

  #assertUnchanged(when: string): void {
    const mark = this.#now()?.mark;
    if (mark === this.#file.mark) return;
    throw new Error(`${this.#shown} ${mark === undefined ? "is gone" : "has changed"} ${when}: run it again`);
  }
}
