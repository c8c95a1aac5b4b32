import { fails, refuseArgument, says, type ToolContext, type ToolResult } from "../../tool.ts";

/** Looks for what could be a storage. Only servers that do not answer are known. */
export function scan({ session }: ToolContext, args: readonly string[]): ToolResult {
  const [kind = "", ...rest] = args;
  if (kind === "zfs") {
    const pools = session.host.zfs?.pools ?? {};
    return says(
      Object.values(pools)
        .flatMap(({ datasets }) => Object.keys(datasets))
        .map((name) => `${name}\n`)
        .join(""),
    );
  }
  const server = rest[0] ?? "";
  if (kind !== "nfs" || !/^(127\.|localhost$)/.test(server)) refuseArgument("pvesm", `scan ${args.join(" ")}`);
  return fails(
    1,
    `clnt_create: RPC: Unable to receive\ncommand '/sbin/showmount --no-headers --exports ${server}' failed: exit code 1\n`,
  );
}
