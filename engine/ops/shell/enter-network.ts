import { quoteArgv } from "../quote.ts";
import type { Emitted } from "./context.ts";

/**
 * Functions for requests in a container's network. nsn is the path of that network, empty where there is none and nse says
 * why; nsr is the root of the container's files as seen from here, which is also the way to what runs inside of it.
 *
 * Names are looked up as in the container, too: its resolv.conf and hosts are copied and put over the machine's own, for this one
 * command, in a view of the file system of its own. (A container's file cannot be bound itself: it is of another view.)
 */
export const preludeNetwork = `netlink() {
  [ -z "$nse" ] || return
  F=$((F+1)); nsp=$("$@" 2>&1 </dev/null)
  case $nsp in
    ''|0) nsn= nse="lab: it does not run" ;;
    *[!0-9]*) nsn= nse=$nsp ;;
    *) nsn=$nsr/proc/$nsp/ns/net nsr=$nsr/proc/$nsp/root ;;
  esac
}
netfile() {
  nsp=$nsr/etc/$1
  if [ -L "$nsp" ]; then F=$((F+1)); nst=$(readlink "$nsp"); case $nst in /*) nsp=$nsr$nst ;; *) nsp=$nsr/etc/$nst ;; esac; fi
  if [ -f "$nsp" ]; then F=$((F+1)); cat "$nsp" >"$D/ns.$1" 2>/dev/null || rm -f "$D/ns.$1"; fi
}
netnames() {
  nsu=
  [ -n "$D" ] && [ -n "$nsn" ] || return
  F=$((F+3)); rm -f "$D/ns.resolv.conf" "$D/ns.hosts"
  if unshare -m -- true 2>/dev/null; then nsu=1; netfile resolv.conf; netfile hosts; fi
}
innet() {
  if [ -z "$nsu" ]; then exec $G nsenter --net="$nsn" -- "$@"; fi
  exec $G nsenter --net="$nsn" -- unshare -m -- sh -c 'd=$1; shift
for f in resolv.conf hosts; do if [ -f "$d/ns.$f" ]; then mount --bind "$d/ns.$f" "/etc/$f"; fi; done 2>/dev/null
exec "$@"' lab "$D" "$@"
}
noentry() {
  stop=$sf
  if [ -n "$D" ]; then printf '%s\\n' "$nse" >"$D/$1.e"; L="$L $1.e"; fi
  note "$1 x no-entry"
}
`;

/** Looks for the network that a section's requests go out from: each command prints a process, as counted inside of the one before. */
export function findNetwork(chain: readonly (readonly string[])[]): Emitted {
  const links = chain.map((words) => `netlink ${quoteArgv(words)}\n`).join("");
  return { text: `nsr= nsn= nse=\n${links}netnames\n`, forks: chain.length + 8 };
}
