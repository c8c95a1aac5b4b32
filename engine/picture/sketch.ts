import type { LabPicture, Link, Network, Origin, Thing, ThingKind } from "./picture.ts";

/** A picture that grows: the same thing may be spoken of many times, and each time something is added. */
export interface Sketch {
  /** Parent null: it stands by itself. */
  thing(id: string, kind: ThingKind, name: string, parent: string | null): void;
  /** It is of this kind, whatever was thought of it before. */
  turnOut(id: string, kind: ThingKind, name?: string): void;
  say(id: string, facts: readonly string[]): void;
  origin(id: string, origin: Origin): void;
  has(id: string): boolean;
  /** Whether a playbook has told of it: what a run saw of the same would be the same in other words. */
  declared(id: string): boolean;
  /** Attaches the thing; the network comes about with its first one. */
  attach(id: string, network: Pick<Network, "id" | "kind" | "name" | "home">): void;
  sayOfNetwork(network: Pick<Network, "id" | "kind" | "name" | "home">, facts: readonly string[], origin: Origin): void;
  link(from: string, to: string, text: string): void;
  note(text: string): void;
  finish(title: string): LabPicture;
}

interface Part {
  readonly id: string;
  kind: ThingKind;
  name: string;
  readonly parent: string | null;
  readonly facts: Set<string>;
  readonly origins: Origin[];
  readonly inside: string[];
  readonly networks: Set<string>;
}
type Wire = Pick<Network, "id" | "kind" | "name" | "home"> & {
  readonly facts: Set<string>;
  readonly origins: Origin[];
};

export function createSketch(): Sketch {
  const parts = new Map<string, Part>();
  const wires = new Map<string, Wire>();
  const links = new Map<string, Link>();
  const notes = new Set<string>();

  const wireOf = ({ id, kind, name, home }: Pick<Network, "id" | "kind" | "name" | "home">): Wire => {
    const wire = wires.get(id) ?? { id, kind, name, home, facts: new Set<string>(), origins: [] };
    wires.set(id, wire);
    return wire;
  };

  return {
    thing(id, kind, name, parent) {
      if (parts.has(id)) return;
      parts.set(id, { id, kind, name, parent, facts: new Set(), origins: [], inside: [], networks: new Set() });
      if (parent !== null) parts.get(parent)?.inside.push(id);
    },
    turnOut(id, kind, name) {
      const part = parts.get(id);
      if (!part) return;
      part.kind = kind;
      if (name !== undefined) part.name = name;
    },
    say(id, facts) {
      for (const each of facts) parts.get(id)?.facts.add(each);
    },
    origin(id, origin) {
      const origins = parts.get(id)?.origins;
      if (origins && !origins.some((each) => sameOrigin(each, origin))) origins.push(origin);
    },
    has: (id) => parts.has(id),
    declared: (id) => parts.get(id)?.origins.some(({ source }) => source === "playbook") ?? false,
    attach(id, network) {
      wireOf(network);
      parts.get(id)?.networks.add(network.id);
    },
    sayOfNetwork(network, facts, origin) {
      const wire = wireOf(network);
      for (const each of facts) wire.facts.add(each);
      if (!wire.origins.some((each) => sameOrigin(each, origin))) wire.origins.push(origin);
    },
    link(from, to, text) {
      links.set(`${from} ${to} ${text}`, { from, to, text });
    },
    note: (text) => void notes.add(text),
    finish(title) {
      const finished = (id: string): Thing[] => {
        const part = parts.get(id);
        if (!part) return [];
        return [
          { ...part, facts: [...part.facts], inside: part.inside.flatMap(finished), networks: [...part.networks] },
        ];
      };
      const roots = [...parts.values()].filter(({ parent }) => parent === null || !parts.has(parent));
      return {
        title,
        things: roots.flatMap(({ id }) => finished(id)),
        networks: [...wires.values()].map((wire) => ({ ...wire, facts: [...wire.facts] })),
        // What was never made is nowhere to point to.
        links: [...links.values()].filter(({ from, to }) => parts.has(from) && parts.has(to)),
        notes: [...notes],
      };
    },
  };
}

function sameOrigin(left: Origin, right: Origin): boolean {
  return (
    left.source === right.source &&
    left.place.file === right.place.file &&
    left.place.line === right.place.line &&
    left.status === right.status
  );
}
