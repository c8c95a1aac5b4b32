/**
 * Whether a file gets a second name, and moves without being copied, from one folder to another. argv: FROM TO CONTAINER;
 * an empty CONTAINER is the host itself, else it is done inside of that container of Docker.
 * Answers a line `links=yes|no moves=yes|no`, and what ln said where it could not. Codes: 0 looked, 3 no such folder, 4 no file can
 * be made there, 5 no such container or no shell in it.
 *
 * It has to be tried: two mounts of one file system show the same device number and refuse a link all the same (EXDEV), and a union
 * file system decides by its policy. The files are empty, have a name that programs pass over, and are gone at the end.
 * `mv` falls back to copying, so only the inode tells. `ls -i` is what every system prints alike.
 */
const probe = `
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

export const linkProbe = `
set -u
probe='${probe.replaceAll("'", "'\\''")}'
if [ -z "$3" ]; then exec sh -c "$probe" sh "$1" "$2"; fi
docker inspect --type container "$3" >/dev/null 2>&1 || { echo "no container $3" >&2; exit 5; }
docker exec "$3" sh -c "$probe" sh "$1" "$2" </dev/null
code=$?
case $code in 0|3|4) exit $code ;; *) echo "container $3 does not run, or has no shell" >&2; exit 5 ;; esac
`;
