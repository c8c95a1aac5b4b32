import { execFileSync } from "node:child_process";
import { existsSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { workFolder } from "../hosts.ts";
import type { TimedRun } from "../timed-process.ts";
import { labPlaybook } from "../workload.ts";
import { type Contender, Failed, succeeded, type Told } from "./contender.ts";

export function labContender(installed: string): Contender {
  const command = join(installed, "bin/lab.js");
  return {
    name: "lab",
    missing: () => (existsSync(join(installed, "dist")) ? null : "the command is not built: npm run build"),
    version: () => execFileSync(process.execPath, [command, "--version"], { encoding: "utf8" }).trim(),
    prepare: ({ tasks, hosts, folder, sshConfig }) => {
      writeFileSync(join(folder, "lab.yml"), "inventory: hosts.yml\n");
      const names = Object.fromEntries(hosts.map(({ name }) => [name, {}]));
      writeFileSync(join(folder, "hosts.yml"), `${JSON.stringify({ all: { hosts: names } })}\n`);
      writeFileSync(join(folder, "play.yml"), labPlaybook(tasks, { folder: workFolder, user: "root" }));
      // It reads ~/.ssh/config, as OpenSSH does: a home that holds the one of these hosts.
      const env = labEnvironment(join(sshConfig, "../.."));
      const call = {
        command: {
          argv: [process.execPath, command, "play", "play.yml", "--format", "jsonl"] as const,
          cwd: folder,
          env,
        },
        read: (run: TimedRun) => recapSum(succeeded(run, "lab").stdout),
      };
      return { first: call, converged: call };
    },
  };
}

export function labEnvironment(home: string): Readonly<Record<string, string>> {
  return { PATH: process.env.PATH ?? "", HOME: home, LANG: "C.UTF-8", LAB_LOCK_FOLDER: home, LAB_STATE_FOLDER: home };
}

const counted = ["roundTrips", "operations", "forks", "bytesSent", "bytesReceived"] as const;

/** The recap of a run in `--format jsonl`, its counts summed over the hosts. */
export function recapSum(output: string): Told {
  const lines = output.split("\n").filter((line) => line.startsWith("{"));
  const recap = lines.map((line): unknown => JSON.parse(line)).find(isRecap);
  if (recap === undefined) throw new Failed("lab has printed no recap");
  const hosts = Object.values(recap.hosts);
  const sum = (name: string): number => hosts.reduce((all, host) => all + (host[name] ?? 0), 0);
  return { changed: sum("changed"), counts: Object.fromEntries(counted.map((name) => [name, sum(name)])) };
}

interface Recap {
  readonly type: "recap";
  readonly hosts: Readonly<Record<string, Readonly<Record<string, number>>>>;
}

function isRecap(event: unknown): event is Recap {
  return typeof event === "object" && event !== null && "type" in event && event.type === "recap";
}
