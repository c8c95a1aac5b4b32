import { execFileSync } from "node:child_process";
import { quoteWord } from "../../../engine/text/quote-word.ts";
import type { WorkItem } from "../workload.ts";
import { type Call, type Cell, type Contender, Failed, succeeded, type Told } from "./contender.ts";

/**
 * The least that it can take: one `ssh host sh` a host, all at once, with a script by hand that reads (or writes) just
 * this and compares nothing.
 */
export const floorContender: Contender = {
  name: "floor",
  missing: () => null,
  version: () => {
    const banner = execFileSync("sh", ["-c", "ssh -V 2>&1"], { encoding: "utf8" });
    return banner.split(",")[0] ?? banner;
  },
  prepare: (cell) => ({
    first: overSsh(cell, writes(cell.items), () => ({ changed: null, counts: {} })),
    converged: overSsh(cell, reads(cell.items), (output) => {
      // It has really read: what it says of each host holds the first and the last of what lies there.
      const seen = output.split("\n").filter((line) => line.includes("Setting 0001")).length;
      if (seen !== cell.hosts.length) throw new Failed(`the floor has read ${seen} of ${cell.hosts.length} hosts`);
      return { changed: 0, counts: {} };
    }),
  }),
};

function overSsh({ hosts, sshConfig }: Cell, script: string, read: (output: string) => Told): Call {
  const at = (name: string): readonly ["ssh", ...string[]] => ["ssh", "-F", sshConfig, name, "sh"];
  const [only, ...others] = hosts;
  const several = hosts.map(({ name }) => `printf %s "$script" | ${words(at(name))} &\n`).join("");
  const argv =
    only !== undefined && others.length === 0
      ? at(only.name)
      : (["sh", "-c", `script=$(cat)\n${several}wait`] as const);
  return {
    command: { argv, stdin: script },
    read: (run) => read(succeeded(run, "the floor").stdout),
  };
}

function reads(items: readonly WorkItem[]): string {
  const paths = items.flatMap((item) => (item.kind === "cron" ? [] : [item.path]));
  const files = items.flatMap((item) => (item.kind === "content" ? [item.path] : []));
  return `stat -c '%n %a %u %g %s' ${words(paths)}\ncat ${words(files)}\ncrontab -l\n`;
}

function writes(items: readonly WorkItem[]): string {
  const folders = items.flatMap((item) => (item.kind === "directory" ? [item] : []));
  const files = items.flatMap((item) => (item.kind === "content" ? [item] : []));
  const jobs = items.flatMap((item) => (item.kind === "cron" ? [`# ${item.name}\n${item.schedule} ${item.job}`] : []));
  return [
    ...folders.slice(0, 1).map(({ mode }) => `mkdir -m ${mode} ${words(folders.map(({ path }) => path))}`),
    ...files.map(({ path, content }) => `printf %s ${quoteWord(content)} > ${quoteWord(path)}`),
    ...files.slice(0, 1).map(({ mode }) => `chmod ${mode} ${words(files.map(({ path }) => path))}`),
    `printf '%s\\n' ${words(jobs)} | crontab -`,
    "sync -f /srv\n",
  ].join("\n");
}

function words(all: readonly string[]): string {
  return all.map(quoteWord).join(" ");
}
