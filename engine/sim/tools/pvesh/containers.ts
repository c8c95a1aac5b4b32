import { PveError } from "../../pve/command/pve-error.ts";
import { confText, containerIds, loadConf, parseLxcConf } from "../../pve/container/container-conf.ts";
import { containerStatus } from "../../pve/container/container-status.ts";
import { containerKey } from "../../pve/container/keys/container-keys.ts";
import { isHighlyAvailable } from "../../pve/guest/forget-guest.ts";
import type { ConfPart } from "../../pve/guest/guest-conf.ts";
import { mergedPart, pendingView } from "../../pve/guest/merged-conf.ts";
import type { ApiCall, ApiPath, Json } from "./api.ts";

/** Configuration, pending changes and state of the node's containers. */
export const containerPaths: readonly ApiPath[] = [
  {
    path: "/nodes/{node}/lxc",
    get: {
      run: ({ session: { host } }) => ({
        data: containerIds(host).map((vmid) =>
          containerStatus(host, vmid, parseLxcConf(vmid, confText(host, vmid) ?? "")),
        ),
      }),
    },
  },
  {
    path: "/nodes/{node}/lxc/{vmid}/config",
    get: {
      options: { current: { kind: "boolean" }, snapshot: { kind: "string" } },
      run: (call) => {
        const { conf, stderr } = confOf(call);
        const name = call.options.get("snapshot");
        const part = name === undefined ? undefined : conf.snapshots.get(name);
        if (name !== undefined && part === undefined) throw new PveError(`snapshot '${name}' does not exist`);
        const shown = part ?? (call.options.get("current") === "1" ? conf : mergedPart(conf));
        return { data: { ...record(shown), digest: conf.digest }, stderr };
      },
    },
  },
  {
    path: "/nodes/{node}/lxc/{vmid}/pending",
    get: {
      run: (call) => {
        const { conf, stderr } = confOf(call);
        const entries = pendingView(conf).map(({ key, value, pending, removed }) => ({
          key,
          value: value === undefined ? undefined : valueOfKey(key, value),
          pending: pending === undefined ? undefined : valueOfKey(key, pending),
          delete: removed ? 1 : undefined,
        }));
        return { data: [...entries, { key: "digest", value: conf.digest }], stderr };
      },
    },
  },
  {
    path: "/nodes/{node}/lxc/{vmid}/status/current",
    get: {
      run: (call) => {
        const { conf, vmid, stderr } = confOf(call);
        // Nothing in the lab manages resources: the manager's own view of one is empty.
        const ha = isHighlyAvailable(call.session, vmid) ? { group: null, managed: 1, state: null } : { managed: 0 };
        return { data: { ...containerStatus(call.session.host, vmid, conf), ha }, stderr };
      },
    },
  },
];

function confOf({ session, path }: ApiCall) {
  const vmid = path.vmid ?? "";
  let stderr = "";
  const conf = loadConf(session.host, vmid, (text) => {
    stderr += text.endsWith("\n") ? text : `${text}\n`;
  });
  return { conf, vmid, stderr };
}

function record(part: ConfPart): { readonly [key: string]: Json } {
  const values = Object.fromEntries([...part.values].map(([key, value]) => [key, valueOfKey(key, value)]));
  return {
    ...values,
    ...(part.description === undefined ? {} : { description: part.description }),
    ...(part.raw.length === 0 ? {} : { lxc: part.raw }),
  };
}

/** Whole numbers and booleans are numbers; a limit of CPUs, which may have a fraction, is text. */
function valueOfKey(key: string, value: string): Json {
  const kind = containerKey(key)?.kind;
  return (kind === "integer" || kind === "boolean") && /^\d+$/.test(value) ? Number(value) : value;
}
