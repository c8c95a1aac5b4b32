import { collectOutput } from "../../pve/pve-error.ts";
import { fails, NotImitated, type Tool, type ToolContext, type ToolResult } from "../../tool.ts";
import type { PctCall } from "./call.ts";
import { clone } from "./clone.ts";
import { config } from "./config.ts";
import { create } from "./create.ts";
import { destroy } from "./destroy.ts";
import { console as consoleOf, enter } from "./enter.ts";
import { exec } from "./exec.ts";
import { list } from "./list.ts";
import { df, fsck, fstrim, mount, unmount } from "./maintain.ts";
import { migrate } from "./migrate.ts";
import { moveVolume } from "./move-volume.ts";
import { parseCall, type Subcommand, usageOf } from "./options.ts";
import { pending } from "./pending.ts";
import { pull, push } from "./push.ts";
import { reboot } from "./reboot.ts";
import { rescan } from "./rescan.ts";
import { resize } from "./resize.ts";
import { rollback } from "./rollback.ts";
import { set } from "./set.ts";
import { shutdown } from "./shutdown.ts";
import { delsnapshot, listsnapshot, snapshot } from "./snapshot.ts";
import { start } from "./start.ts";
import { status } from "./status.ts";
import { stop } from "./stop.ts";
import { resume, suspend } from "./suspend.ts";
import { template } from "./template.ts";
import { unlock } from "./unlock.ts";

/** In the order and the groups of the tool's own overview. */
const COMMANDS: readonly (readonly (readonly [name: string, subcommand: Subcommand | string])[])[] = [
  [
    ["clone", clone],
    ["create", create],
    ["destroy", destroy],
    ["list", list],
    ["migrate", migrate],
    ["move-volume", moveVolume],
    ["pending", pending],
    ["resize", resize],
    ["restore", "pct restore <vmid> <ostemplate> [OPTIONS]"],
    ["template", template],
  ],
  [
    ["config", config],
    ["set", set],
  ],
  [
    ["delsnapshot", delsnapshot],
    ["listsnapshot", listsnapshot],
    ["rollback", rollback],
    ["snapshot", snapshot],
  ],
  [
    ["reboot", reboot],
    ["resume", resume],
    ["shutdown", shutdown],
    ["start", start],
    ["stop", stop],
    ["suspend", suspend],
  ],
  [
    ["console", consoleOf],
    ["cpusets", "pct cpusets "],
    ["df", df],
    ["enter", enter],
    ["exec", exec],
    ["fsck", fsck],
    ["fstrim", fstrim],
    ["mount", mount],
    ["pull", pull],
    ["push", push],
    [
      "remote-migrate",
      "pct remote-migrate <vmid> [<target-vmid>] <target-endpoint> --target-bridge <string> --target-storage <string> [OPTIONS]",
    ],
    ["rescan", rescan],
    ["status", status],
    ["unlock", unlock],
    ["unmount", unmount],
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
    return "code" in call ? call : carriedOut(name, subcommand, context, call);
  },
};

function carriedOut(name: string, subcommand: Subcommand, context: ToolContext, call: PctCall): ToolResult {
  let done: ToolResult | null = null;
  const stopped = collectOutput(usageOf(name, subcommand), () => {
    done = subcommand.run(context, call);
  });
  return done ?? stopped;
}

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
