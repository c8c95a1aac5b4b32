import fc from "fast-check";
import { guestInventory, putTemplates } from "./guests.ts";
import { type Entry, onceIn, randomEntries, randomFailure } from "./random-blocks.ts";
import { randomNodeTask } from "./random-node-plays.ts";
import { randomHandlers, randomTask } from "./random-plays.ts";
import { inventoryOf, runSite } from "./run-site.ts";
import { createWorld, type TestWorld } from "./world.ts";

/** A node, two containers that have its /srv as their own, and a machine beside it: who writes to one changes what others see. */
export const related = ["pve1", "ct1", "ct2", "nas"];
/** Machines that know nothing of each other: they may do two things at a time. */
export const strangers = ["h1", "h2", "h3"];

const path = fc.constantFrom("/etc/motd", "/srv/a", "/srv/b", "/srv/a/c", "/etc/lab.conf", "/tmp/mark");
const registered = fc.constantFrom("r1", "r2");

/** Tasks that look in other ways than those of `randomTask`: twice, under another name, in their turn, as somebody else. */
const otherAction: fc.Arbitrary<Entry> = fc.oneof(
  fc.record({ src: fc.constantFrom("one.hbs", "two.hbs"), dest: path }).map((template) => ({ template })),
  fc
    .record({ path, section: fc.constantFrom("a", "b"), option: fc.constant("o"), value: fc.constantFrom("1", "2") })
    .map((ini) => ({ ini: { ...ini, create: true } })),
  fc.record({ path, block: fc.constantFrom("x", "y") }).map((block) => ({ block: { ...block, create: true } })),
  fc
    .record({ name: fc.constantFrom("anna", "ben"), state: fc.constantFrom("present", "present", "absent") })
    .map((user) => ({ user })),
  fc
    .record({ name: fc.constantFrom("staff2"), state: fc.constantFrom("present", "absent") })
    .map((group) => ({ group })),
  fc.constantFrom("Europe/Berlin", "Etc/UTC").map((timezone) => ({ timezone })),
  fc.constantFrom("started", "stopped", "restarted").map((state) => ({ service: { name: "cron", state } })),
  fc.constantFrom("true", "false").map((value) => ({
    systemd_unit: {
      name: "lab-example.service",
      sections: { Unit: { Description: value }, Service: { Type: "oneshot", ExecStart: `/bin/${value}` } },
    },
  })),
  path.map((stat) => ({ stat })),
  path.map((at) => ({ slurp: { path: at, missing: "ok" } })),
  path.map((at) => ({ find: { paths: at, depth: 1 } })),
  path.map((at) => ({ wait_for: { path: at, timeout: 2 } })),
  fc.constant({ pause: 1 }),
  path.map((at) => ({ shell: { cmd: `touch ${at}`, creates: at } })),
  path.map((at) => ({ command: { argv: ["rm", "-rf", at], removes: at } })),
  path.map((at) => ({ set_fact: { fact: `{{ default (defined r1.changed) "none" }} ${at}` } })),
  fc.constantFrom("x", "y").map((content) => ({ copy: { dest: "/etc/{{ fact }}", content } })),
  path.map((at) => ({ debug: { msg: `{{ facts.hostname }} ${at}` } })),
);

const when = fc.oneof(
  fc
    .tuple(registered, fc.constantFrom("changed", "failed"))
    .map(([name, of]) => `has(vars.${name}) && !vars.${name}.${of}`),
  fc.constantFrom("inventory_hostname == play_hosts[0]", "inventory_hostname != play_hosts[0]"),
);

