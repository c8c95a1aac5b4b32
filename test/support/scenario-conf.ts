import { parseGuestConf, pendingEntries } from "../../engine/formats/pve-conf.ts";
import type { Scenario } from "./scenario.ts";

type Expected = NonNullable<Scenario["expect"]["conf"]>;

/** Keys that Proxmox VE writes at creation, whether they were asked for or not. */
const BY_ITSELF = new Set(["arch", "hostname", "memory", "ostype", "rootfs", "swap", "unprivileged"]);

/** A value with what differs from run to run, or from storage to storage, in capitals. */
export function normaliseConfValue(key: string, value: string): string {
  if (/^net\d+$/.test(key)) return value.replace(/hwaddr=BC:24:11(:[0-9A-F]{2}){3}/, "hwaddr=MAC");
  if (/^(rootfs|mp\d+|unused\d+)$/.test(key)) return value.replace(/^[a-z][\w.-]*:[^,]+/i, "VOLUME");
  return value;
}

/** In what a configuration is not as expected, a line each: exactly the keys that are named, and Proxmox VE's own. */
export function confProblems(text: string, expected: Expected): readonly string[] {
  const conf = parseGuestConf(text);
  const lists = (value: Expected[string] | undefined) => (Array.isArray(value) ? value : []);
  const pendingWanted = expected.pending;
  const raw = conf.current.filter((entry) => entry.raw).map(({ key, value }) => `${key}: ${value}`);
  const plain = new Map(
    conf.current.filter((entry) => !entry.raw).map(({ key, value }) => [key, normaliseConfValue(key, value)]),
  );
  if (conf.description !== "") plain.set("description", conf.description.replace(/\n+$/, ""));
  const problems: string[] = [];
  for (const [key, wanted] of Object.entries(expected)) {
    if (key === "lxc" || key === "pending") continue;
    const is = plain.get(key);
    if (is !== String(wanted))
      problems.push(`${key} is ${JSON.stringify(is)}, expected ${JSON.stringify(String(wanted))}`);
  }
  for (const [key, value] of plain) {
    if (!BY_ITSELF.has(key) && !Object.hasOwn(expected, key)) problems.push(`${key} (${value}) was not asked for`);
  }
  if (JSON.stringify(raw) !== JSON.stringify(lists(expected.lxc)))
    problems.push(`raw lines are ${JSON.stringify(raw)}, expected ${JSON.stringify(lists(expected.lxc))}`);
  const pending = Object.fromEntries(
    pendingEntries(conf).map(({ key, value }) => [key, normaliseConfValue(key, value)]),
  );
  const sorted = (map: object) => JSON.stringify(Object.entries(map).sort());
  if (sorted(pending) !== sorted(typeof pendingWanted === "object" ? pendingWanted : {}))
    problems.push(`pending are ${JSON.stringify(pending)}, expected ${JSON.stringify(pendingWanted ?? {})}`);
  return problems;
}
