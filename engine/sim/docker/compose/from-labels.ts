import type { Session } from "../../session.ts";
import { dockerOf } from "../engine.ts";
import { containersOf, serviceOf } from "./converge.ts";
import { type Condition, type Dependency, LABEL, type Project, type Service, type Shared } from "./project.ts";

/** A project as its containers tell of it, where a command is given no file. */
export function fromLabels(session: Session, name: string): Project {
  const services = new Map<string, Service>();
  const containers = containersOf(session, name);
  for (const container of containers) {
    const service = serviceOf(container);
    services.set(service, {
      name: service,
      image: container.imageName,
      containerName: container.name,
      replicas: containers.filter((each) => serviceOf(each) === service).length,
      profiles: [],
      command: null,
      entrypoint: null,
      environment: {},
      labels: {},
      ports: [],
      expose: [],
      binds: [],
      mounts: [],
      networks: {},
      networkMode: null,
      dependsOn: dependencies(container.config.labels[`${LABEL}.depends_on`] ?? ""),
      restart: { name: "", retries: 0 },
      healthcheck: null,
      hostname: null,
      user: null,
      workdir: null,
      stopMs: 10_000,
      hostConfig: {},
      pullPolicy: null,
      definition: {},
    });
  }
  const state = dockerOf(session.host);
  const own = (
    things: readonly { readonly name: string; readonly labels: Readonly<Record<string, string>> | null }[],
    kind: string,
  ) =>
    new Map(
      things
        .filter(({ labels }) => labels?.[`${LABEL}.project`] === name)
        .map(({ name: called, labels }): [string, Shared] => [
          labels?.[`${LABEL}.${kind}`] ?? called,
          { name: called, external: false, internal: false, labels: {} },
        ]),
    );
  const [first] = containers;
  return {
    name,
    dir: first?.config.labels[`${LABEL}.project.working_dir`] ?? "/",
    files: [],
    services,
    disabled: new Map(),
    networks: own(Object.values(state.networks), "network"),
    volumes: own(Object.values(state.volumes), "volume"),
    warnings: [],
  };
}

function dependencies(label: string): Readonly<Record<string, Dependency>> {
  return Object.fromEntries(
    label
      .split(",")
      .filter((each) => each !== "")
      .map((each): [string, Dependency] => {
        const [service = "", condition = "service_started", restart] = each.split(":");
        return [service, { condition: condition as Condition, restart: restart === "true", required: true }];
      }),
  );
}
