import { type Argv, arg, type ExecAnswer, type ReadOp, read, Secret } from "../../engine/module/index.ts";
import { HOST_KEY, isSsh, type Params } from "./params.ts";

/** Nobody is there to answer: what would be asked for fails. The looks take no locks, so that they leave no trace. */
export const QUIET = {
  GIT_TERMINAL_PROMPT: "0",
  GIT_OPTIONAL_LOCKS: "0",
  GCM_INTERACTIVE: "never",
  GIT_ASKPASS: "true",
};

export function local(given: Params, words: readonly string[]): ReadOp<ExecAnswer> {
  return read.exec(localWords(given, words), { env: QUIET, looksAt: [given.dest] });
}
/** Hooks and watchers of a tree are programs that somebody else may have put there; nothing here needs them. */
export function localWords({ dest }: Params, words: readonly string[]): readonly string[] {
  return ["git", "-C", dest, "-c", "core.hooksPath=/dev/null", "-c", "core.fsmonitor=false", ...words];
}
export function touching({ dest }: Params) {
  return { touches: [dest] };
}

/** Git that talks to the repository: how it logs in is said in files that exist only while it runs. */
export function remoteGit(given: Params, words: readonly string[], folder?: string): Argv {
  const { repo, ssh_key, host_key, username, password } = given;
  const start = folder === undefined ? ["git"] : localWords(given, []);
  if (isSsh(repo)) {
    const options = [
      "-o BatchMode=yes",
      "-o StrictHostKeyChecking=yes",
      "-o ConnectTimeout=30",
      ...hostKeyOptions(repo, host_key),
    ].join(" ");
    if (ssh_key === undefined) return [...start, "-c", `core.sshCommand=ssh ${options}`, ...words];
    const key = new Secret(ssh_key.reveal().replace(/\r\n/g, "\n").replace(/\n?$/, "\n"));
    return [
      ...start,
      "-c",
      arg.file(key, `core.sshCommand=ssh ${options} -o IdentitiesOnly=yes -o IdentityAgent=none -i `),
      ...words,
    ];
  }
  if (username === undefined || password === undefined) return [...start, ...words];
  const text = password instanceof Secret ? password.reveal() : password;
  const header = Buffer.from(`${username}:${text}`, "utf8").toString("base64");
  const { origin } = new URL(repo);
  // Only for this server, also when it sends somewhere else.
  const config = new Secret(`[http "${origin}/"]\n\textraHeader = "Authorization: Basic ${header}"\n`);
  return [...start, "-c", arg.file(config, "include.path="), ...words];
}

/** The key that was named is the only one: known_hosts files do not count beside it. */
function hostKeyOptions(repo: string, host_key: string | undefined): readonly string[] {
  const [, type, key] = HOST_KEY.exec(host_key ?? "") ?? [];
  if (type === undefined) return [];
  const [, host = "", port] =
    /^ssh:\/\/(?:[^@/]*@)?([^:/]+)(?::(\d+))?/.exec(repo) ?? /^(?:[^@/]*@)?([^:/]+):/.exec(repo) ?? [];
  const name = port === undefined || port === "22" ? host : `[${host}]:${port}`;
  return [
    "-o UserKnownHostsFile=/dev/null",
    "-o GlobalKnownHostsFile=/dev/null",
    `-o 'KnownHostsCommand=/bin/echo ${name} ${type} ${key}'`,
    `-o HostKeyAlgorithms=${algorithms(type)}`,
  ];
}
function algorithms(type: string): string {
  return type === "ssh-rsa" ? "rsa-sha2-512,rsa-sha2-256" : type;
}
