/**
 * Searches folders and changes nothing. argv: LIMIT, the number of FOLDERS and the FOLDERS, then the options and tests of
 * `find` (none of them acts: the module that calls makes them, from words that its users cannot turn into others).
 * Answers the number of all that was found and a newline, then the first LIMIT paths, each followed by NUL.
 * Codes: 3 a folder is missing or none, 4 not all could be searched (what could is answered, stderr says where not).
 */
export const findFiles = `
limit=$1 count=$2
shift 2
for folder in "$@"; do
  [ "$count" -gt 0 ] || break
  count=$((count - 1))
  case $folder in /*) ;; *) echo "not an absolute path: $folder" >&2; exit 3 ;; esac
  [ -d "$folder" ] || { echo "not a folder: \${folder%/}" >&2; exit 3; }
done
code=0
# A mark for each: find's own failure is not lost in a pipe, and names may hold line ends.
marks=$(find "$@" -exec printf '%.0sx' {} +) || code=4
echo "\${#marks}"
# head counts lines: for its sake line ends in names and the ends of names change places.
[ "$limit" -eq 0 ] || find "$@" -print0 2>/dev/null | tr '\\012\\000' '\\000\\012' | head -n "$limit" | tr '\\012\\000' '\\000\\012'
exit $code
`;
