import { describe, expect, it } from "vitest";
import { composeModel } from "../../../../engine/formats/compose-model.ts";
import { readContainers } from "../../../../modules/compose/containers.ts";
import { misplaced, networksOf, realName } from "../../../../modules/compose/misplaced.ts";

const document = {
  services: {
    web: { image: "web:1", networks: { front: { aliases: ["www"] }, lan: null } },
    db: { image: "db:1", container_name: "store" },
    vpn: { image: "vpn:1", network_mode: "host" },
    app: { image: "app:1", network_mode: "service:vpn" },
  },
  networks: {
    front: null,
    lan: { external: true },
    named: { name: "own" },
    old: { external: { name: "older" } },
    theirs: { external: "true", name: "out" },
  },
};
const { model } = composeModel([document], { lookUp: () => null, dir: "/srv/p" });

function container(service: string, name: string, networks: Readonly<Record<string, string>>) {
  const labels = { "com.docker.compose.project": "p", "com.docker.compose.service": service };
  const entries = Object.entries(networks).map(([key, NetworkID]) => [key, { NetworkID }]);
  const found = {
    Name: `/${name}`,
    Config: { Labels: labels },
    NetworkSettings: { Networks: Object.fromEntries(entries) },
  };
  const [first] = readContainers("p", [
    { code: 0, stdout: JSON.stringify([found]), stderr: "", bytes: new Uint8Array() },
  ]);
  if (first === undefined) throw new Error("no container");
  return first;
}
const reasons = (
  service: string,
  name: string,
  networks: Readonly<Record<string, string>>,
  ids: readonly string[] | null,
) => {
  const wanted = model.services.get(service);
  if (wanted === undefined) throw new Error(service);
  const networkIds = ids === null ? null : new Set(ids);
  return misplaced(wanted, { model, project: "p", networkIds }, container(service, name, networks));
};

describe("networks", () => {
  it("have the names that Docker knows them by", () => {
    const names = ["front", "lan", "named", "old", "theirs", "default", "constructor"];
    expect(names.map((key) => realName(model, "p", "networks", key))).toEqual([
      "p_front",
      "lan",
      "own",
      "older",
      "out",
      "p_default",
      "p_constructor",
    ]);
    const of = [...model.services.values()].map((service) => networksOf(model, "p", service));
    expect(of).toEqual([["p_front", "lan"], ["p_default"], [], []]);
  });
});

describe("a container that is misplaced", () => {
  it.each<[string, string, Readonly<Record<string, string>>, readonly string[] | null, readonly string[]]>([
    ["web", "p-web-1", { p_front: "1", lan: "2" }, ["1", "2"], []],
    ["web", "p_web_1", { p_front: "1", lan: "2", more: "3" }, null, []],
    ["web", "p-web-1", { p_front: "1" }, null, ["it is not in the network lan"]],
    ["web", "p-web-1", { p_front: "1", lan: "2" }, ["2"], ["its network p_front is gone"]],
    [
      "web",
      "0123456789ab_p-web-1",
      { p_front: "1", lan: "2" },
      null,
      ["it is called 0123456789ab_p-web-1, not p-web-1"],
    ],
    ["db", "p-db-1", { p_default: "1" }, null, ["it is called p-db-1, not store"]],
    ["db", "store", { p_default: "1" }, ["1"], []],
    ["vpn", "p-vpn-1", { host: "9" }, [], []],
    ["app", "p-app-1", {}, [], []],
  ])("%s called %s in %j (%j)", (service, name, networks, ids, wanted) => {
    expect(reasons(service, name, networks, ids)).toEqual(wanted);
  });
});
