import { posix } from "node:path";
import { isList, type Value } from "../value/value.ts";
import { listOf, textOf } from "./arguments.ts";
import { FunctionFailure, type LabFunction, type Param } from "./function.ts";

const path: Param = { name: "path", type: "string" };
const text: Param = { name: "text", type: "string" };

function part(
  name: "basename" | "dirname",
  summary: string,
  read: (path: string) => string,
  gives: string,
): LabFunction {
  return {
    name,
    topic: "paths and URLs",
    summary,
    params: [path],
    returns: "string",
    run: ([value]) => read(textOf(value)),
    example: { vars: { x: "/etc/pve/lxc" }, template: `{{ ${name} x }}`, cel: `${name}(x)`, gives },
  };
}

const splitext: LabFunction = {
  name: "splitext",
  topic: "paths and URLs",
  summary: "A path and its ending, as a list of two.",
  params: [path],
  returns: "list",
  run([value]) {
    const whole = textOf(value);
    const ending = posix.extname(whole);
    return [whole.slice(0, whole.length - ending.length), ending];
  },
  example: { template: '{{ splitext "nginx.conf" }}', cel: 'splitext("nginx.conf")', gives: ["nginx", ".conf"] },
};

const pathJoin: LabFunction = {
  name: "path_join",
  topic: "paths and URLs",
  summary:
    "The parts as one path; one that begins with a slash forgets those before it. A single list of parts is taken, too.",
  params: [{ name: "part", type: "string or list" }],
  variadic: true,
  returns: "string",
  run(args) {
    const parts = args.flatMap((each): readonly Value[] => (isList(each) ? listOf(each) : [textOf(each)]));
    return parts.reduce<string>((before, each) => {
      if (typeof each !== "string") throw new FunctionFailure("the parts of a path are texts");
      if (each.startsWith("/") || before === "") return each;
      return before.endsWith("/") ? before + each : `${before}/${each}`;
    }, "");
  },
  example: {
    template: '{{ path_join "/etc" "nginx" "site.conf" }}',
    cel: 'path_join("/etc", "nginx", "site.conf")',
    gives: "/etc/nginx/site.conf",
  },
};

const relpath: LabFunction = {
  name: "relpath",
  topic: "paths and URLs",
  summary: "The path as seen from a folder; both begin with a slash.",
  params: [path, { name: "start", type: "string" }],
  returns: "string",
  run([value, start]) {
    const [to, from] = [textOf(value), textOf(start)];
    // Node would fill up a relative one with the folder in which lab was called.
    if (!to.startsWith("/") || !from.startsWith("/")) throw new FunctionFailure("both paths must begin with a slash");
    return posix.relative(from, to) || ".";
  },
  example: {
    template: '{{ relpath "/srv/media/films" "/srv" }}',
    cel: 'relpath("/srv/media/films", "/srv")',
    gives: "media/films",
  },
};

const normpath: LabFunction = {
  name: "normpath",
  topic: "paths and URLs",
  summary: "The path without `.`, `..` and double slashes.",
  params: [path],
  returns: "string",
  run: ([value]) => posix.normalize(textOf(value)).replace(/(?<=.)\/$/, ""),
  example: {
    template: '{{ normpath "/srv//media/../films/" }}',
    cel: 'normpath("/srv//media/../films/")',
    gives: "/srv/films",
  },
};

const urlencode: LabFunction = {
  name: "urlencode",
  topic: "paths and URLs",
  summary:
    "The text as a part of a URL, everything but letters, digits and `_.-~` in percent signs; of a map, a query.",
  params: [{ name: "value", type: "any" }],
  returns: "string",
  run([value]) {
    if (typeof value === "string" || typeof value === "number") return encoded(String(value));
    if (typeof value !== "object" || value === null || isList(value))
      throw new FunctionFailure("it takes a text or a map");
    return Object.entries(value)
      .map(([key, each]: [string, Value]) => {
        if (each === null || typeof each === "object")
          throw new FunctionFailure(`"${key}" must be a text, a number or a boolean`);
        return `${encoded(key)}=${encoded(String(each))}`;
      })
      .join("&");
  },
  example: { template: '{{ urlencode "a b/ü" }}', cel: 'urlencode("a b/ü")', gives: "a%20b%2F%C3%BC" },
  more: [{ vars: { m: { a: 1, b: "x y" } }, template: "{{ urlencode m }}", cel: "urlencode(m)", gives: "a=1&b=x%20y" }],
};

