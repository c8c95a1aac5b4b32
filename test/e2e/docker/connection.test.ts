import { execFileSync } from "node:child_process";
import { copyFileSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, inject, it } from "vitest";
import { docker } from "../../support/docker-engine.ts";
import { expectExit, recapOf } from "../../support/e2e-events.ts";
import { openRig, type PlayRun, type Rig } from "../../support/e2e-rig.ts";

/** Larger than what fits into a script: it travels on a channel of its own and is handed on inside. */
const large = Buffer.alloc(3_000_000, "large\0'\n");

let rig: Rig;
let host: string;
const run = (...args: readonly string[]): string => docker(host, ...args);

/** Busybox with all that it can be, an account, a page; and the same program without a shell. */
function makeImages(): void {
  const base = mkdtempSync(join(tmpdir(), "lab-images-"));
  const root = join(base, "root");
  for (const folder of ["bin", "etc", "root", "tmp", "www", "home/media", "proc"])
    mkdirSync(join(root, folder), { recursive: true });
  copyFileSync("/bin/busybox", join(root, "bin/busybox"));
  execFileSync("chroot", [root, "/bin/busybox", "--install", "-s", "/bin"]);
  writeFileSync(join(root, "etc/passwd"), "root:x:0:0:root:/root:/bin/sh\nmedia:x:1000:1000::/home/media:/bin/false\n");
  writeFileSync(join(root, "etc/group"), "root:x:0:\nmedia:x:1000:\n");
  writeFileSync(join(root, "www/hello"), "hello from inside\n");
  execFileSync("sh", ["-c", `chown 1000:1000 ${root}/home/media; chmod 1777 ${root}/tmp`]);
  const bare = join(base, "bare");
  mkdirSync(bare);
  copyFileSync("/bin/busybox", join(bare, "sleep"));
  for (const [name, folder, command] of [
    ["lab/inside:1.0", root, '["httpd","-f","-p","8080","-h","/www"]'],
    ["lab/bare:1.0", bare, '["/sleep","600"]'],
  ] as const) {
    execFileSync("tar", ["-C", folder, "-cf", join(base, "image.tar"), "."]);
    run("import", "-c", `CMD ${command}`, "-c", "ENV PATH=/bin", "-c", "USER 1000", join(base, "image.tar"), name);
  }
  rmSync(base, { recursive: true, force: true });
}

const label = (name: string, value: string): readonly string[] => ["-l", `com.docker.compose.${name}=${value}`];
const startService = (): string =>
  run(
    ...["run", "-d", "--network", "none", "--name", "by-another-name"],
    ...[...label("project", "media"), ...label("service", "app"), ...label("oneoff", "False")],
    "lab/inside:1.0",
  );

beforeAll(async () => {
  const engine = inject("docker");
  if (engine.kind === "missing") throw new Error(engine.why);
  host = engine.host;
  makeImages();
  run("run", "-d", "--network", "none", "--name", "app", "lab/inside:1.0");
  run("run", "-d", "--network", "container:app", "--name", "bare", "lab/bare:1.0");
  startService();
  rig = await openRig({ environment: [`DOCKER_HOST=${host}`] });
  rig.env.DOCKER_HOST = host;
  rig.write("files/large.bin", large);
  const box = { lab_host: "127.0.0.1", lab_port: rig.sshd.port, lab_user: "root" };
  const inside = (more: object) => ({ lab_connection: "docker", lab_node: "box", ...more });
  const hosts = {
    box,
    here: { lab_connection: "local" },
    app: inside({ lab_container: "app" }),
    bare: inside({ lab_container: "bare" }),
    none: inside({ lab_container: "no-such-container" }),
    service: inside({ lab_project: "media", lab_service: "app" }),
    "by-local": inside({ lab_node: "here", lab_container: "app" }),
  };
  rig.write("hosts.yml", `${JSON.stringify({ all: { hosts } })}\n`);
});
afterAll(async () => {
  await rig?.stop();
  for (const name of ["app", "bare", "by-another-name"])
    execFileSync("docker", ["-H", host, "rm", "-f", name], { stdio: "pipe" });
});

const site = (hosts: string, tasks: readonly unknown[]) =>
  rig.write("site.yml", JSON.stringify([{ name: "Inside", hosts, tasks }]));
const resultsOf = (run: PlayRun, host: string) =>
  run.events.filter((event) => event.type === "result").filter((event) => event.host === host);
const inContainer = (name: string, ...words: readonly string[]): string => run("exec", "-u", "0", name, ...words);

