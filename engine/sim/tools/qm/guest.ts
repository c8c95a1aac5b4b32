import { collectOutput, PveError } from "../../pve/command/pve-error.ts";
import { interfacesOf } from "../../pve/vm/vm-cloud-init.ts";
import { loadVmConf, type VmConf } from "../../pve/vm/vm-conf.ts";
import { isVmRunning } from "../../pve/vm/vm-running.ts";
import { agentAnswers, wantsAgent } from "../../pve/vm/vm-system.ts";
import type { Session } from "../../session.ts";
import { NotImitated } from "../../tool.ts";
import type { Subcommand } from "./options.ts";
import { VMID } from "./words.ts";

export const guestCommand: Subcommand = {
  words: [VMID, { name: "command", schema: { kind: "string" } }],
  options: {},
  run({ session }, { vmid, words }) {
    return collectOutput("", ({ out, warn }) => {
      const conf = loadVmConf(session.host, vmid, warn);
      assertAgent(session, vmid, conf);
      const answer = answerTo(words.get("command") ?? "", conf);
      if (answer !== null) out(`${JSON.stringify(answer, null, 3).replaceAll('": ', '" : ')}\n`);
    });
  },
};

/** A system inside is not modelled, so nothing can be run in it; what is refused before that is as on a real node. */
export const guestExec: Subcommand = {
  words: [VMID],
  options: {
    "pass-stdin": { kind: "boolean" },
    synchronous: { kind: "boolean" },
    timeout: { kind: "integer", min: 0 },
  },
  extra: true,
  run({ session }, { vmid }) {
    return collectOutput("", ({ warn }) => {
      assertAgent(session, vmid, loadVmConf(session.host, vmid, warn));
      throw new NotImitated("the embedded lab's qm guest exec runs nothing: what is inside a machine is not modelled");
    });
  },
};

function assertAgent(session: Session, vmid: string, conf: VmConf): void {
  if (!wantsAgent(conf)) throw new PveError("No QEMU guest agent configured");
  if (!isVmRunning(session.host, vmid)) throw new PveError(`VM ${vmid} is not running`);
  if (!agentAnswers(session.host, vmid, conf)) throw new PveError("QEMU guest agent is not running");
}

function answerTo(command: string, conf: VmConf): unknown {
  switch (command) {
    case "ping":
      return null;
    case "fsfreeze-status":
      return "thawed";
    case "get-host-name":
      return { "host-name": conf.values.get("name") ?? "localhost" };
    case "network-get-interfaces":
      return interfaces(conf);
    default:
      throw new NotImitated(`the embedded lab's guest agent does not know "${command}"`);
  }
}

function interfaces(conf: VmConf): unknown {
  const address = (text: string, type: string) => {
    const [ip = "", prefix] = text.split("/");
    return { "ip-address": ip, "ip-address-type": type, prefix: Number(prefix) };
  };
  const lo = { "hardware-address": "00:00:00:00:00:00", "ip-addresses": [address("127.0.0.1/8", "ipv4")], name: "lo" };
  const nets = interfacesOf(conf).map(({ index, mac, ip, ip6 }) => {
    const v4 = ip.get("ip");
    // Who answers DHCP in the lab gives each number an address of its own.
    const own = v4 === "dhcp" ? `192.0.2.${100 + index}/24` : v4;
    return {
      "hardware-address": mac,
      "ip-addresses": [
        ...(own?.includes("/") ? [address(own, "ipv4")] : []),
        ...(ip6?.includes("/") ? [address(ip6, "ipv6")] : []),
      ],
      name: `eth${index}`,
    };
  });
  return [lo, ...nets];
}
