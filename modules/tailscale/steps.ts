import { flagsInForce, type TailscalePrefs, UP_FLAGS } from "../../engine/formats/tailscale-prefs.ts";
import type { TailscaleStatus } from "../../engine/formats/tailscale-status.ts";
import { arg, Secret, type Step, TAILNET, write } from "../../engine/module/index.ts";
import { DAEMON } from "./looks.ts";
import { isClientSecret, type Params } from "./params.ts";
import { exitNodeInForce, type Setting } from "./settings.ts";

const touches = [...DAEMON, TAILNET, "/etc/resolv.conf"];

/** All differences in one command, so that no state in between is ever in force. */
export function setStep({ accept_lost_ssh }: Params, different: readonly Setting[]): Step | null {
  if (different.length === 0) return null;
  return write.exec(["tailscale", "set", ...different.map(({ flag }) => flag), ...risk(accept_lost_ssh)], { touches });
}

/**
 * `tailscale up` with the complete set of settings, those in force and the declared ones over them: it refuses to run
 * with fewer, and with `--reset` would throw away what others have set by hand.
 */
export function upSteps(
  given: Params,
  prefs: TailscalePrefs,
  status: TailscaleStatus,
  settings: readonly Setting[],
  how: { readonly withKey: boolean; readonly anew: boolean },
): readonly Step[] {
  const { timeout, auth_key, advertise_tags, login_server, accept_lost_ssh } = given;
  const flags = new Map<string, string>();
  for (const [name, value] of flagsInForce(prefs, exitNodeInForce(prefs, status)))
    flags.set(name, `--${UP_FLAGS[name]}=${value}`);
  for (const { name, flag } of settings) if (name !== "auto_update") flags.set(name, flag);
  if (advertise_tags !== undefined) flags.set("advertise_tags", `--advertise-tags=${advertise_tags.join(",")}`);
  if (login_server !== undefined) flags.set("login_server", `--login-server=${login_server}`);
  const key = how.withKey && auth_key !== undefined ? [arg.file(withoutTraps(auth_key), "--auth-key=file:")] : [];
  const up = write.exec(
    [
      "tailscale",
      "up",
      `--timeout=${timeout}s`,
      ...(how.anew ? ["--force-reauth"] : []),
      ...key,
      ...flags.values(),
      ...risk(accept_lost_ssh),
    ],
    // Its own time limit speaks more clearly than ours.
    { touches, limitMs: (timeout + 30) * 1000 },
  );
  // Not a setting of `up`.
  const later = settings.filter(({ name, differs }) => name === "auto_update" && differs);
  const set = setStep(given, later);
  return set === null ? [up] : [up, set];
}

export function downStep({ accept_lost_ssh }: Params): Step {
  return write.exec(["tailscale", "down", ...risk(accept_lost_ssh)], { touches });
}
export function logoutStep(): Step {
  return write.exec(["tailscale", "logout"], { touches, limitMs: 60_000 });
}

/** A node that joins with a client's secret would be ephemeral, and gone from the tailnet with the first longer pause. */
function withoutTraps(key: Secret): Secret {
  const text = key.reveal();
  return isClientSecret(key) && !text.includes("?") ? new Secret(`${text}?ephemeral=false&preauthorized=true`) : key;
}

function risk(accepted: boolean): readonly string[] {
  return accepted ? ["--accept-risk=lose-ssh"] : [];
}
