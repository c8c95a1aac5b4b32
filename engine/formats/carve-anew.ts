/**
 * A constant text for `sh -c`, its words: the prefix of PhotoRec's folders, its log, then its own words. A second run of PhotoRec
 * does not go on where the first one stopped, but saves all files once more beside them: what an unfinished one has left is
 * removed first. Its exit status says nothing, so its log is asked. Its screen, made for terminals, is not kept. A checksum of each file
 * goes into SHA256SUMS beside the log, in paths from there.
 */
export const carveAnew = `prefix=$1 log=$2
shift 2
rm -rf -- "$prefix".[0-9]* "$log" || exit 1
photorec "$@" </dev/null >/dev/null 2>&1
if grep "^Syntax error in command line" -- "$log" >&2; then exit 2; fi
if [ "$(tail -n 1 -- "$log" 2>/dev/null)" = "PhotoRec exited normally." ]; then
  cd -- "\${log%/*}" || exit 1
  find . -path './recup_dir.*/*' -type f ! -name report.xml -exec sha256sum {} + >SHA256SUMS.new && mv SHA256SUMS.new SHA256SUMS
  exit
fi
tail -n 3 -- "$log" >&2
echo "PhotoRec did not come to its end" >&2
exit 1`;
