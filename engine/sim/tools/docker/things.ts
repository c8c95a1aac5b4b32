import { changeDocker, DockerError, dockerOf } from "../../docker/engine.ts";
import { findContainer } from "../../docker/find-container.ts";
import { goJson, goTemplate, TemplateError } from "../../docker/go-template.ts";
import { humanDuration, humanSize, table } from "../../docker/human.ts";
import { findImage, inRegistry, tagsOf } from "../../docker/images.ts";
import { inspectContainer, type Json } from "../../docker/inspect-container.ts";
import { inspectImage, inspectNetwork, inspectVolume } from "../../docker/inspect-things.ts";
import { createNetwork, findNetwork, removeNetwork } from "../../docker/networks.ts";
import { createdAt } from "../../docker/ps-row.ts";
import { parseReference, referenceError } from "../../docker/references.ts";
import type { DockerImage } from "../../docker/state.ts";
import { ensureVolume, removeVolume, volumePath } from "../../docker/volumes.ts";
import type { Session } from "../../session.ts";
import { fails, refuseArgument, says, type ToolContext, type ToolResult } from "../../tool.ts";
import { type Frozen, own } from "../../world.ts";
import { formatted, hasLabel } from "./containers.ts";
import { daemonError, each, last, optionsOf, Told } from "./options.ts";

type Find = (session: Session, name: string) => Json | undefined;
const container: Find = ({ host }, name) => {
  const found = findContainer(dockerOf(host), name);
  return found && inspectContainer(host, found);
};
const image: Find = ({ host }, name) => {
  const found = findImage(dockerOf(host), name);
  return found && inspectImage(host, found);
};
const network: Find = ({ host }, name) => {
  const found = findNetwork(dockerOf(host), name);
  return found && inspectNetwork(host, found);
};
const volume: Find = ({ host }, name) => {
  const found = own(dockerOf(host).volumes, name);
  return found && inspectVolume(found);
};
const kinds: Readonly<Record<string, Find>> = { container, image, network, volume };

/** `docker inspect`, and that of each kind: what is there as JSON, what is not on stderr. */
export function inspect(kind: string | null) {
  return ({ session }: ToolContext, args: readonly string[]): ToolResult => {
    const options = optionsOf("docker inspect", args, {
      flags: { "-s": "size", "--size": "size" },
      values: { "-f": "format", "--format": "format", "--type": "type" },
    });
    const type = kind ?? last(options, "type") ?? null;
    const name = type === null ? "object" : type;
    const find: Find = (within, each) =>
      type === null
        ? [container, image, network, volume].map((find) => find(within, each)).find((found) => found !== undefined)
        : kinds[type]?.(within, each);
    if (type !== null && kinds[type] === undefined) return fails(1, `"${type}" is not a valid value for --type\n`);
    if (options.words.length === 0)
      return fails(1, `"docker inspect" requires at least 1 argument.\nSee 'docker inspect --help'.\n`);
    const found: Json[] = [];
    let stderr = "";
    for (const each of options.words) {
      const there = find(session, each);
      if (there === undefined) stderr += `Error: No such ${name}: ${each}\n`;
      else found.push(there);
    }
    const code = stderr === "" ? 0 : 1;
    const format = last(options, "format");
    if (format === undefined)
      return fails(code, stderr, found.length === 0 ? "[]\n" : `${JSON.stringify(found, null, 4)}\n`);
    try {
      const shown = found.map((each) => `${goTemplate(format, each)}\n`).join("");
      return fails(code, stderr, shown === "" && code !== 0 ? "\n" : shown);
    } catch (error) {
      if (error instanceof TemplateError) return fails(1, `${error.message}\n`, "\n");
      throw error;
    }
  };
}

