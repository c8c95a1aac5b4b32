import { z } from "zod";
import { type Checksum, checksumIn, parseChecksum } from "../engine/formats/checksum.ts";
import { type CurlOption, curlOptions } from "../engine/formats/curl-options.ts";
import { parentFolder } from "../engine/formats/paths.ts";
import type { ExecAnswer, HttpAnswer, Plan, Refusal, Stat, Step, WantedOwnership } from "../engine/module/index.ts";
import {
  absolutePath,
  basicAuth,
  change,
  compareOwnership,
  defineModule,
  httpHeaders,
  httpUrl,
  maybeSecret,
  ownershipParams,
  read,
  refuse,
  Secret,
  seconds,
  withHeader,
  write,
} from "../engine/module/index.ts";

const MIB = 1024 * 1024;

const params = z
  .strictObject({
    url: httpUrl.describe(
      "Where it comes from: `https://host/file`. Redirections are followed, never from https to http.",
    ),
    dest: absolutePath.describe("The file on the host. Always the file itself, never the folder it goes into."),
    checksum: z
      .string()
      .transform((text, context): Checksum | "none" => {
        const parsed = text === "none" ? text : parseChecksum(text);
        if (parsed !== undefined) return parsed;
        context.addIssue({
          code: "custom",
          message: 'expected "sha256:" and 64 hex digits, "sha512:" and 128, or none',
        });
        return z.NEVER;
      })
      .optional()
      .describe(
        "What the file must be: `sha256:…` or `sha512:…`. `none` takes whatever comes, and then a file that is there stays.",
      ),
    checksum_url: httpUrl
      .optional()
      .describe(
        "A list of checksums (a SHA256SUMS file) to look the file up in, each time. Whoever can change the file there can most likely change the list: a `checksum` of your own is better.",
      ),
    checksum_name: z
      .string()
      .min(1)
      .max(255)
      .refine((name) => !/[/\0\n]/.test(name), { error: "expected the name of a file, without its folder" })
      .optional()
      .describe("The file's name in that list. Unsaid: the last part of the url."),
    headers: httpHeaders
      .default({})
      .describe(
        "Headers of the request. A value may be a secret. With a secret one beside `Authorization` no redirection is followed, for it would be handed on.",
      ),
    username: z
      .string()
      .min(1)
      .regex(/^[^:\0-\x1f\x7f]+$/, { error: "a user name holds no colon and no control characters" })
      .optional()
      .describe("Whom to log in as (HTTP basic authentication)."),
    password: maybeSecret().optional().describe("The password of `username`."),
    insecure: z.boolean().default(false).describe("Take the server's certificate without checking it."),
    ...ownershipParams,
    parents: z.boolean().default(false).describe("Make the folders above it that are missing."),
    timeout: seconds("a time limit", 7 * 86_400, 1)
      .default(3600)
      .describe("How long it may take: seconds, or a text such as `2h`."),
  })
  .superRefine((given, context) => {
    const wrong = (path: string, message: string) => context.addIssue({ code: "custom", path: [path], message });
    const { checksum, checksum_url, checksum_name, username, password } = given;
    if (checksum === undefined && checksum_url === undefined)
      wrong(
        "checksum",
        'say what the file must be: checksum: "sha256:…", or checksum_url; or checksum: none, to take whatever comes',
      );
    if (checksum !== undefined && checksum_url !== undefined)
      wrong("checksum_url", "checksum and checksum_url both say what it must be: give one");
    if (checksum_name !== undefined && checksum_url === undefined)
      wrong("checksum_name", "checksum_name goes with checksum_url");
    if ((username === undefined) !== (password === undefined))
      wrong(username === undefined ? "username" : "password", "username and password go together");
  });
type Params = z.output<typeof params>;

interface Seen {
  readonly old: Stat | null;
  readonly link: Stat | null;
  readonly parent: Stat | null;
  readonly sums?: HttpAnswer | undefined;
  readonly sha512?: ExecAnswer | undefined;
  readonly curl?: ExecAnswer | undefined;
  readonly head?: HttpAnswer | undefined;
}

