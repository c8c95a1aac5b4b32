/**
 * The answer: all outputs at once, one `wc` and one `cat` however many there are. Sizes decide where a part ends; the separator
 * after each part finds its end again should a process that a command left behind still write to it.
 */
export const answer = `finish() {
  if [ -n "$D" ] && [ -n "$L" ]; then
    cd "$D"; set -- $L; F=$((F+2))
    wc -c "$@" >sizes 2>/dev/null
    X= Y=
    for x in "$@"; do
      read -r size name <&8
      i=\${x%.*} m=
      case $i in [0-9]*) eval "m=\\\${M$i:-$M}" ;; esac
      case $x in *.[oe]) ;; *) m= ;; esac
      if [ "$size" -gt 0 ] && [ "$size" -le "\${m:-$size}" ]; then X="$X $x +"; elif [ "$size" -gt 0 ]; then Y="$Y $x"; fi
    done 8<sizes
    note "y$Y"
    note "p $*"
    cat sizes $X
  fi
  note "z $((F+1))"
  printf '%s\\n' "$1"
}
`;
