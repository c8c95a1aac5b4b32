import { fact, facts, fieldsOf, itemsOf, textOf, wordsOf } from "../fields.ts";
import type { Extractor, Spoken } from "./extractor.ts";
import { storageId } from "./storage.ts";

/** `pct`: a container of a node. */
export const container: Extractor = (spoken) => guest(spoken, "container", spoken.fields.hostname);

/** `qm`: a virtual machine of a node. */
export const machine: Extractor = (spoken) => guest(spoken, "vm", spoken.fields.name);

function guest(spoken: Spoken, kind: "container" | "vm", called: unknown): void {
  const { sketch, host, fields, origin } = spoken;
  const vmid = textOf(fields.vmid);
  if (vmid === undefined || fields.state === "absent" || fields.status === "absent") return;
  const id = spoken.guest(vmid);
  const word = kind === "container" ? "CT" : "VM";
  const name = textOf(called);
  sketch.turnOut(host, "node");
  sketch.thing(id, kind, name ?? `${word} ${vmid}`, host);
  sketch.turnOut(id, kind, name);
  const declared = origin.source === "run" && sketch.declared(id);
  sketch.origin(id, origin);
  if (declared) {
    const restart = itemsOf(fields.restart_required).length > 0 && "restart required";
    sketch.say(id, facts(fact(fields.status), restart));
    return;
  }
  const template = textOf(fields.template);
  const size = [fact(fields.cores, "", fields.cores === 1 ? " core" : " cores"), fact(fields.memory, "", " MiB")];
  sketch.say(
    id,
    facts(
      `${word} ${vmid}`,
      kind === "container" ? template : fields.template === true ? "template" : undefined,
      facts(...size).join(" · "),
      fact(fields.status),
      wordsOf(fields.tags)
        .map((tag) => `#${tag}`)
        .join(" "),
    ),
  );
  for (const net of itemsOf(fields.nets)) attach(spoken, id, fieldsOf(net));
  disks(spoken, id);
  const clone = textOf(fieldsOf(fields.clone).from);
  if (clone !== undefined) sketch.link(id, spoken.guest(clone), "clone of");
}

function attach({ sketch, host, origin }: Spoken, id: string, net: Readonly<Record<string, unknown>>): void {
  const bridge = textOf(net.bridge);
  const name = textOf(net.name) ?? textOf(net.slot);
  const where = facts(name, fact(net.ip), fact(net.ip6), fact(net.tag, "VLAN "));
  if (where.length > 0) sketch.say(id, [where.join(" · ")]);
  if (bridge === undefined) return;
  const network = { id: `${host}/net/${bridge}`, kind: "bridge" as const, name: bridge, home: host };
  sketch.attach(id, network);
  sketch.sayOfNetwork(network, [], origin);
}

/** Where its data lies: volumes of storages, and folders of the node. */
function disks({ sketch, host, fields }: Spoken, id: string): void {
  const lies = (storage: unknown, what: string): void => {
    const name = textOf(storage);
    if (name === undefined) return;
    sketch.say(id, [`${what} on ${name}`]);
    sketch.link(id, storageId(host, name), what);
  };
  const root = fields.rootfs;
  if (typeof root === "string") lies(root.split(":")[0], "root");
  else lies(fieldsOf(root).storage ?? fields.storage, "root");
  for (const disk of itemsOf(fields.disks).map(fieldsOf)) {
    lies(disk.storage ?? textOf(disk.volume)?.split(":")[0], textOf(disk.slot) ?? "disk");
  }
  for (const mount of itemsOf(fields.mounts).map(fieldsOf)) {
    const target = textOf(mount.target);
    const source = textOf(mount.source) ?? textOf(mount.storage) ?? textOf(mount.volume);
    if (target === undefined) continue;
    sketch.say(id, [source === undefined ? target : `${target} ← ${source}`]);
    const pool = source?.startsWith("/") ? source.split("/")[1] : source?.split(":")[0];
    if (pool !== undefined) sketch.link(id, storageId(host, pool), target);
  }
}

/** `lxcconf`: raw lines of a container, told by their preset. */
export const rawLines: Extractor = ({ sketch, fields, origin, guest: guestOf }) => {
  const vmid = textOf(fields.vmid);
  if (vmid === undefined || fields.state === "absent") return;
  const id = guestOf(vmid);
  if (!sketch.has(id)) return;
  sketch.origin(id, origin);
  const presets = wordsOf(fields.preset);
  if (presets.length > 0) sketch.say(id, [`devices: ${presets.join(", ")}`]);
};
