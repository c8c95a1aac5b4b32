import { execFileSync } from "node:child_process";
import { existsSync, mkdirSync, mkdtempSync, readdirSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { TimedRun } from "../timed-process.ts";
import type { WorkItem } from "../workload.ts";
import { type Contender, Failed, succeeded, type Told } from "./contender.ts";

type Variant = "plain" | "pipelining" | "mitogen";

const strategies = "/usr/lib/python3/dist-packages/ansible_mitogen/plugins/strategy";
// Debian's own, and nothing of a home folder: another Python in front would not have Ansible's libraries.
const path = "/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin";

/** Ansible as its documentation recommends it for speed: no facts, the interpreter said, as many forks as hosts. */
export function ansibleContender(variant: Variant): Contender {
  const name = variant === "plain" ? "ansible" : `ansible-${variant}`;
  return {
    name,
    missing: () => {
      if (!existsSync("/usr/bin/ansible-playbook")) return "ansible-playbook is missing (Debian: ansible-core)";
      return variant === "mitogen" && !existsSync(strategies) ? "Mitogen is missing (Debian: ansible-mitogen)" : null;
    },
    version: () => {
      const first = execFileSync("/usr/bin/ansible-playbook", ["--version"], { encoding: "utf8", env: { PATH: path } });
      const core = /core ([\d.]+)/.exec(first)?.[1] ?? "?";
      return variant === "mitogen" ? `${core}, Mitogen ${mitogenVersion()}` : core;
    },
    prepare: ({ items, hosts, folder, sshConfig }) => {
      // A socket's path must be short.
      const sockets = mkdtempSync(join(tmpdir(), "lb-"));
      const [config, home] = [join(folder, "ansible.cfg"), join(folder, "home")];
      mkdirSync(home);
      writeFileSync(join(folder, "hosts"), `${hosts.map((host) => host.name).join("\n")}\n`);
      writeFileSync(join(folder, "play.yml"), ansiblePlaybook(items));
      writeFileSync(config, configuration(variant, { forks: hosts.length, sshConfig, sockets }));
      const call = {
        command: {
          argv: ["/usr/bin/ansible-playbook", "-i", "hosts", "play.yml"] as const,
          cwd: folder,
          env: { PATH: path, HOME: home, LANG: "C.UTF-8", ANSIBLE_CONFIG: config },
        },
        read: (run: TimedRun) => recap(succeeded(run, name).stdout, hosts.length),
        // A run must not find the connection of the one before.
        after: () => {
          for (const socket of existsSync(sockets) ? readdirSync(sockets) : []) {
            try {
              execFileSync("ssh", ["-o", `ControlPath=${join(sockets, socket)}`, "-O", "exit", "any"], {
                stdio: "pipe",
              });
            } catch {
              // It has ended by itself.
            }
          }
          rmSync(sockets, { recursive: true, force: true });
        },
      };
      return { first: call, converged: call };
    },
  };
}

function mitogenVersion(): string {
  const format = ["-W", "-f", "$" + "{Version}", "ansible-mitogen"];
  try {
    return execFileSync("dpkg-query", format, { encoding: "utf8" }).trim();
  } catch {
    return "?";
  }
}

function configuration(
  variant: Variant,
  { forks, sshConfig, sockets }: { readonly forks: number; readonly sshConfig: string; readonly sockets: string },
): string {
  return [
    "[defaults]",
    "interpreter_python = /usr/bin/python3",
    `forks = ${Math.max(forks, 5)}`,
    "nocows = true",
    "retry_files_enabled = false",
    "localhost_warning = false",
    ...(variant === "mitogen" ? [`strategy_plugins = ${strategies}`, "strategy = mitogen_linear"] : []),
    "[ssh_connection]",
    `pipelining = ${variant !== "plain"}`,
    `control_path_dir = ${sockets}`,
    `ssh_args = -F ${sshConfig} -C -o ControlMaster=auto -o ControlPersist=60s`,
    `sftp_extra_args = -F ${sshConfig}`,
    "",
  ].join("\n");
}

function ansiblePlaybook(items: readonly WorkItem[]): string {
  const tasks = items.map((item) => {
    switch (item.kind) {
      case "directory":
        return { "ansible.builtin.file": { path: item.path, state: "directory", mode: item.mode } };
      case "content":
        return { "ansible.builtin.copy": { dest: item.path, content: item.content, mode: item.mode } };
      case "cron": {
        const [minute, hour, day, month, weekday] = item.schedule.split(" ");
        return { "ansible.builtin.cron": { name: item.name, job: item.job, minute, hour, day, month, weekday } };
      }
      default:
        return item satisfies never;
    }
  });
  return `${JSON.stringify([{ name: "Workload", hosts: "all", gather_facts: false, tasks }], null, 1)}\n`;
}

function recap(output: string, hosts: number): Told {
  const lines = [...output.matchAll(/ok=(\d+) +changed=(\d+) +unreachable=(\d+) +failed=(\d+)/g)];
  if (lines.length !== hosts) throw new Failed(`Ansible's recap has ${lines.length} hosts:\n${output.slice(-2000)}`);
  return { changed: lines.reduce((all, line) => all + Number(line[2]), 0), counts: {} };
}
