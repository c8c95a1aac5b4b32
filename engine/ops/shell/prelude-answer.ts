/**
 * The answer: all outputs at once, one `stat` and one `cat` however many there are (busybox's `wc -c`
 * reads a file to count it). Sizes decide where a part ends; the separator
 * after each part finds its end again should a process that a command left behind still write to it.
 */
export const answer = `finish() {
  Z=$1
  if [ -n "$D" ] && [ -n "$L" ]; then
    cd "$D"; set -- $L; F=$((F+2))
    stat -c %s "$@" >sizes
    X= Y=
    for x in "$@"; do
      read -r size <&8
      i=\${x%.*} m=
      case $i in [0-9]*) eval "m=\\\${M$i:-$M}" ;; esac
      case $x in *.[oe]) ;; *) m= ;; esac
      if [ "$size" -gt 0 ] && [ "$size" -le "\${m:-$size}" ]; then X="$X $x +"; elif [ "$size" -gt 0 ]; then Y="$Y $x"; fi
    done 8<sizes
    note "y$Y"
    note "p $*"
    cat sizes $X
  fi
  # From here on nothing has a time limit; how often the watchdog has slept is for it to know.
  n=0; if [ -n "$W" ]; then kill "$W" 2>/dev/null; W=; read -r n <"$D/naps"; fi 2>/dev/null
  note "z $((F+n))"
  printf '%s\\n' "$Z"
}
`;
