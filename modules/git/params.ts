import { z } from "zod";
import { absolutePath, maybeSecret, Secret, seconds, secret } from "../../engine/module/index.ts";

const REPO =
  /^(?:(?:https?|ssh|git|file):\/\/[^\s'"`$\\;|&<>()]+|(?:[\w.-]+@)?[\w.-]+:(?!\/\/)[^\s'"`$\\;|&<>():]+|\/[^\s'"`$\\;|&<>()]*)$/;
export const HOST_KEY = /^(?:\S+ )?(ssh-ed25519|ssh-rsa|ecdsa-sha2-nistp(?:256|384|521)) ([A-Za-z0-9+/]+=*)(?: .*)?$/;

export const params = z
  .strictObject({
    repo: z
      .string()
      .max(2000)
      .regex(REPO, {
        error: "expected an address such as https://host/name.git, git@host:name.git or /srv/git/name.git",
      })
      .refine((repo) => !/^https?:\/\/[^/]*@/.test(repo), {
        error: "a password in an address stays in .git/config: hand it over with username and password",
      })
      .describe("Where it is: `https://host/name.git`, `git@host:name.git`, `ssh://…`, or a path on the host."),
    dest: absolutePath.describe("The folder of the working tree. It is made; its parent must be there."),
    version: z
      .string()
      .max(250)
      .regex(/^(?!-)(?!.*(?:\.\.|@\{|\/\/|\.lock$))[\w./+@-]+$/, {
        error: "expected a branch, a tag, or a whole commit",
      })
      .default("HEAD")
      .describe(
        "A branch, a tag, or a whole commit (40 digits). Unsaid: the repository's own HEAD. A branch is followed: each run takes what is new.",
      ),
    update: z
      .boolean()
      .default(true)
      .describe("Follow the branch. `false`: a working tree that is there stays as it is."),
    depth: z
      .int({ error: "expected a number of commits" })
      .min(1, { error: "at least one commit" })
      .max(1_000_000)
      .optional()
      .describe("So many commits of history are fetched. Unsaid: all."),
    force: z
      .boolean()
      .default(false)
      .describe(
        "Discard changes that were made on the host, commits of its own included. Files that git does not know stay.",
      ),
    ssh_key: secret().optional().describe("A private key to log in with. It is on the host only while git runs."),
    host_key: z
      .string()
      .regex(HOST_KEY, { error: "expected the server's public key: ssh-ed25519 AAAA…" })
      .optional()
      .describe(
        "The server's public key. Unsaid: the host's known_hosts must know it; the module known_host puts it there.",
      ),
    username: z
      .string()
      .regex(/^[^:\0-\x1f\x7f"\\]+$/, { error: "a user name holds no colon, quotes or control characters" })
      .optional()
      .describe("Whom to log in as over https."),
    password: maybeSecret().optional().describe("The password or token of `username`."),
    timeout: seconds("a time limit", 86_400, 1)
      .default(3600)
      .describe("How long fetching may take: seconds, or a text such as `1h`."),
  })
  .superRefine((given, context) => {
    const wrong = (path: string, message: string) => context.addIssue({ code: "custom", path: [path], message });
    const { repo, ssh_key, host_key, username, password, dest } = given;
    const ssh = isSsh(repo);
    if (ssh_key !== undefined && !ssh) wrong("ssh_key", "a key is for addresses of ssh");
    if (host_key !== undefined && !ssh) wrong("host_key", "a server's key is for addresses of ssh");
    if ((username === undefined) !== (password === undefined))
      wrong(username === undefined ? "username" : "password", "username and password go together");
    if (username !== undefined && !/^https?:/.test(repo)) wrong("username", "a password is for addresses of https");
    if (ssh_key instanceof Secret && !/-----BEGIN [A-Z ]*PRIVATE KEY-----/.test(ssh_key.reveal()))
      wrong("ssh_key", "this is no private key: it begins with -----BEGIN … PRIVATE KEY-----");
    if (dest === "/") wrong("dest", "the whole system is no working tree: name a folder");
  });
export type Params = z.output<typeof params>;

export function isSsh(repo: string): boolean {
  return repo.startsWith("ssh://") || (!/^(?:[a-z]+:\/\/|\/)/.test(repo) && repo.includes(":"));
}
