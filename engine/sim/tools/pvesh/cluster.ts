import { confValue, parseGuestConf } from "../../../formats/pve-conf.ts";
import { namesIn, nodeAt } from "../../files/file-tree.ts";
import { nodeText, sha256 } from "../../files/node.ts";
import { parameterErrors } from "../../pve/command/command-line.ts";
import { guestId } from "../../pve/command/formats.ts";
import { resourcesOf } from "../../pve/ha/resources.ts";
import { readStorages } from "../../pve/storage/storages.ts";
import type { FrozenHost } from "../../world.ts";
import type { ApiPath, Json } from "./api.ts";

/** The node, its version, and what there is in the cluster. Nothing in the lab gathers states, so they are unknown. */
export const clusterPaths: readonly ApiPath[] = [
  { path: "/version", get: { run: () => ({ data: VERSION }) } },
  { path: "/nodes/{node}/version", get: { run: () => ({ data: VERSION }) } },
  {
    path: "/nodes",
    get: { run: ({ session }) => ({ data: nodesOf(session.host).map((name) => nodeRecord(name, true)) }) },
  },
  {
    path: "/cluster/nextid",
    get: {
      options: { vmid: { kind: "string", format: guestId } },
      run: ({ session, options }) => {
        const taken = new Set(guestsOf(session.host).map(({ vmid }) => vmid));
        const asked = options.get("vmid");
        if (asked !== undefined && taken.has(asked))
          return parameterErrors("pvesh get <api_path> [OPTIONS] [FORMAT_OPTIONS]", {
            vmid: `VM ${asked} already exists`,
          });
        let next = 100;
        while (taken.has(String(next))) next += 1;
        return { data: asked ?? String(next) };
      },
    },
  },
  {
    path: "/cluster/resources",
    get: {
      options: { type: { kind: "string", values: ["vm", "storage", "node", "sdn"] } },
      run: ({ session, options }) => {
        const type = options.get("type");
        const wanted = (kind: string) => type === undefined || type === kind;
        return {
          data: [
            ...(type === undefined ? pools(session.host) : []),
            ...(wanted("vm") ? guests(session.host) : []),
            ...(wanted("node") ? nodesOf(session.host).map((name) => nodeRecord(name, false)) : []),
            ...(wanted("storage") ? storages(session.host) : []),
            ...(wanted("sdn") ? zones(session.host) : []),
          ],
        };
      },
    },
  },
];

const VERSION = { release: "8.4", repoid: "2606ac850d46da29", version: "8.4.21" };

function nodesOf(host: FrozenHost): readonly string[] {
  return namesIn(host, "/etc/pve/nodes");
}
function nodeRecord(name: string, withFingerprint: boolean): Json {
  const pairs = sha256(`certificate ${name}`).toUpperCase().match(/../g) ?? [];
  return {
    id: `node/${name}`,
    node: name,
    ...(withFingerprint && { ssl_fingerprint: pairs.join(":") }),
    status: "unknown",
    type: "node",
  };
}

interface Guest {
  readonly vmid: string;
  readonly type: "lxc" | "qemu";
  readonly node: string;
  readonly tags: string | undefined;
  readonly template: boolean;
}
/** Every guest of every node, containers first. */
export function guestsOf(host: FrozenHost): readonly Guest[] {
  const of = (node: string, type: Guest["type"], folder: string): readonly Guest[] =>
    namesIn(host, `/etc/pve/nodes/${node}/${folder}`).flatMap((name) => {
      const vmid = /^(\d+)\.conf$/.exec(name)?.[1];
      const file = nodeAt(host, `/etc/pve/nodes/${node}/${folder}/${name}`);
      if (vmid === undefined || file?.type !== "file") return [];
      const { current } = parseGuestConf(nodeText(file));
      const template = confValue(current, "template") === "1";
      return [{ vmid, type, node, tags: confValue(current, "tags"), template }];
    });
  const nodes = nodesOf(host);
  return [
    ...nodes.flatMap((node) => of(node, "lxc", "lxc")),
    ...nodes.flatMap((node) => of(node, "qemu", "qemu-server")),
  ];
}
export function guests(host: FrozenHost): readonly Json[] {
  const pooled = new Map(poolsOf(host).flatMap(({ name, vms }) => vms.map((vmid) => [vmid, name] as const)));
  const managed = new Map(resourcesOf(host).resources.map((each) => [`${each.type}:${each.id}`, each.options]));
  return guestsOf(host).map(({ vmid, type, node, tags, template }) => ({
    hastate: hastateOf(managed.get(`${type === "lxc" ? "ct" : "vm"}:${vmid}`)),
    id: `${type}/${vmid}`,
    node,
    pool: pooled.get(vmid),
    status: "unknown",
    tags: tags === "" ? undefined : tags,
    template: template ? 1 : undefined,
    type,
    vmid: Number(vmid),
  }));
}

/** What high availability wants of a guest; null: it did not say, undefined: the guest is none of its. */
function hastateOf(options: ReadonlyMap<string, string> | undefined): string | null | undefined {
  return options === undefined ? undefined : (options.get("state") ?? null);
}

/** Lines `pool:NAME:COMMENT:VMS:STORAGES:` of user.cfg. */
function poolsOf(host: FrozenHost): readonly { readonly name: string; readonly vms: readonly string[] }[] {
  const file = nodeAt(host, "/etc/pve/user.cfg");
  const lines = file?.type === "file" ? nodeText(file).split("\n") : [];
  return lines.flatMap((line) => {
    const [kind, name = "", , vms = ""] = line.split(":");
    return kind === "pool" ? [{ name, vms: vms.split(",").filter((vmid) => vmid !== "") }] : [];
  });
}
function pools(host: FrozenHost): readonly Json[] {
  return poolsOf(host).map(({ name }) => ({ id: `/pool/${name}`, pool: name, type: "pool" }));
}
export function storages(host: FrozenHost): readonly Json[] {
  return readStorages(host)
    .storages.filter(({ disabled, nodes }) => !disabled && (nodes === null || nodes.has(host.hostname)))
    .map(({ id, type, content, shared }) => ({
      content: [...content].join(","),
      id: `storage/${host.hostname}/${id}`,
      node: host.hostname,
      plugintype: type,
      shared: shared ? 1 : 0,
      status: "unknown",
      storage: id,
      type: "storage",
    }));
}
function zones(host: FrozenHost): readonly Json[] {
  const node = host.hostname;
  return [{ id: `sdn/${node}/localnetwork`, node, sdn: "localnetwork", status: "ok", type: "sdn" }];
}
