import { FileError, resolve } from "../../files/file-tree.ts";
import { nodeSize } from "../../files/node.ts";
import { blockDevices } from "../../host/block-devices.ts";
import { absolute, fails, parseOptions, refuseArgument, says, type Tool } from "../../tool.ts";
import type { FrozenHost } from "../../world.ts";

/** coreutils 9.1, with `-B1 --output=…`. How full a file system is the lab does not know: of a fifth it says that it is in use. */
export const df: Tool = {
  name: "df",
  rests: "assumed",
  run(context, args) {
    const { values, words } = parseOptions("df", args, {
      values: { "-B": "block", "--block-size": "block", "--output": "output" },
    });
    const columns = values.get("output")?.at(-1)?.split(",") ?? [];
    const [word, ...more] = words;
    if (values.get("block")?.at(-1) !== "1" || columns.length === 0 || word === undefined || more.length > 0) {
      refuseArgument("df", args.join(" "));
    }
    const { host } = context.session;
    let path: string;
    try {
      const found = resolve(context.session, absolute(context, word), true);
      if (found.node === undefined) throw new FileError("not-found", word, "No such file or directory");
      path = found.path;
    } catch (error) {
      if (!(error instanceof FileError)) throw error;
      return fails(1, `df: ${word}: ${error.errno}\n`);
    }
    const mount = host.mounts
      .filter(({ target }) => target === "/" || path === target || path.startsWith(`${target}/`))
      .reduce(
        (best, each) => (best === undefined || each.target.length >= best.target.length ? each : best),
        host.mounts[0],
      );
    const known = new Map<string, { readonly head: string; readonly value: string }>([
      ["source", { head: "Filesystem", value: mount?.source ?? "-" }],
      ["fstype", { head: "Type", value: mount?.fstype ?? "-" }],
      ["avail", { head: "Avail", value: String(available(host, mount?.source ?? "", mount?.target ?? "/")) }],
      ["target", { head: "Mounted on", value: mount?.target ?? "/" }],
    ]);
    const shown = columns.map((column) => known.get(column) ?? refuseArgument("df", `--output=${column}`));
    const widths = shown.map(({ head, value }) => Math.max(head.length, value.length));
    const line = (which: "head" | "value") => shown.map((each, at) => each[which].padEnd(widths[at] ?? 0)).join(" ");
    return says(`${line("head")}\n${line("value")}\n`);
  },
};

function available(host: FrozenHost, source: string, target: string): number {
  const device = blockDevices(host).find(({ name }) => `/dev/${name}` === source);
  const dataset = Object.hasOwn(host.zfs?.pools ?? {}, source.split("/")[0] ?? "");
  const bytes = device?.bytes ?? (dataset ? 4 * 1024 ** 4 : 512 * 1024 ** 2);
  // Images count, for they are what this host's space is asked for.
  const images = Object.entries(host.files).reduce(
    (sum, [path, node]) => sum + (path.startsWith(target) && node.type === "file" && node.image ? nodeSize(node) : 0),
    0,
  );
  return Math.max(0, Math.floor(bytes * 0.8) - images);
}
