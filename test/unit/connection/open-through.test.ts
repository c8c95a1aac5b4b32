import { describe, expect, it } from "vitest";
import type { Connection, Target } from "../../../engine/connection/connection.ts";
import { GuestDown, Unreachable } from "../../../engine/connection/connection.ts";
import { openThrough } from "../../../engine/connection/open-through.ts";
import { Bug } from "../../../engine/errors/bug.ts";
import { read, write } from "../../../engine/ops/build.ts";
import type { Batch, Operation, ReadBatch, ReadOp, Section } from "../../../engine/ops/ir.ts";
import { insideOf, putTemplates } from "../../support/guests.ts";
import { createWorld, type TestWorld } from "../../support/world.ts";

const nodeTarget: Target = { name: "pve1", connection: "lab" };
const guest = (vmid = 101, more: { readonly waitForNetwork?: boolean } = {}): Target => ({
  name: `ct${vmid}`,
  connection: "pct",
  door: { kind: "pct", node: nodeTarget, vmid, waitForNetwork: false, ...more },
});
const section = <Op extends Operation>(operations: readonly Op[], user: string | null = null): Section<Op> => ({
  user,
  within: [],
  stopAtFailure: true,
  operations,
});
const batch = (...sections: readonly Section[]): Batch => ({ runId: "test", sections });
const looking = (...sections: readonly Section<ReadOp>[]): ReadBatch => ({ runId: "test", sections });
const one = (...operations: readonly Operation[]): Batch => batch(section(operations));

/** A node with the running containers 101 and 102. */
async function world(): Promise<TestWorld> {
  const made = putTemplates(createWorld({ pve1: { kind: "proxmox" } }));
  const node = await made.open(nodeTarget);
  for (const vmid of ["101", "102"]) {
    const template = "local:vztmpl/debian-12-standard_12.7-1_amd64.tar.zst";
    const reply = await node.send(one(write.exec(["pct", "create", vmid, template, "--start", "1"])));
    expect(reply.replies[0]?.[0]?.kind).toBe("done");
  }
  made.host("pve1").clockMs += 10_000;
  return made;
}
const runningOf = (made: TestWorld, vmid = 101) => {
  const container = made.host("pve1").pve?.containers[String(vmid)];
  if (!container) throw new Error(`there is no ${vmid}`);
  return container;
};

describe("one connection per machine", () => {
  const counting = async () => {
    const made = await world();
    const log: string[] = [];
    const open = openThrough(async (target): Promise<Connection> => {
      log.push(`open ${target.name}`);
      const connection = await made.open(target);
      return {
        ...connection,
        close: async () => {
          log.push(`close ${target.name}`);
        },
      };
    });
    return { open, log };
  };
  it("a node and its containers share it, and the last one closes it", async () => {
    const { open, log } = await counting();
    const opened = await Promise.all([open(guest(101)), open(nodeTarget), open(guest(102))]);
    expect(log).toEqual(["open pve1"]);
    for (const connection of opened) {
      expect((await connection.look({ runId: "r", sections: [] })).counters.roundTrips).toBe(1);
      await connection.close();
      await connection.close();
    }
    expect(log).toEqual(["open pve1", "close pve1"]);
    await open(guest(102));
    expect(log).toEqual(["open pve1", "close pve1", "open pve1"]);
  });
  it("hosts of other names and kinds have their own", async () => {
    const { open, log } = await counting();
    await Promise.all([
      open(nodeTarget),
      open({ ...nodeTarget, name: "other" }),
      open({ ...nodeTarget, connection: "x" }),
    ]);
    expect(log).toHaveLength(3);
  });
  it("one that cannot be opened is told to all who wait for it, and tried anew for the next", async () => {
    let tries = 0;
    const open = openThrough(async (target) => {
      tries += 1;
      if (tries === 1) throw new Unreachable("it is off");
      return createWorld().open(target);
    });
    const first = await Promise.allSettled([open(nodeTarget), open(guest())]);
    expect(first.map(({ status }) => status)).toEqual(["rejected", "rejected"]);
    expect(tries).toBe(1);
    await open(guest());
    expect(tries).toBe(2);
  });
});

