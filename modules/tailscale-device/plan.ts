import { canonicalCidrs } from "../../engine/formats/cidr.ts";
import {
  findTailscaleDevices,
  parseTailscaleDevices,
  type TailscaleDevice,
} from "../../engine/formats/tailscale-devices.ts";
import {
  change,
  type HttpAnswer,
  type Plan,
  type Refusal,
  refuse,
  type Step,
  type TailscaleAccess,
  tailscaleAccess,
  tailscaleTrouble,
  type Value,
} from "../../engine/module/index.ts";
import type { Params } from "./params.ts";

export interface Seen {
  readonly token?: HttpAnswer | undefined;
  readonly devices?: HttpAnswer | undefined;
}

export function planFor(given: Params, seen: Seen): Plan {
  const access = tailscaleAccess(given, seen.token);
  if (access.kind === "refuse") return access;
  const found = deviceIn(given, seen);
  if (found?.kind === "refuse") return found;
  if (given.state === "absent") return absent(given, access, found?.device);
  if (found === null) return unknownDevice(given, seen);
  return present(given, access, found.device);
}

/** The one device that is meant; null: there is none. */
export function deviceIn(
  given: Params,
  { devices }: Seen,
): { readonly kind: "device"; readonly device: TailscaleDevice } | Refusal | null {
  if (devices === undefined) return refuse("the tailnet was not asked for its devices");
  const trouble = tailscaleTrouble(devices, "list the devices of the tailnet", "devices:core (to read)");
  if (trouble !== null) return trouble;
  const list = parseTailscaleDevices(devices.body);
  if (list === null) return refuse("Tailscale's API answers without a list of devices", "is api_url right?");
  const [first, ...more] = findTailscaleDevices(list, given.device);
  if (first === undefined) return null;
  if (more.length === 0) return { kind: "device", device: first };
  return refuse(
    `${more.length + 1} devices of the tailnet are called ${given.device}: ${[first, ...more].map(described).join("; ")}`,
    "name the one that is meant by its id, or remove those that are gone (state: absent)",
  );
}

function described({ nodeId, name, addresses, lastSeen }: TailscaleDevice): string {
  return `${nodeId} (${[name, addresses[0], lastSeen === "" ? "" : `last seen ${lastSeen}`].filter(Boolean).join(", ")})`;
}

function unknownDevice(given: Params, { devices }: Seen): Refusal {
  const names = (parseTailscaleDevices(devices?.body ?? "") ?? []).map(
    ({ name, nodeId }) => name.split(".")[0] || nodeId,
  );
  const some = names.slice(0, 10).join(", ") + (names.length > 10 ? " …" : "");
  return refuse(
    `the tailnet has no device ${given.device}`,
    names.length === 0 ? "it has none at all: has the node joined (tailscale), and this tailnet?" : `it has ${some}`,
  );
}

function absent(given: Params, access: TailscaleAccess, device: TailscaleDevice | undefined): Plan {
  if (device === undefined) return change({ state: "absent" }, { state: "absent" }, []);
  if (!given.confirm)
    return refuse(
      `${described(device)} would be removed from the tailnet, for good`,
      "say confirm: true if that is what is meant; a node that shall only go offline has tailscale: { state: absent }",
    );
  return change({ state: "present", device: described(device) }, { state: "absent", device: null }, [
    access.send("DELETE", path(device)),
  ]);
}

function present(given: Params, access: TailscaleAccess, device: TailscaleDevice): Plan {
  const before: Record<string, Value> = {};
  const after: Record<string, Value> = {};
  const steps: Step[] = [];
  // Every one of these says how it shall be, not what shall become of it: it may be sent again.
  const post = (what: string, json: unknown) =>
    steps.push(access.send("POST", `${path(device)}/${what}`, { json, retries: 3 }));
  const { authorized, tags, key_expiry } = given;
  if (authorized !== undefined) {
    [before.authorized, after.authorized] = [device.authorized, authorized];
    if (device.authorized !== authorized) post("authorized", { authorized });
  }
  let retagged = false;
  if (tags !== undefined) {
    [before.tags, after.tags] = [device.tags, [...tags].sort()];
    retagged = JSON.stringify(before.tags) !== JSON.stringify(after.tags);
    if (retagged) post("tags", { tags });
  }
  if (key_expiry !== undefined) {
    [before.key_expiry, after.key_expiry] = [!device.keyExpiryDisabled, key_expiry];
    // New tags switch the expiry off, whatever it was before.
    if (before.key_expiry !== key_expiry || retagged) post("key", { keyExpiryDisabled: !key_expiry });
  }
  const routes = approvedRoutes(given, device);
  Object.assign(before, routes.before);
  Object.assign(after, routes.after);
  if (JSON.stringify(routes.all) !== JSON.stringify(device.enabledRoutes)) post("routes", { routes: routes.all });
  return change(before, after, steps, { warnings: [idleRoutes(given, device, routes.all)] });
}

const EXITS = ["0.0.0.0/0", "::/0"];
/** The list is replaced as a whole: what the task does not name is put into it again. */
function approvedRoutes({ routes, append_routes, exit_node }: Params, { enabledRoutes }: TailscaleDevice) {
  const before: Record<string, Value> = {};
  const after: Record<string, Value> = {};
  let networks = enabledRoutes.filter((route) => !EXITS.includes(route));
  let exits = enabledRoutes.filter((route) => EXITS.includes(route));
  if (routes !== undefined) {
    before.routes = networks;
    networks = [...canonicalCidrs(append_routes ? [...networks, ...routes] : routes)];
    after.routes = networks;
  }
  if (exit_node !== undefined) {
    before.exit_node = exits.length === EXITS.length;
    after.exit_node = exit_node;
    if (before.exit_node !== exit_node) exits = exit_node ? EXITS : [];
  }
  return { before, after, all: canonicalCidrs([...networks, ...exits]) };
}

/** A route that is approved but not advertised does nothing. */
function idleRoutes(
  { routes, exit_node }: Params,
  { advertisedRoutes, hostname }: TailscaleDevice,
  all: readonly string[],
) {
  if (routes === undefined && exit_node === undefined) return null;
  const idle = all.filter((route) => !advertisedRoutes.includes(route));
  return idle.length === 0
    ? null
    : `${hostname} does not advertise ${idle.join(", ")}: that it is approved does nothing yet (tailscale: { advertise_routes: … } on the node)`;
}

function path({ nodeId, id }: TailscaleDevice): string {
  return `/device/${encodeURIComponent(nodeId || id)}`;
}
