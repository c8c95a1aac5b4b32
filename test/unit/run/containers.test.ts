import { describe, expect, test } from "vitest";
import { guestInventory, insideOf, putTemplates } from "../../support/guests.ts";
import { guest } from "../../support/modules/guest.ts";
import { dedent, type RunRequest, resultOf, runSite, storyOf } from "../../support/run-site.ts";
import { createWorld } from "../../support/world.ts";

const node = () => putTemplates(createWorld({ pve1: { kind: "proxmox" } }));
const run = (plays: string, more: Partial<RunRequest> = {}) =>
  runSite({
    modules: [guest],
    world: node(),
    ...more,
    files: { "site.yml": dedent(plays), "inventory/hosts.yml": guestInventory({ ct1: 101 }), ...more.files },
  });

const twoPlays = `
  - name: node
    hosts: pve1
    tasks:
      - name: make it
        guest: { vmid: 101 }
  - name: inside
    hosts: guests
    tasks:
      - name: motd
        copy: { dest: /etc/motd, content: "hello\\n" }
        notify: told
      - name: where
        debug: "{{ facts.distribution.id }}"
    handlers:
      - name: told
        command: touch /srv/told
`;

test("a play on an empty node: deferred by name, then done in one run, then nothing is left", async () => {
  const world = node();
  const foretold = await run(twoPlays, { world, check: true });
  expect(storyOf(foretold)).toEqual([
    "pve1 make it: changed",
    "ct1 motd: deferred",
    "ct1 where: deferred",
    "ct1 handler told: deferred",
  ]);
  const { taskId } = resultOf(foretold, "make it", "pve1");
  for (const name of ["motd", "where"]) expect(resultOf(foretold, name, "ct1").because).toEqual([taskId]);
  expect(foretold.after).toBe(foretold.before);
  expect(foretold).toMatchObject({ exitCode: 0, recap: { hosts: { ct1: { deferred: 3, unreachable: 0 } } } });

  const done = await run(twoPlays, { world });
  expect(storyOf(done)).toEqual([
    "pve1 make it: changed",
    "ct1 motd: changed",
    "ct1 where: ok",
    "ct1 handler told: changed",
  ]);
  expect(insideOf(world, 101).files["/etc/motd"]).toMatchObject({ content: "hello\n" });
  const again = await run(twoPlays, { world });
  expect(again.recap?.hosts).toMatchObject({ pve1: { changed: 0 }, ct1: { changed: 0, unreachable: 0 } });
});
