/**
 * Makes a token of Proxmox Backup Server and keeps its secret: USER, NAME, FILE. The tool prints the secret once; here it
 * goes into a file of root's alone, and through nobody's log. The file is begun first: a secret without a place for it
 * would be lost.
 */
export const pbsToken = `set -u
umask 077
draft="$3.$$"
: >"$draft" || exit 1
trap 'rm -f -- "$draft"' EXIT
said=$(proxmox-backup-manager user generate-token "$1" "$2") || exit 1
secret=$(printf '%s\\n' "$said" | sed -n 's/.*"value": *"\\([^"]*\\)".*/\\1/p')
[ -n "$secret" ] || { echo "proxmox-backup-manager has told no secret" >&2; exit 1; }
printf '%s\\n' "$secret" >"$draft" && chmod 600 -- "$draft" && mv -f -- "$draft" "$3"
`;
