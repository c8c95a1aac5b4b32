import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { expectExit, expectForetold, recapOf, resultsOf } from "../../support/e2e-events.ts";
import type { PlayRun } from "../../support/e2e-rig.ts";
import { ALICE, FAMILY, zfsDesign as tasks, zfsDrift } from "../../support/zfs-design.ts";
import { openZfsRig, type ZfsRig, zfsVm } from "../../support/zfs-rig.ts";

describe.skipIf(zfsVm().kind === "missing")("the design of a lab, on real OpenZFS", () => {
  let rig: ZfsRig;
  beforeAll(async () => {
    rig = await openZfsRig();
    rig.blank();
  });
  afterAll(() => rig?.stop());

  it("comes about from blank disks in one run, and a second one changes nothing", async () => {
    const check = await rig.play(tasks, "--check", "--diff");
    expect(rig.sh("zpool list -H -o name")).toBe("");
    expect(resultsOf(check)[0]).toMatchObject({ status: "changed", certainty: "certain" });
    const run = await rig.play(tasks);
    expectExit(run, 0);
    expectForetold(check, run);
    expect(recapOf(run).changed).toBe(tasks.length - 1);
    await expectConverged();
    expect(rig.sh("zpool list -H -o name,health,ashift; zpool get -H -o value autotrim VM-SSD")).toBe(
      "Tank-Archive\tONLINE\t12\nVM-SSD\tONLINE\t12\non\n",
    );
    const family = rig.sh(`zfs get -Hp -o value compression,atime,quota,recordsize,mounted ${FAMILY}`);
    // In the order in which zfs tells its properties.
    expect(family.trim().split("\n").sort()).toEqual(["1048576", "524288000", "off", "yes", "zstd"]);
    expect(rig.sh("zfs get -Hp -o value volsize VM-SSD/vm-900-disk-0; zfs list -H -t snapshot -o name | wc -l")).toBe(
      "100007936\n5\n",
    );
    expect(rig.sh(`findmnt -n -o SOURCE /srv/backups/alice; findmnt -n /VM-SSD || echo none`)).toBe(`${ALICE}\nnone\n`);
  });

  // Several at a time, on datasets of their own, so that what repairs each can be told apart.
  const rounds = [0, 1, 2].map((round) => zfsDrift.filter((_, index) => index % 3 === round));
  it.each(rounds.map((round) => [round.map(([what]) => what).join(", "), round] as const))(
    "drift by hand is repaired as a check says, and nothing else: %s",
    async (_, round) => {
      rig.sh(round.map(([, drift]) => drift).join("\n"));
      const check = await rig.play(tasks, "--check", "--diff");
      const run = await rig.play(tasks);
      expectExit(run, 0);
      expect(expectForetold(check, run).deferred).toBe(0);
      const commands = stepsOf(run);
      for (const [what, , sent] of round)
        for (const words of sent)
          expect(commands.join("\n"), what).toContain(/^z(fs|pool) /.test(words) ? words : words.split(" ")[0]);
      // What the round before had left would be among them.
      expect(pairsOf(commands)).toHaveLength(round.flatMap(([, , sent]) => sent).length);
    },
  );

  it("an odd value of a user property does not pass for another property", async () => {
    rig.sh(`zfs set lab:owner="some
quota	5	local" ${FAMILY}`);
    const run = await rig.play(tasks);
    expectExit(run, 0);
    expect(stepsOf(run)).toEqual([expect.stringContaining(`zfs set lab:owner=family ${FAMILY}`)]);
    await expectConverged();
  });

  it("a pool that was exported is said to be there, and imported when asked", async () => {
    rig.sh("zpool export VM-SSD");
    const [, pool] = tasks;
    const refused = await rig.play([pool ?? {}]);
    expect(resultsOf(refused)[0]).toMatchObject({
      status: "failed",
      reason: expect.stringContaining("the pool VM-SSD is there but not imported"),
    });
    const asked = { zpool: { ...pool?.zpool, import: true } };
    const run = await rig.play([asked]);
    expectExit(run, 0);
    expect(resultsOf(run)[0]?.status).toBe("changed");
    await expectConverged();
  });

  it("a pool that lacks a disk gives a warning, or fails; and its disk is replaced", async () => {
    rig.sh("zpool offline VM-SSD /dev/disk/by-id/virtio-LABDISK5");
    const [, pool] = tasks;
    const warned = await rig.play([{ ...pool, register: "seen" }, { debug: { msg: "{{ seen.health }}" } }]);
    expectExit(warned, 0);
    expect(resultsOf(warned)[0]?.warnings?.join()).toContain("the pool VM-SSD is DEGRADED");
    expect(JSON.stringify(resultsOf(warned)[1])).toContain("DEGRADED");
    const failed = await rig.play([{ zpool: { ...pool?.zpool, fail_on: "degraded" } }]);
    expect(resultsOf(failed)[0]).toMatchObject({
      status: "failed",
      reason: expect.stringContaining("VM-SSD is DEGRADED"),
    });

    const replace = (to: number) => [
      {
        zpool_replace: {
          pool: "VM-SSD",
          old: "/dev/disk/by-id/virtio-LABDISK5",
          new: `/dev/disk/by-id/virtio-LABDISK${to}`,
        },
      },
    ];
    const check = await rig.play(replace(6), "--check");
    const run = await rig.play(replace(6));
    expectExit(run, 0);
    expectForetold(check, run);
    rig.sh("zpool wait -t resilver VM-SSD");
    expect(rig.sh("zpool status VM-SSD")).toMatch(/LABDISK4.*\n.*LABDISK6/);
    const again = await rig.play(replace(6));
    expect(resultsOf(again)[0]?.status).toBe("ok");
    const other = await rig.play([pool ?? {}]);
    expect(resultsOf(other)[0]).toMatchObject({ status: "failed", reason: expect.stringContaining("another layout") });
    const back = {
      zpool_replace: {
        pool: "VM-SSD",
        old: "/dev/disk/by-id/virtio-LABDISK6",
        new: "/dev/disk/by-id/virtio-LABDISK5",
        force: true,
      },
    };
    expectExit(await rig.play([back]), 0);
    rig.sh("zpool wait -t resilver VM-SSD");
    await expectConverged();
  });

  it("a scrub is started, and its end stands in the result", async () => {
    const run = await rig.play([{ zpool_scrub: "Tank-Archive" }]);
    expect(resultsOf(run)[0]?.status).toBe("changed");
    rig.sh("zpool wait -t scrub Tank-Archive");
    const seen = await rig.play([{ zpool: { name: "Tank-Archive" } }]);
    expect(JSON.stringify(resultsOf(seen)[0]?.result)).toContain("scrub repaired 0B");
    const stop = await rig.play([{ zpool_scrub: { name: "Tank-Archive", state: "stopped" } }]);
    expect(resultsOf(stop)[0]?.status).toBe("ok");
  });

  async function expectConverged(): Promise<void> {
    const again = await rig.play(tasks);
    expectExit(again, 0);
    expect(resultsOf(again).map(({ status }) => status)).toEqual(tasks.map(() => "ok"));
  }
});

function stepsOf(run: PlayRun): readonly string[] {
  return resultsOf(run).flatMap(({ steps }) => steps ?? []);
}
/** `zfs set a=1 b=2 DATASET` does two things. */
function pairsOf(commands: readonly string[]): readonly string[] {
  return commands.flatMap((command) => {
    const [, pairs] = /zfs set (.*) \S+$/.exec(command) ?? [];
    return pairs === undefined ? [command] : pairs.split(" ");
  });
}
