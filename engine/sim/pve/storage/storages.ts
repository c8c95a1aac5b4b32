import { nodeText } from "../../files/node.ts";
import type { FrozenHost } from "../../world.ts";
import { parseStorageCfg } from "./storage-cfg.ts";
import { STORAGE_TYPES } from "./storage-types.ts";

/** A storage of the node, as the tools understand /etc/pve/storage.cfg. */
export interface Storage {
  readonly id: string;
  readonly type: string;
  /** Every option as it stands in the file, `content` and `nodes` too. */
  readonly options: ReadonlyMap<string, string>;
  /** What it may hold: `images`, `rootdir`, `vztmpl`, …; that of its type where the file says nothing. */
  readonly content: ReadonlySet<string>;
  /** Null: every node. */
  readonly nodes: ReadonlySet<string> | null;
  readonly disabled: boolean;
  readonly shared: boolean;
  /** `local`, where the file has none: it is always there. */
  readonly implicit: boolean;
}
export const STORAGE_CFG_PATH = "/etc/pve/storage.cfg";

/** In the order of the file; an implicit `local` is the last. */
export function storagesOf(host: FrozenHost): readonly Storage[] {
  return readStorages(host).storages;
}
export function findStorage(host: FrozenHost, id: string): Storage | undefined {
  return storagesOf(host).find((storage) => storage.id === id);
}

/** The same with what every tool that reads the file says about it on stderr. */
export function readStorages(host: FrozenHost): {
  readonly storages: readonly Storage[];
  readonly warnings: string;
  readonly broken: string | null;
} {
  const file = host.files[STORAGE_CFG_PATH];
  const { sections, warnings, broken } = parseStorageCfg(file?.type === "file" ? nodeText(file) : "");
  const storages = sections.map(({ type, id, options, implicit }): Storage => {
    const known = STORAGE_TYPES[type];
    const nodes = options.get("nodes");
    return {
      id,
      type,
      options,
      content: new Set(options.get("content")?.split(",") ?? known?.defaultContent ?? []),
      nodes: nodes === undefined ? null : new Set(nodes.split(",")),
      disabled: options.get("disable") === "1",
      shared: known?.shared === true || options.get("shared") === "1",
      implicit,
    };
  });
  return { storages, warnings: warnings.map((warning) => `${warning}\n`).join(""), broken };
}

/** Where a storage of files keeps this kind of content; null if it keeps none, or none in files. */
export function contentFolder(storage: Storage, content: string): string | null {
  const path = storage.options.get("path");
  if (path === undefined || STORAGE_TYPES[storage.type]?.folders !== true) return null;
  const moved = (storage.options.get("content-dirs") ?? "")
    .split(",")
    .map((pair) => pair.split("="))
    .find(([kind]) => kind === content)?.[1];
  const folder = moved ?? CONTENT_FOLDERS[content];
  return folder === undefined ? null : `${path}/${folder}`.replaceAll(/\/{2,}/g, "/");
}

/** Where files of each kind are, below the path of the storage. */
export const CONTENT_FOLDERS: Readonly<Record<string, string>> = {
  images: "images",
  rootdir: "private",
  vztmpl: "template/cache",
  iso: "template/iso",
  backup: "dump",
  snippets: "snippets",
  import: "import",
};
