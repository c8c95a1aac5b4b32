import { FileError, resolve } from "../files/file-tree.ts";
import { absolute, fails, parseOptions, refuseArgument, says, type Tool, type ToolContext } from "../tool.ts";
import type { Mount } from "../world.ts";

/** util-linux 2.38. */
export const mountpoint: Tool = {
  name: "mountpoint",
  rests: "recorded",
  run(context, args) {
    const { flags, words } = parseOptions("mountpoint", args, { flags: { "-q": "quiet", "--quiet": "quiet" } });
    const [path, ...more] = words;
    if (path === undefined || more.length > 0) refuseArgument("mountpoint", args.join(" "));
    const quiet = flags.has("quiet");
    const real = canonical(context, path);
    if (real === undefined) return fails(1, quiet ? "" : `mountpoint: ${path}: No such file or directory\n`);
    const mounted = mountAt(context, real) !== undefined;
    const line = quiet ? "" : `${path} is ${mounted ? "" : "not "}a mountpoint\n`;
    return mounted ? says(line) : fails(32, "", line);
  },
};

const COLUMNS: Readonly<Record<string, (mount: Mount) => string | null>> = {
  TARGET: (mount) => mount.target,
  // Of a bind mount the folder on the file system stands behind it.
  SOURCE: (mount) => {
    const folder = mount.root ?? mount.bound ?? "/";
    return folder === "/" ? mount.source : `${mount.source}[${folder}]`;
  },
  FSTYPE: (mount) => mount.fstype,
  OPTIONS: (mount) => mount.options,
  UUID: (mount) => mount.uuid ?? null,
};

export const findmnt: Tool = {
  name: "findmnt",
  rests: "recorded",
  run(context, args) {
    const { flags, values, words } = parseOptions("findmnt", args, {
      flags: { "-J": "json", "--json": "json", "-n": "bare", "--noheadings": "bare" },
      values: { "-M": "mountpoint", "--mountpoint": "mountpoint", "-o": "output", "--output": "output" },
    });
    const path = values.get("mountpoint")?.at(-1);
    if (path === undefined || words.length > 0)
      refuseArgument("findmnt", `${args.join(" ")} (only -M PATH is imitated)`);
    const names = (values.get("output")?.at(-1) ?? "TARGET,SOURCE,FSTYPE,OPTIONS").split(",");
    const columns = names.map(
      (name) => [name, COLUMNS[name] ?? refuseArgument("findmnt", `the column ${name}`)] as const,
    );
    const real = canonical(context, path);
    const mount = real === undefined ? undefined : mountAt(context, real);
    if (mount === undefined) return fails(1);
    if (flags.has("json")) {
      const entry = Object.fromEntries(columns.map(([name, read]) => [name.toLowerCase(), read(mount)]));
      return says(`${JSON.stringify({ filesystems: [entry] }, null, 3)}\n`);
    }
    const cells = columns.map(([name, read]) => ({ name, value: read(mount) ?? "" }));
    const row = (which: "name" | "value") =>
      cells
        .map((cell, index) => {
          // As wide as the heading, also where there is none (-n).
          const width = Math.max(cell.name.length, cell.value.length);
          return index === cells.length - 1 ? cell[which] : cell[which].padEnd(width);
        })
        .join(" ");
    return says(`${flags.has("bare") ? "" : `${row("name")}\n`}${row("value")}\n`);
  },
};

function canonical(context: ToolContext, path: string): string | undefined {
  // A folder that is bound there leads elsewhere when it is walked.
  const plain = absolute(context, path);
  if (mountAt(context, plain)?.bind !== undefined) return plain;
  try {
    const found = resolve(context.session, absolute(context, path), true);
    return found.node === undefined ? undefined : found.path;
  } catch (error) {
    if (error instanceof FileError) return undefined;
    throw error;
  }
}

// What is mounted last covers what was there.
function mountAt({ session }: ToolContext, path: string): Mount | undefined {
  return session.host.mounts.findLast((mount) => mount.target === path);
}
