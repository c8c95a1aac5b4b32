import { sha256 } from "../../files/node.ts";
import type { Session } from "../../session.ts";
import type { Output } from "../command/pve-error.ts";
import { PveError } from "../command/pve-error.ts";
import { FormatError, parseProperties } from "../command/schema.ts";
import type { ConfPart } from "../guest/guest-conf.ts";
import { isCloudInitKey } from "./keys/vm-keys.ts";
import { IP_CONFIG, VM_NETWORK } from "./keys/vm-property-keys.ts";
import type { VmConf } from "./vm-conf.ts";
import { cloudInitDrive } from "./vm-drives.ts";

/** Writes the image that a guest's cloud-init reads; what it says is from now on what the configuration says. */
export function makeCloudInitImage(conf: VmConf, output: Pick<Output, "out" | "warn">): void {
  output.out("generating cloud-init ISO");
  for (const { ip, ip6 } of interfacesOf(conf)) {
    if ((ip.get("ip") === "dhcp" && ip.has("gw")) || (ip6 === "dhcp" && ip.has("gw6")))
      output.warn("gateway specified together with DHCP at /usr/share/perl5/PVE/QemuServer.pm line 1906.");
  }
  conf.cloudinit.values.clear();
}

/** Notes that a key is no longer what the image says. */
export function noteCloudInitChange(conf: VmConf, key: string, old: string | undefined, now: string | undefined): void {
  if (!isCloudInitKey(key) || old === now) return;
  const { values } = conf.cloudinit;
  const added = new Set((values.get("added") ?? "").split(",").filter((each) => each !== ""));
  const told = values.get(key);
  if (told !== undefined) {
    if (told === now) values.delete(key);
  } else if (added.has(key)) {
    if (now === undefined) added.delete(key);
  } else if (old !== undefined) values.set(key, old);
  else added.add(key);
  if (added.size === 0) values.delete("added");
  else values.set("added", [...added].sort().join(","));
}

/** Without a drive nothing has been told. */
export function settleCloudInit(conf: VmConf): void {
  if (cloudInitDrive(conf.values) === undefined) conf.cloudinit.values.clear();
}

/** The data of one kind (`user`, `network`, `meta`) that the image holds for a configuration. */
export function cloudInitData(session: Session, vmid: string, conf: VmConf, kind: string): string {
  if (kind === "user") return userData(vmid, conf);
  if (kind === "network") return networkData(session, conf);
  if (kind === "meta") {
    const all = userData(vmid, conf) + networkData(session, conf);
    return `instance-id: ${sha256(all).slice(0, 40)}\n`;
  }
  throw new PveError(`unknown cloud-init type '${kind}'`);
}

function userData(vmid: string, { values }: ConfPart): string {
  const name = values.get("name") ?? `VM${vmid}`;
  const domain = (values.get("searchdomain") ?? "").split(/[\s,]+/)[0];
  const keys = decodeURIComponent(values.get("sshkeys") ?? "")
    .split("\n")
    .filter((key) => key.trim() !== "");
  return [
    "#cloud-config",
    `hostname: ${name}`,
    "manage_etc_hosts: true",
    `fqdn: ${name.includes(".") || !domain ? name : `${name}.${domain}`}`,
    ...(values.has("ciuser") ? [`user: ${values.get("ciuser")}`] : []),
    ...(values.has("cipassword") ? [`password: ${values.get("cipassword")}`] : []),
    ...(keys.length > 0 ? ["ssh_authorized_keys:", ...keys.map((key) => `  - ${key}`)] : []),
    "chpasswd:",
    "  expire: False",
    "users:",
    "  - default",
    ...(values.get("ciupgrade") === "0" ? [] : ["package_upgrade: true"]),
    "",
  ].join("\n");
}

function networkData(session: Session, conf: ConfPart): string {
  const text = (value: string) => `'${value}'`;
  const lines = ["version: 1", "config:"];
  for (const { index, mac, ip } of interfacesOf(conf)) {
    lines.push("    - type: physical", `      name: eth${index}`, `      mac_address: ${text(mac)}`, "      subnets:");
    const [v4, v6] = [ip.get("ip"), ip.get("ip6")];
    if (v4 === "dhcp") lines.push("      - type: dhcp4");
    else if (v4?.includes("/")) {
      const [address = "", bits] = v4.split("/");
      lines.push(
        "      - type: static",
        `        address: ${text(address)}`,
        `        netmask: ${text(netmask(Number(bits)))}`,
      );
      if (ip.has("gw")) lines.push(`        gateway: ${text(ip.get("gw") ?? "")}`);
    }
    if (v6 === "dhcp") lines.push("      - type: dhcp6");
    else if (v6 === "auto") lines.push("      - type: ipv6_slaac");
    else if (v6?.includes("/")) {
      lines.push("      - type: static6", `        address: ${text(v6)}`);
      if (ip.has("gw6")) lines.push(`        gateway: ${text(ip.get("gw6") ?? "")}`);
    }
  }
  // What the configuration does not say is the node's own.
  const words = (value: string) => value.split(/[\s,;]+/).filter((word) => word !== "");
  const resolv = session.host.files["/etc/resolv.conf"];
  const own = resolv?.type === "file" ? resolv.content : "";
  const servers = words(conf.values.get("nameserver") ?? /^nameserver\s+(\S+)/m.exec(own)?.[1] ?? "");
  const domains = words(conf.values.get("searchdomain") ?? /^search\s+(.+)/m.exec(own)?.[1] ?? "");
  if (servers.length + domains.length > 0) lines.push("    - type: nameserver");
  if (servers.length > 0) lines.push("      address:", ...servers.map((server) => `      - ${text(server)}`));
  if (domains.length > 0) lines.push("      search:", ...domains.map((domain) => `      - ${text(domain)}`));
  return `${lines.join("\n")}\n`;
}

/** Networks of the configuration with what cloud-init says of their addresses, by number. */
export function interfacesOf({ values }: ConfPart) {
  const taken = (schema: typeof IP_CONFIG, value: string): ReadonlyMap<string, string> => {
    try {
      return parseProperties(schema, value);
    } catch (error) {
      if (error instanceof FormatError) return new Map();
      throw error;
    }
  };
  return [...values.keys()]
    .flatMap((key) => (/^net\d+$/.test(key) ? [Number(key.slice(3))] : []))
    .sort((a, b) => a - b)
    .map((index) => {
      const ip = taken(IP_CONFIG, values.get(`ipconfig${index}`) ?? "");
      const net = taken(VM_NETWORK, values.get(`net${index}`) ?? "");
      return { index, mac: (net.get("macaddr") ?? "").toLowerCase(), ip, ip6: ip.get("ip6") };
    });
}

function netmask(bits: number): string {
  const all = bits === 0 ? 0 : (0xffffffff << (32 - bits)) >>> 0;
  return [24, 16, 8, 0].map((shift) => (all >>> shift) & 255).join(".");
}
