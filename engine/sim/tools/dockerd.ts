import { parseJson } from "../../formats/json.ts";
import { readFile } from "../files/file-changes.ts";
import { absolute, fails, parseOptions, refuseArgument, says, type Tool } from "../tool.ts";

/** Names that /etc/docker/daemon.json may have, by the manual of dockerd. */
const DIRECTIVES: ReadonlySet<string> = new Set(
  `allow-nondistributable-artifacts api-cors-header authorization-plugins bip bridge builder cgroup-parent containerd
   containerd-namespace containerd-plugins-namespace data-root debug default-address-pools default-cgroupns-mode default-gateway
   default-gateway-v6 default-network-opts default-runtime default-shm-size default-ulimits dns dns-opts dns-search exec-opts
   exec-root experimental features fixed-cidr fixed-cidr-v6 group hosts http-proxy https-proxy icc init init-path
   insecure-registries ip ip-forward ip-masq ip6tables iptables ipv6 labels live-restore log-driver log-format log-level log-opts
   max-concurrent-downloads max-concurrent-uploads max-download-attempts metrics-addr mtu no-new-privileges no-proxy
   node-generic-resources oom-score-adjust pidfile proxies raw-logs registry-mirrors runtimes seccomp-profile selinux-enabled
   shutdown-timeout storage-driver storage-opts swarm-default-advertise-addr tls tlscacert tlscert tlskey tlsverify
   userland-proxy userland-proxy-path userns-remap`.split(/\s+/),
);
const SWITCHES = ["live-restore", "debug", "iptables", "ip6tables", "ipv6", "experimental", "icc", "userland-proxy"];

/** `dockerd --validate --config-file FILE`, which there is since Docker 23: the engine itself is a unit. */
export const dockerd: Tool = {
  name: "dockerd",
  rests: "documented",
  run(context, args) {
    const { flags, values, words } = parseOptions("dockerd", args, {
      flags: { "--validate": "validate" },
      values: { "--config-file": "file" },
    });
    const file = values.get("file")?.at(-1);
    if (!flags.has("validate") || file === undefined || words.length > 0) refuseArgument("dockerd", args.join(" "));
    const bytes = readFile(context.session, absolute(context, file));
    const said = (why: string) => fails(1, `unable to configure the Docker daemon with file ${file}: ${why}\n`);
    if (bytes === undefined) return said(`open ${file}: no such file or directory`);
    const parsed = parseJson(Buffer.from(bytes).toString("utf8"));
    if (typeof parsed !== "object" || parsed === null || Array.isArray(parsed))
      return said("invalid character in JSON");
    const unknown = Object.keys(parsed).filter((name) => !DIRECTIVES.has(name));
    if (unknown.length > 0)
      return said(`the following directives don't match any configuration option: ${unknown.join(", ")}`);
    const wrong = Object.entries(parsed).find(([name, value]) => SWITCHES.includes(name) && typeof value !== "boolean");
    if (wrong !== undefined)
      return said(`json: cannot unmarshal ${typeof wrong[1]} into Go struct field Config.${wrong[0]} of type bool`);
    return says("configuration OK\n");
  },
};
