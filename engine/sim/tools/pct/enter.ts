import { PveError } from "../../pve/command/pve-error.ts";
import { loadConf } from "../../pve/container/container-conf.ts";
import { isRunning } from "../../pve/inside/container-host.ts";
import { NotImitated } from "../../tool.ts";
import { assertEnterable } from "./exec.ts";
import type { Subcommand } from "./options.ts";
import { VMID } from "./words.ts";

// Both want a terminal or a shell's text, and a batch has neither: what is refused before that is as the real ones say.

export const enter: Subcommand = {
  words: [VMID],
  options: { "keep-env": { kind: "boolean" } },
  run({ session }, { vmid }) {
    assertEnterable(session, vmid);
    throw new NotImitated("the embedded lab's pct enter has no terminal; run one command with pct exec");
  },
};

export const console: Subcommand = {
  words: [VMID],
  options: { escape: { kind: "string", pattern: /^\^?[a-z]$/ } },
  run({ session }, { vmid }) {
    loadConf(session.host, vmid, () => {});
    if (!isRunning(session.host, vmid))
      throw new PveError(
        `lxc-console: ${vmid}: ../src/lxc/tools/lxc_console.c: lxc_console_main: 130 ${vmid} is not running`,
        1,
      );
    throw new NotImitated("the embedded lab's pct console has no terminal");
  },
};
