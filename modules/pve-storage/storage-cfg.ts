import { type ConfigSection, findSection, parseSectionConfig } from "../../engine/formats/section-config.ts";
import { type Refusal, refuse } from "../../engine/module/index.ts";
import { STORAGE_TYPES, type StorageType } from "./options.ts";
import { NEEDED } from "./params.ts";

export const CFG = "/etc/pve/storage.cfg";

export function sectionOf(cfg: string | null, id: string): ConfigSection | undefined {
  return findSection(parseSectionConfig(cfg ?? ""), id);
}
export function typeOf(section: ConfigSection | undefined): StorageType | null {
  return STORAGE_TYPES.find((type) => type === section?.type) ?? null;
}
/** Every write of the file is one of the whole file, and of what the tools do not read nothing is left. */
export function lostComments(cfg: string): string | null {
  const count = cfg.split("\n").filter((line) => /^\s*#/.test(line)).length;
  if (count === 0) return null;
  return `Proxmox VE writes ${CFG} anew as a whole: the ${count === 1 ? "comment" : `${count} comments`} in it will be gone`;
}

/** A section that lacks what it cannot be without: the tools then write nothing, and say only "unknown section type". */
export function halfSection(cfg: string, id: string): Refusal | null {
  const needs: Readonly<Record<StorageType, readonly string[]>> = {
    ...NEEDED,
    nfs: ["server", "export", "path"],
    cifs: ["server", "share", "path"],
  };
  for (const section of parseSectionConfig(cfg)) {
    const type = typeOf(section);
    const missing = type === null ? undefined : needs[type].find((key) => !section.options.has(key));
    if (missing !== undefined)
      return refuse(
        `storage ${section.id} in ${CFG} has no ${missing}, and while that is so Proxmox VE writes no storage, ${id} neither`,
        `complete or remove the section by hand`,
      );
  }
  return null;
}
