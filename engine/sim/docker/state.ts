/** What Docker's engine keeps, as plain data. What a container does at this moment is reckoned from it: see `container-now.ts`. */
export interface DockerState {
  /** By id (`sha256:…`). */
  readonly images: Record<string, DockerImage>;
  /** `name:tag`, as `docker images` shows it → the image's id. */
  readonly tags: Record<string, string>;
  readonly containers: Record<string, DockerContainer>;
  /** By id. */
  readonly networks: Record<string, DockerNetwork>;
  /** By name. */
  readonly volumes: Record<string, DockerVolume>;
  /** Grows with each thing that is made, so that ids are unique and the same each time. */
  serial: number;
}
export interface DockerImage {
  readonly id: string;
  /** The reference it was pulled by: how it behaves is looked up with it. */
  readonly origin: string;
  /** Milliseconds since the epoch. */
  readonly created: number;
  readonly bytes: number;
  /** Of its manifest, by repository: how it was pulled. */
  readonly digests: Record<string, string>;
  readonly config: ImageConfig;
}
export interface ImageConfig {
  readonly env: readonly string[];
  readonly cmd: readonly string[] | null;
  readonly entrypoint: readonly string[] | null;
  /** `8080/tcp`. */
  readonly exposed: readonly string[];
  readonly volumes: readonly string[];
  readonly labels: Readonly<Record<string, string>>;
  readonly healthcheck: Healthcheck | null;
  readonly user: string;
  readonly workdir: string;
}
/** Times in milliseconds; 0 is Docker's own default. */
export interface Healthcheck {
  readonly test: readonly string[];
  readonly intervalMs: number;
  readonly timeoutMs: number;
  readonly startPeriodMs: number;
  readonly retries: number;
}
export interface PortBinding {
  /** `8080/tcp`. */
  readonly target: string;
  readonly ip: string;
  /** Empty: any that is free. */
  readonly port: string;
}
export interface MountPoint {
  readonly kind: "bind" | "volume" | "tmpfs";
  /** A path of the host; of a volume its name. */
  readonly source: string;
  readonly target: string;
  readonly readOnly: boolean;
  /** As it stands in the inspection: `rw`, `z`, or nothing where it was written in the long form. */
  readonly mode: string;
}
export interface Attachment {
  readonly aliases: readonly string[];
  readonly ip: string;
}
export interface DockerContainer {
  readonly id: string;
  name: string;
  /** In the order in which they were made. */
  readonly number: number;
  readonly created: number;
  /** Id of its image, and the name that it was asked for by. */
  readonly image: string;
  readonly imageName: string;
  readonly config: ImageConfig & { readonly hostname: string; readonly attach: boolean };
  readonly networkMode: string;
  readonly binds: readonly string[] | null;
  /** The long form, as HostConfig shows it. */
  readonly hostMounts: readonly Readonly<Record<string, unknown>>[] | null;
  readonly mounts: readonly MountPoint[];
  readonly ports: readonly PortBinding[];
  readonly restart: { readonly name: string; readonly retries: number };
  readonly autoRemove: boolean;
  /** What else of HostConfig is not as usual. */
  readonly hostConfig: Readonly<Record<string, unknown>>;
  /** By the network's name. */
  networks: Record<string, Attachment>;
  /** How often it was started by somebody: what it printed then is still in its log. */
  starts: number;
  life: Life;
}
export type Life =
  | { readonly kind: "created"; readonly exitCode: number; readonly error: string }
  | {
      readonly kind: "started";
      /** The host's clock. */
      readonly at: number;
      /** Its number as a process, and the number of the network namespace it lives in. */
      readonly pid: number;
      readonly netns: number;
      readonly pausedAt?: number;
    }
  | {
      readonly kind: "stopped";
      readonly startedAt: number;
      readonly at: number;
      readonly exitCode: number;
      readonly error: string;
    };
export interface DockerNetwork {
  readonly id: string;
  readonly name: string;
  readonly driver: string;
  readonly created: number;
  readonly internal: boolean;
  readonly subnet: string | null;
  readonly labels: Readonly<Record<string, string>>;
  /** Compose leaves the options of its address management out. */
  readonly byCompose: boolean;
}
export interface DockerVolume {
  readonly name: string;
  readonly created: number;
  readonly labels: Readonly<Record<string, string>> | null;
}

/** How an image of the registry behaves in the lab, and what it is made of, where the inventory says so. */
export interface DescribedImage {
  /** The registry does not have it. */
  readonly missing?: boolean;
  /** Another text: another image behind the same tag. */
  readonly revision?: string;
  readonly exitCode?: number;
  /** How long after its start it ends. */
  readonly exitsAfterMs?: number;
  /** What it prints, on stderr. */
  readonly logs?: readonly string[];
  readonly health?: "healthy" | "unhealthy";
  readonly healthyAfterMs?: number;
  /** What is in it: nothing but its program, busybox, Alpine or Debian. Unsaid: Alpine. */
  readonly system?: "none" | "busybox" | "alpine" | "debian";
  readonly cmd?: readonly string[];
  readonly entrypoint?: readonly string[];
  readonly env?: readonly string[];
  readonly exposed?: readonly string[];
  readonly volumes?: readonly string[];
  readonly labels?: Readonly<Record<string, string>>;
  readonly healthcheck?: Healthcheck;
  readonly user?: string;
}
