import { dockerOf } from "../../docker/engine.ts";
import { findContainer } from "../../docker/find-container.ts";
import { goJson, goTemplate, TemplateError } from "../../docker/go-template.ts";
import { findImage } from "../../docker/images.ts";
import { inspectContainer, type Json } from "../../docker/inspect-container.ts";
import { inspectImage, inspectNetwork, inspectVolume } from "../../docker/inspect-things.ts";
import { findNetwork } from "../../docker/networks.ts";
import type { Session } from "../../session.ts";
import { fails, says, type ToolContext, type ToolResult } from "../../tool.ts";
import { own } from "../../world.ts";
import { last, optionsOf } from "./options.ts";

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

/** What `docker version` and `docker info` tell, as JSON. */
export function jsonOrTemplate(format: string, data: Json): ToolResult {
  try {
    return says(`${format === "json" ? goJson(data) : goTemplate(format, data)}\n`);
  } catch (error) {
    if (error instanceof TemplateError) return fails(1, `${error.message}\n`, "\n");
    throw error;
  }
}
