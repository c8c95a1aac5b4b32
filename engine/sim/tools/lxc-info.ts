import { nodeText } from "../files/node.ts";
import { containerIds } from "../pve/container/container-conf.ts";
import { addressesAt } from "../pve/container/container-network.ts";
import { lxcConfigPath } from "../pve/container/lxc-config.ts";
import { fails, parseOptions, refuseArgument, says, type Tool, type ToolContext } from "../tool.ts";
import { type Frozen, own, type RunningGuest } from "../world.ts";

/**
 * LXC 6.0. It rests on LXC's source. `-c KEY` tells what the file under /var/lib/lxc says, which every `pct set` writes
 * anew, and not what the running container was started with; a key that may be repeated answers with all its values.
 */
export const lxcInfo: Tool = {
  name: "lxc-info",
  rests: "documented",
  run(context, args) {
    const { flags, values, words } = parseOptions("lxc-info", args, {
      flags: { ...both("i", "ips"), ...both("p", "pid"), ...both("s", "state"), ...both("H", "no-humanize") },
      values: { ...both("n", "name"), ...both("c", "config") },
    });
    const [word, ...more] = words;
    const name = values.get("name")?.at(-1) ?? word;
    if (name === undefined || more.length > 0) refuseArgument("lxc-info", args.join(" "));
    const { host, user } = context.session;
    if (user.uid !== 0) return fails(1, `${name} doesn't exist\n`);
    const container = own(host.pve?.containers ?? {}, name);
    const running = container?.running ?? null;
    const file = host.files[lxcConfigPath(name)];
    if (running === null && file?.type !== "file") return fails(1, `${name} doesn't exist\n`);

    const keys = values.get("config") ?? [];
    const all = flags.size === (flags.has("no-humanize") ? 1 : 0) && keys.length === 0;
    const asked = ["state", "pid", "ips"].filter((flag) => flags.has(flag)).length;
    // One thing asked without `human` text is the bare value.
    const bare = flags.has("no-humanize") && asked === 1 && !all;
    const line = (label: string, value: string | number) => (bare ? `${value}\n` : `${label.padEnd(15)} ${value}\n`);
    const wants = (flag: string) => all || flags.has(flag);
    const text = file?.type === "file" ? nodeText(file) : "";
    const shown = [
      ...(all ? [line("Name:", name)] : []),
      ...(wants("state") ? [line("State:", running === null ? "STOPPED" : "RUNNING")] : []),
      ...(wants("pid") && running !== null ? [line("PID:", running.pid)] : []),
      ...(wants("ips") && running !== null ? ipsOf(context, name).map((ip) => line("IP:", ip)) : []),
      ...(all && running !== null ? stats(running, text) : []),
    ];
    const answers = keys.map((key) => configItem(text, key, flags.has("no-humanize") && keys.length === 1));
    return {
      code: 0,
      stdout: [...shown, ...answers.map((answer) => answer.stdout)].join(""),
      stderr: answers.map((answer) => answer.stderr).join(""),
    };
  },
};

function both(letter: string, name: string): Readonly<Record<string, string>> {
  return { [`-${letter}`]: name, [`--${name}`]: name };
}

function ipsOf({ session: { host } }: ToolContext, name: string): readonly string[] {
  const nets = own(host.pve?.containers ?? {}, name)?.inside?.booted?.nets ?? [];
  return addressesAt(nets, host.clockMs).map((address) => address.replace(/\/.*$/, ""));
}

function stats(_running: Frozen<RunningGuest>, text: string): readonly string[] {
  const row = (label: string, value: string) => `${label.padEnd(15)} ${value}\n`;
  const links = [...text.matchAll(/^lxc\.net\.\d+\.veth\.pair = (\S+)$/gm)].map((match) => match[1] ?? "");
  return [
    row("CPU use:", "0.52 seconds"),
    row("Memory use:", "12.00 MiB"),
    row("KMem use:", "2.10 MiB"),
    ...links.flatMap((link) => [
      row("Link:", link),
      row(" TX bytes:", "266 bytes"),
      row(" RX bytes:", "220 bytes"),
      row(" Total bytes:", "486 bytes"),
    ]),
  ];
}

/** Keys whose every value is followed by a line feed of its own, before that of the tool. */
const LISTS = /^lxc\.(cgroup2?\.|mount\.entry$|cap\.(drop|keep)$|environment$|hook\.|group$|include$)/;
const DEFAULTS: Readonly<Record<string, string>> = {
  "lxc.init.cmd": "",
  "lxc.apparmor.profile": "",
  "lxc.idmap": "",
};

function configItem(text: string, key: string, bare: boolean): { readonly stdout: string; readonly stderr: string } {
  if (!/^lxc\.[a-z]/.test(key)) return { stdout: "", stderr: `${key} invalid\n` };
  const given = [...text.matchAll(/^([^ =]+) = ?(.*)$/gm)]
    .filter((match) => match[1] === key)
    .map((match) => match[2] ?? "");
  // An empty value clears what came before it.
  const valid = given.slice(given.lastIndexOf("") + 1);
  const list = LISTS.test(key);
  const values = key === "lxc.cap.drop" ? valid.flatMap((value) => value.split(/\s+/)) : valid;
  const value = list
    ? values.map((each) => `${each}\n`).join("")
    : key === "lxc.idmap"
      ? values.join("\n")
      : (values.at(-1) ?? DEFAULTS[key] ?? "");
  if (value === "") return { stdout: bare ? "\n" : `${key} =\n`, stderr: "" };
  return { stdout: bare ? `${value}\n` : `${key} = ${value}\n`, stderr: "" };
}

/** The names alone; with `--running`, `--stopped` or `-f` only as far as modules have asked so far. */
export const lxcLs: Tool = {
  name: "lxc-ls",
  rests: "documented",
  run({ session: { host } }, args) {
    const { flags, words } = parseOptions("lxc-ls", args, {
      flags: { "-1": "line", "--line": "line", "--running": "running", "--stopped": "stopped" },
    });
    if (words.length > 0) refuseArgument("lxc-ls", words.join(" "));
    const runs = (vmid: string) => (own(host.pve?.containers ?? {}, vmid)?.running ?? null) !== null;
    const defined = containerIds(host).filter((vmid) => runs(vmid) || host.files[lxcConfigPath(vmid)] !== undefined);
    const shown = defined.filter(
      (vmid) => (!flags.has("running") || runs(vmid)) && (!flags.has("stopped") || !runs(vmid)),
    );
    if (shown.length === 0) return says("");
    return says(flags.has("line") ? shown.map((vmid) => `${vmid}\n`).join("") : `${shown.join(" ")} \n`);
  },
};
