import { withUserspace, worksInUserspace } from "../../engine/formats/tailscaled-defaults.ts";
import { change, type Plan, refuse, write } from "../../engine/module/index.ts";
import { DAEMON, DEFAULTS, type Seen } from "./looks.ts";
import type { Params } from "./params.ts";

const TUN_HINT =
  "give the container the device (`lxcconf: { preset: tun }` on its node) and restart it, or say userspace: true or auto";

/** The daemon's own way of working comes first: a change of it is a restart, after which all else is looked at anew. */
export function userspacePlan({ userspace }: Params, { tun, defaults }: Seen): Plan | null {
  if (userspace === undefined) return null;
  const device = hasTun(tun);
  if (userspace === false && !device) return refuse("there is no /dev/net/tun on the host", TUN_HINT);
  const wanted = userspace === "auto" ? !device : userspace;
  const text = defaults ?? null;
  const is = worksInUserspace(text ?? "");
  if (is === wanted) return null;
  if (text === null)
    return refuse(
      `there is no ${DEFAULTS} that would say how tailscaled works`,
      "is it Tailscale's own package, and a system with systemd?",
    );
  return change(
    { userspace: is },
    { userspace: wanted },
    [
      write.text(DEFAULTS, withUserspace(text, wanted)),
      write.exec(["systemctl", "restart", "--", "tailscaled.service"], { touches: [...DAEMON] }),
    ],
    { again: true },
  );
}

export function hasTun(tun: Seen["tun"]): boolean {
  return tun?.type === "char";
}

/** Why a daemon without an interface is not what was asked for; null if it is. */
export function withoutInterface({ userspace }: Params, tun: Seen["tun"]): { why: string; hint: string } | null {
  if (userspace === true || (userspace === "auto" && !hasTun(tun))) return null;
  if (!hasTun(tun))
    return { why: "tailscaled works without an interface: there is no /dev/net/tun on the host", hint: TUN_HINT };
  return {
    why: "tailscaled works without an interface (TUN is false), though /dev/net/tun is there",
    hint: "userspace: false takes --tun=userspace-networking out of /etc/default/tailscaled; else restart tailscaled",
  };
}
