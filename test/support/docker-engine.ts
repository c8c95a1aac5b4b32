import { type ChildProcess, execFileSync, spawn } from "node:child_process";
import {
  closeSync,
  copyFileSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  openSync,
  readdirSync,
  readFileSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from "node:fs";
import { homedir, tmpdir } from "node:os";
import { join } from "node:path";
import { setTimeout } from "node:timers/promises";
import type { TestProject } from "vitest/node";

/** How to reach an engine of the tests' own; or why there is none. `config`: a DOCKER_CONFIG whose plugin is Compose v2. */
export type DockerEngine =
  | { readonly kind: "running"; readonly host: string; readonly config: string }
  | { readonly kind: "missing"; readonly why: string };
declare module "vitest" {
  interface ProvidedContext {
    readonly docker: DockerEngine;
  }
}

/** Names as a media stack has them. None of them is pulled: each is a busybox with a health that can be taken away. */
export const IMAGES = [
  "qmcgaw/gluetun:v3.41.1",
  "qmcgaw/gluetun:v3.41.2",
  "lscr.io/linuxserver/qbittorrent:5.0.4",
  "lscr.io/linuxserver/sonarr:4.0.15",
] as const;
const APPLETS = "cat cp date echo env false grep httpd kill ls mv nc rm sh sleep test touch trap true wget".split(" ");

/**
 * A real Docker engine with a folder, a socket and images of its own, started once for all tests of the project. It asks
 * for no bridge and no firewall of its own, so no other engine of the machine is disturbed. A developer's machine
 * without one gets a message and tests that say so; in CI that is a failure.
 */
export default async function startDockerEngine(project: TestProject): Promise<() => Promise<void>> {
  const base = mkdtempSync(join(tmpdir(), "lab-docker-"));
  try {
    const engine = await start(base);
    const config = join(base, "config");
    mkdirSync(join(config, "cli-plugins"), { recursive: true });
    copyFileSync(composePlugin(), join(config, "cli-plugins/docker-compose"));
    makeImages(base, engine.host);
    project.provide("docker", { kind: "running", host: engine.host, config });
    return () => engine.stop();
  } catch (error) {
    const why = error instanceof Error ? error.message : String(error);
    if (process.env.CI) throw error;
    console.error(`The tests against a real Docker engine cannot run: ${why}`);
    project.provide("docker", { kind: "missing", why });
    rmSync(base, { recursive: true, force: true });
    return async () => {};
  }
}

async function start(base: string): Promise<{ readonly host: string; stop(): Promise<void> }> {
  const host = `unix://${join(base, "docker.sock")}`;
  const log = openSync(join(base, "dockerd.log"), "w");
  const words = ["--data-root", join(base, "data"), "--exec-root", join(base, "exec"), "-H", host];
  const apart = ["--pidfile", join(base, "pid"), "--bridge=none", "--iptables=false", "--ip-forward=false"];
  const child: ChildProcess = spawn("dockerd", [...words, ...apart], { stdio: ["ignore", log, log] });
  closeSync(log);
  let ended = false;
  child.once("error", () => (ended = true));
  child.once("close", () => (ended = true));
  const answers = (): boolean => {
    try {
      docker(host, "version");
      return true;
    } catch {
      return false;
    }
  };
  for (let tries = 0; tries < 120 && !ended; tries += 1) {
    if (answers()) return { host, stop: () => stop(child, base, host) };
    await setTimeout(500);
  }
  child.kill("SIGKILL");
  const said = readFileSync(join(base, "dockerd.log"), "utf8").slice(-2000);
  throw new Error(`dockerd does not come up (apt-get install docker.io):\n${said}`);
}

async function stop(child: ChildProcess, base: string, host: string): Promise<void> {
  const ids = docker(host, "ps", "-aq")
    .split("\n")
    .filter((id) => id !== "");
  if (ids.length > 0) docker(host, "rm", "-f", "-v", ...ids);
  // Networks are bridges of the machine: they would outlive the engine.
  const networks = docker(host, "network", "ls", "-q", "--filter", "type=custom")
    .split("\n")
    .filter((id) => id !== "");
  if (networks.length > 0) docker(host, "network", "rm", ...networks);
  const closed = new Promise<void>((done) => void child.once("close", () => done()));
  if (child.exitCode === null && child.kill("SIGTERM")) await closed;
  rmSync(base, { recursive: true, force: true });
}

export function docker(host: string, ...args: readonly string[]): string {
  return execFileSync("docker", ["-H", host, ...args], { encoding: "utf8", stdio: ["ignore", "pipe", "pipe"] });
}

function makeImages(base: string, host: string): void {
  const root = join(base, "image");
  mkdirSync(join(root, "bin"), { recursive: true });
  copyFileSync("/bin/busybox", join(root, "bin/busybox"));
  for (const applet of APPLETS) symlinkSync("busybox", join(root, "bin", applet));
  mkdirSync(join(root, "tmp"));
  for (const image of IMAGES) {
    // Another content for each, so that no two names have one id.
    writeFileSync(join(root, "name"), image);
    const archive = join(base, "image.tar");
    execFileSync("tar", ["-C", root, "-cf", archive, "."]);
    const health = image.includes("gluetun")
      ? ["-c", "HEALTHCHECK --interval=1s --retries=1 CMD test ! -e /tmp/sick"]
      : [];
    const command = 'CMD ["sh","-c","trap \\"exit 143\\" TERM; echo started; while :; do sleep 1; done"]';
    docker(host, "import", "-c", command, "-c", "ENV PATH=/bin", ...health, archive, image);
  }
}

/**
 * Compose v2 as Debian has it since 13, whose package needs nothing of that release: fetched by apt from the mirror that
 * this machine uses, with its keys, and kept.
 */
function composePlugin(): string {
  const cache = join(process.env.LAB_TEST_CACHE ?? join(homedir(), ".cache/labplay"), "docker-compose");
  const plugin = join(cache, "docker-compose");
  if (existsSync(plugin)) return plugin;
  mkdirSync(cache, { recursive: true });
  const work = mkdtempSync(join(tmpdir(), "lab-compose-"));
  try {
    const targets = apt([], "indextargets", "--format", "$(REPO_URI) $(COMPONENT)", "Created-By: Packages");
    const uri = targets
      .split("\n")
      .find((each) => /\/debian\/? main$/.test(each))
      ?.split(" ")[0];
    if (uri === undefined) throw new Error(`no mirror of Debian is among apt's sources:\n${targets}`);
    const keys = "/usr/share/keyrings/debian-archive-keyring.gpg";
    const signed = existsSync(keys) ? `Signed-By: ${keys}\n` : "";
    mkdirSync(join(work, "lists/partial"), { recursive: true });
    mkdirSync(join(work, "cache/archives/partial"), { recursive: true });
    writeFileSync(join(work, "next.sources"), `Types: deb\nURIs: ${uri}\nSuites: trixie\nComponents: main\n${signed}`);
    const options = [
      `Dir::Etc::sourcelist=${join(work, "next.sources")}`,
      "Dir::Etc::sourceparts=/dev/null",
      `Dir::State::lists=${join(work, "lists")}`,
      `Dir::Cache=${join(work, "cache")}`,
      "APT::Sandbox::User=root",
    ];
    apt(options, "update");
    execFileSync("apt-get", [...options.flatMap((each) => ["-o", each]), "download", "docker-compose"], {
      cwd: work,
      stdio: "pipe",
    });
    const deb = readdirSync(work).find((name) => name.endsWith(".deb")) ?? "";
    execFileSync("dpkg-deb", ["-x", join(work, deb), join(work, "unpacked")]);
    copyFileSync(join(work, "unpacked/usr/libexec/docker/cli-plugins/docker-compose"), `${plugin}.new`);
    execFileSync("mv", [`${plugin}.new`, plugin]);
    return plugin;
  } finally {
    rmSync(work, { recursive: true, force: true });
  }
}

function apt(options: readonly string[], ...args: readonly string[]): string {
  return execFileSync("apt-get", [...options.flatMap((each) => ["-o", each]), ...args], {
    encoding: "utf8",
    stdio: "pipe",
  });
}
