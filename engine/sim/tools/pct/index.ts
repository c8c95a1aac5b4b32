import { collectOutput } from "../../pve/pve-error.ts";
import { fails, NotImitated, type Tool, type ToolResult } from "../../tool.ts";
import type { PctCall } from "./call.ts";
import { config } from "./config.ts";
import { create } from "./create.ts";
import { destroy } from "./destroy.ts";
import { list } from "./list.ts";
import { parseCall, type Subcommand, usageOf } from "./options.ts";
import { pending } from "./pending.ts";
import { set } from "./set.ts";
import { unlock } from "./unlock.ts";

/** In the order and the groups of the tool's own overview. */
const COMMANDS: readonly (readonly (readonly [name: string, subcommand: Subcommand | string])[])[] = [
  [
    ["clone", "pct clone <vmid> <newid> [OPTIONS]"],
    ["create", create],
    ["destroy", destroy],
    ["list", list],
    ["migrate", "pct migrate <vmid> <target> [OPTIONS]"],
    ["move-volume", "pct move-volume <vmid> <volume> [<storage>] [<target-vmid>] [<target-volume>] [OPTIONS]"],
    ["pending", pending],
    ["resize", "pct resize <vmid> <disk> <size> [OPTIONS]"],
    ["restore", "pct restore <vmid> <ostemplate> [OPTIONS]"],
    ["template", "pct template <vmid>"],
  ],
  [
    ["config", config],
    ["set", set],
  ],
  [
    ["delsnapshot", "pct delsnapshot <vmid> <snapname> [OPTIONS]"],
    ["listsnapshot", "pct listsnapshot <vmid>"],
    ["rollback", "pct rollback <vmid> <snapname> [OPTIONS]"],
    ["snapshot", "pct snapshot <vmid> <snapname> [OPTIONS]"],
  ],
  [
    ["reboot", "pct reboot <vmid> [OPTIONS]"],
    ["resume", "pct resume <vmid>"],
    ["shutdown", "pct shutdown <vmid> [OPTIONS]"],
    ["start", "pct start <vmid> [OPTIONS]"],
    ["stop", "pct stop <vmid> [OPTIONS]"],
    ["suspend", "pct suspend <vmid>"],
  ],
  [
    ["console", "pct console <vmid> [OPTIONS]"],
    ["cpusets", "pct cpusets "],
    ["df", "pct df <vmid>"],
    ["enter", "pct enter <vmid> [OPTIONS]"],
    ["exec", "pct exec <vmid> [<extra-args>] [OPTIONS]"],
    ["fsck", "pct fsck <vmid> [OPTIONS]"],
    ["fstrim", "pct fstrim <vmid> [OPTIONS]"],
    ["mount", "pct mount <vmid>"],
    ["pull", "pct pull <vmid> <path> <destination> [OPTIONS]"],
    ["push", "pct push <vmid> <file> <destination> [OPTIONS]"],
    [
      "remote-migrate",
      "pct remote-migrate <vmid> [<target-vmid>] <target-endpoint> --target-bridge <string> --target-storage <string> [OPTIONS]",
    ],
    ["rescan", "pct rescan  [OPTIONS]"],
    ["status", "pct status <vmid> [OPTIONS]"],
    ["unlock", unlock],
    ["unmount", "pct unmount <vmid>"],
  ],
  [["help", "pct help [<extra-args>] [OPTIONS]"]],
];

/** pve-container 5. A subcommand that stands in the table as its usage alone is not imitated. */
export const pct: Tool = {
  name: "pct",
  rests: "recorded",
  run(context, args) {
    if (context.session.user.uid !== 0) return notRoot();
    const [spelled, ...rest] = args;
    if (spelled === undefined) return overview("ERROR: no command specified");
    const found = findCommand(spelled);
    if (found === undefined) return overview(`ERROR: unknown command 'pct ${spelled}'`);
    const [name, subcommand] = found;
    if (typeof subcommand === "string") throw new NotImitated(`the embedded lab does not imitate "pct ${name}"`);
    const call: PctCall | ToolResult = parsed(name, subcommand, rest, context.stdin);
    // A call of pct starts a Perl interpreter and asks the cluster's file system.
    context.session.spend(PERL_MS);
    return "code" in call ? call : subcommand.run(context, call);
  },
};

const PERL_MS = 650;

function parsed(name: string, subcommand: Subcommand, args: readonly string[], stdin: Uint8Array) {
  let call: PctCall | null = null;
  const result = collectOutput(usageOf(name, subcommand), () => {
    call = parseCall(subcommand, args, stdin);
  });
  return call ?? result;
}

/** By its name, by an older name, or by a beginning that fits one only. */
function findCommand(spelled: string) {
  const all = COMMANDS.flat();
  const wanted = spelled.replaceAll("_", "-");
  const fitting = all.filter(([name]) => name.startsWith(wanted));
  return all.find(([name]) => name === wanted) ?? (fitting.length === 1 ? fitting[0] : undefined);
}

function overview(complaint: string): ToolResult {
  const lines = COMMANDS.map((group) =>
    group
      .map(([name, subcommand]) => (typeof subcommand === "string" ? subcommand : usageOf(name, subcommand)))
      .map((usage) => `       ${usage}\n`)
      .join(""),
  );
  return fails(255, `${complaint}\nUSAGE: pct <COMMAND> [ARGS] [OPTIONS]\n\n${lines.join("\n")}`);
}

function notRoot(): ToolResult {
  const attempts = [1, 2, 3].map((attempt) => `ipcc_send_rec[${attempt}] failed: Unknown error -1\n`);
  return fails(255, `${attempts.join("")}Unable to load access control list: Unknown error -1\n`);
}
