/**
 * A constant text for `sh -c`, with a file and the file for its hash as words: sha256sum itself can only print. The hash is
 * there whole or not at all.
 */
export const recordSha256 = 'sha256sum -- "$1" >"$2.new" && mv -f -- "$2.new" "$2"';
