import { parentOf } from "../../files/file-tree.ts";
import { nodeText } from "../../files/node.ts";
import type { FrozenHost, Host } from "../../world.ts";
import { interfacesFile, primaryAddress, type Values } from "../container/container-network.ts";

const BEGIN = "# --- BEGIN PVE ---";
const END = "# --- END PVE ---";

/**
 * What Proxmox VE writes into a container when it makes it and before each start: its name, the resolver, the network,
 * the time zone. Between the two marks is what it owns; the rest of a file stays.
 */
export function setUpInside(inside: Host, node: FrozenHost, vmid: string, values: Values): void {
  const hostname = values.get("hostname") ?? `CT${vmid}`;
  const { search, nameservers } = resolver(node, values);
  const write = (path: string, content: string) => put(inside, node, path, content);
  const hosts = textAt(inside, "/etc/hosts");
  write("/etc/hosts", withBlock(hosts, hostsBlock(withoutBlock(hosts), hostname, primaryAddress(values), search)));
  write("/etc/hostname", `${hostname.replace(/\..*$/, "")}\n`);
  const lines = [
    ...(search.length === 0 ? [] : [`search ${search.join(" ")}`]),
    ...nameservers.map((each) => `nameserver ${each}`),
  ];
  write("/etc/resolv.conf", withBlock("", lines.map((line) => `${line}\n`).join("")));
  setUpNetwork(inside, node, values);
  setTimezone(inside, node, values.get("timezone"));
}

/** The part of it that follows a change of a net while the container runs. */
export function setUpNetwork(inside: Host, node: FrozenHost, values: Values): void {
  const path = "/etc/network/interfaces";
  const alpine = inside.files["/etc/alpine-release"] !== undefined;
  const text = interfacesFile(textAt(inside, path), values, alpine);
  if (text !== undefined) put(inside, node, path, text);
}

function textAt(inside: Host, path: string): string {
  const there = inside.files[path];
  return there?.type === "file" ? nodeText(there) : "";
}
function put(inside: Host, node: FrozenHost, path: string, content: string): void {
  const there = inside.files[path];
  if (there?.type === "file" && nodeText(there) === content) return;
  const common = { uid: 0, gid: 0, mtime: Math.floor(node.clockMs / 1000) };
  inside.files[parentOf(path)] ??= { type: "directory", mode: "0755", ...common };
  inside.files[path] = { type: "file", mode: there?.type === "file" ? there.mode : "0644", content, ...common };
}

/** The resolver of a container: its own settings, each else its node's. */
function resolver(node: FrozenHost, values: Values) {
  const file = node.files["/etc/resolv.conf"];
  const text = file?.type === "file" ? nodeText(file) : "";
  const words = (value: string) => value.split(/[,;\s]+/).filter((word) => word !== "");
  const [search, servers] = [values.get("searchdomain"), values.get("nameserver")];
  const ofNode = [...text.matchAll(/^nameserver\s+(\S+)/gm)].map((match) => match[1] ?? "").slice(0, 3);
  return {
    search: words(search ?? /^(?:search|domain)\s+(\S+)/m.exec(text)?.[1] ?? ""),
    nameservers: servers === undefined ? ofNode : words(servers),
  };
}

function hostsBlock(rest: string, hostname: string, address: string | undefined, search: readonly string[]): string {
  const short = hostname.replace(/\..*$/, "");
  const names = hostname.includes(".")
    ? [hostname, short]
    : [...search.map((domain) => `${hostname}.${domain}`), hostname];
  const local = (ip: string) =>
    new RegExp(`^[ \\t]*${ip.replaceAll(".", "\\.")}[ \\t]+`, "m").test(rest)
      ? ""
      : `${ip} localhost.localnet localhost\n`;
  return `${local("127.0.0.1")}${local("::1")}${address ?? "127.0.1.1"} ${names.join(" ")}\n`;
}

function withoutBlock(text: string): string {
  return text.replace(new RegExp(`^${BEGIN}\\n[\\s\\S]*?^${END}\\n?`, "gm"), "");
}
/** The block stays where it is; a new one comes last. */
function withBlock(text: string, block: string): string {
  const whole = `${BEGIN}\n${block}${END}\n`;
  const there = new RegExp(`^${BEGIN}\\n[\\s\\S]*?^${END}\\n?`, "m");
  if (there.test(text)) return text.replace(there, () => whole);
  return `${text}${text === "" || text.endsWith("\n") ? "" : "\n"}${whole}`;
}

function setTimezone(inside: Host, node: FrozenHost, timezone: string | undefined): void {
  if (timezone === undefined) return;
  const ofNode = node.files["/etc/localtime"];
  const zone =
    timezone === "host" && ofNode?.type === "symlink"
      ? ofNode.target.replace(/^.*zoneinfo\//, "")
      : timezone === "host"
        ? "Etc/UTC"
        : timezone;
  const mtime = Math.floor(node.clockMs / 1000);
  const target = `/usr/share/zoneinfo/${zone}`;
  inside.files["/etc/localtime"] = { type: "symlink", mode: "0777", uid: 0, gid: 0, mtime, target };
}
