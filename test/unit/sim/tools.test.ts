import { describe, expect, test } from "vitest";
import { read, write } from "../../../engine/ops/build.ts";
import { tools } from "../../../engine/sim/tools/index.ts";
import { ask, errorOf, labHost, run } from "./lab-host.ts";

const ok = (stdout = "", stderr = "") => ({ code: 0, stdout, stderr });
const fails = (code: number, stderr = "", stdout = "") => ({ code, stdout, stderr });

describe("what the real tools answered, word for word", () => {
  // Transcripts of a Debian 12.11: cron 3.0pl1-162, procps 4.0.2, util-linux 2.38.1, apt 2.6.1, dpkg 1.21.22.
  test.each<[string, string, ReturnType<typeof fails>]>([
    ["crontab", "crontab -l", fails(1, "no crontab for root\n")],
    ["crontab", "crontab -l -u nosuch", fails(1, "crontab:  user `nosuch' unknown\n")],
    ["crontab", "crontab -r", fails(1, "no crontab for root\n")],
    ["sysctl", "sysctl -n -- vm.swappiness vm/swappiness", ok("60\n60\n")],
    ["sysctl", "sysctl vm/swappiness", ok("vm.swappiness = 60\n")],
    [
      "sysctl",
      "sysctl -n nosuch.key",
      fails(1, "sysctl: cannot stat /proc/sys/nosuch/key: No such file or directory\n"),
    ],
    ["sysctl", "sysctl -n -e nosuch.key", ok()],
    ["sysctl", "sysctl -w vm.swappiness", fails(1, "sysctl: command line(0): invalid syntax, continuing...\n")],
    ["sysctl", "sysctl -w vm.swappiness=abc", fails(1, 'sysctl: setting key "vm.swappiness": Invalid argument\n')],
    ["mountpoint", "mountpoint -q /mnt/hdd", ok()],
    ["mountpoint", "mountpoint /", ok("/ is a mountpoint\n")],
    ["mountpoint", "mountpoint /tmp", fails(32, "", "/tmp is not a mountpoint\n")],
    ["mountpoint", "mountpoint /nosuch", fails(1, "mountpoint: /nosuch: No such file or directory\n")],
    ["mountpoint", "mountpoint -q /nosuch", fails(1)],
    ["findmnt", "findmnt -M /nosuch -J", fails(1)],
    ["findmnt", "findmnt -n -o FSTYPE -M /mnt/hdd", ok("ext4\n")],
    ["dpkg-query", "dpkg-query -W cron", ok("cron\t3.0pl1-162\n")],
    ["dpkg-query", "dpkg-query -W nosuch", fails(1, "dpkg-query: no packages found matching nosuch\n")],
    [
      "apt-get",
      "apt-get install -y nosuch",
      fails(
        100,
        "E: Unable to locate package nosuch\n",
        "Reading package lists...\nBuilding dependency tree...\nReading state information...\n",
      ),
    ],
    ["apt-cache", "apt-cache policy nosuch", ok()],
    ["apt-mark", "apt-mark hold nosuch", fails(100, "E: Unable to locate package nosuch\nE: No packages found\n")],
    ["id", "id nosuch", fails(1, "id: 'nosuch': no such user\n")],
    ["id", "id", ok("uid=0(root) gid=0(root) groups=0(root)\n")],
    ["getent", "getent passwd nosuch", fails(2)],
    ["getent", "getent group root daemon", ok("root:x:0:\ndaemon:x:1:\n")],
    ["uname", "uname -n", ok("pve1\n")],
    ["test", "test 1 -eq x", fails(2, "test: invalid integer 'x'\n")],
    ["sleep", "sleep x", fails(1, "sleep: invalid time interval 'x'\nTry 'sleep --help' for more information.\n")],
  ])("%s: %s", (_tool, line, answer) => {
    expect(run(labHost(), line)).toEqual(answer);
  });

  test("findmnt's JSON", () => {
    expect(run(labHost(), "findmnt -M /proc -J -o SOURCE,UUID,FSTYPE,OPTIONS").stdout).toBe(`{
   "filesystems": [
      {
         "source": "proc",
         "uuid": null,
         "fstype": "proc",
         "options": "rw,nosuid,nodev,noexec,relatime"
      }
   ]
}
`);
  });

  test("apt-cache policy", () => {
    expect(run(labHost(), "apt-cache policy cron htop").stdout).toBe(`cron:
  Installed: 3.0pl1-162
  Candidate: 3.0pl1-162
  Version table:
 *** 3.0pl1-162 500
        500 http://deb.debian.org/debian bookworm/main amd64 Packages
        100 /var/lib/dpkg/status
htop:
  Installed: (none)
  Candidate: 3.2.2-2
  Version table:
     3.2.2-2 500
        500 http://deb.debian.org/debian bookworm/main amd64 Packages
`);
  });
});

