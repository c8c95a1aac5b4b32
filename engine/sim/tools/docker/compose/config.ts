import { configHash } from "../../../docker/compose/converge.ts";
import { parseOptions, refuseArgument, says } from "../../../tool.ts";
import type { Subcommand } from "./call.ts";

/** Says whether the files hold together, and parts of what they come to; the whole is not printed. */
export const config: Subcommand = ({ args, project: load }) => {
  const { flags, values, words } = parseOptions("docker compose config", args, {
    flags: {
      "-q": "quiet",
      "--quiet": "quiet",
      "--services": "services",
      "--images": "images",
      "--volumes": "volumes",
      "--profiles": "profiles",
    },
    values: { "--hash": "hash" },
  });
  const project = load(words);
  const services = [...project.services.values()].toSorted((a, b) => (a.name < b.name ? -1 : 1));
  const lines = (texts: readonly string[]) => says([...new Set(texts)].map((text) => `${text}\n`).join(""));
  if (flags.has("quiet")) return says("");
  if (flags.has("services")) return lines(services.map(({ name }) => name));
  if (flags.has("images")) return lines(services.map(({ image }) => image).toSorted());
  if (flags.has("volumes")) return lines([...project.volumes.keys()].toSorted());
  if (flags.has("profiles")) {
    const all = [...project.services.values(), ...project.disabled.values()];
    return lines(all.flatMap(({ profiles }) => profiles).toSorted());
  }
  const hash = values.get("hash")?.at(-1);
  if (hash === undefined) refuseArgument("docker compose config", "to print the whole of it");
  const wanted = hash === "*" ? services : services.filter(({ name }) => hash.split(",").includes(name));
  return lines(wanted.map((service) => `${service.name} ${configHash(service, service.networkMode)}`));
};
