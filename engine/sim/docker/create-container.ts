import { makeFolder } from "../files/file-changes.ts";
import { nodeOf } from "../files/look-at-path.ts";
import type { Session } from "../session.ts";
import { asEngine, changeDocker, DockerError, dockerOf, newId } from "./engine.ts";
import { findContainer } from "./find-container.ts";
import { findImage } from "./images.ts";
import type { Attachment, DockerContainer, Healthcheck, MountPoint, PortBinding } from "./state.ts";
import { ensureVolume } from "./volumes.ts";

/** What a new container shall be, beyond its image. */
export interface NewContainer {
  readonly name: string;
  readonly image: string;
  readonly cmd?: readonly string[];
  readonly entrypoint?: readonly string[];
  readonly env?: readonly string[];
  readonly labels?: Readonly<Record<string, string>>;
  readonly user?: string;
  readonly workdir?: string;
  readonly hostname?: string;
  readonly healthcheck?: Healthcheck | "none";
  readonly exposed?: readonly string[];
  readonly networkMode?: string;
  readonly networks?: Readonly<Record<string, readonly string[]>>;
  readonly binds?: readonly string[];
  readonly hostMounts?: readonly NewMount[];
  readonly ports?: readonly PortBinding[];
  readonly restart?: DockerContainer["restart"];
  readonly autoRemove?: boolean;
  readonly attach?: boolean;
  readonly hostConfig?: Readonly<Record<string, unknown>>;
}
/** The long form of a mount. */
export interface NewMount {
  readonly kind: "bind" | "volume" | "tmpfs";
  readonly source: string;
  readonly target: string;
  readonly readOnly: boolean;
}

/** Makes a container; throws DockerError in the engine's words, and then nothing was made but folders and volumes. */
export function createContainer(session: Session, wanted: NewContainer): string {
  const { host } = session;
  const image = findImage(dockerOf(host), wanted.image);
  if (image === undefined) throw new DockerError(`No such image: ${wanted.image}`);
  const taken = Object.values(dockerOf(host).containers).find(({ name }) => name === wanted.name);
  if (taken !== undefined) {
    throw new DockerError(
      `Conflict. The container name "/${wanted.name}" is already in use by container "${taken.id}". You have to remove (or rename) that container to be able to reuse that name.`,
    );
  }
  const networkMode = resolvedMode(session, wanted.networkMode ?? "default");
  if (networkMode.startsWith("container:")) {
    if ((wanted.ports ?? []).length > 0)
      throw new DockerError("conflicting options: port publishing and the container type network mode");
    if (wanted.hostname !== undefined && wanted.hostname !== "")
      throw new DockerError("conflicting options: hostname and the network mode");
  }
  const mounts = mountsOf(session, wanted, image.config.volumes);
  const id = newId(session, `container ${wanted.name}`);
  const volumes = mounts.map((mount) =>
    mount.kind === "volume" && mount.source === "" ? { ...mount, source: newId(session, "volume") } : mount,
  );
  for (const { kind, source } of volumes) if (kind === "volume") ensureVolume(session, source, null);
  const entrypoint = wanted.entrypoint ?? image.config.entrypoint;
  // An entry point of its own takes the image's command away with it.
  const cmd = wanted.cmd ?? (wanted.entrypoint === undefined ? image.config.cmd : null);
  const joined = networkMode.startsWith("container:") ? networkMode.slice("container:".length) : null;
  const container: DockerContainer = {
    id,
    name: wanted.name,
    number: changeDocker(session).serial,
    created: host.clockMs,
    image: image.id,
    imageName: wanted.image,
    config: {
      hostname: joined?.slice(0, 12) ?? (wanted.hostname || id.slice(0, 12)),
      attach: wanted.attach ?? false,
      user: wanted.user ?? image.config.user,
      workdir: wanted.workdir ?? image.config.workdir,
      env: mergedEnv(wanted.env ?? [], image.config.env),
      cmd: cmd === null ? null : [...cmd],
      entrypoint: entrypoint === null ? null : [...entrypoint],
      exposed: sortPorts([
        ...image.config.exposed,
        ...(wanted.exposed ?? []),
        ...(wanted.ports ?? []).map(({ target }) => target),
      ]),
      volumes: image.config.volumes,
      labels: { ...image.config.labels, ...wanted.labels },
      healthcheck:
        wanted.healthcheck === "none"
          ? { ...noCheck, test: ["NONE"] }
          : (wanted.healthcheck ?? image.config.healthcheck),
    },
    networkMode,
    binds: wanted.binds === undefined || wanted.binds.length === 0 ? null : wanted.binds,
    hostMounts:
      wanted.hostMounts === undefined || wanted.hostMounts.length === 0 ? null : wanted.hostMounts.map(shownMount),
    mounts: volumes,
    ports: wanted.ports ?? [],
    restart: wanted.restart ?? { name: "", retries: 0 },
    autoRemove: wanted.autoRemove ?? false,
    hostConfig: wanted.hostConfig ?? {},
    networks: joined === null ? attachments(wanted, networkMode, id) : {},
    starts: 0,
    life: { kind: "created", exitCode: 0, error: "" },
  };
  changeDocker(session).containers[id] = container;
  return id;
}

