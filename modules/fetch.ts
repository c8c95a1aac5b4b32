import { z } from "zod";
import { parentFolder } from "../engine/formats/paths.ts";
import type { LocalDest, Plan, Stat, Step } from "../engine/module/index.ts";
import {
  absolutePath,
  change,
  defineModule,
  fileMode,
  localDest,
  read,
  refuse,
  write,
} from "../engine/module/index.ts";

const MIB = 1024 * 1024;

const params = z.strictObject({
  src: absolutePath.describe("The file on the host. A link is followed."),
  dest: localDest().describe(
    "A folder on this machine, beside the playbook unless the path is absolute. The file lies in it below the host's name, with its whole path: `DEST/HOST/etc/fstab`.",
  ),
  flat: z
    .boolean()
    .default(false)
    .describe(
      "`dest` is the file itself. With several hosts each would overwrite the other's: put `inventory_hostname` into the name.",
    ),
  mode: fileMode.default("0600").describe("Permissions of the file on this machine, octal and in quotes."),
  missing: z
    .enum(["fail", "ok"], { error: "expected fail or ok" })
    .default("fail")
    .describe("What a file that is not there is: a failure, or `ok`. What was fetched before stays."),
  max_size: z
    .int({ error: "expected a number of bytes" })
    .min(1, { error: "expected at least one byte" })
    .max(64 * MIB, { error: "at most 67108864 bytes (64 MiB) are fetched: use rsync for what is larger" })
    .default(16 * MIB)
    .describe("A larger file fails the task. Bytes."),
});

export const fetch = defineModule({
  name: "fetch",
  summary: "Bring a file of the host to this machine.",
  description: `The file is brought only if its SHA-256 is another one, whole and in one piece, and is readable by you alone unless \`mode\` says otherwise.
In the embedded lab it goes to the lab's own \`controller\`, not into your site. To read a file into a variable, use \`slurp\`.`,
  params,
  probes: (given) => ({
    there: read.stat(given.src, { follow: true, sha256: true }),
    here: onController(read.stat(pathOf(given) ?? "/", { follow: true, sha256: true })),
    folder: onController(read.stat(parentFolder(pathOf(given) ?? "/"), { follow: true })),
  }),
  probesAfter: ({ src, max_size }, { there, here }) => ({
    bytes:
      there?.type === "file" && there.size <= max_size && there.sha256 !== here?.sha256
        ? read.file(src, { maxBytes: max_size })
        : undefined,
  }),
  plan(given, { there, here, folder, bytes }): Plan {
    const { src, mode, max_size, missing } = given;
    const path = pathOf(given);
    if (path === null)
      return refuse(
        `the name of the host, ${JSON.stringify(given.dest.host)}, cannot be the name of a folder`,
        "say flat: true and name the file",
      );
    if (there === null) {
      const gone = { there: "missing" };
      return missing === "ok"
        ? change(gone, gone, [])
        : refuse(`there is no file ${src} on the host`, "missing: ok lets the task pass without one");
    }
    if (there.type !== "file")
      return refuse(
        `${src} is no regular file (${there.type})`,
        "only single files are fetched; find lists those of a folder",
      );
    if (there.size > max_size)
      return refuse(`${src} has ${there.size} bytes, more than max_size (${max_size})`, "raise max_size, or use rsync");
    if (here !== null && here.type !== "file")
      return refuse(
        `${path} on this machine is no regular file (${here.type})`,
        given.flat ? "dest is the file itself with flat: true" : undefined,
      );
    const same = here?.sha256 === there.sha256;
    return change(state(here, path), { file: path, sha256: there.sha256 ?? null, size: there.size, mode }, [
      !same && folder === null && stepHere(write.mkdir(parentFolder(path), { parents: true })),
      !same && bytes != null && stepHere(write.file(path, bytes, { mode })),
      same && here !== null && here.mode !== mode && stepHere(write.attributes(path, { mode })),
    ]);
  },
  result: (given, { there, here }) => ({
    src: given.src,
    dest: pathOf(given),
    exists: there !== null,
    size: here?.size ?? null,
    sha256: here?.sha256 ?? null,
  }),
  examples: [
    "fetch: { src: /etc/fstab, dest: fetched }",
    'fetch: { src: /etc/hostname, dest: "backups/{{ inventory_hostname }}.txt", flat: true, mode: "0644" }',
    "fetch: { src: /var/log/no-such.log, dest: fetched, missing: ok }",
  ],
});

function state(here: Stat | null, path: string) {
  return {
    file: here === null ? null : path,
    sha256: here?.sha256 ?? null,
    size: here?.size ?? null,
    mode: here?.mode ?? null,
  };
}

/** Null: the host bears a name that would lead elsewhere. Names come from inventories, and those also from programs. */
function pathOf({
  src,
  dest,
  flat,
}: {
  readonly src: string;
  readonly dest: LocalDest;
  readonly flat: boolean;
}): string | null {
  if (flat) return dest.path;
  if (!/^[^/\0]+$/.test(dest.host) || /^\.\.?$/.test(dest.host)) return null;
  return `${dest.path}/${dest.host}${src}`;
}

function onController<Op>(operation: Op): Op & { readonly at: "controller" } {
  return { ...operation, at: "controller" };
}
function stepHere(step: Step): Step {
  return step.kind === "wait-until" ? step : { ...step, at: "controller" };
}
