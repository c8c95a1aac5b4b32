import { volumeId } from "../../command/formats.ts";
import { type Format, FormatError, type PropertySchema, parseProperties } from "../../command/schema.ts";

/** What a drive holds: `none`, the node's `cdrom`, a path, or the id of a volume. */
export const driveFile: Format = (value) =>
  value === "none" || value === "cdrom" || /^\/.*$/.test(value) ? null : volumeId(value);

/** The models of QEMU that Proxmox VE knows beside those with a reporting name of its own. */
const CPU_MODELS = new Set(
  (
    "486 Broadwell Broadwell-IBRS Broadwell-noTSX Broadwell-noTSX-IBRS Cascadelake-Server Cascadelake-Server-noTSX " +
    "Cascadelake-Server-v2 Cascadelake-Server-v4 Cascadelake-Server-v5 Conroe Cooperlake Cooperlake-v2 EPYC EPYC-Genoa " +
    "EPYC-IBPB EPYC-Milan EPYC-Milan-v2 EPYC-Rome EPYC-Rome-v2 EPYC-Rome-v3 EPYC-Rome-v4 EPYC-v3 EPYC-v4 GraniteRapids " +
    "Haswell Haswell-IBRS Haswell-noTSX Haswell-noTSX-IBRS Icelake-Client Icelake-Client-noTSX Icelake-Server " +
    "Icelake-Server-noTSX Icelake-Server-v3 Icelake-Server-v4 Icelake-Server-v5 Icelake-Server-v6 IvyBridge IvyBridge-IBRS " +
    "KnightsMill Nehalem Nehalem-IBRS Opteron_G1 Opteron_G2 Opteron_G3 Opteron_G4 Opteron_G5 Penryn SandyBridge " +
    "SandyBridge-IBRS SapphireRapids SapphireRapids-v2 Skylake-Client Skylake-Client-IBRS Skylake-Client-noTSX-IBRS " +
    "Skylake-Client-v4 Skylake-Server Skylake-Server-IBRS Skylake-Server-noTSX-IBRS Skylake-Server-v4 Skylake-Server-v5 " +
    "Westmere Westmere-IBRS athlon core2duo coreduo host kvm32 kvm64 max pentium pentium2 pentium3 phenom qemu32 qemu64 " +
    "x86-64-v2 x86-64-v2-AES x86-64-v3 x86-64-v4"
  ).split(" "),
);
const CPU: PropertySchema = {
  kind: "properties",
  bare: "cputype",
  options: {
    cputype: { kind: "string" },
    flags: { kind: "string", pattern: /^[+-][\w.-]+(?:;[+-][\w.-]+)*$/ },
    hidden: { kind: "boolean" },
    "hv-vendor-id": { kind: "string", pattern: /^[a-zA-Z0-9]{1,12}$/ },
    "phys-bits": { kind: "string", pattern: /^(?:host|\d{1,2})$/ },
    "reported-model": { kind: "string" },
  },
};
/** A processor: the string is kept as it is given, so it is looked at and no more. */
export const cpu: Format = (value) => {
  try {
    const type = parseProperties(CPU, value, "cpu.").get("cputype") ?? "kvm64";
    if (type.startsWith("custom-")) return `Custom cputype '${type.slice("custom-".length)}' not found`;
    return CPU_MODELS.has(type) ? null : `Built-in cputype '${type}' is not defined (missing 'custom-' prefix?)`;
  } catch (error) {
    if (error instanceof FormatError) return error.message.trimEnd();
    throw error;
  }
};

/** `order=scsi0;net0`, or letters of the older way. */
export const bootOrder: Format = (value) => {
  for (const piece of value.split(",").filter((each) => each.trim() !== "")) {
    const [name, devices] = /^order=(.*)$/.exec(piece) ? ["order", piece.slice("order=".length)] : ["legacy", piece];
    if (name === "legacy" && !/^(?:legacy=)?[acdn]{1,4}$/.test(devices ?? ""))
      return "format error\nboot.legacy: value does not match the regex pattern";
    const wrong = (devices ?? "").split(";").find((device) => name === "order" && !/^[a-z]+\d+$/.test(device));
    if (wrong !== undefined) return `format error\nboot.order: invalid format - invalid boot device '${wrong}'\n`;
  }
  return null;
};

/** `1`, `0`, or some of the kinds of devices. */
export const hotplugFeatures: Format = (value) => {
  const wrong = value
    .split(/[,;\s]+/)
    .find((word) => !["", "0", "1", "disk", "network", "usb", "memory", "cpu", "cloudinit"].includes(word));
  return wrong === undefined ? null : "value does not look like a valid hotplug features list";
};
