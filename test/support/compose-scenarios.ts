import type { ComposeHost } from "./compose-host.ts";

/** One play in the life of a project: what somebody did by hand before it, and what must come of it. */
export interface Stage {
  readonly what: string;
  /** What other scenarios begin with, too: a real engine is only brought there. */
  readonly ground?: true;
  hand?(host: ComposeHost): Promise<unknown>;
  params(host: ComposeHost): Record<string, unknown>;
  /** Tasks in front of it, in the same play. */
  tasks?(host: ComposeHost): readonly object[];
  readonly want:
    | {
        /** Services that change, and how they are told to be before. */
        readonly services: Readonly<Record<string, RegExp>>;
        /** Containers that are new or were started; all others have not been touched. */
        readonly touched: readonly string[];
        readonly warning?: RegExp;
        /** It is a verb, and changes each time. */
        readonly always?: true;
      }
    | { readonly refused: RegExp /** Something was sent before it failed. */; readonly late?: true };
  /** What must be true then. */
  after?(host: ComposeHost, expect: (holds: boolean, what: string) => void): Promise<void>;
}
export interface Scenario {
  readonly name: string;
  readonly on?: "real" | "embedded";
  readonly stages: readonly Stage[];
}

// It hears at once that it is to end: a shell that sleeps itself would hear it afterwards.
const loop = ["sh", "-c", "trap 'exit 143' TERM; echo started; sleep 1000000 & wait"];
const GLUETUN = "qmcgaw/gluetun:v3.41.1";
const QBITTORRENT = "lscr.io/linuxserver/qbittorrent:5.0.4";
const SONARR = "lscr.io/linuxserver/sonarr:4.0.15";
const quick = { stop_grace_period: "1s", restart: "unless-stopped", command: loop };
const health = { test: ["CMD", "test", "!", "-e", "/tmp/sick"], interval: "1s", retries: 1 };

/** A tunnel, who lives in its network, and a neighbour who does not. */
function media(changes: Record<string, Record<string, unknown>> = {}): Record<string, unknown> {
  return {
    services: {
      gluetun: { image: GLUETUN, ...quick, healthcheck: health, environment: { TZ: "${TZ:-UTC}" }, ...changes.gluetun },
      qbittorrent: {
        image: QBITTORRENT,
        ...quick,
        network_mode: "service:gluetun",
        depends_on: { gluetun: { condition: "service_healthy", restart: true } },
        volumes: ["./qbittorrent:/config"],
        ...changes.qbittorrent,
      },
      sonarr: {
        image: SONARR,
        ...quick,
        volumes: ["./sonarr.xml:/config.xml:ro"],
        env_file: ["sonarr.env"],
        ...changes.sonarr,
      },
    },
  };
}
const base = (host: ComposeHost, more: Record<string, unknown> = {}): Record<string, unknown> => ({
  project: "media",
  dir: `${host.dir}/media`,
  definition: media(),
  files: {
    "sonarr.xml": { content: "<a/>\n" },
    "sonarr.env": { content: "PUID=1000\n" },
    "qbittorrent/qbittorrent.conf": { content: "[Preferences]\n" },
  },
  wait_timeout: 30,
  ...more,
});
const changed = (host: ComposeHost, changes: Record<string, Record<string, unknown>>, more = {}) =>
  base(host, { definition: media(changes), ...more });
const all = { gluetun: /^missing$/, qbittorrent: /^missing$/, sonarr: /^missing$/ };
const create: Stage = {
  what: "from nothing",
  params: base,
  want: { services: all, touched: ["media-gluetun-1", "media-qbittorrent-1", "media-sonarr-1"] },
};
/** The same where it is not what a scenario is about. */
const ground: Stage = { ...create, ground: true };

/** A network and a volume with settings of their own, and a secret that a variable holds. */
function held(
  host: ComposeHost,
  { subnet = "10.203.8.0/24", lan = "data_lan", volume = { labels: { kept: "yes" } }, env = { TOKEN: "one" } },
): Record<string, unknown> {
  return {
    project: "data",
    dir: `${host.dir}/data`,
    env,
    definition: {
      services: { app: { image: SONARR, ...quick, networks: ["lan"], volumes: ["kept:/data"], secrets: ["token"] } },
      networks: { lan: { name: lan, ipam: { config: [{ subnet }] } } },
      volumes: { kept: volume },
      secrets: { token: { environment: "TOKEN" } },
    },
    wait_timeout: 30,
  };
}

