/**
 * A constant text for `sh -c`, its words: the prefix of PhotoRec's folders, its log, then its own words. A second run of PhotoRec
 * does not go on where the first one stopped, but saves all files once more beside them: what an unfinished one has left is
 * removed first. Its exit status says nothing, so its log is asked. Its screen, made for terminals, is not kept.
 */
export const carveAnew = `prefix=$1 log=$2
shift 2
rm -rf -- "$prefix".[0-9]* "$log" || exit 1
photorec "$@" </dev/null >/dev/null 2>&1
if grep "^Syntax error in command line" -- "$log" >&2; then exit 2; fi
if [ "$(tail -n 1 -- "$log" 2>/dev/null)" = "PhotoRec exited normally." ]; then exit 0; fi
tail -n 3 -- "$log" >&2
echo "PhotoRec did not come to its end" >&2
exit 1`;
