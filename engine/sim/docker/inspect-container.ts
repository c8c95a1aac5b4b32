// Over 300 lines: one answer, field by field in the order in which Docker prints them; in parts nobody could compare it with a transcript.
import { sha256 } from "../files/node.ts";
import type { Frozen, FrozenHost } from "../world.ts";
import { containerNow, wordsOf } from "./container-now.ts";
import { dockerOf } from "./engine.ts";
import { addressIn, findNetwork } from "./networks.ts";
import type { DockerContainer, Healthcheck, PortBinding } from "./state.ts";
import { DATA_ROOT, volumePath } from "./volumes.ts";

export type Json = null | boolean | number | string | readonly Json[] | { readonly [key: string]: Json };
type Fields = { readonly [key: string]: Json };

export const isoTime = (ms: number | null): string =>
  ms === null || ms === 0 ? "0001-01-01T00:00:00Z" : new Date(ms).toISOString().replace("Z", "000001Z");

/** What `docker inspect` shows of a container, in its order. */
export function inspectContainer(host: FrozenHost, container: Frozen<DockerContainer>): Fields {
  const { id, config } = container;
  const now = containerNow(host, container);
  const [path = "", ...args] = wordsOf(container);
  const folder = `${DATA_ROOT}/containers/${id}`;
  const health = now.health;
  return {
    Id: id,
    Created: isoTime(container.created),
    Path: path,
    Args: args,
    State: {
      Status: now.status,
      Running: now.running || now.status === "restarting",
      Paused: now.status === "paused",
      Restarting: now.status === "restarting",
      OOMKilled: false,
      Dead: false,
      Pid: now.running ? now.pid : 0,
      ExitCode: now.exitCode,
      Error: now.error,
      StartedAt: isoTime(now.startedAt),
      FinishedAt: isoTime(now.finishedAt),
      ...(health === null
        ? {}
        : {
            Health: {
              Status: health.status,
              FailingStreak: health.failingStreak,
              Log: healthLog(container, health, now.startedAt ?? 0),
            },
          }),
    },
    Image: container.image,
    ResolvConfPath: `${folder}/resolv.conf`,
    HostnamePath: `${folder}/hostname`,
    HostsPath: `${folder}/hosts`,
    LogPath: `${folder}/${id}-json.log`,
    Name: `/${container.name}`,
    RestartCount: now.restarts,
    Driver: "overlay2",
    Platform: "linux",
    MountLabel: "",
    ProcessLabel: "",
    AppArmorProfile: "docker-default",
    ExecIDs: null,
    HostConfig: hostConfig(container),
    GraphDriver: graphDriver(id),
    Mounts: container.mounts.map(shownMount),
    Config: {
      Hostname: config.hostname,
      Domainname: "",
      User: config.user,
      AttachStdin: false,
      AttachStdout: config.attach,
      AttachStderr: config.attach,
      ...(config.exposed.length > 0 ? { ExposedPorts: keys(config.exposed) } : {}),
      Tty: false,
      OpenStdin: false,
      StdinOnce: false,
      Env: config.env,
      Cmd: config.cmd,
      ...(config.healthcheck === null ? {} : { Healthcheck: shownCheck(config.healthcheck) }),
      Image: container.imageName,
      Volumes: config.volumes.length > 0 ? keys(config.volumes) : null,
      WorkingDir: config.workdir,
      Entrypoint: config.entrypoint,
      OnBuild: null,
      Labels: sorted(config.labels),
    },
    NetworkSettings: networkSettings(host, container, now.running),
  };
}

const keys = (names: readonly string[]): Fields => Object.fromEntries(names.map((name) => [name, {}]));
export const sorted = (record: Readonly<Record<string, string>>): Readonly<Record<string, string>> =>
  Object.fromEntries(Object.entries(record).sort(([a], [b]) => (a < b ? -1 : 1)));

export function shownCheck({ test, intervalMs, timeoutMs, startPeriodMs, retries }: Frozen<Healthcheck>): Fields {
  const nano = (name: string, ms: number): Fields => (ms === 0 ? {} : { [name]: ms * 1_000_000 });
  return {
    Test: test,
    ...nano("Interval", intervalMs),
    ...nano("Timeout", timeoutMs),
    ...nano("StartPeriod", startPeriodMs),
    ...(retries === 0 ? {} : { Retries: retries }),
  };
}