const noCheck = { intervalMs: 0, timeoutMs: 0, startPeriodMs: 0, retries: 0 };

/** A container is named in a network mode by its name or id; what is kept is the id, if there is such a container. */
function resolvedMode(session: Session, mode: string): string {
  const named = /^container:(.*)$/.exec(mode)?.[1];
  if (named === undefined) {
    const known = ["default", "bridge", "host", "none"].includes(mode);
    const there = Object.values(dockerOf(session.host).networks).some(({ name, id }) => name === mode || id === mode);
    if (!known && !there) throw new DockerError(`network ${mode} not found`);
    return mode;
  }
  const found = findContainer(dockerOf(session.host), named);
  return found === undefined ? mode : `container:${found.id}`;
}

function attachments(wanted: NewContainer, mode: string, id: string): Record<string, Attachment> {
  const short = id.slice(0, 12);
  if (wanted.networks !== undefined) {
    return Object.fromEntries(
      Object.entries(wanted.networks).map(([name, aliases]) => [name, { aliases: [...aliases, short], ip: "" }]),
    );
  }
  if (mode === "none" || mode === "host") return { [mode]: { aliases: [], ip: "" } };
  return mode === "default" || mode === "bridge"
    ? { bridge: { aliases: [], ip: "" } }
    : { [mode]: { aliases: [short], ip: "" } };
}

/** Variables that the image sets stay behind those that were asked for, unless these set them. */
function mergedEnv(own: readonly string[], image: readonly string[]): readonly string[] {
  const names = new Set(own.map((each) => each.split("=")[0]));
  return [...own.filter((each) => each.includes("=")), ...image.filter((each) => !names.has(each.split("=")[0]))];
}

export function sortPorts(ports: readonly string[]): readonly string[] {
  return [...new Set(ports)].sort((a, b) => (a < b ? -1 : a > b ? 1 : 0));
}

function shownMount({ kind, source, target, readOnly }: NewMount): Readonly<Record<string, unknown>> {
  return {
    Type: kind,
    ...(kind === "tmpfs" ? {} : { Source: source }),
    Target: target,
    ...(readOnly ? { ReadOnly: true } : {}),
    ...(kind === "volume" ? { VolumeOptions: {} } : {}),
  };
}

function mountsOf(session: Session, wanted: NewContainer, imageVolumes: readonly string[]): readonly MountPoint[] {
  const mounts: MountPoint[] = [];
  for (const bind of wanted.binds ?? []) {
    const [source = "", target = "", mode = ""] = bind.split(":");
    const isPath = source.startsWith("/");
    if (isPath && nodeOf(asEngine(session), source) === undefined) makeFolder(asEngine(session), source, true, {});
    const readOnly = mode.split(",").includes("ro");
    mounts.push({ kind: isPath ? "bind" : "volume", source, target, readOnly, mode: isPath ? mode : mode || "z" });
  }
  for (const { kind, source, target, readOnly } of wanted.hostMounts ?? []) {
    if (kind === "bind" && nodeOf(session, source) === undefined)
      throw new DockerError(`invalid mount config for type "bind": bind source path does not exist: ${source}`);
    mounts.push({ kind, source, target, readOnly, mode: kind === "volume" ? "z" : "" });
  }
  const covered = new Set(mounts.map(({ target }) => target));
  for (const target of imageVolumes)
    if (!covered.has(target)) mounts.push({ kind: "volume", source: "", target, readOnly: false, mode: "" });
  return mounts;
}
