import { sha256 } from "../files/node.ts";
import type { Frozen, FrozenHost } from "../world.ts";
import { dockerOf } from "./engine.ts";
import { tagsOf } from "./images.ts";
import { endpointId, graphDriver, isoTime, type Json, macOf, shownCheck, sorted } from "./inspect-container.ts";
import { addressIn, attachedTo } from "./networks.ts";
import type { DockerImage, DockerNetwork, DockerVolume } from "./state.ts";
import { volumePath } from "./volumes.ts";

type Fields = { readonly [key: string]: Json };

export function inspectImage(host: FrozenHost, image: Frozen<DockerImage>): Fields {
  const { config } = image;
  const keys = (names: readonly string[]): Fields => Object.fromEntries(names.map((name) => [name, {}]));
  const labelled = Object.keys(config.labels).length > 0;
  const shown: Fields = {
    Hostname: "",
    Domainname: "",
    User: config.user,
    AttachStdin: false,
    AttachStdout: false,
    AttachStderr: false,
    ...(config.exposed.length > 0 ? { ExposedPorts: keys(config.exposed) } : {}),
    Tty: false,
    OpenStdin: false,
    StdinOnce: false,
    Env: config.env,
    Cmd: config.cmd,
    ...(config.healthcheck === null ? {} : { Healthcheck: shownCheck(config.healthcheck) }),
    Image: `sha256:${sha256(`parent ${image.id}`)}`,
    Volumes: config.volumes.length > 0 ? keys(config.volumes) : null,
    WorkingDir: config.workdir,
    Entrypoint: config.entrypoint,
    OnBuild: null,
    Labels: labelled ? sorted(config.labels) : null,
  };
  const builder = sha256(`builder ${image.id}`);
  return {
    Id: image.id,
    RepoTags: tagsOf(dockerOf(host), image.id),
    RepoDigests: Object.entries(image.digests).map(([repository, digest]) => `${repository}@${digest}`),
    Parent: "",
    Comment: "",
    Created: isoTime(image.created),
    Container: builder,
    ContainerConfig: {
      ...shown,
      Hostname: builder.slice(0, 12),
      Cmd: nop(config.cmd, config.entrypoint),
      Labels: labelled ? sorted(config.labels) : {},
    },
    DockerVersion: "20.10.24+dfsg1",
    Author: "",
    Config: shown,
    Architecture: "amd64",
    Os: "linux",
    Size: image.bytes,
    VirtualSize: image.bytes,
    GraphDriver: graphDriver(image.id),
    RootFS: { Type: "layers", Layers: [`sha256:${sha256(`layer of ${image.id}`)}`] },
    Metadata: { LastTagTime: "0001-01-01T00:00:00Z" },
  };
}

/** The last line of its Dockerfile, as the builder noted it. */
function nop(cmd: readonly string[] | null, entrypoint: readonly string[] | null): Json {
  const [name, words] = cmd === null ? ["ENTRYPOINT", entrypoint ?? []] : ["CMD", cmd];
  return ["/bin/sh", "-c", "#(nop) ", `${name} [${words.map((word) => JSON.stringify(word)).join(" ")}]`];
}

export function inspectNetwork(host: FrozenHost, network: Frozen<DockerNetwork>): Fields {
  const { name, subnet } = network;
  const [, bits = ""] = (subnet ?? "").split("/");
  return {
    Name: name,
    Id: network.id,
    Created: isoTime(network.created || host.clockMs),
    Scope: "local",
    Driver: network.driver,
    EnableIPv6: false,
    IPAM: {
      Driver: "default",
      Options: network.byCompose || ["bridge", "host", "none"].includes(name) ? null : {},
      Config: subnet === null ? [] : [{ Subnet: subnet, Gateway: addressIn(subnet, 1) }],
    },
    Internal: network.internal,
    Attachable: false,
    Ingress: false,
    ConfigFrom: { Network: "" },
    ConfigOnly: false,
    Containers: Object.fromEntries(
      attachedTo(host, name).map((container): [string, Json] => {
        const ip = container.networks[name]?.ip ?? "";
        return [
          container.id,
          {
            Name: container.name,
            EndpointID: endpointId(container.id, name),
            MacAddress: ip === "" ? "" : macOf(ip),
            IPv4Address: ip === "" ? "" : `${ip}/${bits}`,
            IPv6Address: "",
          },
        ];
      }),
    ),
    Options: {},
    Labels: sorted(network.labels),
  };
}

export function inspectVolume({ name, created, labels }: Frozen<DockerVolume>): Fields {
  return {
    CreatedAt: new Date(created).toISOString().replace(/\.\d+Z/, "Z"),
    Driver: "local",
    Labels: labels === null ? null : sorted(labels),
    Mountpoint: volumePath(name),
    Name: name,
    Options: null,
    Scope: "local",
  };
}