describe("inside of real containers of Docker", () => {
  it.each([
    ["app", "app"],
    ["service", "by-another-name"],
    ["by-local", "app"],
  ])("%s: as root and as another, small and large", async (name, container) => {
    inContainer(container, "sh", "-c", "rm -f /root/* /tmp/mine");
    site(name, [
      { copy: { dest: "/root/small", content: "it's small\n", mode: "0640" } },
      { copy: { dest: "/root/large", src: "large.bin", mode: "0600" } },
      { name: "who", command: "sh -c 'id -un; echo $HOME; pwd'" },
      { name: "mine", copy: { dest: "/tmp/mine", src: "large.bin" }, become: true, become_user: "media" },
      { name: "their", command: "sh -c 'id -un; echo $HOME $USER; pwd'", become: true, become_user: "media" },
    ]);
    const first = await rig.play("site.yml");
    expectExit(first, 0);
    const stdoutOf = (task: string) => resultsOf(first, name).find((each) => each.name === task)?.result;
    expect(stdoutOf("who")).toMatchObject({ stdout: "root\n/root\n/root" });
    expect(stdoutOf("their")).toMatchObject({ stdout: "media\n/home/media media\n/home/media" });
    expect(
      inContainer(container, "sh", "-c", "stat -c '%a %U' /root/small /root/large /tmp/mine; cat /root/small"),
    ).toBe("640 root\n600 root\n644 media\nit's small\n");
    const wanted = execFileSync("sha256sum", { input: large, encoding: "utf8" }).slice(0, 64);
    for (const path of ["/root/large", "/tmp/mine"])
      expect(inContainer(container, "sha256sum", path).slice(0, 64)).toBe(wanted);
  });

  it("a converged run is one trip for all of a machine's containers", async () => {
    site("box:app:service", [
      { copy: { dest: "/tmp/common", content: "x" } },
      { copy: { dest: "/tmp/other", content: "y" } },
    ]);
    expectExit(await rig.play("site.yml"), 0);
    const again = await rig.play("site.yml");
    expectExit(again, 0);
    for (const name of ["box", "app", "service"])
      expect(recapOf(again, name)).toMatchObject({ ok: 2, changed: 0, roundTrips: 1 });
  });

  it("one that was made anew is found again", async () => {
    run("rm", "-f", "by-another-name");
    startService();
    site("service", [{ copy: { dest: "/tmp/common", content: "x" } }]);
    const done = await rig.play("site.yml");
    expectExit(done, 0);
    expect(recapOf(done, "service")).toMatchObject({ changed: 1 });
    expect(inContainer("by-another-name", "cat", "/tmp/common")).toBe("x");
  });

  it("a stopped one, a missing one and one without a shell say so, and what to do", async () => {
    run("stop", "-t", "0", "by-another-name");
    site("service:none:bare", [{ command: "true" }]);
    const done = await rig.play("site.yml");
    expectExit(done, 4);
    const reasonOf = (name: string) => resultsOf(done, name)[0];
    expect(reasonOf("service")).toMatchObject({
      status: "unreachable",
      reason: "the container of app in the project media on box is stopped",
      hint: expect.stringContaining("docker compose -p media up -d"),
    });
    expect(reasonOf("none")).toMatchObject({ reason: "there is no container no-such-container on box" });
    expect(reasonOf("bare")).toMatchObject({ reason: expect.stringContaining("has no shell") });
  });

  it("a check defers what a pending command may bring up; the run then does it", async () => {
    const plays = [
      {
        name: "Host",
        hosts: "box",
        tasks: [{ name: "start", command: { argv: ["docker", "start", "by-another-name"] } }],
      },
      { name: "Inside", hosts: "service", tasks: [{ name: "file", copy: { dest: "/tmp/new", content: "new" } }] },
    ];
    rig.write("site.yml", JSON.stringify(plays));
    const check = await rig.play("site.yml", "--check");
    expectExit(check, 0);
    expect(resultsOf(check, "service").map(({ status, because }) => [status, because])).toEqual([
      ["deferred", ["p1/task1"]],
    ]);
    const done = await rig.play("site.yml");
    expectExit(done, 0);
    expect(resultsOf(done, "service").map(({ status }) => status)).toEqual(["changed"]);
  });

  it("requests go out in a container's network, of one without a shell, too, and cost no trip", async () => {
    site("app:bare", [{ name: "ask", http: { url: "http://127.0.0.1:8080/hello" } }]);
    const done = await rig.play("site.yml");
    expectExit(done, 0);
    for (const name of ["app", "bare"]) {
      expect(resultsOf(done, name)[0]?.result).toMatchObject({ status: 200, body: "hello from inside\n" });
      expect(recapOf(done, name)).toMatchObject({ roundTrips: 1 });
    }
    site("box", [{ name: "ask", http: { url: "http://127.0.0.1:8080/hello" }, ignore_errors: true }]);
    expect(resultsOf(await rig.play("site.yml"), "box")[0]).toMatchObject({ status: "failed" });
  });
});
