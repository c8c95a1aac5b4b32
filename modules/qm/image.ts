import { findSection, listOf, parseSectionConfig } from "../../engine/formats/section-config.ts";
import { type ExecAnswer, type ReadOp, read } from "../../engine/module/index.ts";

/** Asks how large the disk of an image is, in milliseconds. */
export function lookAtImage(path: string): ReadOp<ExecAnswer> {
  return read.exec(["qemu-img", "info", "--output=json", "--", path], { looksAt: [path] });
}

/** Bytes of the disk; null: there is no such image. */
export function imageBytes(answer: ExecAnswer | undefined): number | null {
  if (answer?.code !== 0) return null;
  try {
    const parsed: unknown = JSON.parse(answer.stdout);
    const size = typeof parsed === "object" && parsed !== null ? Reflect.get(parsed, "virtual-size") : null;
    return typeof size === "number" ? size : null;
  } catch {
    return null;
  }
}

/** Where an image is on the node; undefined if the storage keeps none in files. */
export function imagePath(source: string, storageCfg: string | null | undefined): string | undefined {
  if (source.startsWith("/")) return source;
  const [id = "", name = ""] = source.split(":");
  const section = findSection(parseSectionConfig(storageCfg ?? ""), id);
  const path = section?.options.get("path") ?? (id === "local" ? "/var/lib/vz" : undefined);
  if (path === undefined) return undefined;
  const moved = listOf(section?.options.get("content-dirs")).find((pair) => pair.startsWith("import="));
  const folder = moved?.slice("import=".length) ?? "import";
  return `${path}/${folder}/${name.slice("import/".length)}`.replaceAll(/\/{2,}/g, "/");
}
