/** What other languages call our functions, for the hint where a name is unknown. */
const foreign: ReadonlyMap<string, string> = new Map([
  ["len", "length"],
  ["count", "length"],
  ["size", "length"],
  ["str", "string"],
  ["float", "double"],
  ["boolean", "bool"],
  ["d", "default"],
  ["tojson", "to_json"],
  ["fromjson", "from_json"],
  ["from_yaml_all", "from_yaml"],
  ["checksum", "sha1"],
  ["uniq", "unique"],
  ["lowercase", "lower"],
  ["uppercase", "upper"],
  ["base64", "b64encode"],
  ["includes", "contains"],
  ["selectattr", "where"],
  ["rejectattr", "where_not"],
  ["groupby", "group_by"],
  ["attribute", "pluck"],
  ["json_query", "pluck"],
  ["dictsort", "sort"],
  ["sort_by", "sort"],
  ["exclude", "difference"],
  ["intersection", "intersect"],
  ["difflist", "difference"],
  ["merge", "combine"],
  ["update", "combine"],
  ["splitlines", "lines"],
  ["startswith", "starts_with"],
  ["startsWith", "starts_with"],
  ["endswith", "ends_with"],
  ["endsWith", "ends_with"],
  ["match", "matches"],
  ["search", "regex_search"],
  ["regex", "matches"],
  ["urlquote", "urlencode"],
  ["win_basename", "basename"],
  ["ipaddr", "ip_address"],
  ["ipv4", "is_ipv4"],
  ["ipv6", "is_ipv6"],
  ["ipwrap", "ip_address"],
  ["ipsubnet", "ip_subnet"],
  ["ipmath", "ip_next"],
  ["next_nth_usable", "ip_next"],
  ["nthhost", "ip_host"],
  ["nth_host", "ip_host"],
  ["cidrhost", "ip_host"],
  ["cidrsubnet", "ip_subnet"],
  ["cidrnetmask", "ip_netmask"],
  ["network_in_network", "ip_in"],
  ["network_in_usable", "ip_in"],
  ["netmask", "ip_netmask"],
  ["network", "ip_network"],
  ["prefix", "ip_prefix"],
  ["version_compare", "version"],
  ["to_datetime", "parse_time"],
  ["todatetime", "parse_time"],
  ["power", "pow"],
  ["reversed", "reverse"],
  ["fail", "mandatory"],
  ["required", "mandatory"],
  ["getenv", "env"],
  ["readfile", "file"],
  ["coalesce", "default"],
  ["iif", "ternary"],
  ["if", "ternary"],
]);

/** Our name for a function that was called by a foreign one, if `known` has it. */
export function ourName(name: string, known: (name: string) => boolean): string | undefined {
  const ours = foreign.get(name);
  return ours !== undefined && known(ours) ? ours : undefined;
}

/** What stands here for a look-up of Jinja: its name and the rest of its arguments as they are written. */
export function ourLookup(plugin: string, rest: string, call: (name: string, args: string) => string): string {
  const ours: Readonly<Record<string, string>> = {
    file: "file",
    env: "env",
    fileglob: "fileglob",
    first_found: "first_found",
    lines: "file_lines",
    unvault: "file",
    vars: "vars",
  };
  const kind = plugin.replace(/^ansible\.builtin\./, "");
  const name = ours[kind];
  if (name === "vars") return "a variable by a name that is worked out: !expr vars[name]";
  if (name !== undefined) return `look-ups are functions here: ${call(name, rest)}`;
  if (kind === "password" || kind === "random_string")
    return `a value that a seed decides: ${call("random_string", '16, "seed"')}; or -e, or !secret`;
  if (kind === "template") return "put the text into a variable, or use the module `template`";
  if (kind === "pipe") return "run the command in a task with `register` and `reads: true`";
  if (kind === "url") return "use the module `http` with `register`";
  return "there are the look-ups file, file_lines, fileglob, first_found and env; modules that read have `register`";
}
