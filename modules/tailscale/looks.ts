import { parseTailscaleStatus } from "../../engine/formats/tailscale-status.ts";
import {
  type ExecAnswer,
  type HttpAnswer,
  type ReadOp,
  read,
  type Stat,
  TAILNET,
  tailscaleAccess,
  tailscaleToken,
} from "../../engine/module/index.ts";
import type { Params } from "./params.ts";

/** What the daemon is made of, beside the tailnet. */
export const DAEMON = ["unit:tailscaled", "/var/lib/tailscale", "/etc/default/tailscaled", "/dev/net/tun"] as const;
const looksAt = [...DAEMON, "/usr/bin", "/usr/sbin", TAILNET];

export const DEFAULTS = "/etc/default/tailscaled";
export const statusLook: ReadOp<ExecAnswer> = read.exec(["tailscale", "status", "--json"], { looksAt });

export interface Seen {
  readonly status: ExecAnswer;
  readonly prefs: ExecAnswer;
  readonly tun: Stat | null;
  readonly defaults?: string | null | undefined;
  readonly token?: HttpAnswer | undefined;
  readonly device?: HttpAnswer | undefined;
}

export function firstLooks({ userspace, api }: Params) {
  return {
    status: statusLook,
    prefs: read.exec(["tailscale", "debug", "prefs"], { looksAt }),
    tun: read.stat("/dev/net/tun", { follow: true }),
    defaults: userspace === undefined ? undefined : read.text(DEFAULTS),
    token: api === undefined ? undefined : tailscaleToken(api),
  };
}

/** The node as the tailnet has it: asked for only where approval hangs on it. */
export function secondLooks(given: Params, { status, token }: Pick<Seen, "status" | "token">) {
  const { api, state, approve } = given;
  const id = parseTailscaleStatus(status.stdout)?.self.id ?? "";
  if (api === undefined || state !== "present" || approve === "none" || !/^[A-Za-z0-9]+$/.test(id)) return {};
  const access = tailscaleAccess(api, token);
  return access.kind === "refuse" ? {} : { device: access.look("GET", `/device/${id}?fields=all`) };
}