/** Pulls, and tells as the command does; `quiet`: the name alone. Throws DockerError. */
export function pullImage(
  session: Session,
  name: string,
): { readonly lines: string; readonly reference: string; readonly fresh: boolean } {
  const reference = parseReference(name);
  if (reference === null) throw new DockerError(referenceError(name));
  session.spend(800);
  const there = inRegistry(session.host, reference);
  if (there === null) {
    throw new DockerError(`manifest for ${reference.familiar} not found: manifest unknown: manifest unknown`);
  }
  const before = dockerOf(session.host).images[there.id];
  const tag = reference.tag ?? null;
  const fresh =
    before === undefined || (tag !== null && own(dockerOf(session.host).tags, reference.familiar) !== there.id);
  if (fresh) {
    const state = changeDocker(session);
    state.images[there.id] ??= there;
    if (tag !== null) state.tags[reference.familiar] = there.id;
    if (before === undefined) session.spend(2_000);
  }
  const full = `${reference.registry}/${reference.path}`;
  const whole = tag === null ? `${full}@${reference.digest}` : `${full}:${tag}`;
  const layer = there.id.slice(10, 22);
  const layers =
    before === undefined
      ? [`${layer}: Pulling fs layer`, `${layer}: Download complete`, `${layer}: Pull complete`]
      : [];
  const lines = [
    `${tag ?? reference.digest}: Pulling from ${reference.path}`,
    ...layers,
    `Digest: ${there.digests[reference.repository]}`,
    `Status: ${fresh ? "Downloaded newer image" : "Image is up to date"} for ${reference.familiar}`,
  ];
  return { lines: lines.map((line) => `${line}\n`).join(""), reference: whole, fresh };
}

export function pull({ session }: ToolContext, args: readonly string[]): ToolResult {
  const options = optionsOf("docker pull", args, { flags: { "-q": "quiet", "--quiet": "quiet" } });
  const [name = "", ...more] = options.words;
  if (name === "" || more.length > 0)
    return fails(1, `"docker pull" requires exactly 1 argument.\nSee 'docker pull --help'.\n`);
  if (parseReference(name) === null) return fails(1, `${referenceError(name)}\n`);
  try {
    const { lines, reference } = pullImage(session, name);
    return says(`${options.flags.has("quiet") ? "" : lines}${reference}\n`);
  } catch (error) {
    return fails(1, daemonError(error));
  }
}

export function tag({ session }: ToolContext, args: readonly string[]): ToolResult {
  const [from = "", to = ""] = optionsOf("docker tag", args, {}).words;
  const found = findImage(dockerOf(session.host), from);
  if (found === undefined) return fails(1, `Error response from daemon: No such image: ${from}\n`);
  const reference = parseReference(to);
  if (reference === null)
    return fails(1, `Error parsing reference: "${to}" is not a valid repository/tag: ${referenceError(to)}\n`);
  changeDocker(session).tags[reference.familiar] = found.id;
  return says("");
}

export function images({ session }: ToolContext, args: readonly string[]): ToolResult {
  const options = optionsOf("docker images", args, {
    flags: { "-a": "all", "--all": "all", "-q": "quiet", "--quiet": "quiet", "--no-trunc": "whole" },
    values: { "--format": "format" },
  });
  const state = dockerOf(session.host);
  const wanted = options.words[0];
  const rows = Object.values(state.images)
    .flatMap((image) => rowsOf(session, image, options.flags.has("whole")))
    .filter(
      ({ Repository, Tag }) => wanted === undefined || wanted === Repository || wanted === `${Repository}:${Tag}`,
    );
  if (options.flags.has("quiet")) return says([...new Set(rows.map(({ ID }) => ID))].map((id) => `${id}\n`).join(""));
  return formatted(rows, last(options, "format"), () =>
    table([
      ["REPOSITORY", "TAG", "IMAGE ID", "CREATED", "SIZE"],
      ...rows.map((row) => ["Repository", "Tag", "ID", "CreatedSince", "Size"].map((name) => row[name] ?? "")),
    ]),
  );
}

function rowsOf(
  session: Session,
  image: Frozen<DockerImage>,
  whole: boolean,
): readonly Readonly<Record<string, string>>[] {
  const tags = tagsOf(dockerOf(session.host), image.id);
  return (tags.length === 0 ? ["<none>:<none>"] : tags).map((name) => {
    const colon = name.lastIndexOf(":");
    const repository = name.slice(0, colon);
    return {
      Containers: "N/A",
      CreatedAt: createdAt(image.created),
      CreatedSince: `${humanDuration(session.host.clockMs - image.created)} ago`,
      Digest: own(image.digests, repository) ?? "<none>",
      ID: whole ? image.id : image.id.slice(7, 19),
      Repository: repository,
      SharedSize: "N/A",
      Size: humanSize(image.bytes),
      Tag: name.slice(colon + 1),
      UniqueSize: "N/A",
      VirtualSize: humanSize(image.bytes),
    };
  });
}

