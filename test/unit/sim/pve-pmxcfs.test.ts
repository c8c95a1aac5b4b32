import { describe, expect, test } from "vitest";
import { link, makeFolder, setAttributes } from "../../../engine/sim/files/file-changes.ts";
import { nodeAt, resolve } from "../../../engine/sim/files/file-tree.ts";
import { nodeText } from "../../../engine/sim/files/node.ts";
import { writeFile } from "../../../engine/sim/files/write-file.ts";
import type { Session } from "../../../engine/sim/session.ts";
import { recordedNode, rootSession } from "../../support/recorded-node.ts";

const CONF = "/etc/pve/nodes/pve1/lxc/100.conf";

function node(): Session {
  return rootSession(recordedNode());
}
function write(session: Session, path: string, text = "arch: amd64\n", mode?: string): void {
  writeFile(session, { path, bytes: Buffer.from(text), runId: "t", ...(mode === undefined ? {} : { mode }) });
}
function vmlist(session: Session): { readonly version: number; readonly ids: Readonly<Record<string, unknown>> } {
  const file = nodeAt(session.host, "/etc/pve/.vmlist");
  if (file?.type !== "file") throw new Error("no list");
  return JSON.parse(nodeText(file));
}

describe("/etc/pve", () => {
  test("keeps files in its own mode, root's and www-data's, also through its links", () => {
    const session = node();
    write(session, "/etc/pve/lxc/100.conf");
    expect(nodeAt(session.host, CONF)).toMatchObject({ mode: "0640", uid: 0, gid: 33 });
    write(session, "/etc/pve/priv/token.cfg");
    expect(nodeAt(session.host, "/etc/pve/priv/token.cfg")).toMatchObject({ mode: "0600" });
    makeFolder(session, "/etc/pve/mine", false, {});
    expect(nodeAt(session.host, "/etc/pve/mine")).toMatchObject({ mode: "0755", gid: 33 });
  });

  test("refuses any other mode or owner, and takes its own", () => {
    const session = node();
    write(session, CONF);
    expect(() => setAttributes(session, CONF, { mode: "0600" })).toThrow("Operation not permitted");
    expect(() => setAttributes(session, CONF, { owner: "www-data" })).toThrow("Operation not permitted");
    expect(() => write(session, CONF, "arch: i386\n", "0644")).toThrow("Operation not permitted");
    setAttributes(session, CONF, { mode: "0640", owner: "root", group: "www-data" });
    expect(nodeAt(session.host, CONF)).toMatchObject({ mode: "0640", uid: 0, gid: 33 });
  });

  test("makes no links and no second guest of one number", () => {
    const session = node();
    write(session, CONF);
    expect(() => link(session, "/etc/pve/short", "nodes/pve1")).toThrow("Function not implemented");
    expect(() => write(session, "/etc/pve/qemu-server/100.conf", "memory: 512\n")).toThrow("File exists");
    write(session, "/etc/pve/qemu-server/101.conf", "memory: 512\n");
  });

  test("lists every guest of the cluster in .vmlist, which nobody can write", () => {
    const session = node();
    expect(vmlist(session).ids).toEqual({});
    const { version } = vmlist(session);
    write(session, "/etc/pve/lxc/100.conf");
    write(session, "/etc/pve/qemu-server/101.conf");
    const list = vmlist(session);
    expect(list.ids).toMatchObject({ 100: { node: "pve1", type: "lxc" }, 101: { node: "pve1", type: "qemu" } });
    expect(list.version).not.toBe(version);
    expect(() => write(session, "/etc/pve/.vmlist", "{}")).toThrow("Permission denied");
    expect(resolve(session, "/etc/pve/.version", true).node).toMatchObject({ type: "file", gid: 33 });
  });
});
