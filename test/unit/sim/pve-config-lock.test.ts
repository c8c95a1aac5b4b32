import { expect, test } from "vitest";
import { runWords } from "../../../engine/sim/interpret/interpret-exec.ts";
import { confText } from "../../../engine/sim/pve/container/container-conf.ts";
import { lockPath } from "../../../engine/sim/pve/guest/config-lock.ts";
import { recordedNode, rootSession } from "../../support/recorded-node.ts";

const CONF = [
  "arch: amd64",
  "hostname: a",
  "memory: 512",
  "ostype: alpine",
  "rootfs: local:100/vm-100-disk-0.raw,size=1G",
];

function held(forMs: number) {
  const host = recordedNode({ 100: { conf: CONF } });
  if (host.pve) host.pve.heldLocks = { [lockPath("100")]: host.clockMs + forMs };
  return rootSession(host);
}

test("a lock held for longer than ten seconds makes a change give up, without a change", () => {
  const session = held(14_000);
  const before = session.host.clockMs;
  const result = runWords(session, ["pct", "set", "100", "--memory", "600"], {});
  expect(result).toEqual({
    code: 4,
    stdout: "",
    stderr: "trying to acquire lock...\ncan't lock file '/run/lock/lxc/pve-config-100.lock' - got timeout\n",
  });
  expect(confText(session.host, "100")).toContain("memory: 512");
  expect(session.host.clockMs - before).toBeGreaterThanOrEqual(10_000);
});

test("a lock let go in time is waited for", () => {
  const session = held(3000);
  const result = runWords(session, ["pct", "set", "100", "--memory", "600"], {});
  expect(result).toEqual({ code: 0, stdout: "", stderr: "trying to acquire lock...\n OK\n" });
  expect(confText(session.host, "100")).toContain("memory: 600");
});

test("reading takes no lock", () => {
  const session = held(14_000);
  expect(runWords(session, ["pct", "config", "100"], {}).code).toBe(0);
});
