/**
 * Shell functions by which a job knows its time and its processes, shared by its runner and by who looks at it. None costs a
 * process. up: `now`, seconds since the boot · boot: `boot` · birth PID: `born`, in ticks; fails for one that is dead.
 */
export const processFunctions = `up() { now=0; { read -r now _; } 2>/dev/null </proc/uptime; now=\${now%.*}; }
birth() { born=; { read -r line; } 2>/dev/null <"/proc/$1/stat" || return 1; set -- \${line##*) }; [ "$1" != Z ] || return 1; shift 19; born=$1; }
boot() { boot=; { read -r boot; } 2>/dev/null </proc/sys/kernel/random/boot_id; birth 1; boot=$boot.$born; }
`;
