import type { Frozen } from "../world.ts";
import type { DockerContainer, DockerState } from "./state.ts";

/** By its id, its name, or the beginning of its id. */
export function findContainer(state: Frozen<DockerState>, text: string): Frozen<DockerContainer> | undefined {
  const all = Object.values(state.containers);
  const name = text.replace(/^\//, "");
  return (
    state.containers[text] ??
    all.find((each) => each.name === name) ??
    (/^[0-9a-f]{1,64}$/.test(text) ? all.find(({ id }) => id.startsWith(text)) : undefined)
  );
}

/** Newest first, as `docker ps` lists them. */
export function newestFirst(state: Frozen<DockerState>): readonly Frozen<DockerContainer>[] {
  return Object.values(state.containers).toSorted((a, b) => b.number - a.number);
}

/** The container in whose network namespace it lives; null: it has one of its own. */
export function joins({ networkMode }: Pick<Frozen<DockerContainer>, "networkMode">): string | null {
  return networkMode.startsWith("container:") ? networkMode.slice("container:".length) : null;
}
