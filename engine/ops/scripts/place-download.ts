/**
 * Puts a file that has arrived in its place: argv PART DEST MODE OWNER GROUP ALGORITHM SUM; empty words leave alone, and an
 * empty ALGORITHM takes whatever has arrived. Until the rename the old file is there, untouched; of a file that
 * is not what its checksum says nothing is kept.
 * Codes: 3 nothing has arrived, 4 it cannot be summed, 6 another checksum (stdout: the one it has), 5 it could not be put there.
 */
export const placeDownload = `
part=$1 dest=$2 mode=$3 owner=$4 group=$5 algorithm=$6 sum=$7
[ -f "$part" ] && [ ! -L "$part" ] || { echo "nothing has arrived at $part" >&2; exit 3; }
if [ -n "$algorithm" ]; then
  is=$("\${algorithm}sum" <"$part") || exit 4
  is=\${is%% *}
  if [ "$is" != "$sum" ]; then
    rm -f -- "$part"
    echo "what arrived has the checksum $algorithm:$is, not $algorithm:$sum; nothing was replaced" >&2
    exit 6
  fi
fi
# What is there keeps its owner and mode, unless others are asked for.
if [ -f "$dest" ]; then
  old=$(stat -c '%a %u:%g' -- "$dest") || exit 5
  chown "\${old#* }" "$part" 2>/dev/null || :
  chmod "\${old%% *}" "$part" || exit 5
else
  chmod 0644 "$part" || exit 5
fi
[ -z "$owner" ] || chown -- "$owner" "$part" || exit 5
[ -z "$group" ] || chgrp -- "$group" "$part" || exit 5
[ -z "$mode" ] || chmod "$mode" "$part" || exit 5
[ ! -d "$dest" ] || { echo "$dest is a folder" >&2; exit 5; }
mv -f -- "$part" "$dest" || exit 5
`;
