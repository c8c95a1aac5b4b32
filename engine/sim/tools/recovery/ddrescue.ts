import { type DdrescueBlock, parseDdrescueMap, printDdrescueMap } from "../../../formats/ddrescue-map.ts";
import { readFile } from "../../files/file-changes.ts";
import { put, resolve, seconds } from "../../files/file-tree.ts";
import { writeFile } from "../../files/write-file.ts";
import {
  absolute,
  fails,
  parseOptions,
  refuseArgument,
  says,
  type Tool,
  type ToolContext,
  type ToolResult,
} from "../../tool.ts";
import { type Disk, type Frozen, own } from "../../world.ts";
import { canonicalPath } from "../../zfs/devices.ts";

const RATE = 120_000_000; // bytes a second
const SECTOR_MS = 40; // that a dying disk takes to say that it cannot read a sector
const SECTOR = 512;

/** GNU ddrescue 1.27 from a disk to a file: areas that cannot be read, edges, scraping, retries, and the map. */
export const ddrescue: Tool = {
  name: "ddrescue",
  rests: "recorded",
  run(context, args) {
    if (args[0] === "--version" || args[0] === "-V") return says("GNU ddrescue 1.27\n");
    return advance(context, args, Number.POSITIVE_INFINITY) ?? says("");
  },
  advance: (context, args, budgetMs) => advance(context, args, budgetMs),
};

export const ddrescuelog: Tool = {
  name: "ddrescuelog",
  rests: "recorded",
  run(context, args) {
    const [option, word] = args;
    if (option !== "-D" || word === undefined || args.length > 2) refuseArgument("ddrescuelog", args.join(" "));
    const text = Buffer.from(readFile(context.session, absolute(context, word)) ?? "").toString("utf8");
    const map = parseDdrescueMap(text);
    if ("error" in map) return fails(2, `ddrescuelog: error in mapfile ${word}\n`);
    return map.blocks.every(({ status }) => status === "+") ? says("") : fails(1);
  },
};

function advance(context: ToolContext, args: readonly string[], budgetMs: number): ToolResult | null {
  const { flags, values, words } = parseOptions("ddrescue", args, {
    flags: { "-q": "quiet", "-d": "direct", "-n": "no-scrape", "-S": "sparse", "-R": "reverse" },
    values: { "-r": "retries", "-a": "rate", "-b": "sector", "--mapfile-interval": "interval" },
  });
  const [source = "", image = "", mapPath, ...more] = words;
  if (mapPath === undefined || more.length > 0)
    refuseArgument("ddrescue", `${args.join(" ")} (a disk, a file and a map are imitated)`);
  const { session } = context;
  const disk = own(session.host.disks ?? {}, canonicalPath(session.host, source).slice("/dev/".length));
  if (disk === undefined) return fails(1, `ddrescue: Can't open input file '${source}': No such file or directory\n`);
  if (disk.health === "dead") return fails(1, "ddrescue: Input file is not seekable or has size 0.\n");
  const text = readFile(session, absolute(context, mapPath));
  const before = text === undefined ? null : parseDdrescueMap(Buffer.from(text).toString("utf8"));
  if (before !== null && "error" in before) return fails(2, `ddrescue: error in mapfile ${mapPath}\n`);
  const retries = Number(values.get("retries")?.at(-1) ?? 0);
  const blocks = before?.blocks ?? [{ at: 0, size: disk.bytes, status: "?" }];
  const done = rescue(blocks, disk, { scrape: !flags.has("no-scrape"), retries, budgetMs });
  const commandLine = `ddrescue ${args.join(" ")}`;
  const status = done.finished ? "+" : done.phase;
  const pass = done.finished && retries > 0 ? retries : 1;
  const printed = printDdrescueMap({ commandLine, status, pass, blocks: done.blocks }, 0);
  writeFile(session, { path: absolute(context, mapPath), runId: "ddrescue", bytes: Buffer.from(printed) });
  writeImage(context, image, disk, done.blocks);
  // As a job its time passes by itself.
  if (budgetMs === Number.POSITIVE_INFINITY) session.spend(done.usedMs);
  return done.finished ? says("") : null;
}

