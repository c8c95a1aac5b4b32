/** A line of /proc/net/tcp or tcp6: what a socket is bound to, and how it is. */
export interface TcpSocket {
  readonly port: number;
  /** Bound to a loopback address: reached from the host itself alone. */
  readonly loopback: boolean;
  readonly state: "listening" | "connected" | "closing" | "other";
}

/** The sockets of /proc/net/tcp and /proc/net/tcp6, one after the other or both together. */
export function parseProcNetTcp(text: string): readonly TcpSocket[] {
  return text.split("\n").flatMap((line) => {
    const [, address = "", port = "", state = ""] =
      /^\s*\d+:\s+([0-9A-F]+):([0-9A-F]{4})\s+\S+\s+([0-9A-F]{2})\s/.exec(line) ?? [];
    if (port === "") return [];
    return [{ port: Number.parseInt(port, 16), loopback: isLoopback(address), state: STATES[state] ?? "other" }];
  });
}

/** Those of the kernel's states that say something here (include/net/tcp_states.h). What waits to be forgotten (06) is no connection. */
const STATES: Readonly<Record<string, TcpSocket["state"]>> = {
  "01": "connected",
  "03": "connected",
  "04": "closing",
  "05": "closing",
  "08": "closing",
  "09": "closing",
  "0A": "listening",
  "0B": "closing",
};

/** Addresses stand there as words of 32 bits in the order of the machine; all that labs run on is little-endian. */
function isLoopback(address: string): boolean {
  if (address.length === 8) return address.endsWith("7F");
  return address === "00000000000000000000000001000000" || /^0{16}FFFF0000.{6}7F$/.test(address);
}
