import type { Diagnostic } from "../errors/diagnostic.ts";
import type { Task } from "../plan/task.ts";
import { bareWords, commandWords, parameter } from "./command-words.ts";
import { type LintRequest, tasksOf } from "./lint.ts";

interface Better {
  /** The first words of the command; one with `|` is any of several. `-o` may stand anywhere behind. */
  readonly words: string;
  readonly module: string;
  readonly write: string;
}

const better = (words: string, module: string, write = `\`${module}\``): Better => ({ words, module, write });

/** What people write as commands, and the module that says the same with a look before it and a check after it. */
const table: readonly Better[] = [
  better("mkdir", "file", "`file: { path: …, state: directory }`"),
  better("rm|rmdir|unlink", "file", "`file: { path: …, state: absent }`"),
  better("touch", "file", "`copy` with `content`, or `file`"),
  better("ln", "file", "`file: { path: …, state: link }`"),
  better("chmod|chown|chgrp", "file", "`file` with `mode`, `owner` and `group`"),
  better("setfacl", "acl"),
  better("cp|install", "copy"),
  better("tee", "copy", "`copy` with `content`"),
  better("sed -i", "line"),
  better("apt|apt-get|aptitude install|remove|purge|update|upgrade|dist-upgrade|full-upgrade|autoremove", "package"),
  better("dpkg -i", "package"),
  better("add-apt-repository|apt-add-repository|apt-key", "apt_repository"),
  better("systemctl start|stop|restart|reload|enable|disable|mask|unmask", "service"),
  better("systemctl daemon-reload", "systemd_unit", "`systemd_unit`, which does it by itself"),
  better("service", "service"),
  better("update-rc.d|chkconfig", "service"),
  better("zfs create|destroy|set|rename", "zfs"),
  better("zfs snapshot", "zfs_snapshot"),
  better("zpool create|destroy|add|set", "zpool"),
  better("zpool replace", "zpool_replace"),
  better("zpool scrub", "zpool_scrub"),
  better("pct create|set|start|stop|shutdown|destroy|reboot|resize", "pct"),
  better("qm create|set|start|stop|shutdown|destroy|resize", "qm"),
  better("pvesm add|set|remove", "pve_storage"),
  better("pveam download|update", "pve_template"),
  better("pvesr create-local-job|update|delete", "pve_replication"),
  better("ha-manager add|set|remove", "pve_ha"),
  better("pvecm create|add", "pve_cluster"),
  better("docker compose up|down|pull|restart", "compose"),
  better("docker-compose", "compose"),
  better("docker run|start|stop|rm", "compose", "`compose`: containers are services of a project"),
  better("curl -o|-O|--output|--remote-name", "download"),
  better("wget", "download"),
  better("curl", "http"),
  better("tar -x|-xf|-xzf|-xvf|-xvzf|xf|xzf|xvf|xvzf|--extract", "archive"),
  better("unzip", "archive"),
  better("git clone|pull|checkout", "git"),
  better("crontab -e|-r|-", "cron"),
  better("useradd|adduser|usermod|userdel|chpasswd|passwd", "user"),
  better("groupadd|groupmod|groupdel", "group"),
  better("smbpasswd", "samba_user"),
  better("hostnamectl set-hostname|hostname", "hostname"),
  better("timedatectl set-timezone", "timezone"),
  better("sysctl -w", "sysctl"),
  better("modprobe", "kernel_module"),
  better("mount|umount", "mount"),
  better("ssh-keyscan", "known_host"),
  better("tailscale up|set|down", "tailscale"),
  better("reboot", "reboot"),
  better("shutdown -r", "reboot"),
  better("sleep", "pause"),
];

/** A command that a module does better: it looks first, shows what it would change, and changes nothing twice. */
export function* betterModule(request: LintRequest): Iterable<Diagnostic> {
  const names = new Set(request.moduleNames);
  for (const task of tasksOf(request)) {
    const said = commandWords(task);
    // A line of several commands, or one with a shell's means, may well do what no module does.
    if (said?.words == null || task.source.keywords.reads) continue;
    // Something that is to happen once, on a host's first day: no state says that.
    if (said.words[0] === "touch" && makesOnce(task)) continue;
    const words = bareWords(said.words);
    const place = task.source.modulePlace;
    const found = table.find((each) => names.has(each.module) && matches(each, words));
    if (found && !(found.words.startsWith("mount") && words.length === 1)) {
      const shown = words.slice(0, 2).join(" ");
      yield {
        code: "better-module",
        message: `\`${shown}\` is what the module \`${found.module}\` does`,
        place,
        hint: `write ${found.write}: it looks first, and changes nothing that is right already (\`lab doc ${found.module}\`)`,
      };
    } else if (said.words[0] === "sudo") {
      yield {
        code: "better-module",
        message: "`sudo` is what `become: true` does",
        place,
        hint: "write `become: true` beside the module, and leave `sudo` out",
      };
    }
  }
}

function makesOnce({ source: { params } }: Task): boolean {
  return params.kind === "map" && parameter(params, "creates") !== undefined;
}

function matches({ words }: Better, given: readonly string[]): boolean {
  const wanted = words.split(" ").map((word) => word.split("|"));
  const [command = [], ...rest] = wanted;
  if (!command.includes(given[0] ?? "")) return false;
  return rest.every((any, index) =>
    any.some((word) => (word.startsWith("-") ? given.includes(word) : given[index + 1] === word)),
  );
}
