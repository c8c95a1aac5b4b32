import { PveError } from "../../pve/command/pve-error.ts";
import { isHighlyAvailable } from "../../pve/guest/forget-guest.ts";
import type { ConfPart } from "../../pve/guest/guest-conf.ts";
import { mergedPart, pendingView } from "../../pve/guest/merged-conf.ts";
import { vmKey } from "../../pve/vm/keys/vm-keys.ts";
import { loadVmConf, parseVmConf, vmConfText, vmIds } from "../../pve/vm/vm-conf.ts";
import { vmStatus } from "../../pve/vm/vm-status.ts";
import { wantsAgent } from "../../pve/vm/vm-system.ts";
import type { ApiCall, ApiPath, Json } from "./api.ts";

/** Configuration, pending changes and state of the node's virtual machines. */
export const machinePaths: readonly ApiPath[] = [
  {
    path: "/nodes/{node}/qemu",
    get: {
      run: ({ session: { host } }) => ({
        data: vmIds(host).map((vmid) => {
          const {
            qmpstatus: _,
            nics: __,
            ...rest
          } = vmStatus(host, vmid, parseVmConf(vmid, vmConfText(host, vmid) ?? ""));
          return { cpu: 0, ...rest };
        }),
      }),
    },
  },
  {
    path: "/nodes/{node}/qemu/{vmid}/config",
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
    path: "/nodes/{node}/qemu/{vmid}/pending",
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
    path: "/nodes/{node}/qemu/{vmid}/status/current",
    get: {
      run: (call) => {
        const { conf, vmid, stderr } = confOf(call);
        // Nothing in the lab manages resources: the manager's own view of one is empty.
        const ha = isHighlyAvailable(call.session, vmid) ? { group: null, managed: 1, state: null } : { managed: 0 };
        const agent = wantsAgent(conf) ? { agent: 1 } : {};
        return { data: { ...agent, cpu: 0, ...vmStatus(call.session.host, vmid, conf), ha }, stderr };
      },
    },
  },
];

function confOf({ session, path }: ApiCall) {
  const vmid = path.vmid ?? "";
  let stderr = "";
  const conf = loadVmConf(session.host, vmid, (text) => {
    stderr += text.endsWith("\n") ? text : `${text}\n`;
  });
  return { conf, vmid, stderr };
}

function record({ values, description }: ConfPart): { readonly [key: string]: Json } {
  const all = Object.fromEntries([...values].map(([key, value]) => [key, valueOfKey(key, value)]));
  return { ...all, ...(description === undefined ? {} : { description }) };
}

/** Whole numbers and booleans are numbers; what has sub-options is text, were it one number alone. */
function valueOfKey(key: string, value: string): Json {
  if (key === "cipassword") return "**********";
  const kind = vmKey(key)?.kind;
  return (kind === "integer" || kind === "boolean") && /^\d+$/.test(value) ? Number(value) : value;
}
