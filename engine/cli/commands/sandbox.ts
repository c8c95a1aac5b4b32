import { SiteError } from "../../errors/site-error.ts";
import { findRoot } from "../../site/files.ts";
import { plural } from "../../text/plural.ts";
import { wrap } from "../../text/wrap.ts";
import { diskFiles } from "../disk-files.ts";
import { exitCodes } from "../exit-codes.ts";
import { openSiteLab } from "../open-lab.ts";

function lab() {
  return openSiteLab(findRoot(diskFiles, process.cwd()));
}

/** `lab sandbox show` */
export async function showSandbox(options: { readonly json?: boolean }): Promise<number> {
  const { hosts } = await lab().show();
  if (options.json) {
    process.stdout.write(`${JSON.stringify({ hosts }, null, 2)}\n`);
    return exitCodes.done;
  }
  if (hosts.length === 0) {
    process.stdout.write(
      "The embedded lab is empty. Hosts come about when a playbook first connects to them.\nTry: lab play site.yml\n",
    );
    return exitCodes.done;
  }
  for (const { name, kind, lines } of hosts) {
    process.stdout.write(`${name} (${kind})\n`);
    process.stdout.write(lines.length === 0 ? "  as new\n" : lines.map((line) => `  ${line}\n`).join(""));
  }
  return exitCodes.done;
}

/** `lab sandbox reset` */
export async function resetSandbox(): Promise<number> {
  await lab().reset();
  process.stdout.write("The embedded lab is as new.\n");
  return exitCodes.done;
}

/** `lab sandbox break` */
export async function breakSandbox(options: { readonly seed: string }): Promise<number> {
  if (!/^\d{1,9}$/.test(options.seed)) {
    throw new SiteError([{ code: "wrong-option", message: `--seed takes a whole number, got "${options.seed}"` }]);
  }
  const broken = await lab().break(Number(options.seed));
  if (broken.length === 0) {
    process.stdout.write("There is nothing to break: no run has set anything yet. Try: lab play site.yml\n");
    return exitCodes.done;
  }
  for (const { host, what, name } of broken) process.stdout.write(`${host}: ${what}: ${name}\n`);
  const say = (text: string): void =>
    void process.stdout.write(`${wrap(text, process.stdout.columns ?? 80).join("\n")}\n`);
  process.stdout.write("\n");
  say(
    `Broke ${plural(broken.length, "thing")}. \`lab drift\` shows what differs from site.yml, and \`lab play site.yml\` mends it; both take other playbooks, too.`,
  );
  // A pool is never rebuilt unasked: a play tells that it is degraded, and leaves its disks alone.
  if (broken.some(({ what }) => what.startsWith("a disk")))
    say(
      "A disk that is offline no play brings back, its pool's task warns of it: zpool online POOL DISK, or zpool_replace.",
    );
  return exitCodes.done;
}
