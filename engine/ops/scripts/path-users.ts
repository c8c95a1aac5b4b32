/**
 * Who uses what is at or below a folder: processes that stand in it, run from it or hold a file of it open.
 * argv: FOLDER, as the kernel knows it. Answers at most 20 lines of a process id, a blank and its name. Code 3: no absolute path.
 *
 * One `ls` for all processes: a `readlink` for each open file would take seconds on a busy host.
 */
export const pathUsers = `
case $1 in /*) ;; *) echo "not an absolute path: $1" >&2; exit 3 ;; esac
top=$1; export top
{ ls -ld /proc/[0-9]*/cwd /proc/[0-9]*/root /proc/[0-9]*/exe; ls -l /proc/[0-9]*/fd/; } 2>/dev/null | awk '
BEGIN { top = ENVIRON["top"] }
/^\\/proc\\/[0-9]+\\/fd\\/:/ { split($0, part, "/"); pid = part[3]; next }
{
  at = index($0, " -> "); if (at == 0) next
  path = substr($0, at + 4)
  if (path != top && index(path, top "/") != 1) next
  who = pid
  if (match(substr($0, 1, at), /\\/proc\\/[0-9]+\\//)) who = substr($0, RSTART + 6, RLENGTH - 7)
  if (!(who in seen)) { seen[who] = 1; print who }
}' | head -n 20 | while read -r pid; do
  name=
  read -r name 2>/dev/null <"/proc/$pid/comm" || continue
  printf '%s %s\\n' "$pid" "$name"
done
exit 0
`;