/** The engine keeps the last five probes. */
function healthLog(
  { config }: Frozen<DockerContainer>,
  { probes, failing }: { readonly probes: number; readonly failing: boolean },
  startedAt: number,
): Json {
  const interval = config.healthcheck?.intervalMs || 30_000;
  const first = Math.max(1, probes - 4);
  return Array.from({ length: probes === 0 ? 0 : probes - first + 1 }, (_, index) => {
    const at = startedAt + (first + index) * interval;
    return { Start: isoTime(at), End: isoTime(at + 20), ExitCode: failing ? 1 : 0, Output: "" };
  });
}

export function graphDriver(id: string): Fields {
  const folder = `${DATA_ROOT}/overlay2/${sha256(`layer ${id}`)}`;
  return {
    Data: {
      LowerDir: `${folder}-init/diff`,
      MergedDir: `${folder}/merged`,
      UpperDir: `${folder}/diff`,
      WorkDir: `${folder}/work`,
    },
    Name: "overlay2",
  };
}

function shownMount({ kind, source, target, readOnly, mode }: Frozen<DockerContainer>["mounts"][number]): Fields {
  if (kind === "bind")
    return { Type: "bind", Source: source, Destination: target, Mode: mode, RW: !readOnly, Propagation: "rprivate" };
  if (kind === "tmpfs")
    return { Type: "tmpfs", Source: "", Destination: target, Mode: mode, RW: !readOnly, Propagation: "" };
  return {
    Type: "volume",
    Name: source,
    Source: volumePath(source),
    Destination: target,
    Driver: "local",
    Mode: mode,
    RW: !readOnly,
    Propagation: "",
  };
}

function hostConfig(container: Frozen<DockerContainer>): Fields {
  const byHand = !container.config.attach;
  const own = container.hostConfig as Fields;
  const base: Fields = {
    Binds: container.binds,
    ContainerIDFile: "",
    LogConfig: { Type: "json-file", Config: {} },
    NetworkMode: container.networkMode,
    PortBindings: bindings(container.ports, false),
    RestartPolicy: {
      Name: container.restart.name || (byHand ? "no" : ""),
      MaximumRetryCount: container.restart.retries,
    },
    AutoRemove: container.autoRemove,
    VolumeDriver: "",
    VolumesFrom: null,
    CapAdd: null,
    CapDrop: null,
    CgroupnsMode: "private",
    Dns: byHand ? [] : null,
    DnsOptions: byHand ? [] : null,
    DnsSearch: byHand ? [] : null,
    ExtraHosts: byHand ? null : [],
    GroupAdd: null,
    IpcMode: "private",
    Cgroup: "",
    Links: null,
    OomScoreAdj: 0,
    PidMode: "",
    Privileged: false,
    PublishAllPorts: false,
    ReadonlyRootfs: false,
    SecurityOpt: null,
    UTSMode: "",
    UsernsMode: "",
    ShmSize: 67108864,
    Runtime: "runc",
    ConsoleSize: [0, 0],
    Isolation: "",
    CpuShares: 0,
    Memory: 0,
    NanoCpus: 0,
    CgroupParent: "",
    BlkioWeight: 0,
    BlkioWeightDevice: byHand ? [] : null,
    BlkioDeviceReadBps: null,
    BlkioDeviceWriteBps: null,
    BlkioDeviceReadIOps: null,
    BlkioDeviceWriteIOps: null,
    CpuPeriod: 0,
    CpuQuota: 0,
    CpuRealtimePeriod: 0,
    CpuRealtimeRuntime: 0,
    CpusetCpus: "",
    CpusetMems: "",
    Devices: byHand ? [] : null,
    DeviceCgroupRules: null,
    DeviceRequests: null,
    KernelMemory: 0,
    KernelMemoryTCP: 0,
    MemoryReservation: 0,
    MemorySwap: 0,
    MemorySwappiness: null,
    OomKillDisable: false,
    PidsLimit: null,
    Ulimits: null,
    CpuCount: 0,
    CpuPercent: 0,
    IOMaximumIOps: 0,
    IOMaximumBandwidth: 0,
  };
  return {
    ...Object.fromEntries(Object.entries(base).map(([name, value]) => [name, own[name] ?? value])),
    ...(container.hostMounts === null ? {} : { Mounts: container.hostMounts as Json }),
    MaskedPaths: MASKED,
    ReadonlyPaths: READ_ONLY,
  };
}
const MASKED = ["asound", "acpi", "kcore", "keys", "latency_stats", "timer_list", "timer_stats", "sched_debug", "scsi"]
  .map((name) => `/proc/${name}`)
  .concat("/sys/firmware");
