/**
 * Whether a file gets a second name, and moves without being copied, from one folder to another: shell text, for `sh -c TEXT sh FROM TO`.
 * Answers a line `links=yes|no moves=yes|no`, and what ln said where it could not. Codes: 0 looked, 3 no such folder, 4 no file can
 * be made there.
 *
 * It has to be tried: two mounts of one file system show the same device number and refuse a link all the same (EXDEV), and a union
 * file system decides by its policy. The files are empty, have a name that programs pass over, and are gone at the end.
 * `mv` falls back to copying, so only the inode tells. `ls -i` is what every system prints alike.
 */
export const linkProbeText = `
from=$1/.lab-link-probe.$$ to=$2/.lab-link-probe.$$
for folder in "$1" "$2"; do [ -d "$folder" ] || { echo "no folder $folder" >&2; exit 3; }; done
trap 'rm -f "$from" "$to"' EXIT
trap 'exit 4' HUP INT TERM
{ true >"$from"; } 2>/dev/null || { echo "no file can be made in $1" >&2; exit 4; }
{ true >"$to"; } 2>/dev/null || { echo "no file can be made in $2" >&2; exit 4; }
rm -f "$to"
inode() { set -- $(ls -i "$1" 2>/dev/null); echo "$1"; }
was=$(inode "$from")
links=no said=
if said=$(ln "$from" "$to" 2>&1); then [ "$(inode "$to")" = "$was" ] && links=yes; fi
rm -f "$to"
moves=no
mv "$from" "$to" 2>/dev/null && [ "$(inode "$to")" = "$was" ] && moves=yes
echo "links=$links moves=$moves"
[ -z "$said" ] || echo "\${said##*: }"
`;
