import type { ComposeService } from "../../engine/formats/compose-model.ts";
import { type Refusal, refuse } from "../../engine/module/index.ts";
import { differingParts } from "./marks.ts";
import { realName } from "./misplaced.ts";
import type { Facts } from "./verdicts.ts";

/**
 * A network or volume that is there and shall be defined otherwise. Docker cannot change one, and Compose says nothing
 * and takes what is there: containers would be made anew, and nothing would be as the files say.
 */
export function fixedTrouble(selected: readonly ComposeService[], facts: Facts): Refusal | null {
  const { model, project } = facts;
  for (const service of selected) {
    for (const container of facts.containers.filter((each) => each.service === service.name)) {
      for (const part of differingParts(facts.parts(service), container.parts)) {
        const [, kind, key = ""] = /^(networks|volumes)\.(.+)$/.exec(part) ?? [];
        if (kind !== "networks" && kind !== "volumes") continue;
        const name = realName(model, project, kind, key);
        const external = kind === "networks" ? model.externalNetworks : model.externalVolumes;
        const there = kind === "networks" ? container.networks.has(name) : container.volumes.includes(name);
        if (!there || external.includes(name)) continue;
        return refuse(
          `${project}: the ${kind.slice(0, -1)} ${name} is there, and is defined otherwise now: Docker cannot change it`,
          kind === "networks"
            ? "play the project with state: absent once, then as before: containers and networks are made anew, volumes stay"
            : "give it another name and copy what is in it, or save that and remove the volume, if it may go",
        );
      }
    }
  }
  return null;
}
