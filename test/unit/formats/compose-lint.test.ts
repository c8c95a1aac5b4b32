import { describe, expect, it } from "vitest";
import { lintCompose } from "../../../engine/formats/compose-lint.ts";
import { composeModel } from "../../../engine/formats/compose-model.ts";
import type { YamlMap } from "../../../engine/formats/yaml-text.ts";

const gluetun = { image: "qmcgaw/gluetun:v3.41.1" };
const client = { image: "lscr.io/linuxserver/qbittorrent:5.0.4", network_mode: "service:gluetun" };
const lint = (services: YamlMap): readonly string[] =>
  lintCompose(composeModel([{ services }], { lookUp: () => null, dir: "/srv/media" }).model, {
    allowLatest: false,
    secretText: false,
  }).map(({ severity, message }) => `${severity}: ${message}`);

describe("lint of a Compose project", () => {
  it("refuses what opens or splits a media stack", () => {
    expect(lint({ gluetun, client })).toEqual([]);
    expect(lint({ gluetun, client: { ...client, ports: ["8080:8080"] } }).join()).toMatch(
      /^error: client cannot have ports of its own: they belong to gluetun/,
    );
    const off = { FIREWALL_ENABLED_DISABLING_IT_SHOOTS_YOU_IN_YOUR_FOOT: "off" };
    expect(lint({ gluetun: { ...gluetun, environment: off }, client }).join()).toMatch(/^error: gluetun's firewall is/);
    expect(
      lint({ gluetun, client: { ...client, depends_on: { gluetun: { condition: "service_healthy" } } } }).join(),
    ).toMatch(/^error: client lives in the network of gluetun, and this depends_on takes away/);
  });

  it.each([
    ["192.168.1.0/24", 0],
    ["192.168.1.0/24,10.1.0.0/16", 0],
    ["10.0.0.0/8", 1],
    ["10.2.0.0/24, 192.168.1.0/24", 1],
    ["0.0.0.0/0", 1],
  ])("outbound subnets %s hold the tunnel's gateway: %i", (subnets, count) => {
    const found = lint({ gluetun: { ...gluetun, environment: { FIREWALL_OUTBOUND_SUBNETS: subnets } } });
    expect(found.filter((each) => each.startsWith("error: FIREWALL_OUTBOUND_SUBNETS"))).toHaveLength(count);
  });

  it("tells of downloads and library as two mounts", () => {
    const sonarr = (...volumes: readonly string[]) => lint({ sonarr: { image: "sonarr:4", volumes: [...volumes] } });
    expect(sonarr("/mnt/hdd/torrents:/torrents", "/mnt/hdd/media:/media")).toEqual([
      "warning: /mnt/hdd/torrents and /mnt/hdd/media are two mounts: no hard link crosses them, and what is imported is copied. Mount the folder that holds both, once",
    ]);
    expect(sonarr("/srv/a:/downloads", "/srv/b:/tv")).toHaveLength(1);
    expect(sonarr("/mnt/hdd/data:/data", "/opt/sonarr:/config")).toEqual([]);
    expect(sonarr("/opt/jellyfin:/config", "/opt/jellyfin-cache:/cache", "/data/media:/media")).toEqual([]);
  });
});
