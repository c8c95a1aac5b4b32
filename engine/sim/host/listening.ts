import { containerNow } from "../docker/container-now.ts";
import { type FrozenHost, own } from "../world.ts";

/** Where the daemons of units listen, as Debian and Proxmox set them up. */
const PORTS: Readonly<Record<string, readonly number[]>> = {
  "ssh.service": [22],
  "nginx.service": [80],
  "pveproxy.service": [8006],
  "proxmox-backup-proxy.service": [8007],
  "smbd.service": [139, 445],
};

/** The TCP ports on which something listens at this moment. */
export function listeningPorts(host: FrozenHost): readonly number[] {
  const ofUnits = Object.keys(host.units).flatMap((name) =>
    PORTS[name] !== undefined && isUp(host, name) ? PORTS[name] : [],
  );
  return [...new Set([...ofUnits, ...publishedPorts(host)])].sort((a, b) => a - b);
}

/** The engine listens for what its containers publish, whether anything answers in there or not. */
function publishedPorts(host: FrozenHost): readonly number[] {
  return Object.values(host.docker?.containers ?? {}).flatMap((container) => {
    const ports = container.ports.filter(({ target, port }) => target.endsWith("/tcp") && /^\d+$/.test(port));
    return ports.length > 0 && containerNow(host, container).running ? ports.map(({ port }) => Number(port)) : [];
  });
}

/** By what systemd holds in memory of it: the unit's file, which it may have changed since, says nothing of who listens. */
function isUp(host: FrozenHost, name: string): boolean {
  const state = own(host.units, name);
  if (state === undefined || (state.phase !== "started" && state.phase !== "starting")) return false;
  const { activatingMs = 80, diesAfterMs } = own(host.description.units ?? {}, name) ?? {};
  const elapsed = host.clockMs - state.since - (state.phase === "starting" ? activatingMs : 0);
  return elapsed >= 0 && (diesAfterMs === undefined || elapsed < diesAfterMs);
}

/** /proc/net/tcp: a line for each of them, on every address. */
export function procNetTcp(host: FrozenHost): string {
  const head = "  sl  local_address rem_address   st tx_queue rx_queue tr tm->when retrnsmt   uid  timeout inode\n";
  const line = (port: number, index: number) =>
    `${String(index).padStart(4)}: 00000000:${port.toString(16).toUpperCase().padStart(4, "0")} 00000000:0000 0A 00000000:00000000 00:00000000 00000000     0        0 ${10_000 + index} 1 0000000000000000 100 0 0 10 0\n`;
  return `${head}${listeningPorts(host).map(line).join("")}`;
}