export function rmi({ session }: ToolContext, args: readonly string[]): ToolResult {
  const options = optionsOf("docker rmi", args, { flags: { "-f": "force", "--force": "force" } });
  let stdout = "";
  const result = each(options.words, (name) => {
    const found = findImage(dockerOf(session.host), name);
    if (found === undefined) throw new Told(`Error: No such image: ${name}`);
    stdout += untag(session, found, name, options.flags.has("force"));
  });
  return { ...result, stdout };
}

function untag(session: Session, found: Frozen<DockerImage>, name: string, force: boolean): string {
  const state = changeDocker(session);
  const reference = parseReference(name);
  const tags = tagsOf(state, found.id);
  const byTag = reference !== null && tags.includes(reference.familiar);
  const taken = byTag && reference !== null ? [reference.familiar] : tags;
  const users = Object.values(state.containers).filter((each) => each.image === found.id);
  const rest = tags.filter((each) => !taken.includes(each));
  if (users.length > 0 && rest.length === 0 && !force) {
    const short = users[0]?.id.slice(0, 12);
    throw new DockerError(
      `conflict: unable to remove repository reference "${name}" (must force) - container ${short} is using its referenced image ${found.id.slice(7, 19)}`,
    );
  }
  let out = "";
  const held = state.images[found.id];
  for (const each of taken) {
    delete state.tags[each];
    out += `Untagged: ${each}\n`;
    const repository = each.slice(0, each.lastIndexOf(":"));
    const others = tagsOf(state, found.id).some((other) => other.slice(0, other.lastIndexOf(":")) === repository);
    if (held?.digests[repository] === undefined || others) continue;
    out += `Untagged: ${repository}@${held.digests[repository]}\n`;
    delete held.digests[repository];
  }
  if (tagsOf(state, found.id).length > 0 || users.length > 0) return out;
  delete state.images[found.id];
  return `${out}Deleted: ${found.id}\n`;
}

export function manifest({ session }: ToolContext, args: readonly string[]): ToolResult {
  const [verb, ...rest] = args;
  if (verb !== "inspect") refuseArgument("docker manifest", verb ?? "nothing");
  const options = optionsOf("docker manifest inspect", rest, { flags: { "-v": "verbose", "--verbose": "verbose" } });
  const [name = ""] = options.words;
  const reference = parseReference(name);
  if (reference === null) return fails(1, `${referenceError(name)}\n`);
  session.spend(600);
  const there = inRegistry(session.host, reference);
  const full = `${reference.registry}/${reference.path}:${reference.tag ?? reference.digest}`;
  if (there === null) return fails(1, `no such manifest: ${full}\n`);
  const config = { mediaType: "application/vnd.docker.container.image.v1+json", size: 1457, digest: there.id };
  const schema = {
    schemaVersion: 2,
    mediaType: "application/vnd.docker.distribution.manifest.v2+json",
    config,
    layers: [],
  };
  const descriptor = {
    mediaType: "application/vnd.docker.distribution.manifest.v2+json",
    digest: there.digests[reference.repository] ?? "",
    size: 528,
    platform: { architecture: "amd64", os: "linux" },
  };
  const shown = options.flags.has("verbose") ? { Ref: full, Descriptor: descriptor, SchemaV2Manifest: schema } : schema;
  return says(`${JSON.stringify(shown, null, "\t")}\n`);
}

const LIST = {
  flags: { "-q": "quiet", "--quiet": "quiet", "--no-trunc": "whole" },
  values: { "-f": "filter", "--filter": "filter", "--format": "format" },
};
function filtered(
  filters: readonly string[],
  thing: { readonly name: string; readonly labels: Readonly<Record<string, string>> | null },
): boolean {
  return filters.every((filter) => {
    const [, kind = "", value = ""] = /^([^=]+)=([\s\S]*)$/.exec(filter) ?? [];
    if (kind === "label") return hasLabel(thing.labels, value);
    if (kind === "name") return thing.name.includes(value);
    return refuseArgument("docker", `--filter ${filter}`);
  });
}
const labelText = (labels: Readonly<Record<string, string>> | null): string =>
  Object.entries(labels ?? {})
    .map(([key, value]) => `${key}=${value}`)
    .join(",");

