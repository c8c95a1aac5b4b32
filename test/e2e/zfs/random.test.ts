import fc from "fast-check";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { expectExit, expectForetold, resultsOf } from "../../support/e2e-events.ts";
import { disk, openZfsRig, type ZfsRig, zfsVm } from "../../support/zfs-rig.ts";

const DATASETS = 8;
/** Values as somebody's hand sets them; null: as it is without. */
const starts: Readonly<Record<string, readonly (string | null)[]>> = {
  compression: [null, "off", "on", "lz4", "gzip", "gzip-6", "gzip-9", "zstd", "zstd-3", "zstd-fast-1"],
  atime: [null, "on", "off"],
  xattr: [null, "sa", "on", "dir", "off"],
  acltype: [null, "posixacl", "off", "nfsv4"],
  aclinherit: [null, "restricted", "passthrough", "secure"],
  quota: [null, "none", "100M", "10.3G", "1T"],
  reservation: [null, "none", "1M"],
  recordsize: [null, "4K", "128K", "1M"],
  filesystem_limit: [null, "none", "0", "10K"],
  mountpoint: [null, "none", "legacy", "/srv/by-hand"],
  canmount: [null, "off", "noauto"],
  snapdir: [null, "visible", "hidden"],
  "lab:x": [null, "-", "two words", "a=b"],
};
/** Values as a playbook says them. */
const wishes: Readonly<Record<string, readonly (string | number | boolean)[]>> = {
  compression: [false, "on", "lz4", "gzip", "gzip-6", "zstd", "zstd-3", "zstd-fast-1", "zstd-fast"],
  atime: [true, false, "on"],
  xattr: ["sa", "on", "dir", false],
  acltype: ["posixacl", "posix", "noacl", "off"],
  aclinherit: ["restricted", "secure", "passthrough"],
  quota: ["none", 0, "100M", 104857600, "10.3G", "0.5T"],
  reservation: ["none", 0, "1M", 2097152],
  recordsize: ["4k", 131072, "1MiB"],
  filesystem_limit: ["none", 0, 10240, "10K"],
  mountpoint: ["none", "legacy", "/srv/declared", "/srv//declared/"],
  canmount: [true, false, "noauto"],
  snapdir: ["visible", "hidden"],
  "lab:x": ["-", 7, true, "tab\tand\nline"],
};

const oneOf = <T>(choices: Readonly<Record<string, readonly T[]>>) =>
  fc.record(Object.fromEntries(Object.entries(choices).map(([name, values]) => [name, fc.constantFrom(...values)])), {
    requiredKeys: [],
  });
const task = fc.record({
  start: fc.option(oneOf(starts), { nil: null, freq: 5 }),
  properties: oneOf(wishes),
  inherit: fc.subarray(["compression", "atime", "xattr", "recordsize", "lab:x", "snapdir"]),
  pin: fc.boolean(),
  unmounted: fc.boolean(),
});

describe.skipIf(zfsVm().kind === "missing")("any properties, on real OpenZFS", () => {
  let rig: ZfsRig;
  beforeAll(async () => {
    rig = await openZfsRig();
    rig.blank();
    rig.sh(`zpool create -O compression=gzip -O atime=off -O lab:x=above tank ${disk(1)}`);
  });
  afterAll(() => rig?.stop());

  it("from any to those declared, as a check says, and then no more", { timeout: 900_000 }, async () => {
    await fc.assert(
      fc.asyncProperty(fc.array(task, { minLength: DATASETS, maxLength: DATASETS }), async (cases) => {
        rig.sh("zfs list -H -o name -r tank | { grep / || true; } | xargs -r -n 1 zfs destroy -r; rm -rf /srv/*");
        const hand = cases.flatMap(({ start, unmounted }, index) =>
          start === null ? [] : byHand(index, start, unmounted),
        );
        rig.sh(hand.join("\n"));
        const tasks = cases.map(({ properties, inherit, pin }, index) => ({
          zfs: {
            name: `tank/d${index}`,
            properties: apart(properties, index),
            inherit: inherit.filter((name) => !Object.hasOwn(properties, name)),
            pin,
          },
        }));
        const check = await rig.play(tasks, "--check", "--diff");
        const run = await rig.play(tasks);
        expectExit(run, 0);
        // Siblings: none of them hangs on what another one changes, but for a mountpoint's folder.
        expect(expectForetold(check, run).deferred).toBe(0);
        const again = await rig.play(tasks);
        expect(resultsOf(again).map(({ status, reason }) => reason ?? status)).toEqual(tasks.map(() => "ok"));
      }),
      { numRuns: Number(process.env.LAB_RANDOM_STATES ?? 1), endOnFailure: true },
    );
  });
});

function byHand(
  index: number,
  start: Readonly<Record<string, string | null | undefined>>,
  unmounted: boolean,
): readonly string[] {
  const set = Object.entries(start).flatMap(([name, value]) =>
    value == null ? [] : [`'${name}=${value === "/srv/by-hand" ? `${value}${index}` : value}'`],
  );
  const name = `tank/d${index}`;
  return [
    `zfs create ${name}`,
    ...(set.length > 0 ? [`zfs set ${set.join(" ")} ${name}`] : []),
    ...(unmounted ? [`zfs unmount ${name} 2>/dev/null || true`] : []),
  ];
}
/** A mountpoint of its own for each. */
function apart(properties: Readonly<Record<string, string | number | boolean | undefined>>, index: number): object {
  const { mountpoint } = properties;
  return typeof mountpoint === "string" && mountpoint.startsWith("/")
    ? { ...properties, mountpoint: `${mountpoint}${mountpoint.endsWith("/") ? `x${index}/` : index}` }
    : properties;
}