export const download = defineModule({
  name: "download",
  summary: "Bring a file from the web to the host.",
  description: `The host fetches it with its own curl, beside its place, and it replaces the old file only when it is what its checksum says: a wrong one leaves the old
file as it was. A file that has the checksum already is not fetched. Runs as a job: it goes on while the connection is lost, and a second run finds it again.`,
  params,
  // It asks the internet.
  ahead: ({ checksum_url }) => checksum_url === undefined,
  probes: ({ dest, checksum_url, insecure }) => ({
    old: read.stat(dest, { follow: true, sha256: true }),
    link: read.stat(dest),
    parent: read.stat(parentFolder(dest), { follow: true }),
    sums:
      checksum_url === undefined
        ? undefined
        : read.http({ method: "GET", url: checksum_url, insecure, orUnanswered: true, limitMs: 30_000 }),
  }),
  probesAfter(given, seen) {
    const wanted = wantedSum(given, seen.sums);
    const unlike =
      wanted !== null && !("kind" in wanted) && (wanted.algorithm === "sha512" || seen.old?.sha256 !== wanted.sum);
    const missing = seen.old === null || unlike;
    return {
      sha512:
        wanted !== null && !("kind" in wanted) && wanted.algorithm === "sha512" && seen.old?.type === "file"
          ? read.exec(["sha512sum", "--", given.dest], { looksAt: [given.dest] })
          : undefined,
      curl: missing ? read.exec(["curl", "--version"], { looksAt: ["/usr/bin/curl"] }) : undefined,
      head: missing
        ? read.http({ ...requestOf(given), method: "HEAD", url: given.url, orUnanswered: true, limitMs: 10_000 })
        : undefined,
    };
  },
  plan: (given, seen) => planFor(given, seen),
  result: ({ url, dest }, { old }) => ({
    url,
    dest,
    size: old?.size ?? null,
    sha256: old?.sha256 ?? null,
    mode: old?.mode ?? null,
    owner: old?.owner ?? null,
    group: old?.group ?? null,
  }),
  examples: [
    `download:
  url: https://downloads.example.com/hello-1.0.tar
  dest: /opt/hello-1.0.tar
  checksum: sha256:c799c8bbcc38dbecb1a066a54fa7a49fb678bf8d83157b97f0026dad04284046
  mode: "0644"`,
    `download:
  url: https://downloads.example.com/hello-1.0.tar
  dest: /opt/lab/hello.tar
  checksum_url: https://downloads.example.com/SHA256SUMS
  parents: true`,
    "download: { url: https://downloads.example.com/motd.txt, dest: /etc/motd.new, checksum: none, owner: root }",
  ],
});

function planFor(given: Params, seen: Seen): Plan {
  const { dest, parents, url } = given;
  const { old, link, parent } = seen;
  if (old?.type === "directory") return refuse(`${dest} is a folder`, `name the file: dest: ${dest}/NAME`);
  if (old !== null && old.type !== "file")
    return refuse(`${dest} is no regular file (${old.type})`, "name another dest");
  if (parent === null && !parents)
    return refuse(`the folder ${parentFolder(dest)} does not exist`, "say parents: true to have it made");
  if (parent !== null && parent.type !== "directory")
    return refuse(`${parentFolder(dest)} is no folder (${parent.type})`);
  const wanted = wantedSum(given, seen.sums);
  if (wanted !== null && "kind" in wanted) return wanted;
  const is = old === null ? null : wanted?.algorithm === "sha512" ? sumIn(seen.sha512) : (old.sha256 ?? null);
  const owned = compareOwnership(given, old);
  const same = old !== null && (wanted === null || is === wanted.sum);
  // Without a checksum the file is what it is: that it is there is all that is asked for.
  const now = old === null ? null : wanted === null ? "there" : `${wanted.algorithm}:${is}`;
  const then = wanted === null ? "there" : `${wanted.algorithm}:${wanted.sum}`;
  const before = { file: now, ...owned.before };
  const after = { file: then, ...owned.after };
  if (same) return change(before, after, [owned.missing !== null && write.attributes(dest, owned.missing)]);
  if (link?.type === "symlink")
    return refuse(
      `${dest} is a link to ${link.target ?? "another path"}`,
      "name the file that it leads to, or remove the link",
    );
  if (seen.curl?.code === 127)
    return refuse("there is no curl on the host", "install the package curl, and ca-certificates for https");
  return change(
    before,
    after,
    [
      parent === null && write.mkdir(parentFolder(dest), { parents: true }),
      transfer(given, Number(seen.head?.status === 200 ? seen.head.headers["content-length"] : Number.NaN)),
      place(given, wanted),
    ],
    {
      warnings: [
        url.startsWith("http:") &&
          wanted === null &&
          `${url} is neither encrypted nor is there a checksum: anybody on the way can change it`,
      ],
    },
  );
}

