import { compareVersions } from "../../engine/formats/apt-version.ts";
import { type Refusal, refuse } from "../../engine/module/index.ts";
import { type ConfView, isOn } from "./conf-view.ts";
import type { Params } from "./params.ts";
import type { Seen } from "./seen.ts";

/** The first pve-container that has `idmap` of a mount. */
const SINCE = "6.1.6";

/** Only newer versions know it, and of a privileged container they pass over it: its files would be nobody's, or the wrong one's. */
export function idmapTrouble({ vmid, mounts = [] }: Params, view: ConfView, seen: Seen): Refusal | null {
  const mapped = mounts.find(({ idmap }) => idmap !== undefined);
  if (mapped === undefined) return null;
  if (!isOn(view.current.get("unprivileged")) && !view.raw.some(({ key }) => key === "lxc.idmap"))
    return refuse(
      `container ${vmid} is privileged, and Proxmox VE passes over idmap there (${mapped.target})`,
      "leave idmap out: its numbers are those of the disk",
    );
  const version = seen.version?.code === 0 ? seen.version.stdout.trim() : "";
  if (version === "" || compareVersions(version, SINCE) >= 0) return null;
  return refuse(
    `the node's pve-container is ${version}, and only ${SINCE} and later know idmap of a mount (${mapped.target})`,
    "upgrade the node to Proxmox VE 9 with all updates, or leave idmap out and give the container another map (lxc.idmap, with lxcconf)",
  );
}
