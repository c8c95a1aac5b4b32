/**
 * The three scripts of notifications that wait on a host for their handlers, one file for each: `ID.json`, one line. Root's lie in
 * /var/lib/lab/pending, which all may read; those of others in `lab/pending` of their $XDG_STATE_HOME (~/.local/state).
 * LAB_STATE_FOLDER of the login's environment names another folder than /var/lib/lab.
 */
const common = `umask 022
u=
while read -r key _ e _; do if [ "$key" = Uid: ]; then u=$e; break; fi; done </proc/self/status
roots=\${LAB_STATE_FOLDER:-/var/lib/lab}
if [ "$u" = 0 ]; then own=$roots
else
  own=\${XDG_STATE_HOME:-}
  [ -n "$own" ] || { [ -z "\${HOME:-}" ] || own=$HOME/.local/state; }
  [ -z "$own" ] || own=$own/lab
fi
`;

/**
 * What waits here. Answers a line for each: `own JSON`, or `root JSON` for one that only root may remove. Starts no process.
 */
export const pendingLook = `${common}
each() {
  for f in "$2"/pending/*.json; do
    [ -f "$f" ] && [ -r "$f" ] || continue
    line=; IFS= read -r line <"$f"
    [ -z "$line" ] || printf '%s %s\\n' "$1" "$line"
  done
}
[ -z "$own" ] || each own "$own"
[ "$own" = "$roots" ] || each root "$roots"
exit 0
`;

/** Records what comes on stdin, `ID JSON` a line, and has it on the disk before it ends. Code 3: there is no place for it. */
export const pendingNote = `${common}
[ -n "$own" ] && mkdir -p "$own/pending" && [ -w "$own/pending" ] || { echo "there is no folder for it: \${own:-no HOME}" >&2; exit 3; }
while IFS= read -r line; do
  id=\${line%% *} f=$own/pending/\${line%% *}
  case $id in ''|*[!0-9a-f]*) echo "not an id: $id" >&2; exit 3 ;; esac
  # Renamed when it is whole: who is killed here leaves no half one. A file system that cannot fsync is no failure.
  printf '%s\\n' "\${line#* }" >"$f.new" || exit 3
  dd if=/dev/null of="$f.new" conv=notrunc,fsync 2>/dev/null
  mv -f -- "$f.new" "$f.json" || exit 3
done
exit 0
`;

/** Removes what is done. argv: IDS. With the last one goes the folder. */
export const pendingDrop = `${common}
[ -n "$own" ] && [ -d "$own/pending" ] || exit 0
for id; do
  case $id in ''|*[!0-9a-f]*) continue ;; esac
  f=$own/pending/$id
  [ ! -e "$f.json" ] || rm -f -- "$f.json" || exit 3
done
rm -f -- "$own"/pending/*.new
rmdir "$own/pending" 2>/dev/null && rmdir "$own" 2>/dev/null
exit 0
`;
