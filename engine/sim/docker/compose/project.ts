import type { YamlMap } from "../../../formats/yaml-text.ts";
import type { NewMount } from "../create-container.ts";
import type { Healthcheck, PortBinding } from "../state.ts";

export type Condition = "service_started" | "service_healthy" | "service_completed_successfully";
export interface Dependency {
  readonly condition: Condition;
  readonly restart: boolean;
  readonly required: boolean;
}
/** A service with everything in its place: variables put in, paths absolute, the short forms taken apart. */
export interface Service {
  readonly name: string;
  readonly image: string;
  readonly containerName: string | null;
  readonly replicas: number;
  readonly profiles: readonly string[];
  readonly command: readonly string[] | null;
  readonly entrypoint: readonly string[] | null;
  readonly environment: Readonly<Record<string, string | null>>;
  readonly labels: Readonly<Record<string, string>>;
  readonly ports: readonly PortBinding[];
  readonly expose: readonly string[];
  readonly binds: readonly string[];
  readonly mounts: readonly NewMount[];
  /** By their key in the file, with further aliases; empty where a mode is said. */
  readonly networks: Readonly<Record<string, readonly string[]>>;
  readonly networkMode: string | null;
  readonly dependsOn: Readonly<Record<string, Dependency>>;
  readonly restart: { readonly name: string; readonly retries: number };
  readonly healthcheck: Healthcheck | "none" | null;
  readonly hostname: string | null;
  readonly user: string | null;
  readonly workdir: string | null;
  readonly stopMs: number;
  readonly hostConfig: Readonly<Record<string, unknown>>;
  readonly pullPolicy: string | null;
  /** The definition as its hash is made of it. */
  readonly definition: YamlMap;
}
export interface Shared {
  readonly name: string;
  readonly external: boolean;
  readonly internal: boolean;
  readonly labels: Readonly<Record<string, string>>;
}
export interface Project {
  readonly name: string;
  readonly dir: string;
  readonly files: readonly string[];
  /** Those that are enabled, by name. */
  readonly services: ReadonlyMap<string, Service>;
  /** Those whose profile is not. */
  readonly disabled: ReadonlyMap<string, Service>;
  readonly networks: ReadonlyMap<string, Shared>;
  readonly volumes: ReadonlyMap<string, Shared>;
  /** Lines of the log that loading it wrote. */
  readonly warnings: readonly string[];
}

/** What Compose ends with: its words and its exit code. */
export class ComposeError extends Error {
  readonly code: number;

  constructor(message: string, code = 1) {
    super(message);
    this.name = "ComposeError";
    this.code = code;
  }
}

export const LABEL = "com.docker.compose";
export const VERSION = "2.26.1";

/** Services in an order in which each comes after what it depends on; by name where nothing else decides. */
export function inOrder(project: Pick<Project, "services">, names: readonly string[]): readonly Service[] {
  const found: Service[] = [];
  const seen = new Set<string>();
  const visit = (name: string): void => {
    if (seen.has(name)) return;
    seen.add(name);
    const service = project.services.get(name);
    if (service === undefined) return;
    for (const dependency of Object.keys(service.dependsOn).sort()) visit(dependency);
    found.push(service);
  };
  for (const name of [...names].sort()) visit(name);
  const wanted = new Set(names);
  return found.filter(({ name }) => wanted.has(name));
}