/** The file beside its place. The name is the same in each run: a job that was left behind is found again. */
function partOf(dest: string): string {
  return `${parentFolder(dest) === "/" ? "" : parentFolder(dest)}/.${dest.slice(dest.lastIndexOf("/") + 1).slice(0, 200)}.lab-download`;
}

function transfer(given: Params, size: number): Step {
  const { dest, timeout, insecure, url } = given;
  const { headers } = requestOf(given);
  const handedOn = Object.entries(headers).some(
    ([name, value]) => value instanceof Secret && name.toLowerCase() !== "authorization",
  );
  const options: CurlOption[] = [
    ["url", url],
    ["globoff"],
    ["proto", "=http,https"],
    ["proto-redir", url.startsWith("https:") ? "=https" : "=http,https"],
    ...(handedOn ? [] : ([["location"], ["max-redirs", "10"]] satisfies CurlOption[])),
    ["connect-timeout", "30"],
    ["max-time", String(timeout)],
    ["retry", "3"],
    ...(insecure ? ([["insecure"]] satisfies CurlOption[]) : []),
    ...Object.entries(headers).map(
      ([name, value]): CurlOption => ["header", `${name}: ${value instanceof Secret ? value.reveal() : value}`],
    ),
  ];
  const text = curlOptions(options);
  const secret = Object.values(headers).some((value) => value instanceof Secret);
  const part = partOf(dest);
  const limitMs = (timeout + 60) * 1000;
  const total = Number.isSafeInteger(size) ? { total: size } : {};
  return write.exec(["curl", "-q", "-sS", "-f", "-K", "-", "-o", part], {
    stdin: secret ? new Secret(text) : text,
    touches: [part],
    limitMs,
    job: {
      limitMs,
      progress: {
        probe: read.stat(part),
        of: (seen: Stat | null) => (seen === null ? null : { done: seen.size, unit: "bytes" as const, ...total }),
      },
    },
  });
}

function place(
  { dest, mode = "", owner = "", group = "" }: { readonly dest: string } & WantedOwnership,
  wanted: Checksum | null,
): Step {
  const words = [partOf(dest), dest, mode, owner, group, wanted?.algorithm ?? "", wanted?.sum ?? ""];
  return write.script("place-download", words, { touches: [dest, partOf(dest)] });
}

/** Null: whatever comes is fine. */
function wantedSum(given: Params, sums: HttpAnswer | undefined): Checksum | null | Refusal {
  const { checksum, checksum_url, url } = given;
  if (checksum === "none") return null;
  if (checksum !== undefined) return checksum;
  if (sums === undefined || sums.status === 0)
    return refuse(`${checksum_url} cannot be read: ${sums?.unanswered ?? "nobody answers"}`);
  if (sums.status !== 200)
    return refuse(
      `${checksum_url} cannot be read: the answer is ${sums.status}`,
      sums.headers.location === undefined ? "is the address right?" : `it leads to ${sums.headers.location}`,
    );
  if (sums.body.length > MIB) return refuse(`${checksum_url} is no list of checksums: it is larger than 1 MiB`);
  const name = given.checksum_name ?? decodeURIComponent(new URL(url).pathname.replace(/^.*\//, ""));
  return (
    checksumIn(sums.body, name) ??
    refuse(`${checksum_url} names no checksum of ${name}, or two`, "say how it is called there: checksum_name")
  );
}

function requestOf({ headers, username, password, insecure }: Params) {
  const all =
    username === undefined || password === undefined
      ? headers
      : withHeader(headers, "Authorization", basicAuth(username, password));
  return { headers: all, insecure };
}

function sumIn(answer: ExecAnswer | undefined): string | null {
  return /^\\?([0-9a-f]{128}) /.exec(answer?.stdout ?? "")?.[1] ?? null;
}
