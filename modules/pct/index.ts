import { parsePropertyString } from "../../engine/formats/property-string.ts";
import { defineModule, type Plan, type ValueMap } from "../../engine/module/index.ts";
import { absentPlan } from "./absent-plan.ts";
import { changePlan, outdatedRaw } from "./change-plan.ts";
import { confView, slotsOf } from "./conf-view.ts";
import { createPlan } from "./create-plan.ts";
import { firstLook, secondLook } from "./look.ts";
import { type Params, params } from "./params.ts";
import { pendingKeys } from "./pending.ts";
import { guestsOf, type Seen } from "./seen.ts";
import { isRunning, restartSteps } from "./steps.ts";
import { identityTrouble } from "./trouble.ts";
import { volumeEntry } from "./volume.ts";

export const pct = defineModule({
  name: "pct",
  summary: "Make, configure, start, stop or destroy an LXC container of a Proxmox VE node.",
  description: `Runs on the node. Only what the task names is compared and changed, in one \`pct set\` where one will do; the rest of
the configuration stays. A list that is named (\`nets\`, \`mounts\`, \`devices\`, \`features\`, \`tags\`) is exact: networks are found again by their
name, mounts by their target, devices by their path, wherever they stand. The hardware address of a network, and a volume that is there, stay.

A running container is not stopped to be reconfigured. What it takes over at its next start only is written all the same, and listed in
\`restart_required\` of the result at every run until then, raw \`lxc.*\` lines included.

What Proxmox VE cannot change in place is refused: \`unprivileged\`, a smaller disk, another storage. Nothing is ever replaced by something new.`,
  params,
  probes: firstLook,
  probesAfter: (given, seen) => secondLook(given, seen as Seen),
  plan: (given, seen) => planFor(given, seen as Seen),
  settle: ({ state, timeout }) => ({
    forMs: timeout * 1000,
    // A container whose init dies at once has not started.
    holdMs: state === "started" || state === "restarted" ? 2000 : 0,
  }),
  result: (given, seen) => resultFor(given, seen as Seen),
  verb: ({ vmid, state, timeout }) =>
    state === "restarted" ? { name: "restarted", steps: restartSteps(vmid, timeout) } : null,
  examples: [
    `pct:
  vmid: 101
  template: debian-12
  hostname: syncthing-srv
  cores: 1
  memory: 512
  nets:
    - { name: eth0, bridge: vmbr0, ip: dhcp }
  features: { nesting: true }`,
    `pct:
  vmid: 102
  template: debian-12
  rootfs: { storage: local, size: 8G }
  mounts:
    - { target: /srv/media, source: /srv }
  devices:
    - { path: /dev/dri/renderD128, gid: 104 }
  onboot: true
  startup: { order: 2, up: 30 }
  restart: if_needed`,
    "pct: { vmid: 101, state: absent }",
  ],
});

function planFor(given: Params, seen: Seen): Plan {
  const trouble = identityTrouble(given, seen);
  if (trouble) return trouble;
  const view = confView(seen.conf);
  const running = view.exists && isRunning(seen.state);
  if (given.state === "absent") return absentPlan(given, view, running, seen);
  return view.exists ? changePlan(given, view, running, seen) : createPlan(given, seen);
}

function resultFor({ vmid }: Params, seen: Seen): ValueMap {
  const view = confView(seen.conf);
  const running = view.exists && isRunning(seen.state);
  return {
    vmid,
    status: !view.exists ? "absent" : running ? "running" : "stopped",
    node: guestsOf(seen)?.get(String(vmid))?.node ?? null,
    hostname: view.merged.get("hostname") ?? null,
    lock: view.current.get("lock") ?? null,
    restart_required: running ? [...pendingKeys(view), ...outdatedRaw(view, seen)] : [],
    nets: slotsOf(view.merged, "net").map(([key, value]) => {
      const { options } = parsePropertyString(value);
      const option = (name: string) => options.get(name) ?? null;
      return { key, name: option("name"), hwaddr: option("hwaddr"), bridge: option("bridge"), ip: option("ip") };
    }),
    mounts: slotsOf(view.merged, "mp").map(([key, value]) => {
      const { target, volume } = volumeEntry(key, value);
      return { key, target, source: volume };
    }),
    rootfs: view.merged.has("rootfs") ? volumeEntry("rootfs", view.merged.get("rootfs") ?? "").volume : null,
  };
}