function writeImage(context: ToolContext, word: string, disk: Frozen<Disk>, blocks: readonly DdrescueBlock[]): void {
  const { session } = context;
  const found = resolve(session, absolute(context, word), true);
  const { uid, gid } = session.user;
  const old = found.node?.type === "file" ? found.node : { type: "file" as const, mode: "0644", uid, gid };
  const bytes = Math.max(0, ...blocks.filter(({ status }) => status === "+").map(({ at, size }) => at + size));
  const image = { bytes, of: disk.serial, lost: disk.lost ?? {} };
  if (found.node?.type === "file" && found.node.image?.bytes === bytes) return;
  put(session, found.path, { ...old, mtime: seconds(session.host), content: "", image });
}

interface Work {
  readonly scrape: boolean;
  readonly retries: number;
  readonly budgetMs: number;
}

/** The phases one after the other, as far as the time goes. */
function rescue(from: readonly DdrescueBlock[], { bad = [] }: Frozen<Disk>, { scrape, retries, budgetMs }: Work) {
  let blocks = from;
  let usedMs = 0;
  const spend = (ms: number): boolean => {
    usedMs += ms;
    return usedMs <= budgetMs;
  };
  const stopped = (phase: string) => ({ blocks: merged(blocks), usedMs, finished: false, phase });
  for (let next = find(blocks, "?"); next !== undefined; next = find(blocks, "?")) {
    const { at, size } = next;
    const area = bad.find((each) => each.at < at + size && each.at + each.bytes > at);
    const good = area === undefined ? size : Math.max(0, area.at - at);
    const affordable = Math.floor(Math.max(0, budgetMs - usedMs) * (RATE / 1000));
    const read = Math.min(good, Math.floor(affordable / SECTOR) * SECTOR);
    if (read > 0) {
      spend((read / RATE) * 1000);
      blocks = marked(blocks, at, read, "+");
      continue;
    }
    if (good > 0 || area === undefined) return stopped("?");
    const bytes = Math.min(area.at + area.bytes, at + size) - at;
    if (!spend(2 * SECTOR_MS)) return stopped("?");
    // Both edges are found by trimming; what lies between is left for scraping.
    blocks = marked(blocks, at, bytes, bytes > 2 * SECTOR ? "/" : "-");
    if (bytes > 2 * SECTOR) blocks = marked(marked(blocks, at, SECTOR, "-"), at + bytes - SECTOR, SECTOR, "-");
  }
  for (let next = find(blocks, "/"); scrape && next !== undefined; next = find(blocks, "/")) {
    if (!spend(SECTOR_MS)) return stopped("/");
    blocks = marked(blocks, next.at, Math.min(SECTOR, next.size), "-");
  }
  if (retries > 0) {
    const failing = blocks.filter(({ status }) => status === "-").reduce((sum, { size }) => sum + size, 0);
    if (failing > 0 && !spend((failing / SECTOR) * SECTOR_MS * retries)) return stopped("-");
    for (const { at, bytes, tries } of bad) {
      if (tries !== undefined && tries <= retries) blocks = marked(blocks, at, bytes, "+");
    }
  }
  return { blocks: merged(blocks), usedMs, finished: true, phase: "+" };
}

function find(blocks: readonly DdrescueBlock[], status: string): DdrescueBlock | undefined {
  return blocks.find((block) => block.status === status);
}

/** The same map with one stretch of another status. */
function marked(
  blocks: readonly DdrescueBlock[],
  from: number,
  size: number,
  status: string,
): readonly DdrescueBlock[] {
  const to = from + size;
  const cut = blocks.flatMap((block) => {
    const end = block.at + block.size;
    if (end <= from || block.at >= to) return [block];
    return [
      ...(block.at < from ? [{ ...block, size: from - block.at }] : []),
      ...(end > to ? [{ ...block, at: to, size: end - to }] : []),
    ];
  });
  return merged([...cut, { at: from, size, status }].sort((a, b) => a.at - b.at));
}

function merged(blocks: readonly DdrescueBlock[]): readonly DdrescueBlock[] {
  const joined: DdrescueBlock[] = [];
  for (const block of blocks) {
    const last = joined.at(-1);
    if (last?.status === block.status) joined[joined.length - 1] = { ...last, size: last.size + block.size };
    else joined.push(block);
  }
  return joined;
}
