import { z } from "zod";
import { type Refusal, refuse } from "./plan.ts";

/** What modules for the cluster of Proxmox VE ask for alike. */

export const pveNode = z.string().regex(/^[a-z0-9](?:[a-z0-9-]*[a-z0-9])?$/i, { error: "expected the name of a node" });

/** Nodes with priorities; in a list each has 0. */
export const pveNodes = z
  .union(
    [
      z.array(pveNode).transform((names) => new Map(names.map((name) => [name, 0]))),
      z.record(z.string(), z.int().min(0).max(1000)).transform((given) => new Map(Object.entries(given))),
    ],
    { error: "expected a list of nodes, or their priorities: { pve1: 2, pve2: 1 }" },
  )
  .refine((nodes) => nodes.size > 0, { error: "name at least one node" })
  .refine((nodes) => [...nodes.keys()].every((name) => pveNode.safeParse(name).success), {
    error: "expected names of nodes",
  });

/** A guest under high availability: its number, or `ct:101`. */
export const haGuest = z
  .union([z.int().min(100).max(999_999_999), z.string().regex(/^(?:(?:ct|vm):)?[1-9]\d{2,8}$/)], {
    error: "expected the number of a guest, or ct:101, vm:200",
  })
  .transform(String);

/** A rule or a group of high availability. */
export const haName = z
  .string()
  .regex(/^[a-z][a-z0-9_-]+$/i, { error: "expected a name: a letter, then letters, digits, - and _" })
  .max(255);

/** Of high availability: its files are read without an encoding, so that only ASCII comes back as it was. */
export const asciiComment = z
  .string()
  .transform((text) => text.trim())
  .refine((text) => /^[\x20-\x7e]*$/.test(text) && text.length <= 4096, {
    error: "expected one line of plain ASCII: Proxmox VE does not read other characters back as they were",
  })
  .optional()
  .describe("Comment, one line of ASCII. Empty: none.");

/** The refusal where /etc/pve/nodes was looked for and is not there. */
export function noPveNode(): Refusal {
  return refuse(
    "this host is no node of Proxmox VE: there is no /etc/pve/nodes",
    "name a node, or install Proxmox VE first",
  );
}