describe("crontab", () => {
  test("keeps a table byte for byte, its header out of sight", () => {
    const host = labHost();
    const table = "# mine\nA = b\n*/5 * * * *  x % y\n";
    expect(run(host, "crontab -", { stdin: table })).toEqual(ok());
    expect(run(host, "crontab -l").stdout).toBe(table);
    expect(host.files["/var/spool/cron/crontabs/root"]).toMatchObject({ mode: "0600", uid: 0, gid: 105 });
    expect(run(host, "crontab -r")).toEqual(ok());
    expect(run(host, "crontab -l").code).toBe(1);
  });

  test("refuses a table that cron could not read, and leaves the old one", () => {
    const host = labHost();
    run(host, "crontab -", { stdin: "@daily x\n" });
    expect(run(host, "crontab -", { stdin: "FOO = c\n0 25 * * * x\n" })).toMatchObject({
      code: 1,
      stderr: expect.stringContaining('"-":1: bad'),
    });
    expect(run(host, "crontab -", { stdin: "* * * * * x" }).stderr).toContain("missing newline before EOF");
    expect(run(host, "crontab -l").stdout).toBe("@daily x\n");
  });

  test("a user has only the own table", () => {
    const host = labHost({ users: ["ada"] });
    expect(run(host, "crontab -u root -l", { user: "ada" })).toEqual(fails(1, "must be privileged to use -u\n"));
    expect(run(host, "crontab -", { user: "ada", stdin: "@daily x\n" })).toEqual(ok());
    expect(run(host, "crontab -l -u ada").stdout).toBe("@daily x\n");
  });
});

describe("systemctl", () => {
  const unit = (host: ReturnType<typeof labHost>, text: string) =>
    ask(host, [write.text("/etc/systemd/system/x.service", text)]);
  const SIMPLE = "[Service]\nExecStart=/usr/bin/sleep 9\n[Install]\nWantedBy=multi-user.target\n";

  test("shows properties in systemd's order, and an unknown unit as not found", () => {
    const host = labHost();
    expect(run(host, "systemctl show cron -p ActiveState,LoadState,UnitFileState,SubState,Id").stdout).toBe(
      "Id=cron.service\nLoadState=loaded\nActiveState=active\nSubState=running\nUnitFileState=enabled\n",
    );
    expect(run(host, "systemctl show nosuch -p LoadState --value").stdout).toBe("not-found\n");
    expect(run(host, "systemctl is-active nosuch")).toEqual(fails(3, "", "inactive\n"));
    expect(run(host, "systemctl start nosuch")).toEqual(
      fails(5, "Failed to start nosuch.service: Unit nosuch.service not found.\n"),
    );
  });

  test("starts, stops, enables, masks; the links of a unit are the truth", () => {
    const host = labHost();
    unit(host, SIMPLE);
    expect(run(host, "systemctl is-enabled x")).toEqual(fails(1, "", "disabled\n"));
    expect(run(host, "systemctl enable --now x").stderr).toContain(
      "Created symlink /etc/systemd/system/multi-user.target.wants/x.service",
    );
    expect(run(host, "systemctl is-active x").stdout).toBe("active\n");
    expect(run(host, "systemctl is-enabled x").code).toBe(0);
    ask(host, [write.remove("/etc/systemd/system/multi-user.target.wants/x.service")]);
    expect(run(host, "systemctl is-enabled x").stdout).toBe("disabled\n");
    run(host, "systemctl stop x");
    expect(run(host, "systemctl is-active x").code).toBe(3);
    run(host, "systemctl mask ssh");
    expect(run(host, "systemctl restart ssh")).toEqual(
      fails(1, "Failed to restart ssh.service: Unit ssh.service is masked.\n"),
    );
    run(host, "systemctl unmask ssh");
    expect(run(host, "systemctl restart sshd").code).toBe(0);
  });

  test("activating lasts as long as the host's clock says", () => {
    const host = labHost({ units: { "x.service": { activatingMs: 500 } } });
    unit(host, SIMPLE);
    run(host, "systemctl start --no-block x");
    expect(run(host, "systemctl is-active x").stdout).toBe("activating\n");
    run(host, "sleep 1");
    expect(run(host, "systemctl is-active x").stdout).toBe("active\n");
  });

  test("a service that dies fails; with Restart it comes again and is counted", () => {
    const host = labHost({ units: { "x.service": { diesAfterMs: 3000 } } });
    unit(host, SIMPLE);
    run(host, "systemctl start x");
    run(host, "sleep 4");
    expect(run(host, "systemctl is-active x").stdout).toBe("failed\n");
    unit(host, `${SIMPLE}[Service]\nRestart=always\n`);
    run(host, "systemctl daemon-reload");
    run(host, "systemctl restart x");
    run(host, "sleep 10");
    expect(run(host, "systemctl show x -p NRestarts,ActiveState").stdout).toBe("NRestarts=3\nActiveState=active\n");
  });

  test("a program that is not there, and a first start that fails", () => {
    const host = labHost({ units: { "ssh.service": { failsFirst: 2 } } });
    unit(host, "[Service]\nExecStart=/opt/nothing\n");
    expect(run(host, "systemctl start x").code).toBe(0);
    expect(run(host, "systemctl show x -p ActiveState,ExecMainStatus").stdout).toBe(
      "ExecMainStatus=203\nActiveState=failed\n",
    );
    expect(run(host, "systemctl restart ssh").code).toBe(1);
    expect(run(host, "systemctl restart ssh").code).toBe(0);
  });

  test("a changed unit file counts after daemon-reload", () => {
    const host = labHost();
    unit(host, SIMPLE);
    run(host, "systemctl start x");
    unit(host, `${SIMPLE}# changed\n`);
    expect(run(host, "systemctl show x -p NeedDaemonReload --value").stdout).toBe("yes\n");
    run(host, "systemctl daemon-reload");
    expect(run(host, "systemctl show x -p NeedDaemonReload --value").stdout).toBe("no\n");
  });
});

