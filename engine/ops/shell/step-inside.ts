import { Bug } from "../../errors/bug.ts";
import { userNamePattern } from "../../text/user-name.ts";
import type { Inside } from "../ir.ts";
import { quoteWord } from "../quote.ts";

/** Said on stderr once inside, where a user is still to be become: what fails from there on is the user, not the entrance. */
export const insideMark = "lab: inside";
/** Said on stderr by what is entered but not up yet; the rest of the line is why. */
export const notUpMark = "lab: not up: ";

/**
 * Words behind those that enter a container, in front of its shell: a sane environment, the wait for its init, the user.
 * Debian has runuser, Alpine only busybox' su, and neither needs sudo: entering made us root. All that is looked at is
 * looked at without a process of its own, but for one systemctl.
 */
export function insideWords({ user, once }: Inside): string {
  const name = user ?? "root";
  if (!userNamePattern.test(name)) throw new Bug(`not a user name: ${JSON.stringify(name)}`);
  const lines = [
    "PATH=/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin LC_ALL=C TERM=dumb",
    "export PATH LC_ALL TERM",
    ...(once === "entered" ? [] : [isUp]),
    ...(once === "networked" ? [isNetworked] : []),
    ...asUser(name),
  ];
  return `sh -c ${quoteWord(lines.join("\n"))} lab`;
}

// What /sbin/init is tells more than what process 1 is: in its first moment that is still the one that starts it.
const isUp = `not_up() { echo "${notUpMark}$1" >&2; exit 1; }
if [ /sbin/init -ef /usr/lib/systemd/systemd ] || [ /sbin/init -ef /lib/systemd/systemd ]; then
  first=; { read -r first </proc/1/comm; } 2>/dev/null
  case $first in ''|init|systemd|lxc-*|lxc:*)
    [ -d /run/systemd/system ] || not_up "systemd is only starting"
    state=$(systemctl is-system-running 2>/dev/null)
    # starting: the basic target is reached, only services are still on their way.
    case $state in running|degraded|maintenance|starting) ;; *) not_up "systemd is \${state:-not answering}" ;; esac ;;
  esac
fi`;

// The kernel's own unreachable default of IPv6 is one of lo.
const isNetworked = `net=
{ while read -r _ to _; do if [ "$to" = 00000000 ]; then net=1; fi; done </proc/net/route; } 2>/dev/null
{ while read -r to bits _ _ _ _ _ _ _ link; do
  if [ "$to$bits" = 0000000000000000000000000000000000 ] && [ "$link" != lo ]; then net=1; fi
done </proc/net/ipv6_route; } 2>/dev/null
[ -n "$net" ] || not_up "it has no default route"`;

function asUser(name: string): readonly string[] {
  const base = name.replace(/\$$/, "");
  const environment = [`USER="${name}" LOGNAME="${name}"`, "export HOME USER LOGNAME"];
  if (name === "root") {
    return [`HOME=~root`, 'case $HOME in "~"*) HOME=/root ;; esac', ...environment, 'exec "$@"'];
  }
  return [
    `echo "${insideMark}" >&2`,
    `HOME=~${base}`,
    `case $HOME in "~"*) echo "there is no user ${name} in there" >&2; exit 1 ;; esac`,
    ...environment,
    `if command -v runuser >/dev/null 2>&1; then exec runuser -u "${name}" -- "$@"; fi`,
    // Options end before the user: busybox would take those of the command for its own.
    `exec su -s /bin/sh -c 'exec "$@"' -- "${name}" lab "$@"`,
  ];
}