const READ_ONLY = ["bus", "fs", "irq", "sys", "sysrq-trigger"].map((name) => `/proc/${name}`);

/** What is asked for; `live`: what it came to, both families where no address was said. */
function bindings(ports: Frozen<readonly PortBinding[]>, live: boolean): Fields {
  const found: Record<string, Json[]> = {};
  for (const { target, ip, port } of [...ports].sort((a, b) => (a.target < b.target ? -1 : 1))) {
    const ips = live && ip === "" ? ["0.0.0.0", "::"] : [ip];
    found[target] = [...(found[target] ?? []), ...ips.map((each) => ({ HostIp: each, HostPort: port }))];
  }
  return found;
}

function networkSettings(host: FrozenHost, container: Frozen<DockerContainer>, running: boolean): Fields {
  const joined = container.networkMode.startsWith("container:");
  const sandbox = running && !joined ? sha256(`sandbox ${container.id} ${containerNow(host, container).netns}`) : "";
  const networks = Object.fromEntries(
    Object.keys(container.networks).map((name) => [name, endpoint(host, container, name, running)]),
  );
  const bridge = networks.bridge;
  const of = (name: string, empty: Json): Fields => ({ [name]: bridge?.[name] ?? empty });
  const exposed =
    running && !joined ? Object.fromEntries(container.config.exposed.map((port): [string, Json] => [port, null])) : {};
  return {
    Bridge: "",
    SandboxID: sandbox,
    HairpinMode: false,
    LinkLocalIPv6Address: "",
    LinkLocalIPv6PrefixLen: 0,
    Ports: running && !joined ? { ...exposed, ...bindings(container.ports, true) } : {},
    SandboxKey: sandbox === "" ? "" : `/var/run/docker/netns/${sandbox.slice(0, 12)}`,
    SecondaryIPAddresses: null,
    SecondaryIPv6Addresses: null,
    ...of("EndpointID", ""),
    ...of("Gateway", ""),
    ...of("GlobalIPv6Address", ""),
    ...of("GlobalIPv6PrefixLen", 0),
    ...of("IPAddress", ""),
    ...of("IPPrefixLen", 0),
    ...of("IPv6Gateway", ""),
    ...of("MacAddress", ""),
    Networks: networks,
  };
}

function endpoint(host: FrozenHost, container: Frozen<DockerContainer>, name: string, running: boolean): Fields {
  const network = findNetwork(dockerOf(host), name);
  const { aliases = [], ip = "" } = container.networks[name] ?? {};
  const up = running && network !== undefined;
  const addressed = up && ip !== "";
  const [length = "0"] = (network?.subnet ?? "/0").split("/").slice(1);
  return {
    IPAMConfig: null,
    Links: null,
    Aliases: aliases.length === 0 ? null : aliases,
    NetworkID: network?.id ?? "",
    EndpointID: up ? endpointId(container.id, name) : "",
    Gateway: addressed && network?.subnet ? addressIn(network.subnet, 1) : "",
    IPAddress: addressed ? ip : "",
    IPPrefixLen: addressed ? Number(length) : 0,
    IPv6Gateway: "",
    GlobalIPv6Address: "",
    GlobalIPv6PrefixLen: 0,
    MacAddress: addressed ? macOf(ip) : "",
    DriverOpts: null,
  };
}
export const endpointId = (id: string, network: string): string => sha256(`endpoint ${id} ${network}`);
export function macOf(ip: string): string {
  return `02:42:${ip
    .split(".")
    .map((part) => Number(part).toString(16).padStart(2, "0"))
    .join(":")}`;
}
