import { readdir, readFile } from "node:fs/promises";
import { dirname, isAbsolute, join } from "node:path";
import SSHConfig from "ssh-config";
import type { ConnectionEnvironment } from "../environment.ts";
import { wildcard } from "./wildcard.ts";

/** What the configuration says about one host, keywords in lower case. */
export type SshConfig = ReadonlyMap<string, readonly string[]>;

/** Reads the user's, then the system's configuration; the first value of a keyword wins, as in OpenSSH. */
export async function readSshConfig(
  environment: ConnectionEnvironment,
  host: string,
  user: string | undefined,
): Promise<SshConfig> {
  const files = environment.sshConfigFiles ?? [join(environment.home, ".ssh/config"), "/etc/ssh/ssh_config"];
  const values = new Map<string, readonly string[]>();
  for (const file of files) {
    const text = await expandIncludes(file, environment, 0);
    for (const [keyword, found] of compute(text, file, environment, host, user)) {
      const before = values.get(keyword);
      if (before === undefined) values.set(keyword, found);
      else if (keyword === "identityfile") values.set(keyword, [...before, ...found]);
    }
  }
  return values;
}

function compute(
  text: string,
  file: string,
  environment: ConnectionEnvironment,
  host: string,
  user: string | undefined,
): [string, readonly string[]][] {
  if (/^[ \t]*match[ \t].*\bexec\b/im.test(text)) {
    warn(environment, `${file}: \`Match exec\` is not run; its block is taken as not matching.`);
  }
  try {
    const config = parsed(text, file);
    // The library would otherwise run the command of a `Match exec` in a shell that does not understand its wrapping.
    const options = { ignoreCase: true, matchExec: false };
    const found = config.compute(user === undefined ? { Host: host } : { Host: host, User: user }, options);
    return Object.entries(found).map(([keyword, value]) => [keyword, typeof value === "string" ? [value] : value]);
  } catch (error) {
    warn(environment, `${file} cannot be parsed and is ignored: ${error instanceof Error ? error.message : error}`);
    return [];
  }
}

/** The last text of each file and what it says: a thousand hosts ask, and it hardly ever changes in between. */
const known = new Map<string, { readonly text: string; readonly config: SSHConfig }>();

function parsed(text: string, file: string): SSHConfig {
  const last = known.get(file);
  if (last?.text === text) return last.config;
  const config = SSHConfig.parse(text);
  known.set(file, { text, config });
  return config;
}

// The library knows no Include. Its text takes the line's place; the block that the line stands in is opened again
// after it, since the included text may have opened others.
async function expandIncludes(file: string, environment: ConnectionEnvironment, depth: number): Promise<string> {
  const text = await readFile(file, "utf8").catch((error: NodeJS.ErrnoException) => {
    if (error.code !== "ENOENT" && error.code !== "ENOTDIR") warn(environment, `${file} cannot be read: ${error.code}`);
    return "";
  });
  if (depth > 16) {
    warn(environment, `${file}: Include is nested more than 16 deep; the rest is ignored.`);
    return "";
  }
  let block = "Host *";
  const lines: string[] = [];
  for (const line of text.split(/\r?\n/)) {
    if (/^[ \t]*(host|match)[ \t=]/i.test(line)) block = line;
    const include = /^[ \t]*include[ \t=]+(.*)$/i.exec(line)?.[1];
    if (include === undefined) {
      lines.push(line);
      continue;
    }
    for (const word of include.match(/"[^"]*"|[^ \t"]+/g) ?? []) {
      for (const path of await filesOf(word.replaceAll('"', ""), file, environment)) {
        const included = await expandIncludes(path, environment, depth + 1);
        if (block !== "Host *" && /^[ \t]*(host|match)[ \t=]/im.test(included)) {
          warn(
            environment,
            `${path}: its Host and Match blocks apply on their own, though ${file} includes it under "${block.trim()}".`,
          );
        }
        lines.push(included, block);
      }
    }
  }
  return lines.join("\n");
}

/** The files that an Include names, in the order of their names. Relative paths start at `~/.ssh` or `/etc/ssh`. */
async function filesOf(pattern: string, from: string, environment: ConnectionEnvironment): Promise<string[]> {
  const base = from.startsWith("/etc/ssh/") ? dirname(from) : join(environment.home, ".ssh");
  const home = pattern.startsWith("~/") ? join(environment.home, pattern.slice(2)) : pattern;
  const parts = (isAbsolute(home) ? home : join(base, home)).split("/");
  let found = [""];
  for (const part of parts.slice(1)) {
    if (!/[*?]/.test(part)) {
      found = found.map((folder) => `${folder}/${part}`);
      continue;
    }
    const next: string[] = [];
    for (const folder of found) {
      const names = await readdir(`${folder}/`).catch(() => []);
      // A leading dot is not matched by a pattern, as with glob(7): editors' backup files stay out.
      for (const name of names.sort()) {
        if (wildcard(part, name) && name.startsWith(".") === part.startsWith(".")) next.push(`${folder}/${name}`);
      }
    }
    found = next;
  }
  return found;
}

function warn(environment: ConnectionEnvironment, message: string): void {
  environment.warn({ code: "ssh-config", message, severity: "warning" });
}
