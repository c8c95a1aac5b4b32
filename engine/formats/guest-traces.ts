/** Files beside its configuration that Proxmox VE clears of a guest when that is destroyed, and with `--purge`. */
export function destroyTouches(vmid: number, purge: boolean): readonly string[] {
  const always = ["/etc/pve/user.cfg", `/etc/pve/firewall/${vmid}.fw`];
  const purged = [
    "/etc/pve/jobs.cfg",
    "/etc/pve/replication.cfg",
    "/etc/pve/ha/resources.cfg",
    "/etc/pve/ha/rules.cfg",
  ];
  return purge ? [...always, ...purged] : always;
}
