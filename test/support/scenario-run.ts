import { isDeepStrictEqual } from "node:util";
import { stringify } from "yaml";
import { parseSectionConfig } from "../../engine/formats/section-config.ts";
import type { ResultEvent } from "../../engine/run/events.ts";
import type { Scenario } from "./scenario.ts";
import { confProblems } from "./scenario-conf.ts";

/** Plays a playbook on the one host of an inventory, whatever it is and however it is reached. */
export interface Player {
  play(playbook: string, options: { readonly check?: boolean; readonly vars: Vars }): Promise<Played>;
}
type Vars = Readonly<Record<string, string | number>>;
export interface Played {
  readonly results: readonly ResultEvent[];
  /** Of a call that could not be run. */
  readonly trouble: string | null;
}

/** What the inventory says of the node that scenarios may play on. */
export interface Ground {
  readonly first: number;
  readonly last: number;
  readonly storageType: "dir" | "zfs" | "btrfs" | "other";
  readonly pve: number;
}
export type Verdict =
  | { readonly kind: "passed" }
  | { readonly kind: "skipped"; readonly why: string }
  | { readonly kind: "failed"; readonly problems: readonly string[] };

/** Ids that one scenario may use, from the first of the range on. */
const IDS = 3;

/** Reads the `scenario_*` variables, rendered by the inventory itself. */
export async function findGround(player: Player): Promise<Ground> {
  const tasks = [
    {
      debug: {
        msg: {
          vmids: "{{ scenario_vmids }}",
          storage: "{{ scenario_storage }}",
          template: "{{ scenario_template }}",
          bridge: "{{ scenario_bridge }}",
          pve: "{{ default scenario_pve 8.4 }}",
        },
      },
    },
    { command: { argv: ["cat", "/etc/pve/storage.cfg"] }, reads: true },
  ];
  const { results } = await succeed(player, tasks, {}, "the inventory must say scenario_vmids, scenario_storage, …");
  const said = results[0]?.result;
  const value = (name: string): string => {
    const msg = typeof said === "object" && said !== null && "msg" in said ? said.msg : null;
    return typeof msg === "object" && msg !== null && name in msg ? String(Reflect.get(msg, name)) : "";
  };
  const [, first, last] = /^(\d+)-(\d+)$/.exec(value("vmids")) ?? [];
  if (first === undefined || Number(last) - Number(first) < IDS - 1)
    throw new Error(`scenario_vmids must name a range of at least ${IDS} ids, such as "9000-9099"`);
  const storage = parseSectionConfig(stdoutOf(results[1])).find(({ id }) => id === value("storage"));
  const types: Readonly<Record<string, Ground["storageType"]>> = { dir: "dir", zfspool: "zfs", btrfs: "btrfs" };
  return {
    first: Number(first),
    last: Number(last),
    storageType: types[storage?.type ?? ""] ?? "other",
    pve: Number(value("pve")),
  };
}

/** Start state → check → run → once more → look. Only the first ids of the range are touched. */
export async function runScenario(scenario: Scenario, player: Player, ground: Ground): Promise<Verdict> {
  const { needs, start, play, expect } = scenario;
  if (needs.storage !== undefined && !needs.storage.some((type) => type === ground.storageType))
    return { kind: "skipped", why: `the storage is ${ground.storageType}` };
  if (needs.pve !== undefined && ground.pve < needs.pve) return { kind: "skipped", why: `Proxmox VE is ${ground.pve}` };
  const vars: Vars = {
    scenario_vmid: ground.first,
    scenario_vmid2: ground.first + 1,
    scenario_vmid3: ground.first + 2,
  };
  await destroyRange(player, ground);
  await succeed(
    player,
    start.map((argv) => ({ command: { argv } })),
    vars,
    "the start state",
  );

  const problems: string[] = [];
  const tasks = playbook(play);
  const before = await look(player, vars, expect.conf ?? {});
  const checked = await player.play(tasks, { check: true, vars });
  const looked = await look(player, vars, expect.conf ?? {});
  if (!isDeepStrictEqual(before, looked)) problems.push("the check has changed something");
  const done = await player.play(tasks, { vars });
  if (checked.trouble ?? done.trouble) return { kind: "failed", problems: [checked.trouble ?? "", done.trouble ?? ""] };
  problems.push(...compareCheck(checked.results, done.results));
  const after = await look(player, vars, expect.conf ?? {});
  if (expect.refused !== undefined) {
    problems.push(...refusalProblems(expect.refused, checked.results, "check"));
    problems.push(...refusalProblems(expect.refused, done.results, "run"));
    if (!isDeepStrictEqual(before, after)) problems.push("it was refused, and has changed something");
  } else {
    problems.push(...failures(done.results).map((failure) => `run: ${failure}`));
    const again = await player.play(tasks, { vars });
    problems.push(...failures(again.results).map((failure) => `second run: ${failure}`));
    const changed = again.results.filter((result) => result.changed);
    problems.push(
      ...changed.map(
        ({ name, steps, diff }) => `second run: "${name}" changed ${JSON.stringify(diff)} by ${steps?.join("; ")}`,
      ),
    );
  }
  if (expect.status !== undefined && after.status !== expect.status)
    problems.push(`status is ${after.status}, expected ${expect.status}`);
  if (expect.conf !== undefined) problems.push(...confProblems(after.conf ?? "", after.expected));
  return problems.length === 0 ? { kind: "passed" } : { kind: "failed", problems };
}

