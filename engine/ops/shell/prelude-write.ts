/**
 * Writes. Globals of one operation: i id · p path · m mode · o owner · g group · c function that gives the content · U an upload, already
 * there · e what is expected (a sha256, `absent` or nothing) · l lock · V function that validates · place: written in place.
 *
 * lost: why there is no folder for a path; the folder that is missing becomes part `i.z`.
 */
export const preludeWrite = `oops() {
  if [ -n "$D" ]; then L="$L $i.e"; [ -e "$D/$i.e" ] || : >"$D/$i.e"; fi
  bad "$i" "$1"
}
tell() { if [ -n "$D" ]; then printf '%s' "$2" >"$D/$i.$1"; L="$L $i.$1"; fi; }
lost() {
  q=\${1%/*} z=\${1%/*}
  while [ -n "$q" ] && [ ! -e "$q" ] && [ ! -L "$q" ]; do z=$q q=\${q%/*}; done
  if [ -d "\${q:-/}" ] && [ ! -x "\${q:-/}" ]; then tell z "\${q:-/}"; bad "$i" denied
  elif [ -d "\${q:-/}" ]; then tell z "$z"; bad "$i" no-folder
  else tell z "$q"; bad "$i" not-directory; fi
}
try() { F=$((F+1)); "$@" 2>>"$E"; }
# What a failed step means: no right in the folder, or whatever the tool printed.
why() { q=\${1%/*}; if [ -w "\${q:-/}" ] && [ -x "\${q:-/}" ]; then oops failed; else tell z "\${q:-/}"; oops denied; fi; }
own() {
  if [ -n "$o$g" ]; then try chown $2 -- "$o\${g:+:$g}" "$1" || return 1; fi
  # Five digits: with fewer GNU chmod leaves a folder's set-id bits as they are.
  [ -z "$m" ] || [ -n "$2" ] || try chmod -- "0$m" "$1"
}
# A temporary file is recorded before it is made, so that what a kill leaves behind can be found.
record() { T=$1; if [ -n "$D" ]; then printf '%s' "$T" >"$D/$i.t" || return 1; fi; }
`;

/** Where a file write goes: t the file itself, T its temporary neighbour, or place=1. Shared with the upload's payload channel, which must come to the same. */
export const aim = `aim() {
  t=$p place=
  # By hand: busybox's readlink -f knows no dangling link.
  hops=0
  while [ -L "$t" ]; do
    F=$((F+2)) hops=$((hops+1)); x=$(readlink -- "$t" && printf x) || return 1; x=\${x%"\${N}x"}
    case $x in /*) t=$x ;; *) t=\${t%/*}/$x ;; esac
    [ "$hops" -le 40 ] || return 1
  done
  d=\${t%/*} b=\${t##*/}
  [ -d "\${d:-/}" ] || return 1
  case $t in /etc/pve/*) place=1 ;; esac
  [ -w "\${d:-/}" ] || place=1
  # Who is not root cannot give the new file the old one's owner: better the same file than a foreign one.
  if [ -e "$t" ] && [ ! -O "$t" ] && [ "$u" != 0 ] && [ -w "$t" ]; then place=1; fi
  [ "\${#b}" -le 120 ] || b=long
  next=$d/.$b.lab-$R-$i
}
`;

