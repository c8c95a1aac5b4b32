import { z } from "zod";
import { parsePasswd } from "../engine/formats/accounts.ts";
import type { AuthorizedKey } from "../engine/formats/authorized-keys.ts";
import {
  keyLine,
  keysIn,
  parseAuthorizedKey,
  sameKey,
  withKeys,
  withoutKeys,
} from "../engine/formats/authorized-keys.ts";
import { parentFolder } from "../engine/formats/paths.ts";
import { sshPublicKeyProblem } from "../engine/formats/ssh-public-key.ts";
import type { ExecAnswer, Plan, ReadOp, Refusal, Stat, Value } from "../engine/module/index.ts";
import {
  absolutePath,
  change,
  compareOwnership,
  defineModule,
  noFolder,
  presence,
  read,
  refuse,
  write,
} from "../engine/module/index.ts";

const params = z
  .strictObject({
    user: z
      .string()
      .regex(/^[a-z_][a-z0-9_.-]{0,31}\$?$/i, { error: "expected the name of a user" })
      .describe("Who may log in with the key; the user must exist."),
    key: z
      .union([z.string(), z.array(z.string())], { error: "expected a public key as text, or a list of them" })
      .transform((given, context) => {
        const lines = (typeof given === "string" ? given.split(/\r?\n/) : given).map((line) => line.trim());
        const keys: AuthorizedKey[] = [];
        for (const line of lines.filter((each) => each !== "" && !each.startsWith("#"))) {
          const key = parseAuthorizedKey(line);
          const problem =
            sshPublicKeyProblem(line) ?? (key === null ? "its options are not written as sshd reads them" : null);
          if (key === null || problem !== null)
            context.addIssue({ code: "custom", message: problem ?? "this is no public key" });
          else if (keys.some((each) => sameKey(each, key)))
            context.addIssue({
              code: "custom",
              message: `the key ${key.comment || key.blob.slice(-12)} is there twice`,
            });
          else keys.push(key);
        }
        return keys;
      })
      .describe("Public key as in a `.pub` file, or several: a list, or one a line."),
    state: presence.describe("`absent` takes the key away, whatever its options and comment."),
    options: z
      .union([z.string(), z.array(z.string())], { error: "expected options: a text, or a list" })
      .transform((given) => (typeof given === "string" ? given : given.join(",")).trim())
      .refine(
        (text) =>
          /^$|^(?:[a-zA-Z0-9-]+(?:="(?:[^"\\\0-\x1f\x7f]|\\.)*")?)(?:,[a-zA-Z0-9-]+(?:="(?:[^"\\\0-\x1f\x7f]|\\.)*")?)*$/.test(
            text,
          ),
        {
          error: 'expected options as sshd reads them: no-pty,from="192.0.2.0/24"',
        },
      )
      .optional()
      .describe(
        'What stands in front of the key: `no-pty,from="192.0.2.0/24"`. Unsaid: what is there stays; `""`: none.',
      ),
    exclusive: z
      .boolean()
      .default(false)
      .describe("No other key lets the user in: all others are removed. Comments stay."),
    path: absolutePath.optional().describe("The file. Unsaid: `.ssh/authorized_keys` in the user's home."),
  })
  .superRefine(({ key, state, options, exclusive }, context) => {
    const wrong = (path: string, message: string) => context.addIssue({ code: "custom", path: [path], message });
    if (Array.isArray(key) && key.length === 0 && !(exclusive && state === "present"))
      wrong("key", "there is no key in it (with exclusive: true that would remove them all)");
    if (state === "absent" && exclusive) wrong("exclusive", "exclusive goes with state: present");
    if (state === "absent" && options !== undefined) wrong("options", "state: absent takes no options");
    if (options !== undefined && Array.isArray(key) && key.some((each) => each?.options !== ""))
      wrong("options", "the key has options of its own in front: give them in one place");
  });
type Params = z.output<typeof params>;
interface Seen {
  readonly account: ExecAnswer;
  readonly home?: Stat | null | undefined;
  readonly folder?: Stat | null | undefined;
  readonly file?: Stat | null | undefined;
  readonly text?: string | null | undefined;
}
interface Place {
  readonly file: string;
  readonly folder: string;
  /** In the user's own folder: it and what is in it belong to the user. */
  readonly home: string | null;
  readonly gid: number;
}
type Looks = Readonly<Record<"home" | "folder" | "file", ReadOp<Stat | null> | undefined>> & {
  readonly text: ReadOp<string | null> | undefined;
};

