import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { succeeded } from "./contenders/contender.ts";
import { labEnvironment, recapSum } from "./contenders/lab.ts";
import type { Series } from "./figures.ts";
import { openGround, workFolder, writeSshConfig } from "./hosts.ts";
import { interleave, type Measured } from "./interleave.ts";
import type { Options } from "./options.ts";
import { labPlaybook } from "./workload.ts";

/** Many hosts: embedded ones with a long play, and a hundred connections to a real sshd with a short one. */
export async function benchScale(options: Options, say: (text: string) => void): Promise<readonly Series[]> {
  return [...(await embedded(options, say)), ...(await connections(options, say))];
}

async function embedded(options: Options, say: (text: string) => void): Promise<readonly Series[]> {
  const folder = mkdtempSync("/var/tmp/lab-bench-scale-");
  try {
    say("1,000 embedded hosts, 100 tasks");
    const made = [1, 1000].flatMap((count) => {
      const site = join(folder, String(count));
      const hosts = Object.fromEntries(
        Array.from({ length: count }, (_, index) => [`h${String(index).padStart(4, "0")}`, {}]),
      );
      writeSite(
        site,
        { all: { vars: { lab_connection: "lab" }, hosts } },
        labPlaybook(100, { folder: "/srv", user: "root" }),
      );
      const call = labCall(options.lab, site, folder, count);
      const forget = (): void => rmSync(join(site, ".lab"), { recursive: true, force: true });
      const name = count === 1 ? "1 embedded host" : `${count.toLocaleString("en")} embedded hosts`;
      return [
        { ...call, name: `${name}, 100 tasks, first`, before: forget },
        { ...call, name: `${name}, 100 tasks, converged`, needs: `${name}, 100 tasks, first` },
      ];
    });
    return await interleave(made, { runs: Math.min(options.runs, 3), limitMs: 5 * options.limitMs, say });
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}

/** All of them lead to one machine, so they only look: a hundred handshakes, and a hundred looks. */
async function connections(options: Options, say: (text: string) => void): Promise<readonly Series[]> {
  const ground = await openGround(1);
  try {
    say("100 connections to one sshd");
    const { folder, key, hosts } = ground;
    const [host] = hosts;
    if (host === undefined) throw new Error("there is no host");
    const home = join(folder, "home");
    writeSshConfig(home, { key, hosts, ports: [host.port] });
    const made = [1, 100].map((count): Measured => {
      const site = join(folder, `site-${count}`);
      const address = { lab_host: "127.0.0.1", lab_port: host.port, lab_user: "root", lab_private_key: key };
      const many = Object.fromEntries(Array.from({ length: count }, (_, index) => [`h${index}`, address]));
      const tasks = [{ stat: workFolder }, { stat: "/etc/hostname" }];
      writeSite(site, { all: { hosts: many } }, JSON.stringify([{ name: "Look", hosts: "all", tasks }]));
      const name = count === 1 ? "1 connection" : `${count} connections`;
      return { ...labCall(options.lab, site, home, count), name: `${name}, 2 tasks` };
    });
    return await interleave(made, { runs: options.runs, limitMs: options.limitMs, say });
  } finally {
    await ground.stop();
  }
}

function writeSite(site: string, inventory: object, playbook: string): void {
  mkdirSync(site);
  writeFileSync(join(site, "lab.yml"), "inventory: hosts.yml\n");
  writeFileSync(join(site, "hosts.yml"), `${JSON.stringify(inventory)}\n`);
  writeFileSync(join(site, "play.yml"), playbook);
}

function labCall(lab: string, site: string, home: string, hosts: number): Omit<Measured, "name"> {
  return {
    watchMemory: true,
    command: {
      argv: [process.execPath, join(lab, "bin/lab.js"), "play", "play.yml", "--format", "jsonl"],
      cwd: site,
      env: labEnvironment(home),
    },
    check: (run) => ({ ...recapSum(succeeded(run, "lab").stdout).counts, hosts }),
  };
}
