import { statSync } from "node:fs";
import { afterAll, beforeAll, expect, it } from "vitest";
import { type ComposeHost, openRealHost } from "../../support/compose-host.ts";

const SECRET = "a-secret-of-some-length";
let host: ComposeHost;
beforeAll(async () => {
  host = await openRealHost();
});
afterAll(async () => {
  await host?.play({ project: "vault", state: "absent" });
  await host?.stop();
});

it("a secret reaches its service, and nobody who asks Docker, reads files or logs", async () => {
  const dir = `${host.dir}/vault`;
  const app = {
    image: "lscr.io/linuxserver/qbittorrent:5.0.4",
    stop_grace_period: "1s",
    secrets: ["key"],
    environment: { TZ: "${TZ}" },
    command: ["sh", "-c", "cat /run/secrets/key; echo; while :; do sleep 1; done"],
  };
  const params = {
    project: "vault",
    dir,
    definition: { services: { app }, secrets: { key: { file: "./key" } } },
    env: { TZ: "UTC", UNUSED: `{{ secret "${SECRET}" }}` },
    files: { key: { content: `{{ secret "${SECRET}" }}` } },
  };
  for (const check of [true, false]) {
    const { result, text } = await host.play(params, { check });
    expect(result?.status, text).toBe("changed");
    expect(text).not.toContain(SECRET);
  }
  expect(await host.docker("logs", "vault-app-1")).toContain(SECRET);
  expect(await host.docker("inspect", "vault-app-1")).not.toContain(SECRET);
  expect(await host.docker("ps", "-a", "--no-trunc")).not.toContain(SECRET);
  expect(await host.read(`${dir}/compose.yaml`)).not.toContain(SECRET);
  expect(await host.read(`${dir}/.lab.override.yaml`)).not.toContain(SECRET);
  for (const file of ["key", ".env", ".lab.override.yaml"]) {
    expect((statSync(`${dir}/${file}`).mode & 0o777).toString(8), file).toBe("600");
  }
  // What it writes to its log is hidden where the log is shown.
  const failing = {
    ...params,
    definition: {
      ...params.definition,
      services: { app: { ...app, command: ["sh", "-c", "cat /run/secrets/key; echo; exit 1"] } },
    },
  };
  const { result, text } = await host.play(failing);
  expect(result?.reason).toMatch(/app has ended with exit code 1[\s\S]*the last lines of its log/);
  expect(text).not.toContain(SECRET);
});

it("what the task's environment says of a variable does not decide what the project is", async () => {
  const app = {
    image: "lscr.io/linuxserver/qbittorrent:5.0.4",
    stop_grace_period: "1s",
    environment: { MODE: "${MODE}" },
  };
  const params = {
    project: "vault",
    dir: `${host.dir}/vault2`,
    definition: { services: { app } },
    env: { MODE: "ours" },
  };
  const { result, text } = await host.play(params, { environment: { MODE: "theirs", COMPOSE_PROFILES: "x" } });
  expect(result?.status, text).toBe("changed");
  expect(await host.docker("inspect", "--format", "{{.Config.Env}}", "vault-app-1")).toContain("MODE=ours");
  expect((await host.play(params)).result?.status).toBe("ok");
});
