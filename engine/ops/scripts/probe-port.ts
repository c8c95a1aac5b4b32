/**
 * Whether something takes connections on a port, as seen from this host. argv: HOST PORT SECONDS.
 * Codes: 0 it does, 1 it does not (stderr says why), 3 nothing here can tell. The connection is closed at once.
 *
 * bash is on every Debian, nc in every busybox; none of the two is everywhere.
 */
export const probePort = `
host=$1 port=$2 secs=$3
if command -v bash >/dev/null 2>&1 && command -v timeout >/dev/null 2>&1; then
  said=$(timeout "$secs" bash -c 'exec 3<>"/dev/tcp/$1/$2"' bash "$host" "$port" 2>&1) && exit 0
  code=$?
  [ $code -ne 124 ] || { echo "no answer within $secs s" >&2; exit 1; }
  said=\${said%%
*}
  echo "\${said##*: }" >&2
  exit 1
fi
command -v nc >/dev/null 2>&1 || { echo "neither bash nor nc is there" >&2; exit 3; }
nc -z -w "$secs" "$host" "$port" >/dev/null 2>&1 </dev/null && exit 0
echo "no connection" >&2
exit 1
`;