describe("packages", () => {
  test("bring programs, units and what they depend on; remove keeps settings, purge does not", () => {
    const host = labHost();
    expect(run(host, "systemctl is-active nginx").stdout).toBe("inactive\n");
    expect(run(host, "apt-get install -y nginx").stdout).toContain("0 upgraded, 2 newly installed");
    expect(run(host, "systemctl is-active nginx").stdout).toBe("active\n");
    expect(run(host, "apt-get remove -y nginx-common").stdout).toContain("2 to remove");
    expect(run(host, "dpkg-query -W -f=${db:Status-Status} nginx-common").stdout).toBe("config-files");
    expect(host.files["/etc/nginx/nginx.conf"]).toBeDefined();
    run(host, "apt-get purge -y nginx-common");
    expect(host.files["/etc/nginx/nginx.conf"]).toBeUndefined();
    expect(run(host, "dpkg-query -W nginx-common").code).toBe(1);
  });

  test("pins, downgrades and holds", () => {
    const host = labHost();
    expect(run(host, "apt-get install -y jq=9").stderr).toBe("E: Version '9' for 'jq' was not found\n");
    run(host, "apt-get install -y jq");
    expect(run(host, "apt-get install -y jq=1.6-2.1")).toMatchObject({ code: 100 });
    expect(run(host, "apt-get install -y --allow-downgrades jq=1.6-2.1").code).toBe(0);
    expect(run(host, "apt-mark hold jq").stdout).toBe("jq set on hold.\n");
    expect(run(host, "apt-mark showhold").stdout).toBe("jq\n");
    expect(run(host, "apt-get install -y jq").code).toBe(100);
    run(host, "apt-mark unhold jq");
    expect(run(host, "apt-get upgrade -y").stdout).toContain("1 upgraded");
  });

  test("nobody answers apt's question", () => {
    const host = labHost();
    expect(run(host, "apt-get install htop")).toMatchObject({ code: 1, stdout: expect.stringContaining("Abort.") });
    expect(run(host, "dpkg-query -W htop").code).toBe(1);
  });
});

describe("what is not imitated is said so", () => {
  /** These take anything, or say in their own recorded words what they do not know. */
  const own = ["true", "false", "echo", "printf", "[", "lsmod", "pct", "pveam", "pvesh", "pvesm", "qm", "zfs", "zpool"];
  const beside = ["gddrescue", "testdisk", "curl", "git", "samba", "docker.io", "docker-compose", "tailscale"];
  beside.push("proxmox-backup-server", "smartmontools");
  // One argument for each tool that takes none of it.
  test.each([...tools.keys()].filter((name) => !own.includes(name)))(
    "%s refuses an argument it does not know",
    (name) => {
      const host = labHost({ kind: "proxmox", packages: beside });
      const error = errorOf(ask(host, [read.exec([name, "--no-such-option", "a", "b", "c"])])[0]);
      expect(error.code).toBe("not-imitated");
      expect(error.message).toMatch(/embedded lab.*declare an answer .*lab_sandbox/);
    },
  );

  test.each([[["sh", "-c", "echo hi"]], [["/opt/tool", "x"]], [["visudo", "-cf", "/etc/sudoers"]]])("%j", (argv) => {
    expect(errorOf(ask(labHost(), [read.exec(argv)])[0]).code).toBe("not-imitated");
  });

  test("unless the inventory declares an answer", () => {
    const host = labHost({
      packages: ["smartmontools"],
      answers: [
        { argv: ["sh", "-c", "uptime"], stdout: "up\n" },
        { argv: ["smartctl", "*", "-H", "**"], code: 4 },
      ],
    });
    expect(ask(host, [read.exec(["sh", "-c", "uptime"])])[0]).toMatchObject({
      kind: "done",
      answer: { code: 0, stdout: "up\n" },
    });
    expect(ask(host, [read.exec(["smartctl", "-d", "-H", "/dev/sda", "x"])])[0]).toMatchObject({ answer: { code: 4 } });
    expect(errorOf(ask(host, [read.exec(["smartctl", "-H"])])[0]).code).toBe("not-imitated");
  });

  test("an imitated tool whose package is gone is not found, as on a real host", () => {
    const host = labHost();
    run(host, "apt-get remove -y cron");
    expect(run(host, "crontab -l").code).toBe(127);
  });
});
