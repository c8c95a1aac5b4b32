/** The names that a path goes through. */
export function partsOf(path: string): string[] {
  return path.split("/").filter((part) => part !== "" && part !== ".");
}

/** The folder that it stands in; empty for what stands in the root. */
export function folderOf(path: string): string {
  return path.slice(0, Math.max(0, path.lastIndexOf("/")));
}

/** From the root down, without the root. */
export function foldersAbove(path: string): readonly string[] {
  const parts = partsOf(path).slice(0, -1);
  return parts.map((_, index) => `/${parts.slice(0, index + 1).join("/")}`);
}

/** Whether two paths are one or one holds the other. */
export function covers(touched: string, path: string): boolean {
  return touched === path || path.startsWith(`${touched}/`) || touched.startsWith(`${path}/`);
}