export const scenarios: readonly Scenario[] = [
  {
    name: "a sidecar and its dependents",
    stages: [
      create,
      {
        what: "the sidecar restarted by hand",
        hand: (host) => host.docker("restart", "-t", "1", "media-gluetun-1"),
        params: base,
        want: {
          services: { qbittorrent: /left in a network that is gone/ },
          touched: ["media-qbittorrent-1"],
        },
      },
      {
        what: "the sidecar's definition changed: it and its dependents are made anew",
        params: (host) => changed(host, { gluetun: { environment: { TZ: "Europe/Berlin" } } }),
        want: {
          services: {
            gluetun: /changed: environment\.TZ/,
            qbittorrent: /in the network of gluetun, which is made anew/,
          },
          touched: ["media-gluetun-1", "media-qbittorrent-1"],
        },
      },
      {
        what: "another image of the sidecar",
        params: (host) => changed(host, { gluetun: { image: "qmcgaw/gluetun:v3.41.2" } }),
        want: {
          services: { gluetun: /image/, qbittorrent: /made anew/ },
          touched: ["media-gluetun-1", "media-qbittorrent-1"],
        },
      },
      {
        what: "the sidecar removed by hand: its dependents' network is gone for good",
        hand: (host) => host.docker("rm", "-f", "media-gluetun-1"),
        params: (host) => changed(host, { gluetun: { image: "qmcgaw/gluetun:v3.41.2" } }),
        want: {
          services: { gluetun: /^missing$/, qbittorrent: /in the network of gluetun, which is made anew/ },
          touched: ["media-gluetun-1", "media-qbittorrent-1"],
        },
      },
      {
        what: "the sidecar stopped by hand",
        hand: (host) => host.docker("stop", "-t", "1", "media-gluetun-1"),
        params: (host) => changed(host, { gluetun: { image: "qmcgaw/gluetun:v3.41.2" } }),
        want: {
          services: { gluetun: /^exited \(\d+\)$/, qbittorrent: /gluetun, which is started anew/ },
          touched: ["media-gluetun-1", "media-qbittorrent-1"],
        },
      },
    ],
  },
  {
    name: "files that are mounted and read",
    stages: [
      ground,
      {
        what: "a mounted file of the task",
        params: (host) => base(host, { files: { ...filesOf(host), "sonarr.xml": { content: "<b/>\n" } } }),
        want: { services: { sonarr: /changed: mounted file .*sonarr\.xml/ }, touched: ["media-sonarr-1"] },
      },
      {
        what: "an env file of the task",
        params: (host) =>
          base(host, {
            files: { ...filesOf(host), "sonarr.xml": { content: "<b/>\n" }, "sonarr.env": { content: "PUID=1001\n" } },
          }),
        want: { services: { sonarr: /changed: env file sonarr\.env/ }, touched: ["media-sonarr-1"] },
      },
      {
        what: "a file in a mounted folder",
        params: (host) =>
          base(host, { files: { ...filesOf(host), "qbittorrent/qbittorrent.conf": { content: "[Other]\n" } } }),
        want: {
          services: {
            qbittorrent: /mounted file .*qbittorrent\.conf/,
            sonarr: /changed: env file sonarr\.env, mounted file/,
          },
          touched: ["media-qbittorrent-1", "media-sonarr-1"],
        },
      },
      {
        what: "a mounted file that an earlier task of the play writes",
        hand: (host) => host.write(`${host.dir}/media/extra.conf`, "one\n"),
        params: (host) => changed(host, { sonarr: { volumes: ["./extra.conf:/extra.conf"] } }),
        want: {
          services: { qbittorrent: /mounted file/, sonarr: /volumes/ },
          touched: ["media-qbittorrent-1", "media-sonarr-1"],
        },
      },
      {
        what: "the same, changed by that task",
        tasks: (host) => [{ name: "first", copy: { dest: `${host.dir}/media/extra.conf`, content: "two\n" } }],
        params: (host) => changed(host, { sonarr: { volumes: ["./extra.conf:/extra.conf"] } }),
        want: { services: { sonarr: /changed: mounted file .*extra\.conf/ }, touched: ["media-sonarr-1"] },
      },
      {
        what: "one that the service writes itself is left out",
        hand: (host) => host.write(`${host.dir}/media/extra.conf`, "three\n"),
        params: (host) =>
          changed(host, { sonarr: { volumes: ["./extra.conf:/extra.conf"] } }, { volatile: ["extra.conf"] }),
        want: { services: { sonarr: /changed: mounted file .*extra\.conf/ }, touched: ["media-sonarr-1"] },
      },
      {
        what: "and so is its next change",
        hand: (host) => host.write(`${host.dir}/media/extra.conf`, "four\n"),
        params: (host) =>
          changed(host, { sonarr: { volumes: ["./extra.conf:/extra.conf"] } }, { volatile: ["extra.conf"] }),
        want: { services: {}, touched: [] },
      },
    ],
  },
  {
    name: "crashes, removals, orphans, pauses",
    stages: [
      ground,
      {
        what: "killed by hand",
        hand: (host) => host.docker("kill", "media-sonarr-1"),
        params: base,
        want: { services: { sonarr: /^exited \(137\)$/ }, touched: ["media-sonarr-1"] },
      },
      {
        what: "removed by hand",
        hand: (host) => host.docker("rm", "-f", "media-sonarr-1"),
        params: base,
        want: { services: { sonarr: /^missing$/ }, touched: ["media-sonarr-1"] },
      },
      {
        what: "paused by hand",
        hand: (host) => host.docker("pause", "media-sonarr-1"),
        params: base,
        want: { services: { sonarr: /^paused$/ }, touched: [] },
      },
      {
        what: "a service is no longer in the files: told, and left alone",
        params: (host) => base(host, { definition: without("sonarr") }),
        want: { services: {}, touched: [], warning: /media-sonarr-1: of the project, and of no service/ },
      },
      {
        what: "and removed where that is asked for",
        params: (host) => base(host, { definition: without("sonarr"), remove_orphans: true }),
        want: { services: { "orphan media-sonarr-1": /^running$/ }, touched: [] },
      },
      {
        what: "stopped",
        params: (host) => base(host, { definition: without("sonarr"), state: "stopped" }),
        want: { services: { gluetun: /running|is starting/, qbittorrent: /^running$/ }, touched: [] },
      },
      {
        what: "present again",
        params: (host) => base(host, { definition: without("sonarr") }),
        want: {
          services: { gluetun: /^exited/, qbittorrent: /^exited/ },
          touched: ["media-gluetun-1", "media-qbittorrent-1"],
        },
      },
      {
        what: "restarted, each time",
        params: (host) => base(host, { definition: without("sonarr"), state: "restarted" }),
        want: { services: { restart: /./ }, touched: ["media-gluetun-1", "media-qbittorrent-1"], always: true },
      },
      {
        what: "absent",
        params: () => ({ project: "media", state: "absent" }),
        want: {
          services: {
            "media-gluetun-1": /^running$/,
            "media-qbittorrent-1": /^running$/,
            "network media_default": /^there$/,
          },
          touched: [],
        },
      },
    ],
  },
  {
    name: "volumes stay",
    stages: [
      {
        what: "with a volume",
        params: (host) => data(host),
        want: { services: { app: /^missing$/ }, touched: ["data-app-1"] },
      },
      {
        what: "absent keeps it",
        params: () => ({ project: "data", state: "absent" }),
        want: { services: { "data-app-1": /^running$/, "network data_default": /^there$/ }, touched: [] },
        after: async (host, expect) => {
          expect((await host.docker("volume", "ls", "-q")).includes("data_store"), "the volume is there");
        },
      },
      {
        what: "unless it is told otherwise",
        params: () => ({ project: "data", state: "absent", volumes: "remove" }),
        want: { services: { "volume data_store": /^there$/ }, touched: [] },
      },
    ],
  },
  {
    name: "services that end, scale, and need one another",
    stages: [
      {
        what: "a service that runs once comes before the one that needs it",
        params: (host) => jobs(host, 1),
        want: { services: { init: /^missing$/, app: /^missing$/ }, touched: ["jobs-app-1", "jobs-init-1"] },
      },
      {
        what: "two of them",
        params: (host) => jobs(host, 2),
        want: { services: { app: /^1 of 2 running$/ }, touched: ["jobs-app-2"] },
      },
      {
        what: "one again",
        params: (host) => jobs(host, 1),
        want: { services: { app: /^2 of 1$/ }, touched: [] },
      },
      {
        what: "cleared",
        params: () => ({ project: "jobs", state: "absent" }),
        want: { services: { "jobs-app-1": /./, "jobs-init-1": /./, "network jobs_default": /./ }, touched: [] },
      },
    ],
  },
  {
    name: "what fails tells why",
    on: "real",
    stages: [
      {
        what: "never healthy: the last lines of its log",
        params: (host) => failing(host, { healthcheck: { test: ["CMD", "false"], interval: "1s", retries: 1 } }),
        want: {
          refused: /waited 3 s for app to be running[\s\S]*app is unhealthy; the last lines of its log:\n {2}started/,
          late: true,
        },
      },
      {
        what: "and again when nothing is to be sent",
        params: (host) => failing(host, { healthcheck: { test: ["CMD", "false"], interval: "1s", retries: 1 } }),
        want: {
          refused: /is still waiting after 3 s: app is unhealthy; the last lines of its log:\n {2}started/,
          late: true,
        },
      },
      {
        what: "ends with an error",
        params: (host) => failing(host, { restart: "no", command: ["sh", "-c", "echo no such database; exit 3"] }),
        want: { refused: /app has ended with exit code 3[\s\S]*no such database/, late: true },
      },
      {
        what: "keeps restarting",
        params: (host) => failing(host, { command: ["sh", "-c", "echo again and again; exit 4"] }),
        want: { refused: /waited 3 s for app[\s\S]*again and again/, late: true },
      },
      {
        what: "mended",
        // Else it starts and ends by itself between two looks.
        hand: (host) => host.docker("stop", "-t", "1", "bad-app-1"),
        params: (host) => failing(host, {}),
        want: { services: { app: /changed: command/ }, touched: ["bad-app-1"] },
      },
      {
        what: "cleared",
        params: () => ({ project: "bad", state: "absent" }),
        want: { services: { "bad-app-1": /./, "network bad_default": /./ }, touched: [] },
      },
    ],
  },
  {
    name: "names and networks that somebody has meddled with",
    on: "real",
    stages: [
      ground,
      {
        what: "another name",
        hand: (host) => host.docker("rename", "media-sonarr-1", "elsewhere"),
        params: base,
        want: {
          services: { sonarr: /it is called elsewhere, not media-sonarr-1/ },
          touched: ["media-sonarr-1"],
        },
      },
      {
        what: "taken out of its network",
        hand: (host) => host.docker("network", "disconnect", "media_default", "media-sonarr-1"),
        params: base,
        want: { services: { sonarr: /it is not in the network media_default/ }, touched: ["media-sonarr-1"] },
      },
      {
        what: "all stopped, and the network removed",
        hand: async (host) => {
          await host.docker("stop", "-t", "1", "media-qbittorrent-1", "media-sonarr-1", "media-gluetun-1");
          await host.docker("network", "rm", "media_default");
        },
        params: base,
        want: {
          services: {
            gluetun: /its network media_default is gone/,
            qbittorrent: /in the network of gluetun, which is made anew/,
            sonarr: /its network media_default is gone/,
          },
          touched: ["media-gluetun-1", "media-qbittorrent-1", "media-sonarr-1"],
        },
      },
    ],
  },
  {
    name: "what Docker cannot change, and what a variable holds",
    // The embedded lab has secrets from files alone.
    on: "real",
    stages: [
      {
        ...create,
        params: (host) => held(host, {}),
        want: { services: { app: /^missing$/ }, touched: ["data-app-1"] },
      },
      {
        what: "a secret of another value",
        params: (host) => held(host, { env: { TOKEN: "two" } }),
        want: { services: { app: /changed: secrets\.token/ }, touched: ["data-app-1"] },
      },
      {
        what: "another subnet",
        params: (host) => held(host, { subnet: "10.203.9.0/24", env: { TOKEN: "two" } }),
        want: { refused: /the network data_lan is there, and is defined otherwise now/ },
      },
      {
        what: "another volume",
        params: (host) => held(host, { volume: { labels: { kept: "no" } }, env: { TOKEN: "two" } }),
        want: { refused: /the volume data_kept is there, and is defined otherwise now/ },
      },
      {
        what: "another network of its own",
        params: (host) => held(host, { subnet: "10.203.9.0/24", lan: "data_other", env: { TOKEN: "two" } }),
        want: { services: { app: /changed: networks\.lan/ }, touched: ["data-app-1"] },
      },
    ],
  },
  {
    name: "what is wrong is refused, and nothing is touched",
    stages: [
      ground,
      ...refused([
        [
          "a mounted path that is not there",
          { volumes: ["./nowhere:/data"] },
          /sonarr mounts .*nowhere, which does not exist/,
        ],
        [
          "the same in the long form",
          { volumes: [{ type: "bind", source: "./no", target: "/x" }] },
          /which does not exist/,
        ],
        [
          "an env file that is not there",
          { env_file: ["other.env"] },
          /sonarr reads .*other\.env .*which does not exist/,
        ],
        [
          "an image that is not there",
          { image: "nobody/nothing:1" },
          /the image nobody\/nothing:1 .*is not on the host/,
          { pull: "never" },
        ],
        ["a variable that nobody sets", { environment: { A: "${NOT_SET}" } }, /variable NOT_SET is not set/],
        [
          "ports in another one's network",
          { network_mode: "service:gluetun", ports: ["1:1"] },
          /cannot have ports of its own/,
        ],
        ["a file of variables that is none", {}, /bad\.env, line 1/, { env_files: ["bad.env"] }, "bad.env"],
        ["a file of variables that is not there", {}, /there is no file .*more\.env/, { env_files: ["more.env"] }],
      ]),
      {
        what: "a network that others were to make",
        params: (host) =>
          base(host, {
            definition: {
              ...media({ sonarr: { networks: ["lan"] } }),
              networks: { lan: { external: true, name: "elsewhere" } },
            },
          }),
        want: { refused: /there is no network elsewhere, which the files call external/ },
      },
      {
        what: "and all is as it was",
        hand: (host) => host.remove(`${host.dir}/media/bad.env`),
        params: base,
        want: { services: {}, touched: [] },
      },
    ],
  },
  {
    name: "what only Compose itself knows is asked before",
    on: "real",
    stages: [
      ground,
      ...refused([
        ["a size that is none", { mem_limit: "lots" }, /Compose does not accept the files of media: .*mem_limit/],
        ["a time that is none", { stop_grace_period: "soon" }, /stop_grace_period/],
        ["a number that is none", { ulimits: { nofile: "many" } }, /ulimits|nofile/],
        ["a map where a text belongs", { container_name: { a: 1 } }, /container_name/],
      ]),
    ],
  },
];

