/**
 * Which folder is locked, as d: one that is on every machine, and that all its users may open. Empty if there is none.
 * LAB_LOCK_FOLDER of the login's environment names another one. The sign of who is at work is a lock on the folder above it.
 */
export const lockFolder = `d=\${LAB_LOCK_FOLDER:-}
[ -n "$d" ] && [ -d "$d" ] && [ -r "$d" ] || {
  d=; for x in /run /var/run /tmp; do if [ -d "$x" ] && [ -r "$x" ]; then d=$x; break; fi; done
}`;

/** born: when a process began, in ticks since the boot. Fails for one that is not there, or that has ended and waits to be taken. */
export const birthFunction = `birth() { born=; { read -r line <"/proc/$1/stat"; } 2>/dev/null || return 1; set -- \${line##*) }; [ "$1" != Z ] || return 1; shift 19; born=$1; }`;

/**
 * Who has written last: the run's id, its age the file's. Others than root have one in their scratch folder, `lab-UID/last`; where
 * another folder than the usual one is locked it lies in there.
 */
export const rootsStamp = "/run/lab/last";
