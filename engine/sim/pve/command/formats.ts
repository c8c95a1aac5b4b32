import { isIpv4, isIpv6 } from "./ip-address.ts";
import type { Format } from "./schema.ts";

const says =
  (message: string, holds: (value: string) => boolean): Format =>
  (value) =>
    holds(value) ? null : message;

const LABEL = "[a-zA-Z0-9](?:[a-zA-Z0-9-]*[a-zA-Z0-9])?";
const DNS_NAME = new RegExp(`^(?:${LABEL}\\.)*${LABEL}$`);

export const dnsName = says("value does not look like a valid DNS name", (value) => DNS_NAME.test(value));
export const unicastMac = says("value does not look like a valid unicast MAC address", (value) =>
  /^[a-f0-9][02468ace](?::[a-f0-9]{2}){5}$/i.test(value),
);
export const ipv4 = says("value does not look like a valid IPv4 address", isIpv4);
export const ipv6 = says("value does not look like a valid IPv6 address", (value) => isIpv6(value));
export const ipv4Config = says(
  "value does not look like a valid ipv4 network configuration",
  (value) => value === "dhcp" || value === "manual" || isCidr(value, isIpv4, 32),
);
export const ipv6Config = says(
  "value does not look like a valid ipv6 network configuration",
  (value) => ["auto", "dhcp", "manual"].includes(value) || isCidr(value, isIpv6, 128),
);
/** Also a link-local one with its interface (`fe80::1%eth0`). */
const ipWithInterface = says(
  "value does not look like a valid IP address",
  (value) => isIpv4(value) || isIpv6(value) || (/^fe80:/i.test(value) && isIpv6(value.replace(/%\w+$/, ""))),
);
export const ipList = listOf(ipWithInterface);
export const dnsNameList = listOf(dnsName);
export const tagList = listOf(says("invalid characters in tag", (value) => /^[a-z0-9_][a-z0-9_\-+.]*$/i.test(value)));
export const guestId = says("value does not look like a valid VM ID", (value) => /^[1-9]\d{2,8}$/.test(value));
export const volumeId: Format = (value) =>
  /^[a-z][a-z0-9\-_.]*[a-z0-9]:.+$/i.test(value) ? null : `unable to parse volume ID '${value}'`;
export const storageId: Format = (value) =>
  /^[a-z][a-z0-9\-_.]*[a-z0-9]$/i.test(value) ? null : `storage ID '${value}' contains illegal characters`;
export const nodeName = says("value does not look like a valid node name", (value) =>
  /^[a-zA-Z0-9]([a-zA-Z0-9-]*[a-zA-Z0-9])?$/.test(value),
);
export const nodeList = listOf(nodeName);
export const devicePath: Format = (value) => (value.startsWith("/dev/") ? null : `${value} is not a valid device path`);
/** A place or source of a mount: no step up in it. Relative ones are taken. */
export const mountPath: Format = (value) =>
  /(^|\/)\.\.?(\/|$)/.test(value) ? `${value} contains illegal character sequences` : null;
export const diskSize = says("value does not look like a valid disk size", (value) =>
  /^\d+(\.\d+)?[KMGT]?$/.test(value),
);
export const startupOrder = says("unable to parse startup options", (value) =>
  value.split(",").every((piece) => /^(order=\d+|\d+|up=\d+|down=\d+|\s*)$/.test(piece)),
);
export const configId: Format = (value) =>
  /^[a-z][a-z0-9_-]+$/i.test(value) ? null : `invalid configuration ID '${value}'`;

/** `host`, `UTC`, or a place of the zone table, which knows neither `GMT` nor `Etc/UTC`. */
export const timeZone: Format = (value) => (isZone(value) ? null : `invalid time zone '${value}'`);

const REGIONS = /^(Africa|America|Antarctica|Arctic|Asia|Atlantic|Australia|Europe|Indian|Pacific)\/[A-Z]/;

function isZone(value: string): boolean {
  if (value === "host" || value === "UTC") return true;
  if (!REGIONS.test(value)) return false;
  try {
    new Intl.DateTimeFormat("en", { timeZone: value });
    return true;
  } catch (error) {
    if (error instanceof RangeError) return false;
    throw error;
  }
}

/** Each word of a list has the format; an empty list has it, too. */
function listOf(format: Format): Format {
  return (value) => {
    for (const word of splitList(value)) {
      const wrong = format(word);
      if (wrong !== null) return wrong;
    }
    return null;
  };
}

/** Commas, semicolons, blanks and zero bytes stand between the words of a list. */
export function splitList(text: string): readonly string[] {
  return text.split(/[,;\s\0]+/).filter((word) => word !== "");
}

/** The words of a list, each once. */
export function distinctWords(text: string): readonly string[] {
  return [...new Set(splitList(text))];
}

function isCidr(value: string, isAddress: (text: string) => boolean, bits: number): boolean {
  const slash = value.lastIndexOf("/");
  const length = value.slice(slash + 1);
  return slash > 0 && isAddress(value.slice(0, slash)) && /^\d{1,3}$/.test(length) && Number(length) <= bits;
}