function filesOf(host: ComposeHost): object {
  const { files } = base(host);
  return typeof files === "object" && files !== null ? files : {};
}

function without(name: string): Record<string, unknown> {
  const { services } = media();
  if (typeof services !== "object" || services === null) return {};
  return { services: Object.fromEntries(Object.entries(services).filter(([each]) => each !== name)) };
}

function data(host: ComposeHost): Record<string, unknown> {
  const app = { image: QBITTORRENT, ...quick, volumes: ["store:/data"] };
  return { project: "data", dir: `${host.dir}/data`, definition: { services: { app }, volumes: { store: {} } } };
}

function jobs(host: ComposeHost, scale: number): Record<string, unknown> {
  const services = {
    app: { image: QBITTORRENT, ...quick, scale, depends_on: { init: { condition: "service_completed_successfully" } } },
    init: { image: QBITTORRENT, command: ["true"] },
  };
  return { project: "jobs", dir: `${host.dir}/jobs`, definition: { services } };
}

function failing(host: ComposeHost, more: Record<string, unknown>): Record<string, unknown> {
  const services = { app: { image: QBITTORRENT, ...quick, ...more } };
  return { project: "bad", dir: `${host.dir}/bad`, definition: { services }, wait_timeout: 3 };
}

/** Stages in which the neighbour is changed, or the task, and that is refused. */
function refused(
  cases: readonly (readonly [
    what: string,
    sonarr: Record<string, unknown>,
    why: RegExp,
    task?: object,
    file?: string,
  ])[],
): readonly Stage[] {
  return cases.map(([what, sonarr, why, task = {}, file]) => ({
    what,
    hand: async (host) => (file === undefined ? undefined : host.write(`${host.dir}/media/${file}`, "= none\n")),
    params: (host) => changed(host, { sonarr }, task),
    want: { refused: why },
  }));
}
