import { expect, test } from "vitest";
import { newHost } from "../../../engine/sim/host/new-host.ts";
import { asRecordedCluster, withGuests } from "../../support/recorded-cluster.ts";
import { rootSession } from "../../support/recorded-node.ts";
import { runLine } from "../../support/run-line.ts";

const node = () => newHost({ kind: "proxmox", name: "pve1" });

test("a node alone says so, makes a cluster once, and is in it", () => {
  const session = rootSession(node());
  expect(runLine(session, "pvecm status")).toMatchObject({
    code: 2,
    stderr: expect.stringContaining("does not exist"),
  });
  expect(runLine(session, "pvecm create lab --link0 10.0.0.1")).toMatchObject({ code: 0 });
  expect(runLine(session, "pvecm create lab")).toMatchObject({
    code: 255,
    stderr: expect.stringContaining("already exists"),
  });
  expect(runLine(session, "cat /etc/pve/.members")?.stdout).toContain(
    '"name": "lab", "version": 1, "nodes": 1, "quorate": 1',
  );
  expect(runLine(session, "pvecm nodes")?.stdout).toMatch(/1 +1 pve1 \(local\)/);
});

test.each(["a_b", "sixteen-letters-x", "-lab"])("no cluster is called %s", (name) => {
  expect(runLine(rootSession(node()), `pvecm create -- ${name}`)?.code).toBe(255);
});

test("quorum is a majority of the nodes", () => {
  const host = node();
  asRecordedCluster(host);
  const session = rootSession(host);
  expect(runLine(session, "pvecm status")?.stdout).toMatch(/Quorate: +Yes[\s\S]*Total votes: +2/);
  if (host.pve) host.pve.offlinePeers = ["pve2", "pve3"];
  expect(runLine(session, "pvecm status")?.stdout).toMatch(/Quorate: +No[\s\S]*Activity blocked/);
  expect(JSON.parse(runLine(session, "pvesh get /cluster/status --output-format json")?.stdout ?? "")).toMatchObject([
    { type: "cluster", name: "lab", quorate: 0, nodes: 3 },
    { name: "pve1", local: 1, online: 1 },
    { name: "pve2", online: 0 },
    { name: "pve3", online: 0 },
  ]);
});

test("who has guests, or is in a cluster, joins none", () => {
  const host = node();
  withGuests(host, { 101: { type: "lxc", conf: "hostname: c\n" } });
  asRecordedCluster(host);
  const joined = runLine(rootSession(host), "pvecm add 10.0.0.9 --use_ssh 1");
  expect(joined).toMatchObject({ code: 255 });
  expect(joined?.stderr).toMatch(/corosync.conf' already exists\n\* this host already contains virtual guests/);
});
