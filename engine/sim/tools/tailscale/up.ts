import {
  DEFAULT_LOGIN_SERVER,
  flagsInForce,
  parseTailscalePrefs,
  sameLoginServer,
  UP_FLAGS,
} from "../../../formats/tailscale-prefs.ts";
import { FileError, resolve } from "../../files/file-tree.ts";
import { nodeText } from "../../files/node.ts";
import type { Session } from "../../session.ts";
import { joinTailnet, keyOfClient } from "../../tailnet/join-tailnet.ts";
import { changeTailnet } from "../../tailnet/new-tailnet.ts";
import { type Daemon, daemonOf, keepState, nodeKeyOf, withMachineKey } from "../../tailscaled/daemon.ts";
import { newPrefs, type Prefs } from "../../tailscaled/prefs.ts";
import { fails, NotImitated, says, type ToolContext, type ToolResult } from "../../tool.ts";
import { editPrefs, exitNodeWith, forwardingWarning, sayOf } from "./edit-prefs.ts";
import { Fatal, type Flags, parseFlags, UP, withFlags } from "./flags.ts";

const CONNECTING_MS = 1200;
const TOO_LATE =
  'timeout waiting for Tailscale service to enter a Running state; check health with "tailscale status"\n';

/** `tailscale up`: what it checks and in which order is that of its source. */
export function up({ session }: ToolContext, daemon: Daemon, args: readonly string[]): ToolResult {
  const { flags, rest } = parseFlags("tailscale up", args, UP);
  if (rest.length > 0) throw new Fatal(`too many non-flag arguments: ${JSON.stringify(rest)}`);
  const wanted = exitNodeWith(session, daemon, withFlags(bare(), flags), flags);
  const warning = forwardingWarning(session, wanted);
  const { prefs } = daemon.state;
  const simple = flags.size === 0 && daemon.state.hasNodeKey && daemon.backend !== "NeedsLogin";
  if (!simple && flags.get("reset") !== "true" && prefs.ControlURL !== "") refuseReverts(prefs, wanted, flags);
  const next: Prefs = simple
    ? { ...prefs, WantRunning: true }
    : { ...wanted, ...kept(prefs), WantRunning: true, LoggedOut: false };
  const elsewhere = !sameLoginServer(next.ControlURL, prefs.ControlURL);
  const anew = flags.get("force-reauth") === "true";
  if (elsewhere && daemon.backend === "Running" && !anew)
    throw new Fatal("can't change --login-server without --force-reauth");
  if (!sameLoginServer(next.ControlURL, ""))
    throw new NotImitated("the embedded lab has no other control server than Tailscale's");
  const key = authKey(session, flags, next);
  const tagged = JSON.stringify(next.AdvertiseTags ?? []) !== JSON.stringify(prefs.AdvertiseTags ?? []);
  if (simple || (daemon.backend === "Running" && !anew && !tagged && !flags.has("auth-key"))) {
    editPrefs(session, daemon, next);
    return connected(session, flags, warning);
  }
  const mustLogIn = anew || daemon.backend === "NeedsLogin" || !daemon.state.hasNodeKey;
  if (!mustLogIn) {
    editPrefs(session, daemon, next);
    return connected(session, flags, warning);
  }
  return logIn(session, daemon, next, key, flags, warning);
}

function logIn(session: Session, daemon: Daemon, next: Prefs, key: string, flags: Flags, warning: string): ToolResult {
  const state = { ...withMachineKey(session.host, daemon.state), prefs: next };
  if (key === "") {
    keepState(session, { ...state, hasNodeKey: false });
    const url = `https://login.tailscale.com/a/${nodeKeyOf(state).slice(-12)}`;
    return late(session, flags, warning, `\nTo authenticate, visit:\n\n\t${url}\n\n`);
  }
  const tailnet = changeTailnet(session);
  const joined = joinTailnet(
    tailnet,
    { ...sayOf(session, nodeKeyOf(state), next), authKey: key },
    session.host.clockMs,
  );
  session.spend(CONNECTING_MS);
  // It was logged out before the key was tried, and stays so.
  keepState(session, { ...state, hasNodeKey: !("error" in joined) });
  if ("error" in joined) return fails(1, `backend error: ${joined.error}\n`, warning);
  return connected(session, flags, warning);
}

