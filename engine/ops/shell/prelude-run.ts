/** Which processes must end with one: its whole group, or all that it has started, found in /proc. Shared with the runner of jobs. */
export const doomedFunctions = `kids() {
  for q in /proc/[0-9]*; do
    { read -r line <"$q/stat"; } 2>/dev/null || continue
    set -- "$1" \${line##*) }
    if [ "$3" = "$1" ]; then found="$found \${q#/proc/}"; fi
  done
}
# doomed PID GROUP: all that must end with it, while its children can still be told: without a group they are orphans later.
doomed() {
  if [ -n "$2" ]; then all=-$1; return; fi
  todo=$1 all=
  while [ -n "$todo" ]; do
    all="$all $todo" found=
    for each in $todo; do kids "$each"; done
    todo=$found
  done
}
`;

/**
 * Running commands under a time limit that needs no fork of its own. One watchdog per batch sleeps a second at a time and
 * looks at the note that says what runs: `name pid limit maxBytes group`. It holds none of the channel's descriptors,
 * or the channel would stay open for its last second.
 *
 * Nothing that it starts inherits descriptor 7, the sign that this script is at work: a service would keep it for ever.
 *
 * The limit ends the whole process group where `setsid` made one; else the process and all below it, found in /proc.
 */
export const preludeRun = `${doomedFunctions}watch() {
  trap - EXIT HUP INT PIPE; trap 'over=1; kill "$nap" 2>/dev/null' TERM
  was= s=0 over= doom= left=0 n=-1
  # Told before each process of its own but the first: finish adds them to the script's.
  begun() { n=$((n+1)); echo "$n" >"$D/naps"; }
  while [ -z "$over" ] || [ -n "$doom" ]; do
    begun
    # In the background, so that the trap can cut it short and nothing stays behind.
    sleep 1 & nap=$!
    wait "$nap"
    # TERM first, KILL two seconds later, also when the batch has gone on or has ended meanwhile.
    if [ -n "$doom" ]; then left=$((left-1)); if [ "$left" = 0 ]; then kill -KILL $doom 2>/dev/null; doom=; fi; fi
    if [ -n "$over" ] || ! kill -0 $$ 2>/dev/null || [ ! -e "$D/now" ]; then over=1; continue; fi
    op= pid= limit= max= group=
    read -r op pid limit max group <"$D/now"
    case $op in ''|-) was=; continue ;; esac
    if [ "$op" != "$was" ]; then was=$op s=0; fi
    s=$((s+1)) why=
    if [ "$s" = "$limit" ]; then why=late
    elif [ -n "$max" ]; then
      begun; stat -c %s "$D/$op.o" "$D/$op.e" >"$D/grown" 2>/dev/null
      while read -r size; do if [ "$size" -gt "$max" ]; then why=big; fi; done <"$D/grown"
    fi
    if [ -n "$why" ] && [ ! -e "$D/$op.late" ] && [ ! -e "$D/$op.big" ]; then
      : >"$D/$op.$why"
      doomed "$pid" "$group"; doom=$all left=2
      kill -TERM $doom 2>/dev/null
    fi
  done
  exit 0
}
# exec, not redirections of the call: for those dash keeps copies of the old descriptors as long as the call lasts.
if [ -n "$D" ]; then echo - >"$D/now"; F=$((F+2)); { exec </dev/null >/dev/null 2>&1 7<&-; watch; } & W=$!; else exec 6>&1; fi
# run NAME SECONDS MAX-BYTES STDIN FUNCTION: k becomes the exit code, or the word late or big.
run() {
  F=$((F+1))
  "$5" <"$4" >"$D/$1.o" 2>"$D/$1.e" 7<&- &
  echo "$1 $! $2 $3 $G" >"$D/now"
  wait $!; k=$?
  echo - >"$D/now"
  if [ -e "$D/$1.late" ]; then k=late; elif [ -e "$D/$1.big" ]; then k=big; fi
}
# The same where nothing can be written: two base64 texts in variables. $4 is a function that gives the stdin.
run64() {
  F=$((F+8))
  x=$( { e=$( {
    { "$4" | "$5"; } 2>&1 >&3 3>&- 6>&- 7<&- & p=$!
    { exec </dev/null >/dev/null 2>&1 3>&- 7<&-; trap - EXIT HUP INT PIPE TERM; s=0
      while [ "$s" -lt "$2" ]; do sleep 1 6>&-; s=$((s+1)); kill -0 "$p" || exit 0; done
      printf '%s late\\n' "$1" >&6; doomed "$p" ''; kill -TERM $all; sleep 2 6>&-; kill -KILL $all; } & q=$!
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
