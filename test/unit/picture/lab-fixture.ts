import { drawPicture } from "../../../engine/picture/draw-picture.ts";
import type { Declared, LabPicture, PicturedHost } from "../../../engine/picture/picture.ts";

const place = { file: "playbooks/site.yml", line: 7, column: 3 };

/** A lab of so many nodes, each with all that a picture can show. */
export function labOf(nodes: number, name = (index: number): string => `pve${index + 1}`): LabPicture {
  const hosts = Array.from(
    { length: nodes },
    (_, index): PicturedHost => ({ name: name(index), place, groups: ["proxmox"] }),
  );
  const declared = hosts.flatMap(({ name: host }, index): Declared[] => {
    const said = (module: string, params: unknown, status?: string): Declared => ({
      host,
      module,
      params,
      origin: {
        source: status === undefined ? "playbook" : "run",
        place,
        task: `${module} of ${host}`,
        ...(status !== undefined && { status }),
      },
    });
    return [
      said("zpool", { name: "Tank-Archive", vdevs: [{ type: "raidz2", disks: ["a", "b", "c", "d"] }] }, "changed"),
      said("zfs", { name: "Tank-Archive/media", properties: { quota: "2T", recordsize: "1M" } }),
      said("zfs", { name: "Tank-Archive/backups/of a very long name that nobody would ever type by hand/and below" }),
      said("pve_storage", { id: "local", type: "dir", path: "/var/lib/vz", content: ["vztmpl", "backup"] }),
      ...Array.from({ length: 1 + (index % 4) }, (__, guest) =>
        said("pct", {
          vmid: 100 + guest,
          hostname: `${host}-guest-${guest}`,
          cores: 2,
          memory: 2048,
          nets: [
            { name: "eth0", bridge: "vmbr0", ip: "dhcp" },
            { name: "eth1", bridge: "vmbr1", ip: "192.0.2.3/24" },
          ],
          rootfs: { storage: "Tank-Archive" },
        }),
      ),
      said(
        "compose",
        {
          project: "media",
          definition: {
            services: {
              proxy: { image: "caddy:2", ports: ["80:80", "443:443"], networks: ["front", "back"] },
              app: { image: "ghcr.io/example/app:1.2.3", networks: ["back"] },
              db: { image: "postgres:17", networks: ["back"] },
            },
          },
        },
        "failed",
      ),
      said("service", { name: "docker", state: "started" }, "ok"),
      ...(index % 2 === 0 ? [said("tailscale", { advertise_routes: ["192.0.2.0/24"] })] : []),
    ];
  });
  return drawPicture({ title: `A lab of ${nodes}`, hosts, declared });
}
