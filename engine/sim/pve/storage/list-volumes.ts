import { byCodeUnit, namesIn, nodeAt } from "../../files/file-tree.ts";
import { nodeBytes } from "../../files/node.ts";
import type { Session } from "../../session.ts";
import type { FrozenHost } from "../../world.ts";
import { guestBackups, volumeNameOf } from "./backup-store.ts";
import { contentFolder, type Storage } from "./storages.ts";
import { parseVolumeName } from "./volume-names.ts";

/** One line of a storage's content. */
export interface ListedVolume {
  readonly volid: string;
  readonly content: string;
  readonly format: string;
  readonly bytes: number;
  /** Empty: no guest's. */
  readonly vmid: string;
  /** Seconds since the epoch. */
  readonly ctime: number;
  readonly path: string | null;
}

/** Guests' volumes and files, by their ids. A volume of a container is `rootdir`, that of anything else `images`. */
export function listVolumes(session: Session, storage: Storage): readonly ListedVolume[] {
  const { host } = session;
  const own = Object.entries(host.pve?.volumes ?? {}).flatMap(([volid, { bytes }]): readonly ListedVolume[] => {
    const parsed = volid.startsWith(`${storage.id}:`)
      ? parseVolumeName(storage.type, volid.slice(storage.id.length + 1))
      : null;
    if (parsed === null || parsed.content !== "images") return [];
    const vmid = parsed.vmid ?? "";
    const content = isContainer(host, vmid) ? "rootdir" : "images";
    const ctime = Math.floor(host.clockMs / 1000);
    return [{ volid, content, format: parsed.format, bytes, vmid, ctime, path: null }];
  });
  const files = ["vztmpl", "iso", "backup", "snippets", "import"].flatMap((content) =>
    filesOf(session, storage, content),
  );
  const saved = guestBackups(session, storage).map(
    (each): ListedVolume => ({
      volid: `${storage.id}:${volumeNameOf(each)}`,
      content: "backup",
      format: `pbs-${each.type}`,
      bytes: Object.values(each.archives).reduce((sum, { bytes }) => sum + bytes, 0),
      vmid: each.id,
      ctime: each.time,
      path: null,
    }),
  );
  return [...own, ...files, ...saved].sort((a, b) => byCodeUnit(a.volid, b.volid));
}

function filesOf(session: Session, storage: Storage, content: string): readonly ListedVolume[] {
  const folder = contentFolder(storage, content);
  if (folder === null || !storage.content.has(content)) return [];
  return namesIn(session.host, folder).flatMap((name): readonly ListedVolume[] => {
    const path = `${folder}/${name}`;
    const node = nodeAt(session.host, path);
    const parsed = parseVolumeName(storage.type, `${content}/${name}`);
    if (node?.type !== "file" || parsed === null) return [];
    const volid = `${storage.id}:${content}/${name}`;
    // A large archive is kept as a few bytes that stand for it; how large it really is stands among the volumes.
    const bytes = session.host.pve?.volumes[volid]?.bytes ?? nodeBytes(node).length;
    return [{ volid, content, format: parsed.format, bytes, vmid: parsed.vmid ?? "", ctime: node.mtime, path }];
  });
}

function isContainer(host: FrozenHost, vmid: string): boolean {
  return host.pve?.containers[vmid] !== undefined;
}
