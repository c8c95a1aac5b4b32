/**
 * Looks without a fork each: what the builtin tests can tell is told at once; the rest is collected (A: the paths as words
 * for eval, K: their ids) and asked for with one process per kind.
 *
 * gone: is nothing there, or may we not look? The nearest ancestor that exists must let us search it.
 */
export const preludeRead = `gone() {
  q=\${2%/*}
  while [ -n "$q" ] && [ ! -e "$q" ]; do q=\${q%/*}; done
  if [ -d "\${q:-/}" ] && [ ! -x "\${q:-/}" ]; then bad "$1" denied; else note "$1 a"; fi
}
# quick PART SECONDS COMMANDS: their output becomes a part of the answer. Fails when they fail or take too long.
quick() {
  F=$((F+1))
  if [ -z "$D" ]; then
    x=$(eval "$3" 2>/dev/null | base64); k=0 F=$((F+2)); printf 'i %s\\n%s\\n.\\n' "$1" "$x"; return
  fi
  eval "$3" >"$D/$1" 2>/dev/null &
  echo "$1 $! $2" >"$D/now"
  wait $!; k=$?
  echo - >"$D/now"
  [ -e "$D/$1.late" ] && k=late
  case " $L " in *" $1 "*) ;; *) L="$L $1" ;; esac
  [ "$k" = 0 ]
}
# each PART COMMAND: one process for each of K, a line each; only when a path went away meanwhile. The line of a lost one is "-".
each() {
  [ -n "$D" ] || return 0
  for i in $K; do eval "p=\\$P$i"; F=$((F+1)); eval "$2" 2>/dev/null || echo -; done >"$D/$1"
}
hash() {
  case $2 in
    # sha256sum would escape such names, and busybox's would not: their lines could not be told apart.
    *\\\\*|*"$N"*|*"\r"*) HS="$HS $1" ;;
    *) HA="$HA \\"\\$P$1\\""; HK="$HK $1" ;;
  esac
  eval "P$1=\\$2"
}
hashes() {
  if [ -n "$HK" ]; then
    K=$HK; note "g $1 $HK"
    quick "$1" "$2" "exec sha256sum -- $HA" || { [ "$k" = late ] && for i in $K; do bad "$i" timeout; done; } ||
      each "$1" 'sha256sum -- "$p"'
  fi
  for i in $HS; do eval "p=\\$P$i"; note "g $1.$i $i"; quick "$1.$i" "$2" 'exec sha256sum <"$p"'; done
}
`;
export const preludeStat = `look() {
  if [ -e "$2" ] || { [ -z "$f" ] && [ -L "$2" ]; }; then
    eval "P$1=\\$2"; A="$A \\"\\$P$1\\""; K="$K $1"
    if [ -z "$f" ] && [ -L "$2" ]; then LA="$LA \\"\\$P$1\\""; LK="$LK $1"
    elif [ -n "$3" ] && [ -f "$2" ]; then
      if [ -r "$2" ]; then hash "$1" "$2"; else bad "$1" denied; fi
    fi
  else gone "$1" "$2"; fi
}
# stats CHUNK SECONDS, after a run of look: f is -L or empty.
stats() {
  [ -n "$K" ] || return 0
  note "g s$1 $K"
  if ! quick "s$1" "$2" "exec stat $f -c '%f %u %g %s %Y %U %G' -- $A"; then
    if [ "$k" = late ]; then for i in $K; do bad "$i" timeout; done; return; fi
    each "s$1" "stat $f -c '%f %u %g %s %Y %U %G' -- \\"\\$p\\""
  fi
  if [ -n "$LK" ]; then
    [ -z "$D" ] || note "g l$1 $LK"
    # busybox's readlink knows neither -z nor a second name.
    if [ -z "$D" ]; then for i in $LK; do eval "p=\\$P$i"; note "g l$1.$i $i"; quick "l$1.$i" "$2" 'readlink -n -- "$p"'; done
    else
      quick "l$1" "$2" "exec readlink -z -- $LA" ||
        for i in $LK; do eval "p=\\$P$i"; F=$((F+1)); readlink -n -- "$p" 2>/dev/null; printf '\\000'; done >"$D/l$1"
    fi
  fi
  hashes "h$1" "$2"
}
`;
export const preludeFile = `file() {
  if [ -f "$2" ]; then
    if [ -r "$2" ]; then eval "P$1=\\$2"; A="$A \\"\\$P$1\\""; K="$K $1"; else bad "$1" denied; fi
  elif [ -d "$2" ]; then bad "$1" is-directory
  elif [ -e "$2" ]; then bad "$1" special
  else gone "$1" "$2"; fi
}
# files CHUNK SECONDS, after a run of file: sizes, then hashes and contents of those that are not too large.
files() {
  [ -n "$K" ] || return 0
  note "g s$1 $K"
  if ! quick "s$1" "$2" "exec stat -L -c '%f %s' -- $A"; then
    if [ "$k" = late ]; then for i in $K; do bad "$i" timeout; done; return; fi
    each "s$1" "stat -L -c '%f %s' -- \\"\\$p\\""
  fi
  if [ -z "$D" ]; then
    for i in $K; do eval "p=\\$P$i"; hash "$i" "$p"; done; CK=$K
    hashes "h$1" "$2"
    for i in $CK; do eval "p=\\$P$i"; note "g c$1.$i $i"; quick "c$1.$i" "$2" 'cat -- "$p"'; done
    return
  fi
  A= CK=
  for i in $K; do
    read -r mode size <&8
    eval "m=\\\${M$i:-$M}"
    # 8: a regular file. Another kind now would be one that came in its place; reading a fifo could wait for ever.
    case $mode in 8???) ;; *) bad "$i" raced; continue ;; esac
    if [ "$size" -gt "$m" ]; then bad "$i" too-large; continue; fi
    eval "p=\\$P$i"
    # Files of /proc have no size, and another content at each look: nothing to compare a hash with.
    [ "$size" = 0 ] || hash "$i" "$p"
    A="$A \\"\\$P$i\\" \\"\\$S\\""; CK="$CK $i"
  done 8<"$D/s$1"
  [ -n "$CK" ] || return 0
  hashes "h$1" "$2"
  note "g c$1 $CK"
  quick "c$1" "$2" "exec cat -- $A"
  if [ "$k" = late ]; then for i in $CK; do bad "$i" timeout; done; fi
}
`;
export const preludeList = `# A pattern that matches nothing stays as it is.
names() { for x in "$@"; do if [ -e "$x" ] || [ -L "$x" ]; then printf '%s\\000' "$x"; fi; done; }
list() {
  if [ -d "$2" ]; then
    if [ ! -r "$2" ] || ! cd "$2" 2>/dev/null; then bad "$1" denied; return; fi
    set -- "$1" * .[!.]* ..?*
    i=$1; shift
    if [ -n "$D" ]; then names "$@" >"$D/$i.l"; L="$L $i.l"
    else F=$((F+2)); x=$(names "$@" | base64); printf 'i %s.l\\n%s\\n.\\n' "$i" "$x"; fi
    cd "$H"; note "$i l"
  elif [ -e "$2" ] || [ -L "$2" ]; then bad "$1" not-directory
  else gone "$1" "$2"; fi
}
`;
