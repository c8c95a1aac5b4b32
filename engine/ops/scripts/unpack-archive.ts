/**
 * Unpacks an archive that was looked at before. argv: KIND (`tar` or `zip`) ARCHIVE SHA256 FOLDER STRIP OWNER GROUP CONSUME
 * (`1`: the archive goes when it is unpacked); stdin: what it holds, relative to FOLDER, each followed by NUL.
 * Codes: 4 the archive cannot be read, 6 it is another one by now, 5 it could not be unpacked.
 *
 * Owners and set-id bits of the archive are those of whoever packed it, and are not taken over.
 */
export const unpackArchive = `
kind=$1 archive=$2 sum=$3 folder=$4 strip=$5 owner=$6 group=$7 consume=$8
is=$(sha256sum <"$archive") || exit 4
[ "\${is%% *}" = "$sum" ] || { echo "$archive is no longer the one that was looked at; nothing was unpacked" >&2; exit 6; }
case $kind in
  tar)
    tar --extract --force-local --file "$archive" --directory "$folder" --strip-components "$strip" \\
      --no-same-owner --no-same-permissions --no-overwrite-dir --delay-directory-restore </dev/null || exit 5 ;;
  zip) unzip -q -o "$archive" -d "$folder" </dev/null || exit 5 ;;
  *) echo "no such kind of archive: $kind" >&2; exit 5 ;;
esac
cd "$folder" || exit 5
own=$owner
[ -z "$group" ] || own=$owner:$group
[ -z "$own" ] || xargs -0 -r chown -h -- "$own" || exit 5
[ -z "$consume" ] || rm -f -- "$archive"
`;
