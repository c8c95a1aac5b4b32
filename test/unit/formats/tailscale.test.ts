import { describe, expect, test } from "vitest";
import { findTailscaleDevices, parseTailscaleDevices } from "../../../engine/formats/tailscale-devices.ts";
import { flagsInForce, parseTailscalePrefs, sameLoginServer } from "../../../engine/formats/tailscale-prefs.ts";
import { parseTailscaleStatus } from "../../../engine/formats/tailscale-status.ts";
import { withUserspace, worksInUserspace } from "../../../engine/formats/tailscaled-defaults.ts";

describe("the daemon's defaults", () => {
  const shipped = 'PORT="41641"\n\n# Extra flags.\nFLAGS=""\n';
  test.each([
    ["", false],
    [shipped, false],
    ['FLAGS="--tun=userspace-networking"\n', true],
    ["FLAGS=--tun=userspace-networking", true],
    ["FLAGS='-verbose 1 -tun=userspace-networking'", true],
    ['#FLAGS="--tun=userspace-networking"\n', false],
    ['FLAGS="--tun=userspace-networking"\nFLAGS=""\n', false],
    ['FLAGS="--tun=tailscale0"\n', false],
    ['FLAGS="--tun=userspace-networking-not"\n', false],
  ])("%j works in userspace: %s", (text, on) => {
    expect(worksInUserspace(text)).toBe(on);
    expect(worksInUserspace(withUserspace(text, true))).toBe(true);
    expect(worksInUserspace(withUserspace(text, false))).toBe(false);
    expect(withUserspace(text, on)).toBe(text);
  });
  test("all else of the file stays", () => {
    const on = withUserspace(shipped.replace('""', '"--verbose=1"'), true);
    expect(on).toBe('PORT="41641"\n\n# Extra flags.\nFLAGS="--verbose=1 --tun=userspace-networking"\n');
    expect(withUserspace(on, false)).toBe('PORT="41641"\n\n# Extra flags.\nFLAGS="--verbose=1"\n');
    expect(withUserspace("", true)).toBe('FLAGS="--tun=userspace-networking"\n');
  });
});

describe("settings", () => {
  const prefs = (more: object) =>
    parseTailscalePrefs(JSON.stringify({ WantRunning: true, CorpDNS: true, NetfilterMode: 2, ...more }));
  test("nothing said is the default, and needs no flag", () => {
    const some = prefs({});
    expect(some && [...flagsInForce(some, "")]).toEqual([]);
    expect(some).toMatchObject({
      snat: true,
      accept_dns: true,
      netfilter_mode: "on",
      auto_update: null,
      stateful_filtering: false,
    });
  });
  test("what is in force needs its flag", () => {
    const some = prefs({
      ControlURL: "https://headscale.example",
      Hostname: "edge",
      AdvertiseRoutes: ["::/0", "10.0.0.0/8", "0.0.0.0/0"],
      AdvertiseTags: ["tag:a", "tag:b"],
      RouteAll: true,
      CorpDNS: false,
      RunSSH: true,
      NoSNAT: true,
      NoStatefulFiltering: false,
      NetfilterMode: 1,
      OperatorUser: "anna",
      AppConnector: { Advertise: true },
    });
    expect(some && Object.fromEntries(flagsInForce(some, "100.64.0.9"))).toEqual({
      login_server: "https://headscale.example",
      exit_node: "100.64.0.9",
      hostname: "edge",
      advertise_routes: "10.0.0.0/8",
      advertise_exit_node: "true",
      advertise_tags: "tag:a,tag:b",
      accept_routes: "true",
      accept_dns: "false",
      ssh: "true",
      snat: "false",
      stateful_filtering: "true",
      netfilter_mode: "nodivert",
      operator: "anna",
      advertise_connector: "true",
    });
  });
  test.each(["", "null", "[]", "{}", '{"WantRunning"', "not json"])("%j are none", (text) => {
    expect(parseTailscalePrefs(text)).toBeNull();
  });
  test("Tailscale's own server has several names", () => {
    expect(sameLoginServer("", "https://login.tailscale.com/")).toBe(true);
    expect(sameLoginServer("https://controlplane.tailscale.com", "https://login.tailscale.com")).toBe(true);
    expect(sameLoginServer("", "https://headscale.example")).toBe(false);
  });
});

describe("status", () => {
  test("fields that a version does not have are not made up", () => {
    expect(
      parseTailscaleStatus('{"BackendState":"Running","Self":{"ID":"n1","Tags":null},"Peer":null,"Health":null}'),
    ).toEqual({
      version: "",
      tun: undefined,
      state: "Running",
      haveNodeKey: false,
      ips: [],
      self: {
        id: "n1",
        hostName: "",
        dnsName: "",
        tags: [],
        ips: [],
        allowedIps: undefined,
        primaryRoutes: undefined,
        expired: false,
        keyExpiry: undefined,
      },
      peers: [],
      health: [],
      tailnet: undefined,
    });
  });
  test.each(["", "{}", "[1]", "failed to connect", '{"BackendState":7}'])("%j is none", (text) => {
    expect(parseTailscaleStatus(text)).toBeNull();
  });
});

describe("devices", () => {
  const device = (nodeId: string, name: string, hostname: string, more: object = {}) => ({
    nodeId,
    id: nodeId.slice(1),
    name: `${name}.tail1.ts.net`,
    hostname,
    addresses: [`100.64.0.${nodeId.slice(1)}`],
    ...more,
  });
  const list =
    parseTailscaleDevices(
      JSON.stringify({
        devices: [
          device("n1", "router", "router"),
          device("n2", "router-1", "router"),
          device("n3", "nas", "NAS"),
          device("n4", "friend", "friend", { isExternal: true }),
        ],
      }),
    ) ?? [];
  test.each([
    ["n1", ["n1"]],
    ["2", ["n2"]],
    ["router.tail1.ts.net", ["n1"]],
    ["100.64.0.3", ["n3"]],
    ["nas", ["n3"]],
    ["Nas.tail1.ts.net.", ["n3"]],
    ["router", ["n1", "n2"]],
    ["router-1", ["n2"]],
    ["friend", []],
    ["n", []],
  ])("%s means %j", (wanted, ids) => {
    expect(findTailscaleDevices(list, wanted).map(({ nodeId }) => nodeId)).toEqual(ids);
  });
  test.each(["", "{}", '{"devices":{}}', "<html>"])("%j is no list", (text) => {
    expect(parseTailscaleDevices(text)).toBeNull();
  });
});
