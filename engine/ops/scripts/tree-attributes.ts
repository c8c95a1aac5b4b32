/**
 * Gives a whole tree an owner, a group, and modes for its folders and its files; symlinks keep theirs and are not followed.
 * argv: VERB (`apply` or `count`) FOLDER OWNER GROUP FOLDER-MODE FILE-MODE, an empty word leaves alone. OWNER and
 * GROUP by name or number, modes as four octal digits.
 * Answers a line with the number of entries that are not as wanted, then at most 100 of them, each followed by NUL (none
 * where `head` knows no -z). Codes: 3 not an absolute folder, 4 it could not be searched, 5 it could not be changed.
 *
 * `count` is what check mode runs, so it and `apply` share the one `find` that decides: they cannot disagree.
 */
export const treeAttributes = `
verb=$1 top=$2 owner=$3 group=$4 dmode=$5 fmode=$6
[ -d "$top" ] && [ ! -L "$top" ] || { echo "not a folder: $top" >&2; exit 3; }
case $top in /*) ;; *) echo "not an absolute path: $top" >&2; exit 3 ;; esac
set --
[ -z "$owner" ] || set -- "$@" -o ! -user "$owner"
[ -z "$group" ] || set -- "$@" -o ! -group "$group"
[ -z "$dmode" ] || set -- "$@" -o -type d ! -perm "$dmode"
[ -z "$fmode" ] || set -- "$@" -o -type f ! -perm "$fmode"
[ $# -gt 0 ] || { echo 0; exit 0; }
shift
# A mark for each: find's own failure is not lost in a pipe, and names may hold line ends.
marks=$(find "$top" \\( "$@" \\) -exec printf '%.0sx' {} +) || exit 4
count=\${#marks}
echo "$count"
find "$top" \\( "$@" \\) -print0 | head -z -n 100 2>/dev/null || :
[ "$verb" = apply ] && [ "$count" -gt 0 ] || exit 0
# The owner first: chown clears the set-id bits that a mode may hold.
if [ -n "$owner" ]; then find "$top" ! -user "$owner" -exec chown -h "$owner" {} + || exit 5; fi
if [ -n "$group" ]; then find "$top" ! -group "$group" -exec chgrp -h "$group" {} + || exit 5; fi
if [ -n "$fmode" ]; then find "$top" -type f ! -perm "$fmode" -exec chmod "0$fmode" {} + || exit 5; fi
# Folders from the inside out: one that loses its x would hide what is below it.
if [ -n "$dmode" ]; then find "$top" -depth -type d ! -perm "$dmode" -exec chmod "0$dmode" {} + || exit 5; fi
`;
