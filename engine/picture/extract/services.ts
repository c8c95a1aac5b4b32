import { parseYamlText } from "../../formats/yaml-text.ts";
import { Secret } from "../../value/secret.ts";
import { Unknown } from "../../value/unknown.ts";
import { type Fields, fact, facts, fieldsOf, itemsOf, textOf, wordsOf } from "../fields.ts";
import type { Extractor, Spoken } from "./extractor.ts";

/** `compose`: a project with its services, from its definition, its template or its folder; or from what a run saw of it. */
export const project: Extractor = (spoken) => {
  const { sketch, host, fields, origin } = spoken;
  const name = textOf(fields.project);
  if (name === undefined || fields.state === "absent") return;
  const id = `${host}/project/${name}`;
  sketch.thing(id, "project", name, host);
  sketch.origin(id, origin);
  const definition = definitionOf(fields);
  if (definition === null) return sketch.note(`the services of the project ${name} are known when the play runs`);
  const services = Object.entries(fieldsOf(definition.services));
  const known = new Set(services.map(([service]) => service));
  for (const [service, said] of services) oneService(spoken, id, service, fieldsOf(said), known);
};

/** The compose file as a map; null where it cannot be read yet. */
function definitionOf(fields: Fields): Fields | null {
  const { definition, template, src, services } = fields;
  if (services !== undefined && !Array.isArray(services)) return fields;
  if (typeof definition === "string") return fromYaml(definition);
  if (definition !== undefined) return definition instanceof Unknown ? null : fieldsOf(definition);
  const files = itemsOf(fieldsOf(src).files).map(fieldsOf);
  const main = files.find(({ path }) => /^(docker-)?compose\.ya?ml$/.test(textOf(path) ?? ""));
  const content = template === undefined ? main?.content : fieldsOf(template).content;
  if (content instanceof Uint8Array) return fromYaml(new TextDecoder().decode(content));
  // A text with a secret in it is a secret as a whole: of such a file only the names of the services are told.
  if (content instanceof Secret) return namesAlone(fromYaml(content.reveal()));
  return typeof content === "string" ? fromYaml(content) : null;
}

function fromYaml(text: string): Fields | null {
  const parsed = parseYamlText(text);
  return parsed.ok ? fieldsOf(parsed.value) : null;
}

function namesAlone(definition: Fields | null): Fields | null {
  if (definition === null) return null;
  const names = Object.keys(fieldsOf(definition.services)).filter((name) => /^[\w.-]{1,63}$/.test(name));
  return { services: Object.fromEntries(names.map((name) => [name, {}])) };
}

function oneService(
  { sketch, origin }: Spoken,
  projectId: string,
  name: string,
  said: Fields,
  known: ReadonlySet<string>,
): void {
  const id = `${projectId}/${name}`;
  sketch.thing(id, "service", name, projectId);
  sketch.origin(id, origin);
  const image = textOf(said.image)?.replace(/@sha256:.*$/, "");
  const ports = itemsOf(said.ports).flatMap((port) => portOf(port) ?? []);
  const state = facts(textOf(said.state), textOf(said.health)).join(", ");
  sketch.say(id, facts(image?.split("/").at(-1), ports.length > 0 && `:${ports.join(" :")}`, state));
  const mode = textOf(said.network_mode);
  const through = mode?.startsWith("service:") ? mode.slice("service:".length) : undefined;
  if (through !== undefined && known.has(through)) {
    sketch.link(id, `${projectId}/${through}`, "network of");
    sketch.say(id, [`through ${through}`]);
  } else if (mode === "host") sketch.say(id, ["network of the host"]);
  for (const needed of Array.isArray(said.depends_on)
    ? wordsOf(said.depends_on)
    : Object.keys(fieldsOf(said.depends_on)))
    if (known.has(needed) && needed !== through) sketch.link(id, `${projectId}/${needed}`, "needs");
  const networks = Array.isArray(said.networks) ? wordsOf(said.networks) : Object.keys(fieldsOf(said.networks));
  for (const network of networks) {
    const wire = { id: `${projectId}/net/${network}`, kind: "compose" as const, name: network, home: projectId };
    sketch.attach(id, wire);
    sketch.sayOfNetwork(wire, [], origin);
  }
}

/** What is reached from outside. */
function portOf(port: unknown): string | undefined {
  if (typeof port === "object" && port !== null) return textOf(fieldsOf(port).published);
  const text = textOf(port)?.replace(/\/(tcp|udp)$/, "");
  const parts = text?.split(":") ?? [];
  // `8080:80`, `127.0.0.1:8080:80`; a single number is a port inside.
  return parts.length < 2 ? undefined : parts.at(-2);
}

/** `service`: a unit of systemd that is to run. */
export const unit: Extractor = ({ sketch, host, fields, origin }) => {
  const name = textOf(fields.name);
  const runs = fields.state === "started" || fields.enabled === true || fields.active_state === "active";
  if (name === undefined || !runs) return;
  const id = `${host}/unit/${name.replace(/\.service$/, "")}`;
  sketch.thing(id, "unit", name.replace(/\.service$/, ""), host);
  sketch.origin(id, origin);
  sketch.say(id, facts(fact(fields.active_state)));
};

/** `syncthing`: what it shares with whom. */
export const syncthing: Extractor = ({ sketch, host, fields, origin }) => {
  const id = `${host}/unit/syncthing`;
  const folders = itemsOf(fields.folders).map(fieldsOf);
  if (folders.length === 0) return;
  sketch.thing(id, "unit", "syncthing", host);
  sketch.origin(id, origin);
  for (const { id: folder, path, devices } of folders) {
    const shared = itemsOf(devices).flatMap((device) => textOf(device) ?? textOf(fieldsOf(device).device) ?? []);
    const what = facts(textOf(path) ?? textOf(folder), shared.length > 0 && `↔ ${shared.join(", ")}`);
    if (what.length > 0) sketch.say(id, [what.join(" ")]);
  }
};
