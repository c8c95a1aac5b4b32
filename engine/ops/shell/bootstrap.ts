/**
 * The command of a channel: drops lines of its stdin up to `marker`, then becomes the shell that reads the script.
 * A password that sudo did not want is such a line, so it is never run; if the marker never comes nothing is.
 *
 * Every login shell must pass the text on unchanged, also fish and csh: no single quote, backslash, `!` or newline
 * inside the quotes. `read` takes a byte at a time from a pipe, so `exec sh` finds the script's first byte next.
 */
export function bootstrap(ready: string, marker: string, shell: string): string {
  return `sh -c 'LC_ALL=C; export LC_ALL; echo ${ready} >&2; while IFS= read -r l; do if [ "$l" = ${marker} ]; then exec ${shell}; fi; done; exit 1'`;
}