/** large_sum is of the uploads: what one replaces is most likely as large. */
export const preludeWriteFile = `expected() {
  case $e in
    '') return 0 ;;
    absent) if [ -e "$1" ] || [ -L "$1" ]; then return 1; fi ;;
    *) [ -f "$1" ] && [ -r "$1" ] || return 1
      if [ -n "$U" ]; then large_sum "$1"; else F=$((F+1)); h=$(sha256sum <"$1"); fi && [ "\${h%% *}" = "$e" ] ;;
  esac
}
locked() {
  [ -n "$l" ] || return 0
  { true >>"$l"; } 2>>"$E" || return 1
  exec 9>>"$l"
  F=$((F+1)); flock 9 2>>"$E" & f=$!
  if [ -n "$D" ]; then echo "$i.lock $f $ls" >"$D/now"; fi
  wait $f; k=$?
  if [ -n "$D" ]; then echo - >"$D/now"; [ ! -e "$D/$i.lock.late" ] || return 2; fi
  return $k
}
drop() { if [ -n "$T" ]; then F=$((F+1)); rm -f -- "$T"; T=; fi; exec 9>&-; }
write_() {
  E=/dev/null T=
  [ -z "$D" ] || { E=$D/$i.e; : >"$E"; }
  aim || { lost "$t"; return; }
  if [ -n "$pf" ] && [ ! -e "$D/$pf.ok" ]; then bad "$i" payload; return; fi
  if [ -d "$t" ]; then bad "$i" is-directory; return; fi
  if [ -e "$t" ] && [ ! -f "$t" ]; then bad "$i" special; return; fi
  if [ -z "$place" ]; then
    if [ -n "$U" ]; then
      if [ ! -f "$next" ] || [ -L "$next" ] || [ ! -O "$next" ]; then bad "$i" payload; return; fi
      record "$next"
    else
      # noclobber makes the shell open with O_EXCL: a name that somebody laid out before is not followed.
      record "$next" && { umask 077; set -C; { true >"$T"; } 2>>"$E"; k=$?; set +C; umask 022; [ "$k" = 0 ]; } || { T= place=1; }
    fi
  fi
  if [ -n "$place" ]; then
    if [ -n "$U" ] && [ ! -f "$D/$i.p" ]; then bad "$i" payload; return; fi
    put_in_place
  else put_beside; fi
  exec 9>&-
}
put_beside() {
  if [ -e "$t" ]; then
    try cp --attributes-only --preserve=all --no-preserve=timestamps -- "$t" "$T" || keep || { drop; oops failed; return; }
  else m=\${m:-$nm}; fi
  # Owner and mode while the file is still empty: a secret must not be readable for a moment under the old mode.
  own "$T" '' || { drop; oops failed; return; }
  if [ -z "$U" ]; then
    only=
    if [ ! -w "$T" ]; then only=1; try chmod u+w -- "$T"; fi
    fill "$T" || { drop; oops failed; return; }
    sync_ "$T"
    # Writing clears the set-id bits.
    case $m in [1-7]???) try chmod -- "$m" "$T" ;; *) [ -z "$only" ] || try chmod u-w -- "$T" ;; esac
  fi
  valid "$T" || return
  replace
}
# Without coreutils: mode and owner, and ACLs by the acl tools where they are.
keep() {
  F=$((F+1)); old=$(stat -c '%a %u:%g' -- "$t" 2>>"$E") || return 1
  try chown -- "\${old#* }" "$T" || [ "$u" != 0 ] || return 1
  try chmod -- "\${old% *}" "$T" || return 1
  if command -v getfacl >/dev/null 2>&1 && command -v setfacl >/dev/null 2>&1; then
    F=$((F+2)); getfacl -p -- "$t" 2>>"$E" | setfacl --set-file=- -- "$T" 2>>"$E" || return 1
  fi
}
# Opens the file and fsyncs it, in coreutils and busybox alike; a file system that cannot is no failure.
sync_() { F=$((F+1)); dd if=/dev/null of="$1" conv=notrunc,fsync 2>/dev/null; }
fill() { "$c" 2>>"$E" >"$1"; }
valid() {
  [ -n "$V" ] || return 0
  v=$1
  if [ -n "$D" ]; then
    run "$i.v" "$vs" "$M" /dev/null "$V"
    { cat_small "$D/$i.v.o"; cat_small "$D/$i.v.e"; } >>"$E"
  else F=$((F+1)); ( "$V" ) </dev/null >/dev/null 2>&1; k=$?; fi
  case $k in 0) return 0 ;; late) drop; oops timeout ;; *) drop; oops validate ;; esac
  return 1
}
cat_small() { while IFS= read -r line; do printf '%s\\n' "$line"; done <"$1"; [ -z "$line" ] || printf '%s\\n' "$line"; }
guarded() {
  locked; case $? in 0) ;; 2) drop; tell z "$l"; oops timeout; return 1 ;; *) drop; tell z "$l"; oops lock; return 1 ;; esac
  expected "$t" || { drop; oops expectation; return 1; }
}
replace() {
  guarded || return
  if try mv -f -- "$T" "$t"; then T=; note "$i d"; return; fi
  # A mount point cannot be replaced, nor a foreign file in a sticky folder: the same file with the new content.
  if [ -f "$t" ] && [ -w "$t" ]; then
    F=$((F+1)); if cat -- "$T" 2>>"$E" >"$t"; then own "$t" '' && { drop; settle; return; }; fi
  fi
  why "$t"; drop
}
settle() { sync_ "$t"; note "$i d inplace"; }
put_in_place() {
  if [ -n "$V" ]; then
    if [ -z "$D" ]; then bad "$i" scratch; return; fi
    (umask 077; "$c" >"$D/$i.c") || { oops failed; return; }
    valid "$D/$i.c" || return
  fi
  guarded || return
  if [ ! -e "$t" ] && [ "$nm" = 0600 ]; then umask 077; fi
  if fill "$t" && umask 022 && own "$t" ''; then settle; elif [ -w "$t" ]; then oops failed; else why "$t"; fi
  umask 022
}
`;