/** Whatever the first ids of the range hold goes, containers and machines. */
export async function destroyRange(player: Player, { first }: Ground): Promise<void> {
  const tasks = Array.from({ length: IDS }, (_, index) => first + index).flatMap((id) => [
    { command: { argv: ["cat", `/etc/pve/lxc/${id}.conf`] }, reads: true, register: "ct", failed_when: false },
    ...[
      ["pct", "unlock", id],
      ["pct", "set", id, "--protection", "0"],
      ["pct", "destroy", id, "--force", "1", "--purge", "1"],
    ].map((argv) => ({ command: { argv: argv.map(String) }, when: "ct.rc == 0", failed_when: false })),
    { command: { argv: ["cat", `/etc/pve/qemu-server/${id}.conf`] }, reads: true, register: "vm", failed_when: false },
    { command: { argv: ["qm", "destroy", String(id), "--purge", "1"] }, when: "vm.rc == 0", failed_when: false },
  ]);
  await succeed(player, tasks, {}, "clearing the range");
}

interface Look {
  readonly conf: string | null;
  readonly status: string;
  readonly expected: NonNullable<Scenario["expect"]["conf"]>;
}
async function look(player: Player, vars: Vars, expected: Look["expected"]): Promise<Look> {
  const read = (argv: readonly string[]) => ({ command: { argv }, reads: true, failed_when: false });
  const { results } = await succeed(
    player,
    [
      read(["cat", "/etc/pve/lxc/{{ scenario_vmid }}.conf"]),
      read(["pct", "status", "{{ scenario_vmid }}"]),
      // Texts of the scenario are rendered by lab itself, as those of its play are.
      { debug: { msg: expected } },
    ],
    vars,
    "looking at the container",
  );
  const [conf, status, said] = results;
  const rendered =
    typeof said?.result === "object" && said.result !== null && "msg" in said.result ? said.result.msg : {};
  return {
    conf: codeOf(conf) === 0 ? stdoutOf(conf) : null,
    status: /^status: (\w+)/.exec(stdoutOf(status))?.[1] ?? "absent",
    expected: Object.fromEntries(Object.entries(rendered ?? {})),
  };
}

/** What the check called certain is what has happened. */
function compareCheck(checked: readonly ResultEvent[], done: readonly ResultEvent[]): readonly string[] {
  return checked.flatMap((foretold, index) => {
    const real = done[index];
    if (foretold.certainty !== "certain" || real === undefined) return [];
    const telling = ({ status, changed, diff, steps, reason }: ResultEvent) => ({
      status,
      changed,
      diff,
      steps,
      reason,
    });
    // What goes on in a further round is not foretold.
    if (foretold.steps?.some((step) => /pct clone|pct rescan|pveam update/.test(step))) return [];
    return isDeepStrictEqual(telling(foretold), telling(real))
      ? []
      : [
          `"${foretold.name}": the check told ${JSON.stringify(telling(foretold))}, the run ${JSON.stringify(telling(real))}`,
        ];
  });
}

function refusalProblems(pattern: string, results: readonly ResultEvent[], what: string): readonly string[] {
  const reasons = failures(results);
  return reasons.some((reason) => new RegExp(pattern).test(reason))
    ? []
    : [`${what}: expected a refusal like /${pattern}/, got ${JSON.stringify(reasons)}`];
}
function failures(results: readonly ResultEvent[]): readonly string[] {
  return results
    .filter(({ status }) => status === "failed" || status === "unreachable")
    .map(({ name, reason }) => `"${name}" failed: ${reason}`);
}

function playbook(tasks: readonly object[]): string {
  return stringify([{ name: "scenario", hosts: "all", tasks }]);
}
async function succeed(player: Player, tasks: readonly object[], vars: Vars, what: string): Promise<Played> {
  if (tasks.length === 0) return { results: [], trouble: null };
  const played = await player.play(playbook(tasks), { vars });
  const failed = failures(played.results);
  if (played.trouble !== null || failed.length > 0)
    throw new Error(`${what}: ${[played.trouble, ...failed].filter((text) => text !== null).join("\n")}`);
  return played;
}

function codeOf(event: ResultEvent | undefined): unknown {
  const result = event?.result;
  return typeof result === "object" && result !== null && "rc" in result ? result.rc : null;
}
function stdoutOf(event: ResultEvent | undefined): string {
  const result = event?.result;
  return typeof result === "object" && result !== null && "stdout" in result ? `${String(result.stdout)}\n` : "";
}