export function networks({ session }: ToolContext, args: readonly string[]): ToolResult {
  const [verb = "", ...rest] = args;
  if (verb === "inspect") return inspect("network")({ session, env: {}, cwd: "/", stdin: new Uint8Array() }, rest);
  if (verb === "rm") {
    return each(optionsOf("docker network rm", rest, {}).words, (name) => {
      const found = findNetwork(dockerOf(session.host), name);
      if (found === undefined) throw new Told(`Error: No such network: ${name}`);
      removeNetwork(session, found);
    });
  }
  if (verb === "create") {
    const options = optionsOf("docker network create", rest, {
      flags: { "--internal": "internal" },
      values: { "--label": "label", "-d": "driver", "--driver": "driver" },
    });
    try {
      const id = createNetwork(session, options.words[0] ?? "", {
        labels: labelsOf(options.values.get("label") ?? []),
        internal: options.flags.has("internal"),
        driver: last(options, "driver") ?? "bridge",
      });
      return says(`${id}\n`);
    } catch (error) {
      return fails(1, daemonError(error));
    }
  }
  if (verb !== "ls") refuseArgument("docker network", verb);
  const options = optionsOf("docker network ls", rest, LIST);
  const found = Object.values(dockerOf(session.host).networks)
    .filter((each) => filtered(options.values.get("filter") ?? [], each))
    .toSorted((a, b) => (a.name < b.name ? -1 : 1));
  const whole = options.flags.has("whole");
  const rows = found.map(({ id, name, driver, created, internal, labels }) => ({
    CreatedAt: createdAt(created || session.host.clockMs),
    Driver: driver,
    ID: whole ? id : id.slice(0, 12),
    IPv6: "false",
    Internal: String(internal),
    Labels: labelText(labels),
    Name: name,
    Scope: "local",
  }));
  if (options.flags.has("quiet")) return says(rows.map(({ ID }) => `${ID}\n`).join(""));
  return formatted(rows, last(options, "format"), () =>
    table([
      ["NETWORK ID", "NAME", "DRIVER", "SCOPE"],
      ...rows.map(({ ID, Name, Driver, Scope }) => [ID, Name, Driver, Scope]),
    ]),
  );
}

export const labelsOf = (texts: readonly string[]): Readonly<Record<string, string>> =>
  Object.fromEntries(
    texts.map((text) => {
      const at = text.indexOf("=");
      return at < 0 ? [text, ""] : [text.slice(0, at), text.slice(at + 1)];
    }),
  );

export function volumes({ session }: ToolContext, args: readonly string[]): ToolResult {
  const [verb = "", ...rest] = args;
  if (verb === "inspect") return inspect("volume")({ session, env: {}, cwd: "/", stdin: new Uint8Array() }, rest);
  if (verb === "rm") {
    return each(optionsOf("docker volume rm", rest, { flags: { "-f": "force", "--force": "force" } }).words, (name) => {
      if (own(dockerOf(session.host).volumes, name) === undefined) throw new Told(`Error: No such volume: ${name}`);
      removeVolume(session, name);
    });
  }
  if (verb === "create") {
    const options = optionsOf("docker volume create", rest, {
      values: { "--label": "label", "-d": "driver", "--driver": "driver" },
    });
    const [name = ""] = options.words;
    ensureVolume(session, name, labelsOf(options.values.get("label") ?? []));
    return says(`${name}\n`);
  }
  if (verb !== "ls") refuseArgument("docker volume", verb);
  const options = optionsOf("docker volume ls", rest, LIST);
  const found = Object.values(dockerOf(session.host).volumes)
    .filter((each) => filtered(options.values.get("filter") ?? [], each))
    .toSorted((a, b) => (a.name < b.name ? -1 : 1));
  const rows = found.map(({ name, labels }) => ({
    Driver: "local",
    Labels: labelText(labels),
    Links: "N/A",
    Mountpoint: volumePath(name),
    Name: name,
    Scope: "local",
    Size: "N/A",
  }));
  if (options.flags.has("quiet")) return says(rows.map(({ Name }) => `${Name}\n`).join(""));
  return formatted(rows, last(options, "format"), () =>
    table([["DRIVER", "VOLUME NAME"], ...rows.map(({ Driver, Name }) => [Driver, Name])]),
  );
}

/** What `docker version` and `docker info` tell, as JSON. */
export function jsonOrTemplate(format: string, data: Json): ToolResult {
  try {
    return says(`${format === "json" ? goJson(data) : goTemplate(format, data)}\n`);
  } catch (error) {
    if (error instanceof TemplateError) return fails(1, `${error.message}\n`, "\n");
    throw error;
  }
}
