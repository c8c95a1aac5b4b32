import { dockerOf } from "../../docker/engine.ts";
import { table } from "../../docker/human.ts";
import { createNetwork, findNetwork, removeNetwork } from "../../docker/networks.ts";
import { createdAt } from "../../docker/ps-row.ts";
import { ensureVolume, removeVolume, volumePath } from "../../docker/volumes.ts";
import { fails, refuseArgument, says, type ToolContext, type ToolResult } from "../../tool.ts";
import { own } from "../../world.ts";
import { formatted, hasLabel } from "./containers.ts";
import { inspect } from "./inspect.ts";
import { daemonError, each, last, optionsOf, Told } from "./options.ts";

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