const keywords = fc.record({
  register: onceIn(3, registered),
  when: onceIn(4, when),
  loop: onceIn(6, fc.constant(["p", "q"])),
  notify: onceIn(3, fc.constantFrom("handler 1", "handler 2")),
  guard: onceIn(12, fc.constant(true)),
  ignore_errors: fc.boolean(),
  run_once: onceIn(10, fc.constant(true)),
  any_errors_fatal: onceIn(16, fc.constant(true)),
  timeout: onceIn(12, fc.constant(600)),
  check_mode: onceIn(16, fc.constant(true)),
  environment: onceIn(16, fc.constant({ WHO: "lab" })),
  throttle: onceIn(16, fc.constant(1)),
  /** Whose looks travel in a section of their own. */
  become: onceIn(8, fc.constantFrom("root", "nobody")),
  /** Tried again until nothing changes any more. */
  until: onceIn(12, fc.constant(true)),
});

const dressed = (action: Entry, { become, until, register, ...rest }: Partial<KeywordsOf>): Entry => ({
  name: "task",
  ...action,
  ...rest,
  ...(register !== undefined && { register }),
  ...(become !== undefined && { become: true, become_user: become }),
  ...(until === true && { register: "r2", until: "!r2.changed", retries: 3, delay: 1 }),
});
type KeywordsOf = typeof keywords extends fc.Arbitrary<infer Each> ? Each : never;

const anywhere: fc.Arbitrary<Entry> = fc
  .tuple(fc.oneof({ weight: 3, arbitrary: randomTask }, { weight: 4, arbitrary: otherAction }), keywords)
  .map(([action, more]) => dressed(action, more));

/** Of one host about another, or carried out there. */
const aboutOthers: fc.Arbitrary<Entry> = fc.oneof(
  fc
    .tuple(anywhere, fc.constantFrom("nas", "pve1", "ct1", "localhost", "pve1"))
    .map(([task, to]) => ({ ...task, delegate_to: to })),
  fc
    .tuple(anywhere, registered)
    .map(([task, name]) => ({ ...task, when: `has(hostvars.nas.${name}) && hostvars.nas.${name}.changed` })),
  anywhere.map((task) => ({ ...task, connection: "local" })),
);
const ofTheNode: fc.Arbitrary<Entry> = fc
  .tuple(
    fc.oneof(
      { weight: 3, arbitrary: randomNodeTask as fc.Arbitrary<Entry> },
      {
        weight: 2,
        arbitrary: fc
          .tuple(fc.constantFrom(101, 102), fc.constantFrom("started", "stopped"))
          .map(([vmid, state]): Entry => ({ pct: { vmid, state } })),
      },
    ),
    keywords,
  )
  .map(([task, { become: _as, ...more }]) => ({ ...dressed(task, more), when: "inventory_hostname == 'pve1'" }));

const order: fc.Arbitrary<Entry> = fc.constantFrom(
  { meta: "flush_handlers" },
  { meta: "flush_handlers" },
  { meta: "clear_facts" },
  { meta: "end_host", when: "inventory_hostname == play_hosts[0]" },
);
const include = fc.constantFrom<Entry>(
  { name: "part", include_tasks: "parts/{{ part }}.yml" },
  { name: "part", include_tasks: "parts/{{ item }}.yml", loop: ["one", "two"] },
  { name: "part", include_tasks: "parts/one.yml" },
);

const entriesOf = (task: fc.Arbitrary<Entry>, host: string): fc.Arbitrary<Entry> =>
  randomEntries(
    [
      { weight: 9, arbitrary: task },
      { weight: 1, arbitrary: randomFailure(host) },
      { weight: 1, arbitrary: order },
      { weight: 1, arbitrary: include },
    ],
    host,
  );

const playOf = (entry: fc.Arbitrary<Entry>, strategy: fc.Arbitrary<"linear" | "free">) =>
  fc.record({
    pre_tasks: onceIn(5, fc.array(entry, { minLength: 1, maxLength: 2 })),
    tasks: fc.array(entry, { minLength: 1, maxLength: 8 }),
    post_tasks: onceIn(5, fc.array(entry, { minLength: 1, maxLength: 2 })),
    handlers: randomHandlers,
    strategy,
    serial: onceIn(6, fc.constantFrom(1, 2, "50%")),
    force_handlers: fc.boolean(),
    max_fail_percentage: onceIn(8, fc.constantFrom(0, 40)),
  });

