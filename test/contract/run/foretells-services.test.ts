import { describe, expect, test } from "vitest";
import { z } from "zod";
import { change, defineModule, type Module, read, refuse, write } from "../../../engine/module/index.ts";
import { inventoryOf, resultOf, runSite, tasksSite } from "../../support/run-site.ts";
import { createWorld, put } from "../../support/world.ts";

const withDocker = { packages: ["docker-ce", "docker-ce-cli", "containerd.io", "docker-compose-plugin", "curl"] };
const jellyfin = `{ services: { jf: { image: "jellyfin/jellyfin:10.9.0", ports: ["8096:8096"] } } }`;

describe("what a check says of things that another module brings about", () => {
  test("a number that gets a name with a pending user is not certainly another owner", async () => {
    const world = createWorld();
    put(world, "/srv/x", "x\n");
    const node = world.host("h1").files["/srv/x"];
    Object.assign(node ?? {}, { uid: 3001, gid: 3100 });
    const files = tasksSite(`
      - group: { name: family, gid: 3100 }
      - name: of the group
        file: { path: /srv/x, group: family }
      - user: { name: anna, uid: 3001 }
      - name: of the user
        file: { path: /srv/x, owner: anna }
      - name: of root
        file: { path: /etc/motd, owner: root }
    `);
    const check = await runSite({ files, world, check: true });
    expect(resultOf(check, "of the group")).toMatchObject({ certainty: "assumed" });
    expect(resultOf(check, "of the user")).toMatchObject({ certainty: "assumed" });
    expect(resultOf(check, "of root")).toMatchObject({ certainty: "certain" });
    const run = await runSite({ files, world });
    expect(resultOf(run, "of the user").status).toBe("ok");
  });

  test("who is nobody yet is so by the pending task that makes him, and else a failure", async () => {
    const world = createWorld({ h1: { packages: ["cron"] } });
    const mine = `
      - name: folder
        file: { path: /srv/mine, state: directory, owner: anna, group: family }
        ignore_errors: true
    `;
    const nobody = await runSite({ files: tasksSite(mine), world, check: true });
    expect(resultOf(nobody, "folder")).toMatchObject({
      status: "failed",
      reason: expect.stringMatching(/there is no user anna/),
    });
    const files = tasksSite(`      - group: { name: family }\n      - user: { name: anna }\n${mine.slice(1)}
      - name: job
        cron: { user: anna, name: job, job: "true", minute: 0 }
    `);
    const check = await runSite({ files, world, check: true });
    expect(resultOf(check, "folder")).toMatchObject({ status: "changed", because: ["p1/task1", "p1/task2"] });
    expect(resultOf(check, "job").status).toBe("deferred");
    expect((await runSite({ files, world })).exitCode).toBe(0);
  });

  test("a port that a pending compose project publishes is not waited for in vain", async () => {
    const world = createWorld({ h1: withDocker });
    const files = tasksSite(`
      - name: stack
        compose: { project: w, dir: /srv/w, definition: ${jellyfin} }
      - name: port
        wait_for: { port: 8096, timeout: 300 }
    `);
    const check = await runSite({ files, world, check: true });
    expect(resultOf(check, "stack")).toMatchObject({ status: "changed", certainty: "certain" });
    expect(resultOf(check, "port").status).toBe("deferred");
    expect((await runSite({ files, world })).exitCode).toBe(0);
    expect((await runSite({ files, world, check: true, exitCode: true })).exitCode).toBe(0);
  });

  test("who will be in the group docker is not certainly kept from it", async () => {
    const world = createWorld({ h1: withDocker });
    const before = tasksSite(`
      - user: { name: deploy, shell: /bin/bash }
      - file: { path: /srv/w, state: directory, owner: deploy }
    `);
    expect((await runSite({ files: before, world })).exitCode).toBe(0);
    const stack = `
      - name: stack
        become: true
        become_user: deploy
        compose: { project: w, dir: /srv/w, definition: ${jellyfin} }
    `;
    const kept = await runSite({ files: tasksSite(stack), world, check: true });
    expect(resultOf(kept, "stack")).toMatchObject({ status: "failed", hint: expect.stringContaining("group docker") });
    const files = tasksSite(`      - user: { name: deploy, groups: [docker], append: true }\n${stack.slice(1)}`);
    const check = await runSite({ files, world, check: true });
    expect(resultOf(check, "stack")).toMatchObject({ status: "changed", certainty: "assumed" });
    const run = await runSite({ files, world });
    expect(resultOf(run, "stack")).toMatchObject({ status: "changed", diff: resultOf(check, "stack").diff });
  });

  test("what another host serves may hang on what is pending there", async () => {
    const url = "http://media.example/health";
    const world = createWorld({
      h1: withDocker,
      h2: { packages: ["curl"], answers: [] },
    });
    const play = (host: string, tasks: string) => `- hosts: ${host}\n  tasks:\n${tasks}`;
    const ask = `    - name: ask\n      http: { url: "${url}" }\n    - name: own\n      http: { url: "http://127.0.0.1/", status: 404 }\n`;
    const stack = `    - compose: { project: w, dir: /srv/w, definition: ${jellyfin} }\n`;
    const inventory = { "inventory/hosts.yml": inventoryOf("h1", "h2") };
    const alone = await runSite({ files: { ...inventory, "site.yml": play("h2", ask) }, world, check: true });
    expect(resultOf(alone, "ask", "h2").status).toBe("failed");
    const after = await runSite({
      files: { ...inventory, "site.yml": play("h1", stack) + play("h2", ask) },
      world,
      check: true,
    });
    expect(resultOf(after, "ask", "h2")).toMatchObject({ status: "deferred", because: ["p1/task1"] });
  });

  test("a foretold plan of several rounds leaves nothing after it certain", async () => {
    const brought: Module = defineModule({
      name: "brought",
      summary: "Needs what another brings, and takes two rounds.",
      params: z.strictObject({}),
      probes: () => ({ there: read.text("/etc/there"), ready: read.exec(["test", "-e", "/opt/ready"]) }),
      plan: (_, { there, ready }) => {
        const make = change(
          { there: there !== null },
          { there: true },
          [there === null && write.exec(["touch", "/etc/first"], { touches: ["/etc/first"] })],
          { again: true },
        );
        return ready.code === 0 ? make : refuse("it is not ready", undefined, { otherwise: make });
      },
      examples: ["brought: {}"],
    });
    const files = tasksSite(`
      - command: { argv: [touch, /opt/ready], creates: /opt/ready }
      - name: rounds
        brought: {}
      - name: after
        stat: /srv/elsewhere
    `);
    const check = await runSite({ files, modules: [brought], check: true });
    expect(resultOf(check, "rounds")).toMatchObject({ status: "changed", certainty: "assumed" });
    expect(resultOf(check, "after").because).toContain("p1/task2");
  });
});

test("a job that has ended is no reason to believe what was seen while it ran", async () => {
  const world = createWorld();
  const files = tasksSite(`
    - name: begin
      command: { argv: [touch, /srv/made] }
      async: 60
      poll: 0
      register: job
    - name: end
      job_status: "{{ job.job_id }}"
    - name: seen
      stat: /srv/made
      register: made
    - assert: { that: made.exists }
  `);
  const run = await runSite({ files, world });
  expect(run.exitCode).toBe(0);
  const looks = run.world.trips.filter(({ batch }) =>
    batch.sections.some(({ operations }) =>
      operations.some((each) => each.kind === "stat" && each.path === "/srv/made"),
    ),
  );
  const jobs = run.world.trips.filter(({ batch }) =>
    batch.sections.some(({ operations }) =>
      operations.some((each) => each.kind === "script" && each.name === "job-look"),
    ),
  );
  // It is looked at after the trip that told of the end, not in it or before.
  expect(Math.max(...looks.map(({ number }) => number))).toBeGreaterThan(Math.max(...jobs.map(({ number }) => number)));
});
