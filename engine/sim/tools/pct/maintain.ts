import { collectOutput, PveError } from "../../pve/command/pve-error.ts";
import { loadConf, writeConf } from "../../pve/container/container-conf.ts";
import { kindOfMount, parseMount } from "../../pve/container/mount-points.ts";
import { mountPointsOf } from "../../pve/container/start-checks.ts";
import { takeConfigLock } from "../../pve/guest/config-lock.ts";
import { isRunning } from "../../pve/inside/container-host.ts";
import { findVolume, volumePath } from "../../pve/storage/volumes.ts";
import type { Session } from "../../session.ts";
import { isOn } from "./call.ts";
import { loadForChange } from "./load.ts";
import { MOUNT_KEYS } from "./mount-keys.ts";
import type { Subcommand } from "./options.ts";
import { VMID } from "./words.ts";

// What one does to the file systems of a container that does not run.

/** Holds the lock `mounted` until `unmount`. The files themselves do not appear on the node. */
export const mount: Subcommand = {
  words: [VMID],
  options: {},
  run({ session }, { vmid }) {
    return collectOutput("", (output) => {
      const conf = loadForChange(session, vmid, output);
      conf.values.set("lock", "mounted");
      writeConf(session, vmid, conf);
      output.out(`mounted CT ${vmid} in '/var/lib/lxc/${vmid}/rootfs'`);
    });
  },
};

export const unmount: Subcommand = {
  words: [VMID],
  options: {},
  run({ session }, { vmid }) {
    return collectOutput("", ({ warn }) => {
      takeConfigLock(session, vmid, warn);
      const conf = loadConf(session.host, vmid, warn);
      const lock = conf.values.get("lock");
      if (lock === undefined) throw new PveError("no lock found trying to remove 'mounted'  lock");
      if (lock !== "mounted") throw new PveError(`found lock '${lock}' trying to remove 'mounted' lock`);
      conf.values.delete("lock");
      writeConf(session, vmid, conf);
    });
  },
};

export const fsck: Subcommand = {
  words: [VMID],
  options: { device: { kind: "string", values: MOUNT_KEYS }, force: { kind: "boolean" } },
  run({ session }, call) {
    return collectOutput("", ({ out, warn }) => {
      takeConfigLock(session, call.vmid, warn);
      const { values } = loadConf(session.host, call.vmid, warn);
      const key = call.options.get("device") ?? "rootfs";
      const value = values.get(key);
      if (value === undefined) throw new PveError(`cannot run command on non-existing mount point ${key}`);
      const volume = parseMount(key, value).get("volume") ?? "";
      if (isRunning(session.host, call.vmid)) throw new PveError("cannot run fsck when container is running");
      if (kindOfMount(volume) !== "volume") throw new PveError(`path '${volume}' does not point to a block device`);
      const path = volumePath(session.host, volume);
      const found = findVolume(session.host, volume);
      if (found === undefined) throw new PveError(`volume '${volume}' does not exist`);
      if (found.format !== "raw") throw new PveError(`unable to run fsck for '${volume}' (format == ${found.format})`);
      session.spend(1000);
      const inodes = Math.floor(found.bytes / 4096);
      const clean = isOn(call, "force") ? "" : "clean, ";
      out("fsck from util-linux 2.38.1");
      out(`${path}: ${clean}313/${inodes} files, ${Math.floor(inodes / 3)}/${inodes * 4} blocks`);
    });
  },
};

export const fstrim: Subcommand = {
  words: [VMID],
  options: { "ignore-mountpoints": { kind: "boolean" } },
  run({ session }, call) {
    return collectOutput("", ({ out, warn }) => {
      const { values } = loadConf(session.host, call.vmid, warn);
      const root = isRunning(session.host, call.vmid)
        ? `/proc/${pidOf(session, call.vmid)}/root`
        : `/var/lib/lxc/${call.vmid}/rootfs`;
      for (const { key, kind, volume, target } of mountPointsOf(values)) {
        if (kind !== "volume" || (key !== "rootfs" && isOn(call, "ignore-mountpoints"))) continue;
        const bytes = Math.floor((findVolume(session.host, volume)?.bytes ?? 0) * 0.9);
        out(`${root}${target}: ${(bytes / 1024 ** 2).toFixed(1)} MiB (${bytes} bytes) trimmed`);
      }
    });
  },
};

function pidOf(session: Session, vmid: string): number {
  return session.host.pve?.containers[vmid]?.running?.pid ?? 0;
}

/** Of a container that is stopped only what can be mounted for it, with a word of lxc-info's between. */
export const df: Subcommand = {
  words: [VMID],
  options: {},
  run({ session }, { vmid }) {
    return collectOutput("", ({ out, warn }) => {
      const { values } = loadConf(session.host, vmid, warn);
      if (!isRunning(session.host, vmid)) warn(`${vmid} doesn't exist`);
      const rows = mountPointsOf(values).map(({ key, volume, target }) => {
        // A file system shows a little less than its volume, and keeps a twentieth for root.
        const size = (findVolume(session.host, volume)?.bytes ?? 256 * 1024 ** 3) * 0.95;
        const used = size * 0.1;
        const percent = (10).toFixed(1);
        return [key, volume, amount(size), amount(used), amount(size * 0.85), percent, target];
      });
      const head = ["MP", "Volume", "Size", "Used", "Avail", "Use%", "Path"];
      const widths = head.map((title, column) =>
        Math.max(title.length, ...rows.map((row) => (row[column] ?? "").length)),
      );
      for (const row of [head, ...rows]) {
        const cells = row.map((cell, column) =>
          column < 2 ? cell.padEnd(widths[column] ?? 0) : column === 6 ? cell : cell.padStart(widths[column] ?? 0),
        );
        out(cells.join(" "));
      }
    });
  },
};

function amount(bytes: number): string {
  const units = ["B", "K", "M", "G", "T"];
  const power = Math.min(units.length - 1, Math.floor(Math.log2(Math.max(1, bytes)) / 10));
  return `${(bytes / 1024 ** power).toFixed(1)}${units[power]}`;
}