/** `pace`: in which order hosts overtake one another. */
const common = { apart: fc.boolean(), check: onceIn(5, fc.constant(true)), pace: fc.nat() };
const amongRelated = fc.record({
  kind: fc.constant("related" as const),
  hosts: fc.constantFrom(["pve1"], ["pve1", "ct1"], ["ct1", "pve1"], ["pve1", "ct1", "ct2"], ["nas", "pve1"], related),
  first: playOf(
    entriesOf(
      fc.oneof(
        { weight: 6, arbitrary: anywhere },
        { weight: 2, arbitrary: aboutOthers },
        { weight: 3, arbitrary: ofTheNode },
      ),
      "pve1",
    ),
    fc.constant("linear"),
  ),
  ...common,
});
const amongStrangers = fc.record({
  kind: fc.constant("strangers" as const),
  hosts: fc.constantFrom(["h1"], ["h1", "h2"], strangers),
  first: playOf(entriesOf(anywhere, "h1"), fc.constantFrom("linear", "free")),
  ...common,
});

/** A lab and what is played on it. It may make no sense, but is no error. */
export const randomLab = fc.oneof(amongRelated, amongStrangers);
export type RandomLab = typeof randomLab extends fc.Arbitrary<infer Lab> ? Lab : never;

/** Its site, with a second play behind it that looks at what the first has looked at. JSON is YAML. */
export function filesOfLab({ kind, hosts, first }: RandomLab): Readonly<Record<string, string>> {
  const vars = { fact: "none", part: "two", late: "{{ fact }} {{ inventory_hostname }}" };
  const behind = [
    { name: "behind", copy: { dest: "/etc/motd", content: "x" } },
    { name: "behind", file: { path: "/srv/a", state: "directory" }, ignore_errors: true },
  ];
  const plays = [
    { name: "play", hosts: hosts.join(","), vars, ...first },
    { name: "next", hosts: hosts.join(","), tasks: behind, handlers: [{ name: "handler 1", debug: "x" }] },
  ];
  return {
    "site.yml": JSON.stringify(plays, null, 1),
    "inventory/hosts.yml":
      kind === "strangers"
        ? inventoryOf(...strangers)
        : guestInventory({ ct1: 101, ct2: 102 }).replace(
            "pve1: { lab_connection: lab }",
            "pve1: { lab_connection: lab }\n    nas: { lab_connection: lab }",
          ),
    "parts/one.yml": JSON.stringify([{ name: "one", copy: { dest: "/srv/one", content: "{{ late }}" } }]),
    "parts/two.yml": JSON.stringify([{ name: "two", line: { path: "/etc/motd", line: "{{ late }}" }, register: "r1" }]),
    "templates/one.hbs": "{{ inventory_hostname }}\n",
    "templates/two.hbs": "{{ late }}\n",
  };
}

/** The worlds that they are played on, before. */
export async function labWorlds(): Promise<Record<RandomLab["kind"], TestWorld>> {
  const world = putTemplates(createWorld({ pve1: { kind: "proxmox" } }));
  const create = (vmid: number) => ({
    command: `pct create ${vmid} local:vztmpl/debian-12-standard_12.7-1_amd64.tar.zst --hostname ct${vmid} --rootfs local:4 --mp0 /srv,mp=/srv --start 1`,
  });
  const site = JSON.stringify([{ name: "guests", hosts: "pve1", tasks: [create(101), create(102)] }]);
  const made = await runSite({
    files: { "site.yml": site, "inventory/hosts.yml": guestInventory({ ct1: 101, ct2: 102 }) },
    world,
  });
  if (made.exitCode !== 0) throw new Error("the lab of random plays cannot be made");
  for (const name of [...related.slice(3), "controller", "localhost"]) world.host(name);
  const others = createWorld();
  for (const name of [...strangers, "controller"]) others.host(name);
  return { related: world, strangers: others };
}
