import type { LiveMount } from "./mountinfo.ts";
import { parseMountinfo } from "./mountinfo.ts";

/**
 * Looks at what decides whether a file of one folder gets a name in another: shell text, for `sh -c TEXT sh FROM TO`. It makes nothing.
 * Answers a line of both device numbers (empty where there is no `stat`), then one of each folder: whether who looks may make a
 * file in it, the mount that it is seen through, and that mount's line of mountinfo. Code 3: no such folder.
 *
 * The kernel itself says which mount an open folder is on. A path would have to be compared with mount points, and is wrong behind
 * a link, below a mount that covers another one, and in a chroot. It costs no process.
 */
export const linkProbeText = `
for folder in "$1" "$2"; do [ -d "$folder" ] || { echo "no folder $folder" >&2; exit 3; }; done
echo devices $(stat -L -c %d -- "$1" "$2" 2>/dev/null)
for folder in "$1" "$2"; do
  mount= shown=
  { while read -r key value; do if [ "$key" = mnt_id: ]; then mount=$value; fi; done </proc/self/fdinfo/8; } 2>/dev/null 8<"$folder"
  while read -r line; do case $line in "$mount "*) shown=$line ;; esac; done </proc/self/mountinfo
  writes=no
  if [ -w "$folder" ] && [ -x "$folder" ]; then writes=yes; fi
  printf '%s %s %s\\n' "$writes" "\${mount:-?}" "$shown"
done
`;

/** Where a folder is, as who looks sees it. Null: it could not be seen. */
export interface FolderPlace {
  readonly path: string;
  readonly writable: boolean;
  /** The number of its mount. */
  readonly mount: string | null;
  readonly shown: LiveMount | null;
  readonly device: string | null;
}

/** Both folders, from what the text above has answered; null if that is something else. */
export function parseLinkProbe(text: string, paths: readonly [string, string]): readonly FolderPlace[] | null {
  const [first = "", ...lines] = text.split("\n");
  if (!first.startsWith("devices")) return null;
  const devices = first.split(" ").filter((word) => /^\d+$/.test(word));
  const places = paths.flatMap((path, index): readonly FolderPlace[] => {
    const [, writes, mount, line = ""] = /^(yes|no) (\d+|\?) (.*)$/.exec(lines[index] ?? "") ?? [];
    if (mount === undefined) return [];
    const shown = parseMountinfo(line)[0] ?? null;
    return [
      {
        path,
        // Some shells think that root may write everywhere.
        writable: writes === "yes" && shown?.options.includes("ro") !== true,
        mount: mount === "?" ? null : mount,
        shown,
        device: devices.length === 2 ? (devices[index] ?? null) : null,
      },
    ];
  });
  return places.length === 2 ? places : null;
}
