import {
  APPLIANCE_INDEX_FOLDER,
  APPLIANCE_INDEXES,
  parseApplianceIndex,
  resolveTemplate,
} from "../../engine/formats/pve-template.ts";
import { findSection, parseSectionConfig } from "../../engine/formats/section-config.ts";
import type { Refusal, Step } from "../../engine/module/index.ts";
import { read, refuse, write } from "../../engine/module/index.ts";
import type { Params } from "./params.ts";
import type { Seen } from "./seen.ts";

const UPDATE_MS = 300_000;
const DOWNLOAD_MS = 3_600_000;

/** `debian-12`, and not a volume or a path. */
export function isDistribution(template: string): boolean {
  return !template.includes(":") && !template.startsWith("/");
}

/** Where a storage keeps templates; null if it keeps none, or is not there. */
export function templateFolder(storageCfg: string, storage: string): string | null {
  const content = findSection(parseSectionConfig(storageCfg), storage)?.options.get("content");
  const keeps = content === undefined ? storage === "local" : content.split(/[,;\s]+/).includes("vztmpl");
  return keeps ? contentFolder(storageCfg, storage, "vztmpl") : null;
}

/** The folder of a storage for one kind of content, whether it takes it or not; null if it has no folders. */
export function contentFolder(storageCfg: string, storage: string, content: "vztmpl" | "snippets"): string | null {
  const usual = { vztmpl: "template/cache", snippets: "snippets" }[content];
  const section = findSection(parseSectionConfig(storageCfg), storage);
  // `local` is always there, also where the file does not name it.
  if (section === undefined) return storage === "local" ? `/var/lib/vz/${usual}` : null;
  const path =
    section.options.get("path") ?? (/^(nfs|cifs|cephfs)$/.test(section.type) ? `/mnt/pve/${storage}` : undefined);
  if (path === undefined) return null;
  const moved = new RegExp(`(?:^|,)${content}=([^,]+)`).exec(section.options.get("content-dirs") ?? "")?.[1];
  return `${path}/${moved ?? usual}`.replaceAll(/\/{2,}/g, "/");
}

export type FoundTemplate =
  | { readonly kind: "found"; readonly volume: string; readonly steps: readonly Step[] }
  /** What is offered is to be asked for first. */
  | { readonly kind: "update"; readonly steps: readonly Step[] }
  | { readonly kind: "refused"; readonly refusal: Refusal };

/** What `template` means on this node now. */
export function findTemplate({ template, template_storage: storage }: Params, seen: Seen): FoundTemplate {
  const refused = (why: string, hint?: string): FoundTemplate => ({ kind: "refused", refusal: refuse(why, hint) });
  if (template === undefined)
    return refused("there is no such container yet, and no template to make it from", "say template: debian-12");
  const found = (volume: string, steps: readonly Step[] = []): FoundTemplate => ({ kind: "found", volume, steps });
  if (template.startsWith("/")) {
    return seen.archive?.type === "file" ? found(template) : refused(`there is no template ${template} on the node`);
  }
  if (!isDistribution(template)) return namedVolume(template, seen) ?? found(template);
  const folder = templateFolder(seen.storages ?? "", storage);
  if (folder === null) {
    return refused(
      `the storage ${storage} is not there or keeps no templates`,
      "name one that does: template_storage (its content has vztmpl)",
    );
  }
  const indexes = [seen.offered, seen.offeredToo].filter((text): text is string => typeof text === "string");
  const index = indexes.length === 0 ? null : indexes.flatMap((text) => parseApplianceIndex(text));
  const resolved = resolveTemplate(template, { onDisk: seen.templates ?? [], index });
  switch (resolved.kind) {
    case "on-disk":
      return found(`${storage}:vztmpl/${resolved.file}`);
    case "download": {
      const argv = ["pveam", "download", storage, resolved.file];
      return found(`${storage}:vztmpl/${resolved.file}`, [
        write.exec(argv, { limitMs: DOWNLOAD_MS, touches: [folder] }),
        // It ends with 0 whatever came of it.
        write.waitUntil(read.stat(`${folder}/${resolved.file}`), (file) => file !== null, {
          why: `${folder}/${resolved.file} (pveam download left none: the source did not answer, or the sum was wrong)`,
          forMs: 1000,
        }),
      ]);
    }
    case "no-index":
      return {
        kind: "update",
        steps: [
          write.exec(["pveam", "update"], { limitMs: UPDATE_MS, touches: [APPLIANCE_INDEX_FOLDER] }),
          // It ends with 0 also where it could reach no source.
          write.waitUntil(read.text(APPLIANCE_INDEXES.proxmox), (text) => text !== null, {
            why: `the list of templates (pveam update fetched none: /var/log/pveam.log tells more, and ${storage} has no ${template})`,
            forMs: 1000,
          }),
        ],
      };
    case "unknown":
      return refused(
        `no template begins with "${template}", neither in ${storage} nor on offer`,
        resolved.known.length > 0 ? `there are: ${resolved.known.join(", ")}` : "`pveam update` asks what is on offer",
      );
  }
}

/** A volume that is known not to be there would only be missed after the disks are made. */
function namedVolume(template: string, seen: Seen): FoundTemplate | null {
  const [storage = "", name = ""] = [
    template.slice(0, template.indexOf(":")),
    template.slice(template.indexOf(":") + 1),
  ];
  if (!name.startsWith("vztmpl/")) {
    return { kind: "refused", refusal: refuse(`${template} is no template`, `expected ${storage}:vztmpl/FILE`) };
  }
  const file = name.slice("vztmpl/".length);
  if (seen.templates == null || seen.templates.includes(file)) {
    const folder = templateFolder(seen.storages ?? "", storage);
    if (folder !== null || seen.storages == null) return null;
    return {
      kind: "refused",
      refusal: refuse(`the storage ${storage} is not there or keeps no templates`, "pvesm status lists the storages"),
    };
  }
  const near = seen.templates.filter((each) => each.startsWith(file.split(/[-_]/)[0] ?? file));
  return {
    kind: "refused",
    refusal: refuse(
      `there is no template ${template}`,
      near.length > 0
        ? `there are: ${near.join(", ")}`
        : "a distribution (template: debian-12) is downloaded if need be",
    ),
  };
}
