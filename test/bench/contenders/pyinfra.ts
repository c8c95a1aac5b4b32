import { execFileSync } from "node:child_process";
import { writeFileSync } from "node:fs";
import { join } from "node:path";
import type { TimedRun } from "../timed-process.ts";
import type { WorkItem } from "../workload.ts";
import { type Contender, Failed, succeeded, type Told } from "./contender.ts";

/** pyinfra 3, where `pyinfra` is on the PATH. */
export const pyinfraContender: Contender = {
  name: "pyinfra",
  missing: () => {
    try {
      return version().startsWith("3.") ? null : `pyinfra ${version()} is another one than 3`;
    } catch {
      return "pyinfra is missing (pip: pyinfra)";
    }
  },
  version,
  prepare: ({ items, hosts, folder, sshConfig }) => {
    // It takes a host's address and key from the configuration that it is given.
    const data = { ssh_config_file: sshConfig, ssh_strict_host_key_checking: "yes" };
    const inventory = hosts.map(({ name }) => `    (${JSON.stringify(name)}, ${JSON.stringify(data)}),\n`).join("");
    writeFileSync(join(folder, "inventory.py"), `hosts = [\n${inventory}]\n`);
    writeFileSync(join(folder, "deploy.py"), deploy(items));
    const call = {
      command: {
        argv: ["pyinfra", "-y", "inventory.py", "deploy.py"] as const,
        cwd: folder,
        env: { PATH: process.env.PATH ?? "", HOME: join(sshConfig, "../.."), LANG: "C.UTF-8" },
      },
      read: (run: TimedRun) => {
        const { stdout, stderr } = succeeded(run, "pyinfra");
        return results(`${stdout}\n${stderr}`);
      },
    };
    return { first: call, converged: call };
  },
};

function version(): string {
  const said = execFileSync("pyinfra", ["--version"], { encoding: "utf8", stdio: ["ignore", "pipe", "ignore"] });
  return /\d[\d.]*/.exec(said)?.[0] ?? said.trim();
}

/** JSON's texts and numbers are Python's as well. */
function deploy(items: readonly WorkItem[]): string {
  const lines = items.map((item) => {
    switch (item.kind) {
      case "directory":
        return `files.directory(path=${text(item.path)}, mode=${text(item.mode)})`;
      case "content":
        return `files.put(src=StringIO(${text(item.content)}), dest=${text(item.path)}, mode=${text(item.mode)})`;
      case "cron": {
        const names = ["minute", "hour", "day_of_month", "month", "day_of_week"];
        const when = item.schedule.split(" ").map((field, index) => `${names[index]}=${text(field)}`);
        return `crontab.crontab(command=${text(item.job)}, cron_name=${text(item.name)}, ${when.join(", ")})`;
      }
      default:
        return item satisfies never;
    }
  });
  return `from io import StringIO\nfrom pyinfra.operations import crontab, files\n\n${lines.join("\n")}\n`;
}

function text(value: string): string {
  return JSON.stringify(value);
}

/** Its table of results is for people; the grand total's second number is what has changed. */
function results(output: string): Told {
  if (/\berror\b/i.test(output)) throw new Failed(`pyinfra tells of an error:\n${output.slice(-2000)}`);
  const total = /Grand total[^\d]+(\d+)[^\d]+(\d+)/.exec(output);
  return { changed: total?.[2] === undefined ? null : Number(total[2]), counts: {} };
}