function connected(session: Session, flags: Flags, warning: string): ToolResult {
  session.spend(CONNECTING_MS);
  switch (daemonOf(session)?.backend) {
    case "NeedsMachineAuth":
      return late(
        session,
        flags,
        warning,
        "\nTo approve your machine, visit (as admin):\n\n\thttps://login.tailscale.com/admin\n\n",
      );
    case "NeedsLogin":
      return late(session, flags, warning, "\nTo authenticate, visit:\n\n\thttps://login.tailscale.com/a/again\n\n");
    default:
      return says(warning);
  }
}

/** It waits for somebody, for ever unless it was told how long. */
function late(session: Session, flags: Flags, stdout: string, stderr: string): ToolResult {
  const seconds = /^(\d+)(s|m)$/.exec(flags.get("timeout") ?? "");
  if (seconds === null) throw new NotImitated("the embedded lab has nobody who would log in by hand: give --timeout");
  session.spend(Number(seconds[1]) * (seconds[2] === "m" ? 60_000 : 1000));
  return fails(1, `${stderr}${TOO_LATE}`, stdout);
}

function bare(): Prefs {
  return { ...newPrefs(), ControlURL: DEFAULT_LOGIN_SERVER };
}
/** Settings that `up` has no flag for. */
function kept({ AutoUpdate, RunWebClient }: Prefs): Pick<Prefs, "AutoUpdate" | "RunWebClient"> {
  return { AutoUpdate, RunWebClient };
}

/** Each setting in force that is not its flag's default must be mentioned. */
function refuseReverts(prefs: Prefs, wanted: Prefs, flags: Flags): void {
  const force = (some: Prefs) => {
    const parsed = parseTailscalePrefs(JSON.stringify(some));
    return new Map(
      parsed === null ? [] : [...flagsInForce(parsed, some.ExitNodeIP)].map(([name, value]) => [UP_FLAGS[name], value]),
    );
  };
  const now = force(prefs);
  const then = force(wanted);
  const names = [...new Set([...now.keys(), ...then.keys()])].filter(
    (name) => !flags.has(name) && name !== "stateful-filtering",
  );
  const missing = names.flatMap((name) => {
    const value = now.get(name) ?? unset(name);
    return value === (then.get(name) ?? unset(name)) ? [] : [spelled(name, value)];
  });
  if (missing.length === 0) return;
  const explicit = [...flags]
    .sort(([a], [b]) => (a < b ? -1 : 1))
    .map(([name, value]) => (value === "false" ? `--${name}=false` : spelled(name, value)));
  throw new Fatal(
    `Error: changing settings via 'tailscale up' requires mentioning all\nnon-default flags. To proceed, either re-run your command with --reset or\nuse the command below to explicitly mention the current value of\nall non-default settings:\n\n\ttailscale up ${[...explicit, ...missing.sort()].join(" ")}\n\n`,
  );
}
function unset(name: string): string {
  if (name === "netfilter-mode") return "on";
  if (name === "accept-dns" || name === "snat-subnet-routes") return "true";
  return ["hostname", "advertise-routes", "advertise-tags", "login-server", "exit-node", "operator"].includes(name)
    ? ""
    : "false";
}
function spelled(name: string, value: string): string {
  return value === "true" ? `--${name}` : `--${name}=${value}`;
}

function authKey(session: Session, flags: Flags, { AdvertiseTags }: Prefs): string {
  const given = flags.get("auth-key") ?? flags.get("authkey") ?? "";
  const text = given.startsWith("file:") ? contentOf(session, given.slice("file:".length)) : given;
  if (!text.startsWith("tskey-client-")) return text;
  const [secret = "", query = ""] = text.split("?", 2);
  const tags = AdvertiseTags ?? [];
  if (tags.length === 0) throw new Fatal("oauth authkeys require --advertise-tags");
  const asked = new URLSearchParams(query);
  const unknown = [...asked.keys()].find((name) => !["ephemeral", "preauthorized", "baseURL"].includes(name));
  if (unknown !== undefined) throw new Fatal(`unknown attribute "${unknown}"`);
  const wanted = {
    ephemeral: asked.get("ephemeral") !== "false",
    preauthorized: asked.get("preauthorized") === "true",
    tags,
  };
  const key = keyOfClient(changeTailnet(session), secret, wanted, session.host.clockMs);
  if (typeof key !== "string") throw new Fatal(key.error);
  return key;
}

function contentOf(session: Session, path: string): string {
  try {
    const { node } = resolve(session, path, true);
    if (node?.type === "file") return nodeText(node).trim();
  } catch (error) {
    if (!(error instanceof FileError)) throw error;
  }
  throw new Fatal(`open ${path}: no such file or directory`);
}
