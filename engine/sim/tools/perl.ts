import { isComparableRaw, RUNNING_CONFIG_PROGRAM } from "../../formats/lxc-running.ts";
import { parseRawLine } from "../../formats/raw-lines.ts";
import { fails, NotImitated, says, type Tool } from "../tool.ts";
import { own } from "../world.ts";

/**
 * Of all programs in Perl one alone: what asks the monitor of a running container for its configuration. It rests on LXC's
 * source; of the lines that LXC and Proxmox VE add by themselves it tells nothing.
 */
export const perl: Tool = {
  name: "perl",
  rests: "documented",
  run({ session: { host, user } }, [option, program, vmid = "", ...keys]) {
    if (option !== "-e" || program !== RUNNING_CONFIG_PROGRAM)
      throw new NotImitated("the embedded lab runs no programs in Perl");
    const running = own(host.pve?.containers ?? {}, vmid)?.running ?? null;
    // The socket answers to root alone.
    if (running === null || user.uid !== 0) return fails(running === null ? 3 : 4);
    const text = running.conf;
    const end = text.search(/^\[/m);
    const raw = (end < 0 ? text : text.slice(0, end)).split("\n").flatMap((line) => parseRawLine(line) ?? []);
    const lines = keys.flatMap((key) => {
      const values = raw.filter((line) => line.key === key).map(({ value }) => value);
      const inForce = isList(key) ? values.slice(values.lastIndexOf("") + 1) : values.slice(-1);
      const split = key === "lxc.cap.drop" ? inForce.flatMap((value) => value.split(/\s+/)) : inForce;
      return split.filter((value) => value !== "").map((value) => `${key} ${value}\n`);
    });
    return says(lines.join(""));
  },
};

function isList(key: string): boolean {
  return isComparableRaw(key) && !/^lxc\.(apparmor|init|seccomp)\./.test(key);
}