export const authorizedKey = defineModule({
  name: "authorized_key",
  summary: "Let a user in with an SSH key, or no longer.",
  description: `Keys are told apart by themselves, not by their comments. Other keys, comments and blank lines stay. The folder
\`.ssh\` is 0700 and the file 0600, both the user's. A link in their place is refused, for the user could have laid it to a file of
somebody else's.`,
  params,
  probes: ({ user }: Params) => ({
    account: read.exec(["getent", "passwd", "--", user], { looksAt: ["/etc/passwd", "/etc/nsswitch.conf"] }),
  }),
  probesAfter(given, { account }): Looks {
    const place = placeOf(given, account);
    if (place === null) return { home: undefined, folder: undefined, file: undefined, text: undefined };
    return {
      home: place.home === null ? undefined : read.stat(place.home, { follow: true }),
      folder: read.stat(place.folder),
      file: read.stat(place.file),
      text: read.text(place.file),
    };
  },
  plan(given, seen) {
    const place = placeOf(given, seen.account);
    if (place === null) {
      // Nobody is there whom a key could let in.
      if (given.state === "absent") return change({ keys: [] }, { keys: [] }, []);
      return refuse(`there is no user ${given.user} on the host`, "make the user first, with the module user");
    }
    const trouble = troubleOf(given, place, seen);
    return trouble ?? (given.state === "absent" ? revoked(given, place, seen) : authorized(given, place, seen));
  },
  result(given, seen) {
    return {
      path: placeOf(given, seen.account)?.file ?? null,
      keys: keysIn(seen.text ?? "").map(({ key }) => keyLine(key)),
    };
  },
  examples: [
    `authorized_key:
  user: root
  key: ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAIAABAgMEBQYHCAkKCwwNDg8QERITFBUWFxgZGhscHR4f admin@laptop`,
    `authorized_key:
  user: root
  key: ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAIAABAgMEBQYHCAkKCwwNDg8QERITFBUWFxgZGhscHR4f backup
  options: [restrict, 'command="/usr/local/bin/backup"', 'from="192.0.2.0/24"']
  exclusive: true`,
    `authorized_key:
  user: root
  key: ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAIAABAgMEBQYHCAkKCwwNDg8QERITFBUWFxgZGhscHR4f
  state: absent`,
  ],
});

function placeOf({ user, path }: Params, account: ExecAnswer): Place | null {
  const found = parsePasswd(account.stdout).find(({ name }) => name === user);
  if (found === undefined) return null;
  const file = path ?? `${found.home === "/" ? "" : found.home}/.ssh/authorized_keys`;
  const inHome = found.home.startsWith("/") && file.startsWith(`${found.home}/`);
  return { file, folder: parentFolder(file), home: inHome ? found.home : null, gid: found.gid };
}

function troubleOf({ user, path, state }: Params, { file, folder, home }: Place, seen: Seen): Refusal | null {
  const planted = "look who laid it there, and remove it; or name the real file with path";
  if (seen.folder?.type === "symlink") return refuse(`${folder} is a link to ${seen.folder.target}`, planted);
  if (seen.file?.type === "symlink") return refuse(`${file} is a link to ${seen.file.target}`, planted);
  if (seen.folder != null && seen.folder.type !== "directory")
    return refuse(`${folder} is no folder (${seen.folder.type})`);
  if (seen.file != null && seen.file.type !== "file") return refuse(`${file} is no regular file (${seen.file.type})`);
  if (state === "absent") return null;
  if (home !== null && seen.home?.type !== "directory") {
    return refuse(`${user} has no home: there is no folder ${home}`, "make it, or name another file with path");
  }
  if (seen.folder == null && (path !== undefined || home === null)) {
    return noFolder(folder);
  }
  return null;
}

function authorized(given: Params, { file, folder, home, gid }: Place, seen: Seen): Plan {
  const { user, key, options, exclusive, path } = given;
  const text = seen.text ?? "";
  const there = keysIn(text).map((each) => each.key);
  const wanted = key.map((each) => {
    const old = there.find((other) => sameKey(other, each));
    const kept = options ?? (each.options === "" ? (old?.options ?? "") : each.options);
    return { ...each, options: kept, comment: each.comment === "" ? (old?.comment ?? "") : each.comment };
  });
  const next = withKeys(text, wanted, exclusive);
  const after = keysIn(next).map((each) => keyLine(each.key));
  // Of keys that are not looked after nothing is shown, unless they go.
  const named = (lines: readonly AuthorizedKey[]) =>
    lines.filter((line) => exclusive || wanted.some((each) => sameKey(each, line))).map(keyLine);
  const owned = { owner: home === null ? "root" : user, mode: home === null ? "0644" : "0600" };
  const ofFile = compareOwnership(owned, seen.file ?? null);
  const ownsFolder = home !== null && path === undefined;
  const ofFolder = ownsFolder ? compareOwnership({ owner: user, mode: "0700" }, seen.folder ?? null) : null;
  const shownBefore = named(there);
  const shownAfter = exclusive ? after : named(keysIn(next).map((each) => each.key));
  const writes = next !== text || seen.file == null;
  const group = home === null ? "root" : String(gid);
  const before: Record<string, Value> = {
    keys: shownBefore,
    file: seen.file == null ? "absent" : "present",
    ...ofFile.before,
  };
  const afterwards: Record<string, Value> = { keys: shownAfter, file: "present", ...ofFile.after };
  if (exclusive || (next !== text && shownBefore.join("\n") === shownAfter.join("\n"))) {
    // Lines that are no keys, or the same key once more: what goes with them is told as well.
    [before.lines, afterwards.lines] = [lineCount(text), lineCount(next)];
  }
  if (ofFolder !== null) {
    [before.folder, afterwards.folder] = [{ ...ofFolder.before }, { ...ofFolder.after }];
  }
  return change(before, afterwards, [
    ofFolder?.missing &&
      (seen.folder == null
        ? write.mkdir(folder, { mode: "0700", owner: user, group })
        : write.attributes(folder, ofFolder.missing)),
    writes ? write.text(file, next, { ...owned, group }) : ofFile.missing && write.attributes(file, ofFile.missing),
  ]);
}

function revoked({ key }: Params, { file }: Place, seen: Seen): Plan {
  const text = seen.text ?? "";
  const next = withoutKeys(text, key);
  const gone = keysIn(text).flatMap((each) =>
    key.some((other) => sameKey(other, each.key)) ? [keyLine(each.key)] : [],
  );
  return change({ keys: gone }, { keys: [] }, [next !== text && write.text(file, next)]);
}

function lineCount(text: string): number {
  return text.split("\n").filter((line) => line.trim() !== "").length;
}
