import { describe, expect, it } from "vitest";
import { read, write } from "../../../engine/ops/build.ts";
import type { Inside, Operation, OpReply, Section } from "../../../engine/ops/ir.ts";
import { interpret } from "../../../engine/sim/interpret/interpret.ts";
import type { Host } from "../../../engine/sim/world.ts";
import { insideOf, putTemplates } from "../../support/guests.ts";
import { createWorld } from "../../support/world.ts";

const words = ["lxc-attach", "--clear-env", "-n", "101", "--"];
const into = (operations: readonly Operation[], more: Partial<Section> = {}): Section => ({
  user: "root",
  within: words,
  stopAtFailure: true,
  operations,
  ...more,
});
const go = (host: Host, ...sections: readonly Section[]): readonly (readonly OpReply[])[] =>
  interpret(host, "root", { runId: "r", sections }).reply.replies;
const errorOf = (reply: OpReply | undefined) => (reply?.kind === "failed" ? reply.error : reply);

/** A node on which container 101 was started this very moment. */
function started() {
  const world = putTemplates(createWorld({ pve1: { kind: "proxmox" } }));
  const host = world.host("pve1");
  const argv = ["pct", "create", "101", "local:vztmpl/debian-12-standard_12.7-1_amd64.tar.zst", "--start", "1"];
  const section: Section = { user: null, within: [], stopAtFailure: true, operations: [write.exec(argv)] };
  expect(go(host, section)).toMatchObject([[{ kind: "done" }]]);
  return { world, host };
}
const once = (wanted: Inside["once"], user: string | null = null) => ({ inside: { user, once: wanted } });

describe("going into a container of the embedded lab", () => {
  it("does there what is asked, by the clock of the node", () => {
    const { world, host } = started();
    const before = host.clockMs;
    const [replies] = go(host, into([write.text("/srv/a", "a"), read.exec(["id", "-un"])]));
    expect(replies).toMatchObject([{ kind: "done" }, { kind: "done", answer: { stdout: "root\n" } }]);
    const file = insideOf(world, 101).files["/srv/a"];
    expect(file?.mtime).toBe(Math.floor(host.clockMs / 1000));
    expect(host.files["/srv/a"]).toBeUndefined();
    expect(host.clockMs).toBeGreaterThan(before);
  });
  it("says what the real tool says of a container that is stopped or not there, and does nothing", () => {
    const { host } = started();
    const missing = go(host, into([read.stat("/")], { within: words.with(3, "999") }))[0]?.[0];
    expect(errorOf(missing)).toEqual({
      code: "no-entry",
      message:
        "lxc-attach: 999: ../src/lxc/attach.c: get_attach_context: 406 Connection refused - Failed to get init pid\n" +
        "lxc-attach: 999: ../src/lxc/attach.c: lxc_attach: 1470 Connection refused - Failed to get attach context",
    });
    // Nobody but root can go in.
    const [other] = go(host, into([read.stat("/")], { user: "daemon" }));
    expect(errorOf(other?.[0])).toMatchObject({ code: "no-entry" });
  });
  it("lets nobody in before what is waited for", () => {
    const { host } = started();
    const enter = (wanted: Inside["once"]) => errorOf(go(host, into([read.stat("/")], once(wanted)))[0]?.[0]);
    expect(enter("entered")).toMatchObject({ kind: "done" });
    expect(enter("up")).toEqual({ code: "no-entry", message: "lab: not up: systemd is initializing" });
    host.clockMs += 1000;
    expect(enter("up")).toMatchObject({ kind: "done" });
    // It has no net at all.
    host.clockMs += 60_000;
    expect(enter("networked")).toEqual({ code: "no-entry", message: "lab: not up: it has no default route" });
  });
  it("is another user inside, if there is one", () => {
    const { host } = started();
    const [there, not] = go(
      host,
      into([read.exec(["id", "-un"]), write.text("/tmp/x", "x")], once("entered", "daemon")),
      into([read.exec(["id", "-un"])], once("entered", "nobody-here")),
    );
    expect(there).toMatchObject([{ answer: { stdout: "daemon\n" } }, { kind: "done" }]);
    expect(errorOf(not?.[0])).toMatchObject({
      code: "failed",
      message: expect.stringContaining("no user nobody-here"),
    });
  });
  it("ends what was entered when the container is restarted from inside", () => {
    const { world, host } = started();
    const boot = insideOf(world, 101).bootId;
    const [killed, after] = go(
      host,
      into([write.exec(["reboot"]), write.text("/srv/late", "x")]),
      into([read.stat("/srv/late")]),
    );
    expect(killed?.map(({ kind }) => kind)).toEqual(["done", "unknown"]);
    expect(after).toMatchObject([{ kind: "done", answer: null }]);
    expect(insideOf(world, 101).bootId).not.toBe(boot);
  });
  it("refuses a look that would write, and ways in that it does not know", () => {
    const { host } = started();
    const look = { ...read.exec(["touch", "/srv/x"]) };
    expect(errorOf(go(host, into([look]))[0]?.[0])).toMatchObject({
      message: expect.stringContaining("changes the host"),
    });
    for (const within of [
      ["chroot", "/srv"],
      [...words, "docker", "exec"],
      ["lxc-attach", "-n", "101", "--"],
    ]) {
      expect(errorOf(go(host, into([read.stat("/")], { within }))[0]?.[0])).toMatchObject({ code: "not-imitated" });
    }
  });
});
