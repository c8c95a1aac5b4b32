import { z } from "zod";
import { isSystemPath, linkTarget, parentFolder } from "../engine/formats/paths.ts";
import { mountPoints } from "../engine/formats/proc-mounts.ts";
import type { ExecAnswer, Plan, Stat } from "../engine/module/index.ts";
import {
  absolutePath,
  change,
  compareOwnership,
  defineModule,
  givenOwnership,
  ownershipParams,
  read,
  refuse,
  write,
} from "../engine/module/index.ts";

const params = z
  .strictObject({
    path: absolutePath.describe("What the task is about."),
    state: z
      .enum(["file", "directory", "link", "absent"], {
        error: ({ input }) =>
          input === "touch"
            ? "there is no state touch, it would change the times at each run: `file` makes an empty file where there is none"
            : input === "hard"
              ? "there is no state hard: use `link`"
              : "expected one of file, directory, link, absent",
      })
      .default("file")
      .describe(
        "`file`: a regular file, made empty if there is none. `link`: a symlink to `target`. `absent`: nothing.",
      ),
    ...ownershipParams,
    target: z
      .string()
      .min(1, { error: "a link needs a target" })
      .max(4095)
      .regex(/^[^\0]*$/, { error: "a path cannot hold a NUL character" })
      .optional()
      .describe("Where a link points; a relative path starts at the link's folder. It need not exist."),
    follow: z.boolean().default(false).describe("If the path is a symlink, look after what it points to."),
    parents: z.boolean().default(false).describe("Make the folders above it that are missing."),
    force: z
      .boolean()
      .default(false)
      .describe("Replace a thing of another type (a file by a folder, a folder by a link)."),
    recursive: z.boolean().default(false).describe("Let a folder go with all that is in it."),
  })
  .superRefine((given, context) => {
    const wrong = (path: string, message: string) => context.addIssue({ code: "custom", path: [path], message });
    const { state, path } = given;
    if (state === "link" && given.target === undefined) wrong("target", "state link needs a target");
    if (state !== "link" && given.target !== undefined)
      wrong("target", `a target goes with state: link, not with ${state}`);
    if (state === "link" && given.mode !== undefined)
      wrong("mode", "a link has no mode of its own: give it to its target");
    if (state === "link" && given.follow) wrong("follow", "state link is about the link itself: leave follow out");
    if (state === "absent") {
      for (const name of ["mode", "owner", "group"] as const) {
        if (given[name] !== undefined) wrong(name, `state absent leaves nothing that could have this ${name}`);
      }
      if (given.follow) wrong("follow", "absent removes the link itself, never what it points to: leave follow out");
      if (isSystemPath(path)) wrong("path", `${path} belongs to the system: lab does not remove it`);
    } else if (given.recursive && !given.force) {
      wrong("recursive", "recursive is about removing: it goes with state: absent, or with force");
    }
    if (given.force && isSystemPath(path)) wrong("force", `${path} belongs to the system: lab does not replace it`);
  });
type Params = z.output<typeof params>;
type Kind = Stat["type"];
const KIND: Record<Kind, string> = {
  file: "a file",
  directory: "a folder",
  symlink: "a link",
  block: "a block device",
  char: "a character device",
  fifo: "a named pipe",
  socket: "a socket",
};

interface Seen {
  readonly here: Stat | null;
  readonly behind: Stat | null;
  readonly parent: Stat | null;
  readonly entries: readonly string[] | null | undefined;
  readonly leads: ExecAnswer | undefined;
  readonly mounts: string | null | undefined;
  readonly real: ExecAnswer | undefined;
}

export const file = defineModule({
  name: "file",
  summary: "Make or remove a file, folder or symlink, and set its mode and owner.",
  description: `A parameter that is not given leaves that side alone. What exists as another type is an error unless \`force: true\`;
a folder that holds something goes only with \`recursive: true\`; folders that the system needs, and those in which something is mounted,
never go. For the content of a file use
\`copy\`, \`template\` or \`line\`.`,
  params,
  probes: ({ path, state, target }) => ({
    here: read.stat(path),
    behind:
      state === "absent"
        ? undefined
        : read.stat(target === undefined ? path : linkTarget(path, target), { follow: true }),
    parent: state === "absent" ? undefined : read.stat(parentFolder(path), { follow: true }),
  }),
  probesAfter({ path, state, follow, force }, { here }) {
    const folderGoes = here?.type === "directory" && (state === "absent" || (force && state !== "directory"));
    return {
      entries: folderGoes ? read.list(path) : undefined,
      mounts: folderGoes ? read.text("/proc/mounts") : undefined,
      real: folderGoes ? read.exec(["readlink", "-f", "--", path], { looksAt: [path] }) : undefined,
      // Owner and mode are those of the file at the end of the links, so it must be named.
      leads: follow && here?.type === "symlink" ? read.exec(["readlink", "-f", "--", path]) : undefined,
    };
  },
  plan(given, { here, behind = null, parent = null, entries, leads, mounts, real }) {
    const seen: Seen = { here, behind, parent, entries, leads, mounts, real };
    if (given.state === "absent") return absent(given, seen);
    if (parent !== null && parent.type !== "directory") {
      return refuse(`${parentFolder(given.path)} is ${KIND[parent.type]}, no folder`);
    }
    const plan = given.state === "link" ? link(given, given.target ?? "", seen) : present(given, given.state, seen);
    if (parent !== null || given.parents) return plan;
    // The folder may be one that a package brings.
    const otherwise = plan.kind === "change" ? { otherwise: plan } : {};
    return refuse(
      `the folder ${parentFolder(given.path)} does not exist`,
      "say parents: true to have it made",
      otherwise,
    );
  },
  result: ({ path, follow }, { here, behind }) => {
    const shown = follow ? (behind ?? here) : here;
    return {
      path,
      exists: shown !== null,
      type: shown?.type ?? null,
      mode: shown?.mode ?? null,
      owner: shown?.owner ?? null,
      group: shown?.group ?? null,
      size: shown?.size ?? null,
      target: here?.target ?? null,
    };
  },
  examples: [
    `file: { path: /srv/media, state: directory, owner: root, group: root, mode: "2775" }`,
    `file: { path: /srv/current, state: link, target: media }`,
    `file: { path: /var/lib/lab-example/cache, state: directory, parents: true }`,
    `file: { path: /var/lib/lab-example/cache, state: absent, recursive: true }`,
  ],
});