describe("going in", () => {
  it("is one word more in front of each section, as root of the node", async () => {
    const made = await world();
    const connection = await made.open(guest());
    await connection.send(batch(section([write.text("/srv/a", "a")]), section([read.exec(["id", "-un"])], "daemon")));
    const { sections } = made.trips.at(-1)?.batch ?? { sections: [] };
    const words = ["lxc-attach", "--clear-env", "-n", "101", "--"];
    expect(sections.map(({ user, within, inside }) => ({ user, within, inside }))).toEqual([
      { user: "root", within: words, inside: { user: null, once: "up" } },
      { user: "root", within: words, inside: { user: "daemon", once: "up" } },
    ]);
    expect(insideOf(made, 101).files["/srv/a"]).toMatchObject({ content: "a" });
  });
  it("asks whether it is up until it is, and again only after something was written on its machine", async () => {
    const made = await world();
    const [first, sibling, node] = await Promise.all([
      made.open(guest()),
      made.open(guest(102)),
      made.open(nodeTarget),
    ]);
    const asked = async () => {
      await first.look(looking(section([read.stat("/")])));
      return made.trips.at(-1)?.batch.sections[0]?.inside?.once;
    };
    expect([await asked(), await asked()]).toEqual(["up", "entered"]);
    await sibling.look(looking(section([read.stat("/")])));
    expect(await asked()).toBe("entered");
    await sibling.send(one(write.text("/srv/b", "b")));
    expect([await asked(), await asked()]).toEqual(["up", "entered"]);
    await node.send(one(write.text("/srv/b", "b")));
    expect(await asked()).toBe("up");
    await first.send(one(write.text("/srv/b", "b")));
    expect(await asked()).toBe("up");
  });
  it("knocks first where a large content would arrive before anybody has asked", async () => {
    const made = await world();
    const before = made.trips.length;
    const connection = await made.open(guest());
    const large = Buffer.alloc(100_000, "x");
    const reply = await connection.send(one(write.file("/srv/large", large)));
    const trips = made.trips.slice(before).map(({ way, batch: { sections } }) => `${way} ${sections[0]?.inside?.once}`);
    expect(trips).toEqual(["look up", "send entered"]);
    expect(reply.replies[0]?.[0]?.kind).toBe("done");
  });
  it("a further link behind it goes on from there", async () => {
    const made = await world();
    const connection = await made.open(guest());
    const further: Section<ReadOp> = { ...section([read.exec(["true"])]), within: ["docker", "exec", "-i", "web"] };
    await connection.look(looking(further));
    expect(made.trips.at(-1)?.batch.sections[0]?.within).toEqual([
      "lxc-attach",
      "--clear-env",
      "-n",
      "101",
      "--",
      "docker",
      "exec",
      "-i",
      "web",
    ]);
    const other: Section<ReadOp> = { ...further, user: "media" };
    await expect(connection.look(looking(other))).rejects.toThrow(Bug);
  });
  it("a reader takes no write past it", async () => {
    const connection = await (await world()).open(guest());
    await expect(
      connection.look({ runId: "r", sections: [section([write.text("/x", "x")])] as never }),
    ).rejects.toThrow(Bug);
  });
});

describe("a door that is closed", () => {
  const twice = async (made: TestWorld, changes: readonly ((trip: number) => void)[]) => {
    const connection = await made.open(guest());
    await connection.look(looking(section([read.stat("/")])));
    const from = made.trips.length;
    made.onTrip = ({ number }) => changes[number - from - 1]?.(number);
    const reply = await connection.send(
      batch(section([write.exec(["mkdir", "/srv/made"])]), section([read.stat("/srv/made")])),
    );
    return { reply, trips: made.trips.length - from };
  };
  it("of one that was in use a moment ago is tried again: nothing has run, and nothing runs twice", async () => {
    const made = await world();
    const container = runningOf(made);
    const was = container.running;
    const { reply, trips } = await twice(made, [
      () => {
        container.running = null;
      },
      () => {},
      () => {
        container.running = was;
      },
    ]);
    // In vain, the question why, in.
    expect(trips).toBe(3);
    expect(reply.replies.map(([each]) => each)).toEqual([
      expect.objectContaining({ kind: "done" }),
      { kind: "done", answer: expect.objectContaining({ type: "directory" }) },
    ]);
    expect(reply.counters.roundTrips).toBe(3);
  });
  it("is believed in the end", async () => {
    const made = await world();
    const container = runningOf(made);
    const stop = () => {
      container.running = null;
    };
    await expect(twice(made, [stop])).rejects.toThrow(GuestDown);
    const text = await twice(made, []).catch((error: unknown) => String(error));
    expect(text).toContain("container 101 on pve1 is stopped");
  });
  it("is believed at once of one that nobody has been in", async () => {
    const made = await world();
    runningOf(made).running = null;
    const from = made.trips.length;
    const connection = await made.open(guest());
    await expect(connection.send(one(write.text("/srv/a", "a")))).rejects.toThrow("container 101 on pve1 is stopped");
    expect(made.trips.length - from).toBe(2);
  });
});
