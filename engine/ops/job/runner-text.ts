import { Bug } from "../../errors/bug.ts";
import type { ExecSpec } from "../ir.ts";
import { wholeSeconds } from "../limits.ts";
import { quoteWord } from "../quote.ts";
import { doomedFunctions } from "../shell/prelude-run.ts";
import { withoutVariables } from "../shell/without-variables.ts";
import { processFunctions } from "./process-functions.ts";

/** How long a job that was told to end may take for it; then it is killed. ddrescue saves its map, a download its part. */
const graceSeconds = 15;

/**
 * What runs a job on the host, detached from everything: `sh FOLDER/run HOME USER`. It notes who runs, hands over stdin and secrets,
 * ends the whole process group at the time limit or when it prints without end, and notes how it ended.
 */
export function runnerText(spec: ExecSpec, limitMs: number, maxBytes: number): string {
  const { cwd, env = {}, unset = [] } = spec;
  let secrets = 0;
  const words = spec.argv.map((word) => {
    if (typeof word === "string") return quoteWord(word);
    secrets += 1;
    return `${word.prefix === "" ? "" : quoteWord(word.prefix)}"$J/s${secrets - 1}"`;
  });
  const variables = Object.entries(env).map(([name, value]) => {
    if (!/^[A-Za-z_][A-Za-z0-9_]*$/.test(name)) throw new Bug(`not a name of a variable: ${JSON.stringify(name)}`);
    return `${name}=${quoteWord(value)}; export ${name}; `;
  });
  const enter = cwd === undefined ? 'cd "$HOME" 2>/dev/null || cd /' : `cd ${quoteWord(cwd)} || exit 126`;
  return `{
J=\${0%/*}
cd "$J" || exit 1
umask 077
PATH=/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin LC_ALL=C HOME=$1 USER=$2 LOGNAME=$2
export PATH LC_ALL HOME USER LOGNAME
command -v setsid >/dev/null 2>&1 && G=setsid || G=
${processFunctions}boot
up; began=$now
${doomedFunctions}
x() { ${enter}; ${variables.join("")}exec $G ${withoutVariables(unset)}${words.join(" ")}; }
trap '' HUP
if [ -e in ]; then exec 3<in; rm -f in; else exec 3</dev/null; fi
# Held back until it is noted: nobody shall see a job that has begun and is not known to run.
birth $$; echo "$$ $born $boot $began" >pid.new && mv pid.new pid
( umask 022; trap - HUP TERM; x ) <&3 >out 2>err 3<&- &
c=$!
exec 3<&-
birth "$c" && echo "$c $born $boot $began" >child.new && mv child.new child
end() { [ -e why ] || echo "$1" >why; doomed "$c" "$G"; kill -TERM $all 2>/dev/null; }
watch() {
  trap 'kill "$nap" 2>/dev/null; exit 0' TERM
  n=1
  while :; do
    sleep $n & nap=$!
    wait "$nap"
    up; [ "$((now-began))" -lt 60 ] || n=5
    set -- $(stat -c %s out err 2>/dev/null)
    if [ "$((now-began))" -ge ${wholeSeconds(limitMs)} ]; then end late
    elif [ "\${1:-0}" -gt ${maxBytes} ] || [ "\${2:-0}" -gt ${maxBytes} ]; then end big
    else continue; fi
    # What is left of the group after its leader has gone is ended, too.
    n=0; while [ "$n" -lt ${graceSeconds} ] && kill -0 $all 2>/dev/null; do sleep 1; n=$((n+1)); done
    kill -KILL $all 2>/dev/null
    exit 0
  done
}
{ watch; } </dev/null >/dev/null 2>&1 & w=$!
# The host goes down, or somebody stops the unit.
trap 'doomed "$c" "$G"; kill -TERM $all 2>/dev/null' TERM
while :; do
  wait "$c"; k=$?
  # A signal to us ends the wait, not the job.
  [ "$k" -gt 128 ] && kill -0 "$c" 2>/dev/null || break
done
if [ -e why ]; then wait "$w"; else kill "$w" 2>/dev/null; fi
rm -f s[0-9]*
up; echo "$k $((now-began))" >code.new && mv code.new code
exit 0
}
`;
}
