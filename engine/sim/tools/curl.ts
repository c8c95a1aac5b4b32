import { type CurlOption, parseCurlOptions } from "../../formats/curl-options.ts";
import { FileError } from "../files/file-tree.ts";
import { writeFile } from "../files/write-file.ts";
import { httpServices } from "../http/services.ts";
import { internetBytes, internetFile } from "../internet/files.ts";
import {
  absolute,
  fails,
  NotImitated,
  parseOptions,
  refuseArgument,
  says,
  type Tool,
  type ToolContext,
  type ToolResult,
} from "../tool.ts";

const KNOWN = new Set(
  "url globoff proto proto-redir location max-redirs connect-timeout max-time retry insecure header fail silent show-error output".split(
    " ",
  ),
);

/** curl 7.88.1: one GET, to a file or to stdout. Its errors are transcripts. */
export const curl: Tool = {
  name: "curl",
  rests: "documented",
  run(context, args) {
    const { flags, values, words } = parseOptions("curl", args, {
      flags: {
        "-q": "disable",
        "-s": "silent",
        "-S": "show-error",
        "-f": "fail",
        "-L": "location",
        "--version": "version",
      },
      values: {
        "-K": "config",
        "-o": "output",
        "--max-redirs": "max-redirs",
        "--max-time": "max-time",
        "--proto": "proto",
        "-H": "header",
      },
    });
    if (flags.has("version")) return says("curl 7.88.1 (x86_64-pc-linux-gnu) libcurl/7.88.1 OpenSSL/3.0.16\n");
    const [config, ...more] = values.get("config") ?? [];
    if (more.length > 0 || (config !== undefined && config !== "-")) refuseArgument("curl", `-K ${config}`);
    const given: readonly CurlOption[] = [
      ...[...flags].map((flag): CurlOption => [flag]),
      ...[...values].flatMap(([name, all]) => (name === "config" ? [] : all.map((value): CurlOption => [name, value]))),
      ...words.map((word): CurlOption => ["url", word]),
      ...(config === undefined ? [] : parseCurlOptions(Buffer.from(context.stdin).toString("utf8"))),
    ];
    const strange = given.find(([name]) => name !== "disable" && !KNOWN.has(name));
    if (strange !== undefined) refuseArgument("curl", strange[0]);
    return transfer(context, given);
  },
};

function transfer(context: ToolContext, given: readonly CurlOption[]): ToolResult {
  const { session } = context;
  const all = (name: string) => given.filter(([each]) => each === name).map(([, value = ""]) => value);
  const urls = all("url");
  const [first] = urls;
  if (first === undefined || urls.length > 1) refuseArgument("curl", `${urls.length} addresses`);
  const headers = Object.fromEntries(
    all("header").map((header) => {
      const at = header.indexOf(":");
      return [header.slice(0, at).trim().toLowerCase(), header.slice(at + 1).trim()];
    }),
  );
  let url = new URL(first);
  let redirects = 0;
  let sent: Readonly<Record<string, string>> = headers;
  for (;;) {
    const answer = asked(context, url, sent);
    const { location } = answer.headers;
    if (answer.status >= 300 && answer.status < 400 && location !== undefined && all("location").length > 0) {
      redirects += 1;
      if (redirects > Number(all("max-redirs")[0] ?? 50))
        return fails(47, "curl: (47) Maximum (10) redirects followed\n");
      const next = new URL(location, url);
      // To another host curl does not take the login along.
      if (next.host !== url.host)
        sent = Object.fromEntries(Object.entries(sent).filter(([name]) => name !== "authorization"));
      url = next;
      continue;
    }
    if (answer.status >= 400 && all("fail").length > 0)
      return fails(22, `curl: (22) The requested URL returned error: ${answer.status}\n`);
    const [output] = all("output");
    session.spend(20 + answer.body.length / 10_000);
    if (output === undefined) return says(answer.body);
    try {
      writeFile(session, { path: absolute(context, output), bytes: answer.body, runId: "curl" });
      return says("");
    } catch (error) {
      if (!(error instanceof FileError)) throw error;
      return fails(
        23,
        `Warning: Failed to open the file ${output}: ${error.errno}\ncurl: (23) Failure writing output to destination\n`,
      );
    }
  }
}

function asked(
  { session }: ToolContext,
  url: URL,
  headers: Readonly<Record<string, string>>,
): { readonly status: number; readonly headers: Readonly<Record<string, string>>; readonly body: Uint8Array } {
  for (const service of httpServices) {
    const answer = service.answer(session, { method: "GET", url, headers, body: "", attempt: 0 });
    if (answer === null) continue;
    const file = answer.status === 200 ? internetFile(session, url.href) : undefined;
    return { ...answer, body: file === undefined ? Buffer.from(answer.body) : internetBytes(file) };
  }
  throw new NotImitated(`the embedded lab does not imitate what answers at ${url.href}`);
}