export const preludeTree = `mkdir_() {
  E=/dev/null; [ -z "$D" ] || { E=$D/$i.e; : >"$E"; }
  if [ ! -d "$p" ]; then
    if [ -e "$p" ] || [ -L "$p" ]; then tell z "$p"; bad "$i" not-directory; return; fi
    d=\${p%/*}
    if [ ! -d "\${d:-/}" ]; then
      if [ -z "$1" ]; then lost "$p"; return; fi
      try mkdir -p -- "$d" || { oops failed; return; }
    fi
    if [ -z "$m" ]; then try mkdir -- "$p" || [ -d "$p" ] || { why "$p"; return; }
    elif try mkdir -m "0$m" -- "$p"; then [ -n "$o$g" ] || m=
    elif [ ! -d "$p" ]; then why "$p"; return; fi
  fi
  own "$p" '' || { oops failed; return; }
  note "$i d"
}
remove_() {
  E=/dev/null; [ -z "$D" ] || { E=$D/$i.e; : >"$E"; }
  if [ ! -e "$p" ] && [ ! -L "$p" ]; then
    q=\${p%/*}; while [ -n "$q" ] && [ ! -e "$q" ]; do q=\${q%/*}; done
    if [ -d "\${q:-/}" ] && [ ! -x "\${q:-/}" ]; then tell z "$q"; bad "$i" denied
    elif [ -n "$e" ] && [ "$e" != absent ]; then bad "$i" expectation
    else note "$i d"; fi
    return
  fi
  if [ -n "$e" ]; then [ ! -L "$p" ] && expected "$p" || { bad "$i" expectation; return; }; fi
  if [ -d "$p" ] && [ ! -L "$p" ]; then
    if [ -n "$1" ]; then try rm -rf -- "$p"; elif ! try rmdir -- "$p"; then
      for q in "$p"/* "$p"/.[!.]* "$p"/..?*; do if [ -e "$q" ] || [ -L "$q" ]; then bad "$i" not-empty; return; fi; done
    fi
  else try rm -f -- "$p"; fi
  if [ -e "$p" ] || [ -L "$p" ]; then why "$p"; else note "$i d"; fi
}
symlink_() {
  E=/dev/null; [ -z "$D" ] || { E=$D/$i.e; : >"$E"; }
  if [ -d "$p" ] && [ ! -L "$p" ]; then bad "$i" is-directory; return; fi
  if [ -e "$p" ] && [ ! -L "$p" ]; then bad "$i" in-the-way; return; fi
  d=\${p%/*} b=\${p##*/}
  [ -d "\${d:-/}" ] || { lost "$p"; return; }
  if [ ! -L "$p" ]; then if try ln -s -- "$1" "$p"; then note "$i d"; else why "$p"; fi; return; fi
  [ "\${#b}" -le 120 ] || b=long
  record "$d/.$b.lab-$R-$i"
  if try ln -s -- "$1" "$T"; then
    # Without -T a link to a folder would be entered; where mv has none the link is replaced in two steps.
    if try mv -fT -- "$T" "$p"; then T=; note "$i d"; return; fi
    if try ln -sfn -- "$1" "$p"; then F=$((F+1)); rm -f -- "$T"; T=; note "$i d"; return; fi
    F=$((F+1)); rm -f -- "$T"
  fi
  T=; why "$p"
}
attributes_() {
  E=/dev/null; [ -z "$D" ] || { E=$D/$i.e; : >"$E"; }
  if [ -L "$p" ]; then own "$p" -h
  elif [ -e "$p" ]; then own "$p" ''
  else
    d=\${p%/*}; if [ -d "\${d:-/}" ]; then
      if [ -x "\${d:-/}" ]; then bad "$i" absent; else tell z "$d"; bad "$i" denied; fi
    else lost "$p"; fi
    return
  fi || { oops failed; return; }
  note "$i d"
}
`;
