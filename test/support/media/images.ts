import { execFileSync } from "node:child_process";
import { copyFileSync, mkdirSync, mkdtempSync, rmSync, symlinkSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { basename, dirname, join } from "node:path";
import { docker } from "../docker-engine.ts";

/** Stand-ins for the images of the media stack: real processes, a real firewall, and as much of their APIs as the stack asks. */
export const MEDIA_IMAGES = {
  gluetun: "lab/gluetun:1.0",
  qbittorrent: "lab/qbittorrent:1.0",
  prowlarr: "lab/app:1.0",
  sonarr: "lab/app:1.0",
  radarr: "lab/app:1.0",
  bazarr: "lab/app:1.0",
  jellyfin: "lab/app:1.0",
} as const;

const APPLETS = "cat chmod chown date echo env false id kill ln ls mkdir mv ps rm sed sleep stat test touch true".split(
  " ",
);

/** busybox, perl and iptables of this machine, with the libraries that they need: the same layer for all of them. */
export function makeMediaImages(host: string): void {
  const base = mkdtempSync(join(tmpdir(), "lab-media-"));
  const root = join(base, "root");
  for (const folder of ["bin", "usr/bin", "usr/sbin", "lab", "tmp", "proc", "etc", "run"])
    mkdirSync(join(root, folder), { recursive: true });
  copyFileSync("/bin/busybox", join(root, "bin/busybox"));
  for (const applet of APPLETS) symlinkSync("busybox", join(root, "bin", applet));
  const iptables = text("readlink", "-f", text("sh", "-c", "command -v iptables").trim()).trim();
  for (const [program, place] of [
    ["/usr/bin/perl", "usr/bin/perl"],
    // The shell of busybox would take its own wget before that of the image.
    ["/bin/dash", "bin/sh"],
    [iptables, `usr/sbin/${basename(iptables)}`],
  ] as const) {
    copyFileSync(program, join(root, place));
    withLibraries(program, root);
  }
  for (const name of ["iptables", "ip6tables"]) symlinkSync(basename(iptables), join(root, "usr/sbin", name));
  // Matches and targets of iptables, and the modules that come with perl itself.
  for (const folder of text("sh", "-c", "ls -d /usr/lib/*/xtables /usr/lib/*/perl-base").trim().split("\n")) {
    mkdirSync(join(root, dirname(folder)), { recursive: true });
    execFileSync("cp", ["-aL", folder, join(root, dirname(folder))]);
  }
  for (const name of ["gluetun.pl", "qbittorrent.pl", "wget.pl"])
    copyFileSync(join(import.meta.dirname, name), join(root, "lab", name));
  copyFileSync(join(root, "lab/wget.pl"), join(root, "bin/wget"));
  execFileSync("chmod", ["755", join(root, "bin/wget")]);
  writeFileSync(join(root, "etc/passwd"), "root:x:0:0:root:/root:/bin/sh\n");
  execFileSync("chmod", ["1777", join(root, "tmp")]);
  const archive = join(base, "image.tar");
  execFileSync("tar", ["-C", root, "-cf", archive, "."]);
  const path = ["-c", "ENV PATH=/usr/sbin:/usr/bin:/bin"];
  const health = ["-c", "HEALTHCHECK --interval=1s --retries=1 CMD test -e /tmp/healthy"];
  const loop = 'CMD ["sh","-c","trap \\"exit 143\\" TERM; while :; do sleep 1; done"]';
  docker(host, "import", ...path, ...health, "-c", 'CMD ["perl","/lab/gluetun.pl"]', archive, "lab/gluetun:1.0");
  docker(host, "import", ...path, "-c", 'CMD ["perl","/lab/qbittorrent.pl"]', archive, "lab/qbittorrent:1.0");
  docker(host, "import", ...path, "-c", loop, archive, "lab/app:1.0");
  rmSync(base, { recursive: true, force: true });
}

function text(command: string, ...args: readonly string[]): string {
  return execFileSync(command, args, { encoding: "utf8" });
}

function withLibraries(program: string, root: string): void {
  const paths = text("ldd", program).match(/\/\S+(?= \(0x)/g) ?? [];
  for (const path of paths) {
    mkdirSync(join(root, dirname(path)), { recursive: true });
    copyFileSync(path, join(root, path));
  }
}
