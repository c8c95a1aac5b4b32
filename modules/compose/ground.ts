import type { ComposeService } from "../../engine/formats/compose-model.ts";
import type { Refusal } from "../../engine/module/index.ts";
import { refuse } from "../../engine/module/index.ts";
import { readImages } from "./containers.ts";
import type { Desired } from "./desired.ts";
import { parseJsonLines, textAt } from "./json.ts";
import { bindSources, type Seen } from "./look.ts";
import type { Params } from "./params.ts";

/** What keeps Docker and Compose from answering at all. */
export function groundTrouble({
  engine,
  compose,
  oldCompose,
}: Seen): { readonly why: string; readonly hint: string } | null {
  if (engine.code === 127) {
    return {
      why: "there is no docker on the host",
      hint: "install it first: the package docker.io, or docker-ce of Docker's own archive",
    };
  }
  if (engine.code !== 0) {
    const said = engine.stderr.trim().split("\n").at(-1) ?? "";
    if (/permission denied/i.test(said)) {
      return {
        why: "this user may not ask the Docker engine",
        hint: "use become: true, or make it a member of the group docker",
      };
    }
    return {
      why: `the Docker engine does not answer: ${said}`,
      hint: "does it run? service: {name: docker, state: started}",
    };
  }
  if (compose.code !== 0) {
    if (oldCompose?.code === 0) {
      return {
        why: `the host has Compose ${oldCompose.stdout.trim()} alone, which is version 1: this module needs version 2`,
        hint: "install the plugin: docker-compose-plugin of Docker's own archive, or docker-compose of Debian 13",
      };
    }
    return {
      why: "docker has no compose on the host",
      hint: "install the plugin: docker-compose-plugin of Docker's own archive, or docker-compose of Debian 13",
    };
  }
  const [, major = "2"] = /^v?(\d+)\./.exec(compose.stdout.trim()) ?? [];
  if (Number(major) < 2) {
    return {
      why: `this is Compose ${compose.stdout.trim()}: version 2 is needed`,
      hint: "install the plugin docker-compose-plugin",
    };
  }
  return null;
}

/** What a service needs and the host has not: Docker would make up a folder of root's, or stop half-way. */
export function missingTrouble(
  { project, pull }: Params,
  desired: Desired,
  selected: readonly ComposeService[],
  seen: Seen,
): Refusal | null {
  const sources = new Set(bindSources(desired));
  for (const service of selected) {
    for (const { kind, source, makesSource } of service.mounts) {
      if (
        kind !== "bind" ||
        makesSource === "asked" ||
        !sources.has(source) ||
        (seen[`bind ${source}`] ?? null) !== null
      )
        continue;
      return refuse(
        `${service.name} mounts ${source}, which does not exist`,
        "make it first (file: {path, state: directory, owner}): Docker would make a folder of root's; bind: {create_host_path: true} in the long form asks for that",
      );
    }
    for (const { path, required, what } of [...service.envFiles, ...service.contents]) {
      if (!required || desired.files.some((file) => file.path === path)) continue;
      const stat = seen[`bind ${path}`] ?? null;
      if (stat === null)
        return refuse(
          `${service.name} reads ${path} (${what}), which does not exist`,
          "write it with files:, or with a task before this one",
        );
      if (stat.type === "directory")
        return refuse(
          `${service.name} reads ${path} (${what}), which is a folder`,
          "Docker may have made it where a file was missing: remove it",
        );
    }
  }
  if (seen.valid !== undefined && seen.valid.code !== 0) {
    const said = seen.valid.stderr.trim().replaceAll(/\s*\n\s*/g, " ");
    return refuse(`Compose does not accept the files of ${project}: ${said.replace(/^validating -: /, "")}`);
  }
  const names = (text: string): readonly string[] => parseJsonLines(text).map((each) => textAt(each, "Name"));
  for (const [kind, wanted, answer] of [
    ["network", desired.model.externalNetworks, seen.allNetworks],
    ["volume", desired.model.externalVolumes, seen.allVolumes],
  ] as const) {
    const there = new Set(names(answer?.stdout ?? ""));
    const lost = answer?.code === 0 ? wanted.find((name) => !there.has(name)) : undefined;
    if (lost !== undefined)
      return refuse(
        `${project}: there is no ${kind} ${lost}, which the files call external`,
        `make it first: docker ${kind} create ${lost}`,
      );
  }
  if (pull === "never") {
    const there = readImages(
      selected.map(({ image }) => image),
      seen.images,
    );
    const lost = selected.find(({ image }) => !there.has(image));
    if (lost !== undefined)
      return refuse(
        `the image ${lost.image} of ${lost.name} is not on the host, and pull: never`,
        "say pull: missing, or load it first",
      );
  }
  return null;
}
