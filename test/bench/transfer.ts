import { randomFillSync } from "node:crypto";
import { once } from "node:events";
import { createWriteStream, mkdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { succeeded } from "./contenders/contender.ts";
import { labEnvironment, recapSum } from "./contenders/lab.ts";
import type { Series } from "./figures.ts";
import { openGround, workFolder, writeSshConfig } from "./hosts.ts";
import { interleave, type Measured } from "./interleave.ts";
import type { Options } from "./options.ts";

export interface TransferFigures {
  readonly bytes: number;
  readonly series: readonly Series[];
}

/** One big file to one host that lacks it, beside scp; and once more when it is there. */
export async function benchTransfer(options: Options, say: (text: string) => void): Promise<TransferFigures> {
  const ground = await openGround(1);
  try {
    const { folder, key, hosts } = ground;
    const [host] = hosts;
    if (host === undefined) throw new Error("there is no host");
    const bytes = options.megabytes * 1024 ** 2;
    const [site, home] = [join(folder, "site"), join(folder, "home")];
    mkdirSync(site);
    const big = join(site, "big.bin");
    say(`one file of ${options.megabytes} MB`);
    await writeNoise(big, options.megabytes);
    const sshConfig = writeSshConfig(home, { key, hosts, ports: [host.port] });
    writeFileSync(join(site, "lab.yml"), "inventory: hosts.yml\n");
    writeFileSync(join(site, "hosts.yml"), `${JSON.stringify({ all: { hosts: { [host.name]: {} } } })}\n`);
    const task = { copy: { src: "big.bin", dest: `${workFolder}/big.bin`, mode: "0644" } };
    writeFileSync(join(site, "play.yml"), `${JSON.stringify([{ name: "Big", hosts: "all", tasks: [task] }])}\n`);
    const lab = (name: string, changed: number): Measured => ({
      name,
      watchMemory: true,
      command: {
        argv: [process.execPath, join(options.lab, "bin/lab.js"), "play", "play.yml", "--format", "jsonl"],
        cwd: site,
        env: labEnvironment(home),
      },
      check: (run) => {
        const told = recapSum(succeeded(run, "lab").stdout);
        if (told.changed !== changed) throw new Error(`lab has changed ${told.changed}, not ${changed}`);
        return told.counts;
      },
    });
    const series = await interleave(
      [
        {
          name: "scp",
          before: host.reset,
          command: { argv: ["scp", "-q", "-F", sshConfig, big, `${host.name}:${workFolder}/big.bin`] },
          check: (run) => void succeeded(run, "scp"),
        },
        { ...lab("lab, first", 1), before: host.reset },
        { ...lab("lab, converged", 0), needs: "lab, first" },
      ],
      { runs: options.runs, limitMs: options.limitMs, say },
    );
    return { bytes, series };
  } finally {
    await ground.stop();
  }
}

/** What no compression makes smaller. */
async function writeNoise(path: string, megabytes: number): Promise<void> {
  const stream = createWriteStream(path);
  for (let index = 0; index < megabytes; index += 1) {
    if (!stream.write(randomFillSync(Buffer.allocUnsafe(1024 ** 2)))) await once(stream, "drain");
  }
  stream.end();
  await once(stream, "close");
}
