import { describe, expect, test } from "vitest";
import { nodeText } from "../../../engine/sim/files/node.ts";
import { runWords } from "../../../engine/sim/interpret/interpret-exec.ts";
import { confText } from "../../../engine/sim/pve/container/container-conf.ts";
import { findVolume } from "../../../engine/sim/pve/storage/volumes.ts";
import type { Session } from "../../../engine/sim/session.ts";
import { recordedNode, rootSession } from "../../support/recorded-node.ts";

const CONF = [
  "arch: amd64",
  "hostname: a",
  "memory: 512",
  "ostype: alpine",
  "rootfs: local:100/vm-100-disk-0.raw,size=1G",
];
const pct = (session: Session, ...words: readonly string[]) => runWords(session, ["pct", ...words], {});

function node(files: Readonly<Record<string, string>> = {}): Session {
  const host = recordedNode({ 100: { conf: CONF } });
  for (const [path, content] of Object.entries(files))
    host.files[path] = { type: "file", mode: "0640", uid: 0, gid: 33, mtime: 1, content };
  return rootSession(host);
}
function text(session: Session, path: string): string {
  const file = session.host.files[path];
  return file?.type === "file" ? nodeText(file) : "";
}

describe("pct destroy", () => {
  test("takes configuration, volumes and inside", () => {
    const session = node();
    expect(pct(session, "destroy", "100")).toEqual({ code: 0, stdout: "", stderr: "" });
    expect(confText(session.host, "100")).toBeUndefined();
    expect(findVolume(session.host, "local:100/vm-100-disk-0.raw")).toBeUndefined();
    expect(session.host.pve?.containers).toEqual({});
  });

  test("leaves another guest's volume alone, though it is mounted", () => {
    const session = node();
    const { pve } = session.change();
    if (pve) pve.volumes["local:200/vm-200-disk-0.raw"] = { bytes: 1024, format: "raw" };
    expect(pct(session, "set", "100", "--mp0", "local:200/vm-200-disk-0.raw,mp=/a")).toMatchObject({ code: 0 });
    pct(session, "destroy", "100");
    expect(findVolume(session.host, "local:200/vm-200-disk-0.raw")).toBeDefined();
  });

  test("refuses a managed resource unless every mention of it may go", () => {
    const [ha, jobs] = ["/etc/pve/ha/resources.cfg", "/etc/pve/jobs.cfg"];
    const session = node({
      [ha]: "ct: 100\n\tstate started\n\nct: 101\n\tstate started\n\n",
      [jobs]: "vzdump: backup-1\n\tschedule daily\n\tvmid 99,100,101\n\n",
    });
    expect(pct(session, "destroy", "100")).toEqual({
      code: 255,
      stdout: "",
      stderr: "unable to remove CT 100 - used in HA resources and purge parameter not set.\n",
    });
    expect(pct(session, "destroy", "100", "--purge")).toMatchObject({ code: 0 });
    expect(text(session, ha)).toBe("ct: 101\n\tstate started\n\n");
    expect(text(session, jobs)).toContain("\tvmid 99,101\n");
  });
});
