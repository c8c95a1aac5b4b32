import { syncthingApi } from "../../engine/sim/http/syncthing.ts";
import { openSession } from "../../engine/sim/session.ts";
import { createWorld } from "./world.ts";

/** What the embedded lab's Syncthing answers that has the settings and keys of a real one. */
export function answerAs(real: {
  readonly id: string;
  readonly key: string;
  readonly config: string;
  readonly certificate: string;
  readonly home: string;
  readonly data: string;
  readonly url: string;
}): (method: string, path: string, body: unknown) => { readonly status: number; readonly body: string } {
  const host = createWorld({ h1: { kind: "debian", packages: ["syncthing"] } }).host("h1");
  const common = { uid: 0, gid: 0, mtime: 1 };
  for (const folder of [real.home, real.data])
    folder.split("/").forEach((_, at, parts) => {
      const path = parts.slice(0, at + 1).join("/");
      if (path !== "") host.files[path] ??= { type: "directory", mode: "0755", ...common };
    });
  host.files[`${real.home}/config.xml`] = { type: "file", mode: "0600", content: real.config, ...common };
  host.files[`${real.home}/cert.pem`] = { type: "file", mode: "0600", content: real.certificate, ...common };
  const unit = `[Service]\nExecStart=/usr/bin/syncthing serve --home=${real.home}\n[Install]\nWantedBy=multi-user.target\n`;
  host.files["/etc/systemd/system/syncthing.service"] = { type: "file", mode: "0644", content: unit, ...common };
  host.units["syncthing.service"] = { phase: "started", since: host.clockMs - 60_000, restarts: 0, starts: 1 };
  const root = { name: "root", uid: 0, gid: 0, gids: [0], home: "/root", line: "" };
  return (method, path, body) => {
    const session = openSession(host, root, "write", () => {});
    const answer = syncthingApi.answer(session, {
      method,
      url: new URL(`${real.url}/rest/${path}`),
      headers: { "x-api-key": real.key },
      body: body === undefined ? "" : JSON.stringify(body),
    });
    return answer ?? { status: 0, body: "nobody listens" };
  };
}