function absent({ path, recursive }: Params, seen: Seen): Plan {
  const { here, entries } = seen;
  if (here === null) return change({ state: "absent" }, { state: "absent" }, []);
  const mounted = mountTrouble(path, seen);
  if (mounted) return mounted;
  const count = entries?.length ?? 0;
  if (count > 0 && !recursive)
    return refuse(`the folder ${path} is not empty: ${holds(entries)}`, "say recursive: true to remove all of it");
  return change({ state: here.type }, { state: "absent" }, [write.remove(path, { recursive: count > 0 })], {
    warnings: [count > 0 && `removes ${path} with all that is in it: ${holds(entries)}`],
  });
}

function link(given: Params, target: string, seen: Seen): Plan {
  const { here, behind, parent } = seen;
  const { path } = given;
  const is = here?.type === "symlink" ? here : null;
  const clearing = here === null || is !== null ? null : clear(given, here, seen);
  if (clearing?.kind === "refuse") return clearing;
  const { before, after, missing } = compareOwnership(given, is);
  const right = is?.target === target;
  return change(
    { state: stateOf(here, "link"), target: is?.target ?? null, ...before },
    { state: "link", target, ...after },
    [
      clearing?.step,
      parent === null && write.mkdir(parentFolder(path), { parents: true }),
      !right && write.symlink(path, target),
      // A link that was replaced is a new one: it belongs to whoever made it.
      right
        ? missing && write.attributes(path, missing)
        : hasOwner(given) && write.attributes(path, givenOwnership(given)),
    ],
    { warnings: [!right && behind === null && `${target} does not exist: the link leads nowhere`] },
  );
}

function present(given: Params, state: "file" | "directory", seen: Seen): Plan {
  const { here, behind, parent, leads } = seen;
  const { path, follow, force } = given;
  const linked = here?.type === "symlink";
  if (linked && !follow && !force) {
    return refuse(
      `${path} is a link to ${here.target}`,
      "say follow: true to look after what it points to, or force: true to replace it",
    );
  }
  if (linked && follow && behind === null) return refuse(`${path} is a link to ${here.target}, which does not exist`);
  const is = linked && follow ? behind : here;
  const clearing =
    is === null || is.type === state ? null : linked && follow ? other(path, is, state) : clear(given, is, seen);
  if (clearing?.kind === "refuse") return clearing;
  const old = clearing === null ? is : null;
  const { before, after, missing } = compareOwnership(given, old);
  const place = linked && follow ? (leads?.stdout.replace(/\n$/, "") ?? path) : path;
  const made = givenOwnership(given);
  return change({ state: stateOf(is, state), ...before }, { state, ...after }, [
    clearing?.step,
    parent === null && write.mkdir(parentFolder(path), { parents: true }),
    old === null && (state === "directory" ? write.mkdir(path, made) : write.text(path, "", made)),
    old !== null && missing && write.attributes(place, missing),
  ]);
}

/** What is in the way, as the step that takes it away. */
function clear({ path, state, force, recursive }: Params, is: Stat, seen: Seen) {
  if (!force) return other(path, is, state);
  const mounted = mountTrouble(path, seen);
  if (mounted) return mounted;
  const { entries } = seen;
  const count = entries?.length ?? 0;
  if (count > 0 && !recursive) {
    return refuse(
      `${path} is a folder that is not empty: ${holds(entries)}`,
      "force replaces it only with recursive: true",
    );
  }
  return { kind: "step", step: write.remove(path, { recursive: count > 0 }) } as const;
}
/** Removing a folder empties what is mounted in it, a data set or a share, and then fails at the mount point itself. */
function mountTrouble(path: string, { mounts, real }: Seen) {
  const place = real?.code === 0 && real.stdout.trim() !== "" ? real.stdout.trim() : path;
  const inside = mountPoints(mounts ?? "").filter((point) => point === place || point.startsWith(`${place}/`));
  return inside.length === 0
    ? null
    : refuse(
        `${inside.slice(0, 3).join(", ")} is mounted${inside.includes(place) ? "" : ` below ${path}`}: all that is on it would go`,
        "unmount it first (a data set: zfs with mounted: false, or state: absent)",
      );
}
function other(path: string, is: Stat, state: string) {
  return refuse(
    `${path} is ${KIND[is.type]}, and shall be ${state === "directory" ? "a folder" : `a ${state}`}`,
    "force: true replaces it",
  );
}

function stateOf(is: Stat | null, wanted: string): string {
  if (is === null) return "absent";
  return is.type === "symlink" && wanted === "link" ? "link" : is.type;
}
function hasOwner({ owner, group }: Params): boolean {
  return owner !== undefined || group !== undefined;
}
function holds(entries: Seen["entries"]): string {
  const names = entries ?? [];
  const first = names.slice(0, 3).join(", ");
  return `${names.length} ${names.length === 1 ? "entry" : "entries"} (${first}${names.length > 3 ? ", …" : ""})`;
}
