import { createHash } from "node:crypto";
import { APPLIANCE_INDEXES, type Appliance, parseApplianceIndex } from "../../../formats/pve-template.ts";
import { nodeAt } from "../../files/file-tree.ts";
import { nodeText } from "../../files/node.ts";
import type { FrozenHost } from "../../world.ts";

/** What the lab's sources offer: package, version, ending, how large it really is. Names and versions as of 2025. */
const OFFERED: readonly (readonly [name: string, version: string, ending: string, bytes: number])[] = [
  ["almalinux-9-default", "20240911", "tar.xz", 95_342_452],
  ["alpine-3.20-default", "20240908", "tar.xz", 3_091_576],
  ["alpine-3.21-default", "20241217", "tar.xz", 2_853_632],
  ["archlinux-base", "20240911-1", "tar.zst", 155_190_272],
  ["debian-11-standard", "11.7-1", "tar.zst", 113_508_352],
  ["debian-12-standard", "12.2-1", "tar.zst", 126_129_049],
  ["debian-12-standard", "12.7-1", "tar.zst", 126_515_062],
  ["debian-13-standard", "13.1-2", "tar.zst", 129_708_800],
  ["devuan-5.0-standard", "5.0", "tar.gz", 116_391_936],
  ["fedora-42-default", "20250428", "tar.xz", 78_643_200],
  ["proxmox-mail-gateway-8.2-standard", "8.2-1", "tar.zst", 321_912_832],
  ["ubuntu-22.04-standard", "22.04-1", "tar.zst", 129_824_858],
  ["ubuntu-24.04-standard", "24.04-2", "tar.zst", 141_589_299],
];
const TURNKEY: typeof OFFERED = [
  ["debian-12-turnkey-core", "18.1-1", "tar.gz", 219_283_456],
  ["debian-12-turnkey-nextcloud", "18.1-1", "tar.gz", 652_214_272],
];
export const SOURCES = {
  [APPLIANCE_INDEXES.proxmox]: "http://download.proxmox.com/images",
  [APPLIANCE_INDEXES.turnkey]: "https://releases.turnkeylinux.org/pve",
} as const;

/** The index that a source would send, by the path that it is kept at. */
export function sentIndexes(): Readonly<Record<string, string>> {
  const news = "Package: pve-web-news\nDescription: News displayed on the admin interface\n  Welcome\n";
  return {
    [APPLIANCE_INDEXES.proxmox]: [news, ...OFFERED.map(paragraph)].join("\n"),
    [APPLIANCE_INDEXES.turnkey]: TURNKEY.map(paragraph).join("\n"),
  };
}

function paragraph([name, version, ending]: (typeof OFFERED)[number]): string {
  const section = name.includes("turnkey") ? "turnkeylinux" : name.startsWith("proxmox-mail") ? "mail" : "system";
  const file = `${name}_${version}_amd64.${ending}`;
  const [os = ""] = /^(?:debian|ubuntu|devuan)-[\d.]+|^[a-z]+/.exec(name) ?? [];
  return `Package: ${name}
Version: ${version}
Type: lxc
OS: ${os}
Section: ${section}
Maintainer: Proxmox Support Team <support@proxmox.com>
Architecture: amd64
Location: ${section}/${file}
sha512sum: ${sha512(standIn(file))}
Infopage: https://pve.proxmox.com/wiki/Linux_Container
Description: ${name}
 A system of the embedded lab.
`;
}

/** The few bytes that stand for an archive; what is in it is made when a container is created from it. */
export function standIn(file: string): string {
  return `container template of the embedded lab: ${file}\n`;
}
/** How large the archive really is. */
export function archiveBytes(file: string): number {
  const known = [...OFFERED, ...TURNKEY].find(([name, version]) => file.startsWith(`${name}_${version}_`));
  return known?.[3] ?? standIn(file).length;
}
export function sha512(content: string | Uint8Array): string {
  return createHash("sha512").update(content).digest("hex");
}

/** What the node knows to be offered, with where it is; what could not be read is told on stderr. */
export function knownAppliances(host: FrozenHost): {
  readonly appliances: readonly (Appliance & { readonly url: string; readonly source: string })[];
  readonly warnings: string;
} {
  let warnings = "";
  const appliances = Object.entries(SOURCES).flatMap(([path, source]) => {
    const file = nodeAt(host, path);
    if (file?.type !== "file") {
      warnings += `unable to open file '${path}' - No such file or directory\n`;
      return [];
    }
    return parseApplianceIndex(nodeText(file)).map((appliance) => {
      const url = /^[a-z]+:\/\//i.test(appliance.location) ? appliance.location : `${source}/${appliance.location}`;
      return { ...appliance, url, source };
    });
  });
  return { appliances, warnings };
}

/** Without a name server nothing outside is reached. */
export function isOnline(host: FrozenHost): boolean {
  const file = nodeAt(host, "/etc/resolv.conf");
  return file?.type === "file" && /^nameserver\s/m.test(nodeText(file));
}
