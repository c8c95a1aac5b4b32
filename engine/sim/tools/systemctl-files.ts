import { link, makeFolder } from "../files/file-changes.ts";
import { drop, nodeAt } from "../files/file-tree.ts";
import { findUnit, fullName, OWN_UNITS } from "../host/systemd.ts";
import { fails, says, type ToolContext, type ToolResult } from "../tool.ts";

/** `systemctl enable`: the links that the [Install] section asks for. */
export function enable(context: ToolContext, name: string): ToolResult {
  const unit = findUnit(context.session, name);
  if (unit.load === "not-found") return fails(1, `Failed to enable unit: Unit file ${unit.name} does not exist.\n`);
  if (unit.load === "masked") return fails(1, `Failed to enable unit: Unit file ${unit.path} is masked.\n`);
  let stderr = "";
  const links = [
    ...(unit.settings.get("Install.Alias") ?? []).flatMap(words).map((alias) => `${OWN_UNITS}/${alias}`),
    ...(unit.settings.get("Install.WantedBy") ?? [])
      .flatMap(words)
      .map((target) => `${OWN_UNITS}/${target}.wants/${unit.name}`),
    ...(unit.settings.get("Install.RequiredBy") ?? [])
      .flatMap(words)
      .map((target) => `${OWN_UNITS}/${target}.requires/${unit.name}`),
  ];
  for (const path of links) {
    const there = nodeAt(context.session.host, path);
    if (there?.type === "symlink" && there.target === unit.path) continue;
    makeFolder(context.session, path.slice(0, path.lastIndexOf("/")), true, {});
    link(context.session, path, unit.path);
    stderr += `Created symlink ${path} → ${unit.path}.\n`;
  }
  if (links.length === 0)
    stderr =
      "The unit files have no installation config (WantedBy=, RequiredBy=, Also=,\nAlias= settings in the [Install] section, and DefaultInstance= for template\nunits). This means they are not meant to be enabled using systemctl.\n";
  return says("", stderr);
}

export function disable(context: ToolContext, name: string): ToolResult {
  const unit = findUnit(context.session, name);
  if (unit.load === "not-found") return fails(1, `Failed to disable unit: Unit file ${unit.name} does not exist.\n`);
  let stderr = "";
  const ours = Object.entries(context.session.host.files).filter(
    ([path, node]) =>
      path.startsWith(`${OWN_UNITS}/`) &&
      node.type === "symlink" &&
      // The links of an instance lead to its template's file.
      (node.target.endsWith(`/${unit.name}`) || (path.endsWith(`/${unit.name}`) && node.target === unit.path)) &&
      path !== unit.path,
  );
  for (const [path] of ours) {
    drop(context.session, path);
    stderr += `Removed "${path}".\n`;
  }
  return says("", stderr);
}

export function mask(context: ToolContext, name: string): ToolResult {
  const path = `${OWN_UNITS}/${fullName(name)}`;
  const there = nodeAt(context.session.host, path);
  if (there?.type === "symlink" && there.target === "/dev/null") return says("");
  if (there !== undefined) return fails(1, `Failed to mask unit: File ${path} already exists.\n`);
  const missing = findUnit(context.session, name).load === "not-found";
  link(context.session, path, "/dev/null");
  const note = missing ? `Unit ${fullName(name)} does not exist, proceeding anyway.\n` : "";
  return says("", `${note}Created symlink ${path} → /dev/null.\n`);
}

export function unmask(context: ToolContext, name: string): ToolResult {
  const path = `${OWN_UNITS}/${fullName(name)}`;
  const there = nodeAt(context.session.host, path);
  if (there?.type !== "symlink" || there.target !== "/dev/null") return says("");
  drop(context.session, path);
  return says("", `Removed "${path}".\n`);
}

function words(text: string): readonly string[] {
  return text.split(/\s+/).filter((word) => word !== "");
}
