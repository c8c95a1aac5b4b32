/**
 * Compares the ACLs of all that is below a folder with what folders, files and programs shall have, and repairs them. Links
 * are not followed, other file systems not entered.
 * argv: VERB (`apply` or `count`) FOLDER OWNER GROUP, ids as numbers, an empty word leaves alone. stdin: the wanted lines,
 * each behind `d ` (folders), `f ` (files) or `x ` (files that their owner may execute), one of them `# flags: -s-`, where
 * there are such.
 * Answers a line with the number of what was looked at, one with the number of what is not as wanted, then at most 100
 * of these, as getfacl writes names (`\\012` for a line end). Codes: 3 not an absolute folder, 4 it could not be searched,
 * 5 it could not be changed, 6 there is no getfacl.
 *
 * One getfacl walks a batch of names; the list for `setfacl --restore` is made of what it printed, so that both read
 * names the same way and only what differs is touched: setting an ACL anew would change every file's ctime.
 */
export const treeAcl = `
verb=$1 top=$2 owner=$3 group=$4
case $top in /*) ;; *) echo "not an absolute path: $top" >&2; exit 3 ;; esac
[ -d "$top" ] && [ ! -L "$top" ] || { echo "not a folder: $top" >&2; exit 3; }
command -v getfacl >/dev/null 2>&1 || { echo "there is no getfacl" >&2; exit 6; }
wanted=$(cat)
export wanted owner group
judge='
BEGIN {
  n = split(ENVIRON["wanted"], rows, "\\n")
  for (i = 1; i <= n; i++) if (rows[i] != "") {
    class = substr(rows[i], 1, 1); line = substr(rows[i], 3)
    wants[class, line] = 1; count[class]++; text[class] = text[class] line "\\n"
  }
  owner = ENVIRON["owner"]; group = ENVIRON["group"]
}
function done() {
  if (file == "") return
  class = kind == "d" ? "d" : (program ? "x" : "f")
  same = 0; wrong = 0
  for (i = 1; i <= lines; i++) if ((class, seen[i]) in wants) same++; else wrong = 1
  if (wrong || same != count[class]) bad = 1
  total++
  if (bad) print "# file: " file "\\n" text[class]
  file = ""
}
/^# file: / { done(); file = substr($0, 9); lines = 0; bad = 0; program = 0; next }
/^# owner: / { if (owner != "" && substr($0, 10) != owner) bad = 1; next }
/^# group: / { if (group != "" && substr($0, 10) != group) bad = 1; next }
/^$/ { next }
{ seen[++lines] = $0; if ($0 ~ /^user::..x/) program = 1 }
END { done(); print "# total: " total + 0 }'
look() { find "$top" -xdev -mindepth 1 -type "$1" -exec getfacl -n -p -E -- {} + | awk -v kind="$1" "$judge"; }
# The answer of a find in a pipe is lost, so another one says beforehand whether all of it can be searched. The x at the end keeps line ends.
all=$(find "$top" -xdev >/dev/null || exit 4; look d; look f; printf x) || exit 4
case $all in *x) all=\${all%x} ;; *) exit 4 ;; esac
printf '%s\\n' "$all" | awk '/^# total: / { total += substr($0, 10) } /^# file: / { wrong++ } END { print total + 0; print wrong + 0 }'
printf '%s\\n' "$all" | awk '/^# file: / && ++n <= 100 { print substr($0, 9) }'
[ "$verb" = apply ] || exit 0
# The owner apart, for restore would change it through a link.
if [ -n "$owner" ]; then find "$top" -xdev -mindepth 1 ! -user "$owner" -exec chown -h "$owner" {} + || exit 5; fi
if [ -n "$group" ]; then find "$top" -xdev -mindepth 1 ! -group "$group" -exec chgrp -h "$group" {} + || exit 5; fi
printf '%s\\n' "$all" | grep -v '^# total: ' | setfacl --restore=- || exit 5
`;
