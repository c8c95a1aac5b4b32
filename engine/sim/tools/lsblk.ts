import { type BlockDevice, blockDevices } from "../host/block-devices.ts";
import { parseOptions, refuseArgument, type Tool, type ToolContext } from "../tool.ts";
import { canonicalPath } from "../zfs/devices.ts";

type Cell = string | number | boolean | null | readonly (string | null)[];
interface Column {
  readonly read: (device: BlockDevice, bytes: boolean) => Cell;
  readonly right?: true;
}

const DEFAULT = "NAME,MAJ:MIN,RM,SIZE,RO,TYPE,MOUNTPOINTS";

/** util-linux 2.38: the devices that the kernel has, and what udev knows to be on them. */
export const lsblk: Tool = {
  name: "lsblk",
  rests: "recorded",
  run(context, args) {
    const { flags, values, words } = parseOptions("lsblk", args, {
      flags: {
        ...{ "-J": "json", "--json": "json", "-b": "bytes", "--bytes": "bytes", "-n": "bare", "--noheadings": "bare" },
        ...{ "-d": "disks", "--nodeps": "disks", "-p": "paths", "--paths": "paths", "-l": "list", "--list": "list" },
      },
      values: { "-o": "output", "--output": "output" },
    });
    const names = (values.get("output")?.at(-1) ?? DEFAULT).split(",").map((name) => name.toUpperCase());
    const columns = columnsOf(context, flags.has("paths"));
    for (const name of names) if (!columns.has(name)) refuseArgument("lsblk", `the column ${name}`);
    const { devices, stderr } = chosen(context, words);
    const shown = flags.has("disks") ? devices.filter(({ top }) => top) : devices;
    const cell = (name: string, device: BlockDevice) => columns.get(name)?.read(device, flags.has("bytes")) ?? null;
    const stdout = flags.has("json")
      ? asJson(shown, names, cell, flags.has("list"))
      : asTable(shown, names, cell, {
          bare: flags.has("bare"),
          tree: !flags.has("list") && !flags.has("disks"),
          right: (name) => columns.get(name)?.right === true,
        });
    return { code: stderr === "" ? 0 : devices.length === 0 ? 32 : 64, stdout, stderr };
  },
};

interface Shown {
  readonly device: BlockDevice;
  /** It stands at the first level. */
  readonly top: boolean;
  readonly last: boolean;
}

function chosen({ session }: ToolContext, words: readonly string[]) {
  const all = blockDevices(session.host);
  const partsOf = (disk: string) => all.filter((each) => each.kind === "part" && each.disk === disk);
  const withParts = (device: BlockDevice): readonly Shown[] => {
    const parts = device.kind === "disk" ? partsOf(device.disk) : [];
    return [
      { device, top: true, last: false },
      ...parts.map((part, at) => ({ device: part, top: false, last: at === parts.length - 1 })),
    ];
  };
  if (words.length === 0) return { devices: all.filter(({ kind }) => kind === "disk").flatMap(withParts), stderr: "" };
  const found = words.map((word) => {
    const path = canonicalPath(session.host, word);
    return { word, device: all.find(({ name }) => `/dev/${name}` === path) };
  });
  return {
    devices: found.flatMap(({ device }) => (device === undefined ? [] : withParts(device))),
    stderr: found.flatMap(({ word, device }) => (device ? [] : [`lsblk: ${word}: not a block device\n`])).join(""),
  };
}

