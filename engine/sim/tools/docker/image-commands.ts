import { changeDocker, DockerError, dockerOf } from "../../docker/engine.ts";
import { humanDuration, humanSize, table } from "../../docker/human.ts";
import { findImage, inRegistry, tagsOf } from "../../docker/images.ts";
import { createdAt } from "../../docker/ps-row.ts";
import { parseReference, referenceError } from "../../docker/references.ts";
import type { DockerImage } from "../../docker/state.ts";
import type { Session } from "../../session.ts";
import { fails, refuseArgument, says, type ToolContext, type ToolResult } from "../../tool.ts";
import { type Frozen, own } from "../../world.ts";
import { formatted } from "./containers.ts";
import { daemonError, each, last, optionsOf, Told } from "./options.ts";

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
