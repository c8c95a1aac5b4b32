import { LOCAL_ZFS, withSystemPool } from "../../engine/sim/pve/system-pool.ts";
import type { Host } from "../../engine/sim/world.ts";
import { recordedNode } from "./recorded-node.ts";
import { runSite } from "./run-site.ts";
import type { Player } from "./scenario-run.ts";
import { createWorld } from "./world.ts";

/** Plays on an embedded node of its own, as a command plays on a real one. */
export function embeddedNode(storage: string): Player {
  const host = storage === "local-zfs" ? withLocalZfs(recordedNode()) : recordedNode();
  host.files["/opt"] = { type: "directory", mode: "0755", uid: 0, gid: 0, mtime: 1 };
  const world = createWorld({}, { pve1: host });
  const inventory = `all:
  vars:
    lab_connection: lab
    scenario_vmids: 9000-9099
    scenario_storage: ${storage}
    scenario_template: local:vztmpl/debian-12-standard_12.7-1_amd64.tar.zst
    scenario_bridge: vmbr0
  hosts: { pve1: }
`;
  return {
    async play(playbook, { check = false, vars }) {
      const run = await runSite({
        files: { "site.yml": playbook, "inventory/hosts.yml": inventory },
        world,
        check,
        extraVars: [JSON.stringify(vars)],
      });
      const errors = run.diagnostics.filter(({ severity }) => severity !== "warning").map(({ message }) => message);
      return { results: run.results, trouble: errors.length > 0 ? errors.join("\n") : (run.faults[0] ?? null) };
    },
  };
}

/** With the pool of a system disk, as the installer makes it. */
function withLocalZfs(plain: Host): Host {
  const host = plain.zfs?.pools.rpool === undefined ? withSystemPool(plain) : plain;
  const cfg = host.files["/etc/pve/storage.cfg"];
  if (cfg?.type === "file" && !cfg.content.includes("local-zfs")) cfg.content += LOCAL_ZFS;
  return host;
}
