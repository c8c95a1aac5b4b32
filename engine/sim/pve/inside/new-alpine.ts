import { parentOf } from "../../files/file-tree.ts";
import { sha256 } from "../../files/node.ts";
import { CLOCK_START } from "../../files/virtual-files.ts";
import type { Host, HostDescription, Node } from "../../world.ts";
import {
  ALPINE_FOLDERS,
  ALPINE_GROUP,
  ALPINE_OS_RELEASE,
  ALPINE_PACKAGES,
  ALPINE_PASSWD,
  ALPINE_PROGRAMS,
  APPLETS,
} from "./alpine.ts";

/** A fresh Alpine 3.20 as its container template unpacks: busybox, OpenRC, apk; no systemd and no sudo. */
export function newAlpine(description: HostDescription): Host {
  const files: Record<string, Node> = {};
  const common = { uid: 0, gid: 0, mtime: CLOCK_START };
  const folder = (path: string, mode = "0755"): void => {
    if (path !== "/" && files[parentOf(path)] === undefined) folder(parentOf(path));
    files[path] = { type: "directory", mode, ...common };
  };
  const file = (path: string, content: string, mode = "0644") => {
    if (files[parentOf(path)] === undefined) folder(parentOf(path));
    files[path] = { type: "file", mode, content, ...common };
  };
  for (const path of ALPINE_FOLDERS) folder(path);
  folder("/root", "0700");
  folder("/tmp", "1777");
  folder("/var/tmp", "1777");
  const link = (path: string, target: string) => {
    files[path] = { type: "symlink", mode: "0777", target, ...common };
  };
  link("/var/run", "/run");
  link("/etc/os-release", "../usr/lib/os-release");
  link("/var/spool/cron/crontabs", "/etc/crontabs");

  const text: Readonly<Record<string, string>> = {
    "/usr/lib/os-release": ALPINE_OS_RELEASE,
    "/etc/alpine-release": "3.20.3\n",
    "/etc/issue": "Welcome to Alpine Linux 3.20\nKernel \\r on an \\m (\\l)\n\n",
    "/etc/hostname": `${description.name}\n`,
    "/etc/hosts": "127.0.0.1 localhost\n",
    "/etc/passwd": ALPINE_PASSWD,
    "/etc/group": ALPINE_GROUP,
    "/etc/shells": "/bin/sh\n/bin/ash\n",
    "/etc/profile": "export PATH=/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin\n",
    "/etc/inittab": "::sysinit:/sbin/openrc sysinit\n::sysinit:/sbin/openrc boot\n::wait:/sbin/openrc default\n",
    "/etc/sysctl.conf": "# content of this file will override /etc/sysctl.d/*\n",
    "/etc/apk/repositories":
      "http://dl-cdn.alpinelinux.org/alpine/v3.20/main\nhttp://dl-cdn.alpinelinux.org/alpine/v3.20/community\n",
    "/etc/apk/world": "alpine-base\n",
    "/lib/apk/db/installed": Object.entries(ALPINE_PACKAGES)
      .map(([name, version]) => `P:${name}\nV:${version}\n`)
      .join("\n"),
  };
  for (const [path, content] of Object.entries(text)) file(path, content);
  file("/etc/shadow", "root:*::0:::::\n", "0640");
  file("/etc/crontabs/root", ALPINE_CRONTAB, "0600");
  file("/bin/busybox", "the program busybox 1.36.1-r29\n", "0755");
  for (const [path, names] of Object.entries(APPLETS))
    for (const name of names) link(`${path}/${name}`, "/bin/busybox");
  for (const path of ALPINE_PROGRAMS) file(path, `the program ${path}\n`, "0755");
  for (const service of ["networking", "bootmisc", "hostname", "crond", "killprocs", "savecache"])
    file(`/etc/init.d/${service}`, "#!/sbin/openrc-run\n", "0755");
  return {
    description,
    clockMs: CLOCK_START * 1000,
    files,
    mounts: [],
    units: {},
    packages: Object.fromEntries(
      Object.entries(ALPINE_PACKAGES).map(([name, version]) => [
        name,
        { version, state: "installed" as const, manual: name === "alpine-base" },
      ]),
    ),
    sysctl: { "kernel.hostname": description.name },
    hostname: description.name,
    bootId: sha256(`boot ${description.name}`).slice(0, 32),
  };
}

const ALPINE_CRONTAB = `# do daily/weekly/monthly maintenance
# min\thour\tday\tmonth\tweekday\tcommand
*/15\t*\t*\t*\t*\trun-parts /etc/periodic/15min
0\t*\t*\t*\t*\trun-parts /etc/periodic/hourly
0\t2\t*\t*\t*\trun-parts /etc/periodic/daily
`;
