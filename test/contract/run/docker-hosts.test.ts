import { describe, expect, test } from "vitest";
import { dedent, resultOf, runSite, saidBy, storyOf } from "../../support/run-site.ts";
import { createWorld, type TestWorld } from "../../support/world.ts";

const compose = "docker compose -p media --project-directory /srv/media -f /srv/media/compose.yml";
const inventory = `all:
  vars: { lab_connection: lab }
  hosts:
    nas1:
    web: { lab_node: nas1, lab_project: media, lab_service: web }
    named: { lab_connection: docker, lab_node: nas1, lab_container: media-web-1 }
    bare: { lab_connection: docker, lab_node: nas1, lab_container: bare }
`;
const world = (): TestWorld =>
  createWorld({
    nas1: {
      packages: ["docker.io", "docker-compose-plugin"],
      images: { "lab/bare:1.0": { system: "none" }, "lab/web:1.0": { system: "debian" } },
    },
  });
const run = (plays: string, more: { readonly world: TestWorld; readonly check?: boolean }) =>
  runSite({ ...more, files: { "site.yml": dedent(plays), "inventory/hosts.yml": inventory } });

const onHost = `
  - name: host
    hosts: nas1
    tasks:
      - name: folder
        file: { path: /srv/media, state: directory }
      - name: compose file
        copy:
          dest: /srv/media/compose.yml
          content: |
            services:
              web: { image: "lab/web:1.0", volumes: ["./config:/config"] }
      - name: up
        command: ${compose} up -d
        args: { creates: /srv/media/config }
`;
const inside = `
  - name: inside
    hosts: web
    tasks:
      - name: file
        copy: { dest: /config/app.conf, content: "on\\n" }
      - name: own
        copy: { dest: /root/own, content: "mine\\n" }
      - name: where
        debug: "{{ facts.distribution.id }}"
`;
const plays =
  onHost
    .replace("        args: { creates: /srv/media/config }\n", "")
    .replace(`command: ${compose} up -d`, `command: { cmd: ${compose} up -d, creates: /srv/media/config }`) + inside;

describe("a container of Docker as a host of the embedded lab", () => {
  test("deferred while it is still to be made, filled by the same run, and nothing is left", async () => {
    const lab = world();
    const foretold = await run(plays, { world: lab, check: true });
    expect(storyOf(foretold).filter((line) => line.startsWith("web"))).toEqual([
      "web file: deferred",
      "web own: deferred",
      "web where: deferred",
    ]);
    expect(foretold.after).toBe(foretold.before);
    const done = await run(plays, { world: lab });
    expect(storyOf(done).filter((line) => line.startsWith("web"))).toEqual([
      "web file: changed",
      "web own: changed",
      "web where: ok",
    ]);
    expect(saidBy(done, "web")).toEqual(["debian"]);
    // What is bound is the host's own file.
    expect(lab.host("nas1").files["/srv/media/config/app.conf"]).toMatchObject({ content: "on\n" });
    const again = await run(plays, { world: lab });
    expect(again.recap?.hosts).toMatchObject({ nas1: { changed: 0 }, web: { changed: 0, unreachable: 0 } });
  });

  test("one that was made anew is found again; what was its own is gone, what is bound is not", async () => {
    const lab = world();
    await run(plays, { world: lab });
    const anew = `
      - { name: host, hosts: nas1, tasks: [{ command: ${compose} up -d --force-recreate }] }
    `;
    const done = await run(`${dedent(anew)}\n${dedent(inside)}`, { world: lab });
    expect(storyOf(done).filter((line) => line.startsWith("web"))).toEqual([
      "web file: ok",
      "web own: changed",
      "web where: ok",
    ]);
  });

  test("one trip for all, once nothing is to be done", async () => {
    const lab = world();
    await run(plays, { world: lab });
    const again = await run(
      "- { name: both, hosts: 'web:named', tasks: [{ copy: { dest: /root/own, content: \"mine\\n\" } }] }",
      { world: lab },
    );
    expect(again.recap?.hosts).toMatchObject({
      web: { changed: 0, roundTrips: 1 },
      named: { changed: 0, roundTrips: 1 },
    });
  });

  test.each([
    ["web", `${compose} stop`, "the container of web in the project media on nas1 is stopped"],
    ["named", `${compose} stop`, "container media-web-1 on nas1 is stopped"],
    ["named", `${compose} down`, "there is no container media-web-1 on nas1"],
    [
      "bare",
      "docker run -d --name bare lab/bare:1.0",
      "container bare on nas1 has no shell (`sh`), so nothing can be done in it",
    ],
    ["bare", "docker version --format x", "there is no container bare on nas1"],
    [
      "named",
      "systemctl stop docker.service",
      "Docker's engine on nas1 does not answer: Cannot connect to the Docker daemon at unix:///var/run/docker.sock. Is the docker daemon running?",
    ],
  ])("%s after `%s`: %s", async (host, command, reason) => {
    const lab = world();
    await run(plays, { world: lab });
    await run(`- { name: host, hosts: nas1, tasks: [{ command: "${command}" }] }`, { world: lab });
    const done = await run(`- { name: inside, hosts: ${host}, tasks: [{ name: look, command: uname }] }`, {
      world: lab,
    });
    expect(resultOf(done, "look", host)).toMatchObject({ status: "unreachable", reason, hint: expect.any(String) });
  });

  test.each([
    ["lab_node: nas1", "has no `lab_container`"],
    ["lab_node: nas1, lab_project: media", "has no `lab_service`"],
    ["lab_container: web", "has no `lab_node`"],
    ["lab_node: nas1, lab_container: web, lab_project: media, lab_service: web", "by `lab_container` and by"],
  ])("refuses { %s } before anything is connected to", async (variables, message) => {
    const done = await runSite({
      world: world(),
      files: {
        "site.yml": "- { name: p, hosts: all, tasks: [{ command: uname }] }",
        "inventory/hosts.yml": `all: { hosts: { nas1: { lab_connection: lab }, web: { lab_connection: docker, ${variables} } } }`,
      },
    });
    expect(done.exitCode).toBe(1);
    expect(done.diagnostics.map((each) => each.message).join("\n")).toContain(message);
  });

  test.each(["--privileged", "a b", "a;b", "$(id)", "a\\nb", ""])("refuses the name %j", async (name) => {
    const done = await runSite({
      world: world(),
      files: {
        "site.yml": "- { name: p, hosts: web, tasks: [{ name: look, command: uname }] }",
        "inventory/hosts.yml": `all: { hosts: { nas1: { lab_connection: lab }, web: { lab_connection: docker, lab_node: nas1, lab_container: ${JSON.stringify(name)} } } }`,
      },
    });
    expect(resultOf(done, "look", "web")).toMatchObject({
      status: "unreachable",
      reason: expect.stringContaining("lab_container"),
    });
  });
});
