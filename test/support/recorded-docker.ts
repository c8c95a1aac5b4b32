import type { DescribedImage } from "../../engine/sim/docker/state.ts";
import { newHost } from "../../engine/sim/host/new-host.ts";
import type { Host } from "../../engine/sim/world.ts";

const loop = ["sh", "-c", 'trap "exit 0" TERM; while :; do sleep 0.2; done'];
const check = (startMs: number, retries: number, test: string, timeoutMs: number) => ({
  test: ["CMD-SHELL", test],
  intervalMs: 1000,
  timeoutMs,
  startPeriodMs: startMs,
  retries,
});
/** What the lab knows of an image's name must not come through: these hold busybox and nothing else. */
const of = (more: DescribedImage): DescribedImage => ({ system: "busybox", healthyAfterMs: 0, volumes: [], ...more });

/** The small images that the transcripts were made with, as their Dockerfiles made them. */
const images: Readonly<Record<string, DescribedImage>> = {
  "busybox:1.36": of({ cmd: ["sh"] }),
  "lab/crash:1.0": of({ cmd: ["sh", "-c", "echo cannot open the database >&2; exit 3"] }),
  "lab/once:1.0": of({ cmd: ["sh", "-c", "echo migrated; exit 0"] }),
  "lab/sick:1.0": of({ cmd: loop, healthcheck: check(0, 2, "echo down; exit 1", 1000) }),
  "lab/other:1": { missing: true },
  "localhost:5000/lab/once:9.9": { missing: true },
  "linuxserver/sonarr:4.0.14": of({ cmd: loop, exposed: ["8989/tcp"], labels: { v: "3" } }),
  "linuxserver/qbittorrent:5.0.3": of({ cmd: loop, exposed: ["8080/tcp"], volumes: ["/config"], labels: { v: "2" } }),
  ...Object.fromEntries(
    ["v3.41.1", "v3.40.0"].map((tag) => [
      `qmcgaw/gluetun:${tag}`,
      of({
        cmd: loop,
        exposed: ["8000/tcp", "8888/tcp"],
        healthcheck: check(2000, 1, "true", 2000),
        labels: { v: tag === "v3.41.1" ? "1" : "0" },
      }),
    ]),
  ),
};

/** A Debian with Docker's engine and Compose, nothing in it yet. */
export function recordedDocker(): Host {
  const host = newHost({ kind: "debian", name: "nas1", packages: ["docker.io", "docker-compose-plugin"], images });
  for (const path of ["/srv/media", "/srv/small"])
    host.files[path] = { type: "directory", mode: "0755", uid: 0, gid: 0, mtime: 1 };
  host.clockMs += 60_000;
  return host;
}
