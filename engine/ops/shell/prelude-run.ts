/**
 * Running commands under a time limit that needs no fork of its own. One watchdog per batch sleeps a second at a time and
 * looks at the note that says what runs: `name pid limit maxBytes group`. It holds none of the channel's descriptors,
 * or the channel would stay open for its last second.
 *
 * The limit ends the whole process group where `setsid` made one; else the process and all below it, found in /proc.
 */
export const preludeRun = `kids() {
  for q in /proc/[0-9]*; do
    { read -r line <"$q/stat"; } 2>/dev/null || continue
    set -- "$1" \${line##*) }
    if [ "$3" = "$1" ]; then found="$found \${q#/proc/}"; fi
  done
}
end() {
  if [ -n "$3" ]; then kill "-$1" "-$2" 2>/dev/null && return; fi
  todo=$2 all=
  while [ -n "$todo" ]; do
    found=; for q in $todo; do all="$all $q"; done
    for each in $todo; do kids "$each"; done
    todo=$found
  done
  kill "-$1" $all 2>/dev/null
}
watch() {
  trap - EXIT HUP INT PIPE TERM
  was= s=0 over=
  while sleep 1; do
    kill -0 $$ 2>/dev/null && [ -e "$D/now" ] || exit 0
    op= pid= limit= max= group=
    read -r op pid limit max group <"$D/now"
    case $op in ''|-) was=; continue ;; esac
    if [ "$op" != "$was" ]; then was=$op s=0 over=; fi
    s=$((s+1))
    if [ -z "$over" ] && [ "$s" -ge "$limit" ]; then over=$s; : >"$D/$op.late"; fi
    if [ -z "$over" ] && [ -n "$max" ]; then
      set -- $(wc -c "$D/$op.o" "$D/$op.e" 2>/dev/null)
      if [ "\${1:-0}" -gt "$max" ] || [ "\${3:-0}" -gt "$max" ]; then over=$s; : >"$D/$op.big"; fi
    fi
    [ -n "$over" ] || continue
    if [ "$s" -ge "$((over+2))" ]; then end KILL "$pid" "$group"; else end TERM "$pid" "$group"; fi
  done
}
if [ -n "$D" ]; then echo - >"$D/now"; F=$((F+1)); watch </dev/null >/dev/null 2>&1 & W=$!; else exec 6>&1; fi
# run NAME SECONDS MAX-BYTES STDIN FUNCTION: k becomes the exit code, or the word late or big.
run() {
  F=$((F+1))
  "$5" <"$4" >"$D/$1.o" 2>"$D/$1.e" &
  echo "$1 $! $2 $3 $G" >"$D/now"
  wait $!; k=$?
  echo - >"$D/now"
  if [ -e "$D/$1.late" ]; then k=late; elif [ -e "$D/$1.big" ]; then k=big; fi
}
# The same where nothing can be written: two base64 texts in variables. $4 is a function that gives the stdin.
run64() {
  F=$((F+8))
  x=$( { e=$( {
    { "$4" | "$5"; } 2>&1 >&3 3>&- 6>&- & p=$!
    { trap - EXIT HUP INT PIPE TERM; s=0
      while [ "$s" -lt "$2" ]; do sleep 1 6>&-; s=$((s+1)); kill -0 "$p" || exit 0; done
      printf '%s late\\n' "$1" >&6; end TERM "$p"; sleep 2 6>&-; end KILL "$p"; } </dev/null >/dev/null 2>&1 3>&- & q=$!
    wait "$p"; printf '%s e %s\\n' "$1" "$?" >&6; kill "$q"; } 2>/dev/null | base64 )
    printf 'i %s.e\\n%s\\n.\\n' "$1" "$e" >&6; } 3>&1 | base64 )
  printf 'i %s.o\\n%s\\n.\\n' "$1" "$x"
}
# command_ ID SECONDS MAX-BYTES OK-CODES FUNCTION STDIN-FUNCTION
command_() {
  if [ -z "$D" ]; then run64 "$1" "$2" "$3" "$6" "$5"; return; fi
  in=/dev/null
  if [ "$6" != : ]; then
    in=$D/$1.i
    if ! "$6" >"$in"; then bad "$1" scratch; return; fi
  fi
  run "$1" "$2" "$3" "$in" "$5"
  L="$L $1.o $1.e"
  case $k in
    late) bad "$1" timeout; return ;;
    big) bad "$1" too-large; return ;;
  esac
  case " $4 " in ' * '|*" $k "*) ;; *) stop=$sf ;; esac
  note "$1 e $k"
}
`;