function columnsOf({ session }: ToolContext, paths: boolean): ReadonlyMap<string, Column> {
  const node = (name: string) => session.host.files[`/dev/${name}`];
  const name = (text: string) => (paths ? `/dev/${text}` : text);
  const signature = (device: BlockDevice) => (device.dead ? null : device.signature);
  return new Map<string, Column>([
    ["NAME", { read: (device) => name(device.name) }],
    ["KNAME", { read: (device) => name(device.name) }],
    ["PATH", { read: (device) => `/dev/${device.name}` }],
    ["PKNAME", { read: (device) => (device.kind === "part" ? name(device.disk) : null) }],
    ["TYPE", { read: (device) => device.kind }],
    ["FSTYPE", { read: (device) => signature(device)?.type ?? null }],
    ["LABEL", { read: (device) => signature(device)?.label ?? null }],
    ["UUID", { read: (device) => signature(device)?.uuid ?? null }],
    ["PTTYPE", { read: (device) => (device.partitionTable ? "gpt" : null) }],
    ["MOUNTPOINT", { read: (device) => device.mountpoints[0] ?? null }],
    ["MOUNTPOINTS", { read: (device) => (device.mountpoints.length === 0 ? [null] : device.mountpoints) }],
    ["SERIAL", { read: (device) => (device.kind === "disk" ? device.serial : null) }],
    ["MODEL", { read: (device) => (device.kind === "disk" ? device.model : null) }],
    ["SIZE", { read: (device, bytes) => (bytes ? device.bytes : human(device.bytes)), right: true }],
    ["RM", { read: () => false, right: true }],
    ["RO", { read: (device) => device.readOnly, right: true }],
    ["PHY-SEC", { read: () => 512, right: true }],
    [
      "MAJ:MIN",
      {
        read: (device) => {
          const found = node(device.name);
          return found?.type === "block" ? `${found.major}:${found.minor}` : null;
        },
      },
    ],
  ]);
}

/** `1G`, `931.5G`: one digit behind the point unless it is 0. */
function human(bytes: number): string {
  const units = ["B", "K", "M", "G", "T", "P"];
  let [value, unit] = [bytes, 0];
  while (value >= 1024 && unit < units.length - 1) [value, unit] = [value / 1024, unit + 1];
  return `${value.toFixed(1).replace(/\.0$/, "")}${units[unit]}`;
}

type Read = (name: string, device: BlockDevice) => Cell;

function asJson(shown: readonly Shown[], names: readonly string[], read: Read, list: boolean): string {
  const entry = (index: number, depth: number): string => {
    const item = shown[index];
    if (item === undefined) return "";
    const indent = " ".repeat(depth);
    const fields = names.map((name) => {
      const value = read(name, item.device);
      const text =
        typeof value === "object" && value !== null
          ? `[\n${value.map((each) => `${indent}       ${JSON.stringify(each)}`).join(",\n")}\n${indent}   ]`
          : JSON.stringify(value);
      return `${indent}   ${JSON.stringify(name.toLowerCase())}: ${text}`;
    });
    const children: number[] = [];
    if (!list && item.top) for (let at = index + 1; shown[at]?.top === false; at += 1) children.push(at);
    const below = children.map((at) => entry(at, depth + 6)).join(",");
    if (children.length > 0) fields.push(`${indent}   "children": [\n${" ".repeat(depth + 6)}${below}\n${indent}   ]`);
    return `{\n${fields.join(",\n")}\n${indent}}`;
  };
  const tops = shown.flatMap(({ top }, index) => (top || list ? [index] : []));
  const body = tops.map((index) => entry(index, 6)).join(",");
  return `{\n   "blockdevices": [\n${body === "" ? "" : `      ${body}`}\n   ]\n}\n`;
}

function asTable(
  shown: readonly Shown[],
  names: readonly string[],
  read: Read,
  { bare, tree, right }: { readonly bare: boolean; readonly tree: boolean; readonly right: (name: string) => boolean },
): string {
  const text = (value: Cell) =>
    value === null
      ? ""
      : typeof value === "boolean"
        ? value
          ? "1"
          : "0"
        : typeof value === "object"
          ? (value[0] ?? "")
          : String(value);
  const rows = shown.map(({ device, top, last }) =>
    names.map((name) => `${name === "NAME" && tree && !top ? (last ? "`-" : "|-") : ""}${text(read(name, device))}`),
  );
  const lines = bare ? rows : [[...names], ...rows];
  const widths = names.map((name, at) => Math.max(bare ? 0 : name.length, ...rows.map((row) => row[at]?.length ?? 0)));
  return lines
    .map((row) =>
      row
        .map((cell, at) => {
          if (right(names[at] ?? "")) return cell.padStart(widths[at] ?? 0);
          return at === row.length - 1 ? cell : cell.padEnd(widths[at] ?? 0);
        })
        .join(" "),
    )
    .map((line) => `${line}\n`)
    .join("");
}
