import { readFile } from "../files/file-changes.ts";
import { nodeAt } from "../files/file-tree.ts";
import { nodeText, sha256 } from "../files/node.ts";
import type { Session } from "../session.ts";
import { fails, refuseArgument, says, type ToolResult } from "../tool.ts";
import type { Frozen } from "../world.ts";
import { containerNow } from "./container-now.ts";
import { dockerOf } from "./engine.ts";
import { joins } from "./find-container.ts";
import type { DockerContainer } from "./state.ts";

/** A container of gluetun (v3.41, by its documentation) and who lives in its network, as far as looking from outside tells. */
type Container = Frozen<DockerContainer>;

export const isGluetun = ({ imageName }: Container): boolean => /(?:^|\/)gluetun(?:[:@]|$)/.test(imageName);
export const isQbittorrent = ({ imageName }: Container): boolean => /(?:^|\/)qbittorrent(?:[:@]|$)/.test(imageName);

export const settingOf = ({ config }: Container, name: string): string =>
  config.env.findLast((each) => each.startsWith(`${name}=`))?.slice(name.length + 1) ?? "";

/** Where its control server was told to stop the tunnel; a restart forgets it. */
export const stoppedNote = "/tmp/gluetun/stopped";

export function tunnelRuns({ host }: Session, gluetun: Container): boolean {
  const { startedAt } = containerNow(host, gluetun);
  const note = host.dockerInsides?.[gluetun.id]?.files[stoppedNote];
  return note?.type !== "file" || note.content !== String(startedAt);
}

/** The port that the provider forwards, another after each start; 0: none. Proton's free plan has none. */
export function forwardedPort(session: Session, gluetun: Container): number {
  if (settingOf(gluetun, "VPN_PORT_FORWARDING") !== "on" || settingOf(gluetun, "FREE_ONLY") === "on") return 0;
  if (!tunnelRuns(session, gluetun)) return 0;
  const { startedAt } = containerNow(session.host, gluetun);
  return 32_768 + (Number.parseInt(sha256(`port ${gluetun.id} ${startedAt}`).slice(0, 6), 16) % 28_000);
}

/** The qBittorrent that lives in this network, not one that was left behind in an earlier one. */
export function qbittorrentIn({ host }: Session, gluetun: Container): Container | undefined {
  const { netns } = containerNow(host, gluetun);
  return Object.values(dockerOf(host).containers).find(
    (each) => isQbittorrent(each) && joins(each) === gluetun.id && containerNow(host, each).netns === netns,
  );
}

/** Where it listens: as gluetun's command has told it, if that may without a password. */
export function listeningPort(session: Session, gluetun: Container, qbittorrent: Container): number | null {
  if (!trustsItsNetwork(session, qbittorrent)) return null;
  const told = /port-sync|setPreferences/.test(settingOf(gluetun, "VPN_PORT_FORWARDING_UP_COMMAND"));
  const port = forwardedPort(session, gluetun);
  return told && port > 0 ? port : 6881;
}
function trustsItsNetwork({ host }: Session, { mounts }: Container): boolean {
  const config = mounts.find(({ target, kind }) => target === "/config" && kind === "bind");
  const file = config && nodeAt(host, `${config.source}/qBittorrent/qBittorrent.conf`);
  return file?.type === "file" && /^WebUI\\LocalHostAuth=false$/m.test(nodeText(file));
}

/** What programs answer inside of gluetun's container; null: as everywhere else. */
export function runInGluetun(session: Session, gluetun: Container, words: readonly string[]): ToolResult | null {
  const [name = "", ...args] = words;
  if (/^ip6?tables(-legacy|-nft)?$/.test(name)) {
    if (args.join(" ") !== "-S") refuseArgument(name, args.join(" "));
    const open = settingOf(gluetun, "FIREWALL_ENABLED_DISABLING_IT_SHOOTS_YOU_IN_YOUR_FOOT") === "off";
    const policy = open || name.endsWith("-nft") ? "ACCEPT" : "DROP";
    return says(["INPUT", "FORWARD", "OUTPUT"].map((chain) => `-P ${chain} ${policy}\n`).join(""));
  }
  if (name !== "wget") return null;
  const url = args.at(-1) ?? "";
  if (!/^-q( -t \d+)? -T \d+ -O -$/.test(args.slice(0, -1).join(" "))) refuseArgument("wget", args.join(" "));
  const port = /^http:\/\/127\.0\.0\.1:(\d+)\/api\/v2\/app\/preferences$/.exec(url)?.[1];
  // 4: no network, 8: the server answers with an error (403).
  if (port === undefined) return tunnelRuns(session, gluetun) && !url.includes("[") ? says("") : fails(4, "");
  const client = qbittorrentIn(session, gluetun);
  if (client === undefined || settingOf(client, "WEBUI_PORT") !== port) return fails(4, "");
  const listens = listeningPort(session, gluetun, client);
  return listens === null ? fails(8, "") : says(JSON.stringify({ listen_port: listens, random_port: false }));
}

/** The roles of its control server: what may be asked with which key. */
export function controlRoles(
  session: Session,
  { mounts }: Container,
): readonly { readonly routes: readonly string[]; readonly key: string }[] {
  const source = mounts.find(({ target }) => target === "/gluetun/auth/config.toml")?.source;
  const bytes = source === undefined ? undefined : readFile(session, source);
  const text = bytes === undefined ? "" : Buffer.from(bytes).toString("utf8");
  return text
    .split(/^\[\[roles\]\]$/m)
    .slice(1)
    .map((role) => ({
      routes: [...(/^routes = \[(.*)\]$/m.exec(role)?.[1] ?? "").matchAll(/"([^"]*)"/g)].map(([, route = ""]) => route),
      key: /^apikey = "(.*)"$/m.exec(role)?.[1] ?? "",
    }));
}
