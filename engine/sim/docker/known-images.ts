import type { DescribedImage } from "./state.ts";

const init = { entrypoint: ["/init"], system: "alpine" } as const satisfies DescribedImage;
const linuxserver = (port: string): DescribedImage => ({ ...init, exposed: [`${port}/tcp`], volumes: ["/config"] });

/** What the lab knows of images that a media lab runs, by their repository; of any other it knows that it runs. */
const KNOWN: Readonly<Record<string, DescribedImage>> = {
  "qmcgaw/gluetun": {
    entrypoint: ["/gluetun-entrypoint"],
    exposed: ["8000/tcp", "8388/tcp", "8388/udp", "8888/tcp"],
    healthcheck: {
      test: ["CMD-SHELL", "/gluetun-entrypoint healthcheck"],
      intervalMs: 5_000,
      timeoutMs: 5_000,
      startPeriodMs: 10_000,
      retries: 1,
    },
    healthyAfterMs: 4_000,
    system: "alpine",
  },
  "linuxserver/qbittorrent": linuxserver("8080"),
  "linuxserver/sonarr": linuxserver("8989"),
  "linuxserver/radarr": linuxserver("7878"),
  "linuxserver/prowlarr": linuxserver("9696"),
  "linuxserver/bazarr": linuxserver("6767"),
  "linuxserver/lidarr": linuxserver("8686"),
  "jellyfin/jellyfin": {
    entrypoint: ["/jellyfin/jellyfin"],
    exposed: ["8096/tcp"],
    volumes: ["/cache", "/config"],
    system: "debian",
  },
  "portainer/portainer-ce": {
    entrypoint: ["/portainer"],
    exposed: ["8000/tcp", "9000/tcp", "9443/tcp"],
    volumes: ["/data"],
    system: "none",
  },
  busybox: { cmd: ["sh"], system: "busybox" },
  alpine: { cmd: ["/bin/sh"], system: "alpine" },
  debian: { cmd: ["bash"], system: "debian" },
  "hello-world": { cmd: ["/hello"], exitCode: 0, exitsAfterMs: 20, system: "none", logs: [] },
};

/** By the whole reference, `lscr.io/linuxserver/sonarr:4.0.14`. */
export function knownImage(origin: string): DescribedImage {
  const repository = origin.replace(/[:@][^/]*$/, "").replace(/^(?:lscr\.io|ghcr\.io|docker\.io)\//, "");
  return Object.hasOwn(KNOWN, repository) ? (KNOWN[repository] ?? {}) : {};
}