const urldecode: LabFunction = {
  name: "urldecode",
  topic: "paths and URLs",
  summary: "The text that a part of a URL spells; `+` is a space.",
  params: [text],
  returns: "string",
  run([value]) {
    try {
      return decodeURIComponent(textOf(value).replaceAll("+", " "));
    } catch {
      throw new FunctionFailure("the text is no part of a URL", "a percent sign is written %25");
    }
  },
  example: { template: '{{ urldecode "a%20b" }}', cel: 'urldecode("a%20b")', gives: "a b" },
};

const urlsplit: LabFunction = {
  name: "urlsplit",
  topic: "paths and URLs",
  summary:
    "The parts of a URL: scheme, username, password, hostname, port, path, query, fragment; or the one that is named.",
  params: [
    { name: "url", type: "string" },
    { name: "part", type: "string", optional: true },
  ],
  returns: "any",
  run([url, part]) {
    const parts = partsOf(textOf(url));
    if (part === undefined) return parts;
    const found = new Map(Object.entries(parts)).get(textOf(part));
    if (found !== undefined) return found;
    throw new FunctionFailure(`a URL has no part "${textOf(part)}"`, `it has ${Object.keys(parts).join(", ")}`);
  },
  example: {
    vars: { u: "https://nas1.lan:8443/files?a=1#top" },
    template: "{{ urlsplit u }}",
    cel: "urlsplit(u)",
    gives: {
      scheme: "https",
      username: "",
      password: "",
      hostname: "nas1.lan",
      port: 8443,
      path: "/files",
      query: "a=1",
      fragment: "top",
    },
  },
  more: [
    {
      template: '{{ urlsplit "http://nas1/x" "hostname" }}',
      cel: 'urlsplit("http://nas1/x", "hostname")',
      gives: "nas1",
    },
  ],
};

export const pathFunctions: readonly LabFunction[] = [
  part("basename", "The last part of a path.", basename, "lxc"),
  part("dirname", "A path without its last part.", dirname, "/etc/pve"),
  splitext,
  pathJoin,
  relpath,
  normpath,
  urlencode,
  urldecode,
  urlsplit,
];

function basename(value: string): string {
  return value.replace(/\/+$/, "").split("/").at(-1) ?? "";
}

function dirname(value: string): string {
  const trimmed = value.replace(/\/+$/, "");
  const slash = trimmed.lastIndexOf("/");
  if (slash < 0) return value.startsWith("/") ? "/" : ".";
  return trimmed.slice(0, slash).replace(/\/+$/, "") || "/";
}

function encoded(value: string): string {
  try {
    return encodeURIComponent(value).replace(
      /[!'()*]/g,
      (character) => `%${character.charCodeAt(0).toString(16).toUpperCase()}`,
    );
  } catch {
    throw new FunctionFailure("the text has half a character in it, which no URL can have");
  }
}

function partsOf(url: string): Readonly<Record<string, string | number | null>> {
  const [, scheme = "", authority = "", path = "", query = "", fragment = ""] =
    /^(?:([a-z][a-z0-9+.-]*):)?(?:\/\/([^/?#]*))?([^?#]*)(?:\?([^#]*))?(?:#(.*))?$/is.exec(url) ?? [];
  const at = authority.lastIndexOf("@");
  const [, username = "", password = ""] = /^([^:]*)(?::(.*))?$/s.exec(at < 0 ? "" : authority.slice(0, at)) ?? [];
  const [, host = "", port] = /^(\[[^\]]*\]|[^:]*)(?::(\d*))?$/.exec(authority.slice(at + 1)) ?? [];
  return {
    scheme: scheme.toLowerCase(),
    username,
    password,
    hostname: host.replace(/^\[|\]$/g, "").toLowerCase(),
    port: port === undefined || port === "" ? null : Number(port),
    path,
    query,
    fragment,
  };
}
