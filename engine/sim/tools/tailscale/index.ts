import { leaveTailnet } from "../../tailnet/join-tailnet.ts";
import { changeTailnet } from "../../tailnet/new-tailnet.ts";
import { type Daemon, daemonOf, keepState, nodeKeyOf } from "../../tailscaled/daemon.ts";
import { newPrefs } from "../../tailscaled/prefs.ts";
import { LONG_VERSION, statusOf, VERSION } from "../../tailscaled/show-status.ts";
import { fails, refuseArgument, says, type Tool, type ToolContext, type ToolResult } from "../../tool.ts";
import { editPrefs, exitNodeWith, forwardingWarning } from "./edit-prefs.ts";
import { Fatal, parseFlags, SET, withFlags } from "./flags.ts";
import { up } from "./up.ts";

/** Tailscale 1.98, by its source: flags, the order of its checks, its errors and the fields of its JSON. */
export const tailscale: Tool = {
  name: "tailscale",
  rests: "documented",
  run(context, args) {
    const [verb = "", ...rest] = args;
    try {
      if (verb === "version") return version(rest);
      const daemon = daemonOf(context.session);
      if (daemon === undefined)
        return fails(
          1,
          "failed to connect to local tailscaled; it doesn't appear to be running (sudo systemctl start tailscaled ?)\n",
        );
      return perform(context, daemon, verb, rest);
    } catch (error) {
      if (error instanceof Fatal) return fails(1, `${error.message}\n`);
      throw error;
    }
  },
};

function perform(context: ToolContext, daemon: Daemon, verb: string, rest: readonly string[]): ToolResult {
  const { session } = context;
  const { prefs } = daemon.state;
  switch (verb) {
    case "status":
      return status(context, daemon, rest);
    case "debug":
      if (rest.join(" ") !== "prefs") refuseArgument("tailscale debug", rest.join(" "));
      return says(`${JSON.stringify(prefs, null, "\t")}\n`);
    case "ip": {
      const { flags } = parseFlags(
        "tailscale ip",
        rest.map((word) => word.replace(/^-([46])$/, "--v$1")),
        {
          switches: ["v4", "v6"],
          words: [],
        },
      );
      if (daemon.backend !== "Running" || daemon.device === undefined)
        return fails(1, `no current Tailscale IPs; state: ${daemon.backend}\n`);
      const ips = daemon.device.addresses.filter((ip) => !flags.has(ip.includes(":") ? "v4" : "v6"));
      return says(ips.map((ip) => `${ip}\n`).join(""));
    }
  }
  if (!["up", "set", "down", "logout"].includes(verb)) refuseArgument("tailscale", verb);
  if (session.user.uid !== 0 && session.user.name !== prefs.OperatorUser)
    return fails(
      1,
      `Access denied: ${verb === "up" ? "checkprefs" : "prefs write"} access denied\n\nUse 'sudo tailscale ${verb}'.\nTo not require root, use 'sudo tailscale set --operator=$USER' once.\n`,
    );
  switch (verb) {
    case "up":
      return up(context, daemon, rest);
    case "set": {
      const { flags, rest: words } = parseFlags("tailscale set", rest, SET);
      if (words.length > 0) throw new Fatal(`too many non-flag arguments: ${JSON.stringify(words)}`);
      const named = [...flags.keys()].filter((name) => name !== "accept-risk");
      // Its help, and an error.
      if (named.length === 0) return fails(1, "USAGE\n  tailscale set [flags]\n");
      const next = exitNodeWith(session, daemon, withFlags(prefs, flags), flags);
      editPrefs(session, daemon, next);
      return says(named.some((name) => name.startsWith("advertise-")) ? forwardingWarning(session, next) : "");
    }
    case "down":
      if (rest.some((word) => !word.startsWith("--accept-risk="))) refuseArgument("tailscale down", rest.join(" "));
      if (daemon.backend === "Stopped") return says("", "Tailscale was already stopped.\n");
      editPrefs(session, daemon, { ...prefs, WantRunning: false });
      return says("");
    default:
      return logout(context, daemon, rest);
  }
}

/** The node's key is given up, and with it the settings that were made for it. */
function logout({ session }: ToolContext, { state }: Daemon, rest: readonly string[]): ToolResult {
  if (rest.length > 0) throw new Fatal(`too many non-flag arguments: ${JSON.stringify(rest)}`);
  if (!state.hasNodeKey) return says("");
  leaveTailnet(changeTailnet(session), nodeKeyOf(state), session.host.clockMs);
  keepState(session, { ...state, hasNodeKey: false, prefs: { ...newPrefs(), LoggedOut: true } });
  return says("");
}

function status({ session }: ToolContext, daemon: Daemon, rest: readonly string[]): ToolResult {
  const { flags, rest: words } = parseFlags("tailscale status", rest, {
    switches: ["json", "peers", "self"],
    words: [],
  });
  if (words.length > 0) throw new Fatal("unexpected non-flag arguments to 'tailscale status'");
  const withPeers = flags.get("peers") !== "false";
  if (flags.get("json") === "true") return says(JSON.stringify(statusOf(session, daemon, withPeers), null, "  "));
  switch (daemon.backend) {
    case "Stopped":
      return fails(1, "", "Tailscale is stopped.\n");
    case "NeedsLogin":
      return fails(1, "", "Logged out.\n");
    case "NeedsMachineAuth":
      return fails(1, "", "Machine is not yet approved by tailnet admin.\n");
    case "NoState":
      return fails(1, "", "unexpected state: NoState\n");
    case "Running":
      return refuseArgument("tailscale status", "without --json");
  }
}

function version(rest: readonly string[]): ToolResult {
  const { flags } = parseFlags("tailscale version", rest, { switches: ["json"], words: [] });
  if (flags.get("json") !== "true") return says(`${VERSION}\n  long version: ${LONG_VERSION}\n`);
  return says(`${JSON.stringify({ majorMinorPatch: VERSION, short: VERSION, long: LONG_VERSION }, null, "\t")}\n`);
}
