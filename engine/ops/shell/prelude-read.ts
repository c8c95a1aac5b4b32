import { largeBytes } from "./large-sum.ts";

/**
 * Looks without a fork each: what the builtin tests can tell is told at once; the rest is collected and asked for with one process
 * per kind. A: the paths as words for eval, K: their ids; AL, KL: the same of links that are followed; LA, LK: of links that are
 * not; HA, HK: of files that are hashed (HS: by themselves); CA, CK: that are read. FK, FL: files among K and KL, always
 * the first; EK, EL: with those that are only hashed, which come next. big: one that is hashed is large, which is worth openssl,
 * for the small ones beside it too; its answer counts if it begins with a sum.
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
# each PART IDS COMMAND: one process for each of them, a line each; only when a path went away meanwhile. The line of a lost one is "-".
each() {
  [ -n "$D" ] || return 0
  for i in $2; do eval "p=\\$P$i"; F=$((F+1)); eval "$3" 2>/dev/null || echo -; done >"$D/$1"
}
late() { for i in $1; do bad "$i" timeout; done; }
# ask ID PATH L: with L a link is followed.
ask() {
  eval "P$1=\\$2"
  if [ "$3" = L ] && [ -L "$2" ]; then AL="$AL \\"\\$P$1\\"" KL="$KL $1"; else A="$A \\"\\$P$1\\"" K="$K $1"; fi
}
hash() {
  case $2 in
    # sha256sum would escape such names, and busybox's would not: their lines could not be told apart.
    *\\\\*|*"$N"*|*"\r"*) HS="$HS $1" ;;
    *) HA="$HA \\"\\$P$1\\""; HK="$HK $1" ;;
  esac
}
# hashes PART SECONDS
hashes() {
  if [ -n "$HK" ]; then
    note "g $1 $HK"
    tool='sha256sum --'
    if [ -n "$big" ] && command -v openssl >/dev/null 2>&1; then tool='openssl dgst -sha256 -r'; else big=; fi
    { quick "$1" "$2" "exec $tool $HA" && { [ -z "$big" ] || { read -r x _ <"$D/$1" && [ "\${#x}" = 64 ]; }; }; } || { [ "$k" = late ] && late "$HK"; } || each "$1" "$HK" 'sha256sum -- "$p"'
  fi
  for i in $HS; do eval "p=\\$P$i"; note "g $1.$i $i"; quick "$1.$i" "$2" 'exec sha256sum <"$p"'; done
}
# stats PART SECONDS IDS PATHS FLAG
stats() {
  [ -n "$3" ] || return 0
  note "g $1 $3"
  quick "$1" "$2" "exec stat $5 -c '%f %u %g %s %Y %U %G' -- $4" && return
  [ "$k" != late ] || return
  each "$1" "$3" "stat $5 -c '%f %u %g %s %Y %U %G' -- \\"\\$p\\""
}
# links PART SECONDS: busybox's readlink knows neither -z nor a second name.
links() {
  if [ -z "$D" ]; then for i in $LK; do eval "p=\\$P$i"; note "g $1.$i $i"; quick "$1.$i" "$2" 'readlink -n -- "$p"'; done; return; fi
  note "g $1 $LK"
  quick "$1" "$2" "exec readlink -z -- $LA" ||
    for i in $LK; do eval "p=\\$P$i"; F=$((F+1)); readlink -n -- "$p" 2>/dev/null; printf '\\000'; done >"$D/$1"
}
# sizes PART IDS IDS: the first lines of the part are theirs: of files that are read, then of those that are only hashed.
sizes() {
  if [ -z "$D" ]; then [ -z "$2" ] || sized "$2"; return; fi
  { [ -z "$2" ] || sized "$2"
    for i in $3; do
      [ -z "$big" ] || break
      read -r mode _ _ size _ <&8
      case $mode in 8???) [ "$size" -lt ${largeBytes} ] || big=1 ;; esac
    done; } 8<"$D/$1"
}
# looks CHUNK SECONDS: what was collected is asked for. Where one path takes too long, they all have.
looks() {
  { stats "s$1" "$2" "$K" "$A" '' && stats "t$1" "$2" "$KL" "$AL" -L; } || { late "$K $KL"; return; }
  [ -z "$LK" ] || links "l$1" "$2"
  [ -z "$FK$EK" ] || sizes "s$1" "$FK" "\${EK#"$FK"}"
  [ -z "$FL$EL" ] || sizes "t$1" "$FL" "\${EL#"$FL"}"
  hashes "h$1" "$2"
  [ -z "$CK" ] || contents "c$1" "$2"
}
`;
export const preludeStat = `# look ID PATH L|- h: a stat; with L of what a link points to, with h also a hash.
look() {
  if [ -e "$2" ] || { [ "$3" != L ] && [ -L "$2" ]; }; then
    ask "$1" "$2" "$3"
    if [ "$3" != L ] && [ -L "$2" ]; then LA="$LA \\"\\$P$1\\"" LK="$LK $1"
    elif [ "$4" = h ] && [ -f "$2" ]; then if [ -r "$2" ]; then hash "$1" "$2"; EK=$K EL=$KL; else bad "$1" denied; fi; fi
  else gone "$1" "$2"; fi
}
`;
export const preludeFile = `file() {
  if [ -f "$2" ]; then
    if [ -r "$2" ]; then ask "$1" "$2" L; FK=$K FL=$KL; else bad "$1" denied; fi
  elif [ -d "$2" ]; then bad "$1" is-directory
  elif [ -e "$2" ]; then bad "$1" special
  else gone "$1" "$2"; fi
}
# sized IDS: their lines come first on descriptor 8. Hashed and read are those that are not too large.
sized() {
  if [ -z "$D" ]; then for i in $1; do eval "p=\\$P$i"; hash "$i" "$p"; done; CK="$CK $1"; return; fi
  for i in $1; do
    read -r mode _ _ size _ <&8
    eval "m=\\\${M$i:-$M}"
    # 8: a regular file. Another kind now would be one that came in its place; reading a fifo could wait for ever.
    case $mode in 8???) ;; *) bad "$i" raced; continue ;; esac
    if [ "$size" -gt "$m" ]; then bad "$i" too-large; continue; fi
    eval "p=\\$P$i"
    # Files of /proc have no size, and another content at each look: nothing to compare a hash with.
    [ "$size" = 0 ] || hash "$i" "$p"
    [ "$size" -lt ${largeBytes} ] || big=1
    CA="$CA \\"\\$P$i\\" \\"\\$S\\""; CK="$CK $i"
  done
}
contents() {
  if [ -z "$D" ]; then for i in $CK; do eval "p=\\$P$i"; note "g $1.$i $i"; quick "$1.$i" "$2" 'cat -- "$p"'; done; return; fi
  note "g $1 $CK"
  quick "$1" "$2" "exec cat -- $CA"
  if [ "$k" = late ]; then late "$CK"; fi
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
