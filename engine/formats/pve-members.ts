import { member, parseJson } from "./json.ts";

/** `/etc/pve/.members`: who is in the cluster, as this node sees it now. */
export interface PveMembers {
  /** This node's own name. */
  readonly node: string;
  /** Null: it is in no cluster. */
  readonly cluster: string | null;
  readonly quorate: boolean;
  /** Whether each is there, by its name. */
  readonly online: ReadonlyMap<string, boolean>;
}

/** Null: this is not that file. */
export function parsePveMembers(text: string): PveMembers | null {
  const all = parseJson(text);
  const node = member(all, "nodename");
  if (typeof node !== "string") return null;
  const cluster = member(all, "cluster");
  const name = member(cluster, "name");
  const list = member(all, "nodelist");
  const nodes = typeof list === "object" && list !== null ? Object.entries(list) : [];
  return {
    node,
    cluster: typeof name === "string" ? name : null,
    quorate: member(cluster, "quorate") === 1,
    online: new Map(nodes.map(([each, about]) => [each, member(about, "online") === 1])),
  };
}
