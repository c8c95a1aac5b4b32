import { expect, test } from "vitest";
import { resultOf, runSite, tasksSite } from "../../support/run-site.ts";
import { createWorld, type TestWorld } from "../../support/world.ts";

const PASSWORD = "correct-horse-battery-staple";
const run = (world: TestWorld, task: string, check = false) =>
  runSite({ files: tasksSite(`- name: it\n${task.replace(/^(?=.)/gm, "  ")}`), world, check });
const judged = async (world: TestWorld, task: string, check = false) => {
  const { status, reason, hint, warnings } = resultOf(await run(world, task, check), "it");
  return { status, reason, hint, warnings };
};
const admin = (more = "") => `portainer_admin: { password: ${PASSWORD}${more} }`;
const START =
  "docker run -d --name portainer -p 9443:9443 -v portainer_data:/data --restart always portainer/portainer-ce:2.27.9";

async function lab(): Promise<TestWorld> {
  const world = createWorld({ h1: { kind: "debian", packages: ["docker.io"] } });
  expect(await judged(world, `command: ${START}`)).toMatchObject({ status: "changed" });
  return world;
}

test("a new Portainer gets its administrator once, and keeps it in its volume", async () => {
  const world = await lab();
  const checked = await run(world, admin(), true);
  expect(checked.after).toBe(checked.before);
  expect(resultOf(checked, "it")).toMatchObject({ status: "changed", certainty: "certain" });
  const made = await run(world, admin());
  expect(resultOf(made, "it").status).toBe("changed");
  expect(JSON.stringify(made.events)).not.toContain(PASSWORD);
  const again = await run(world, admin());
  expect(resultOf(again, "it").status).toBe("ok");
  expect(again.after).toBe(again.before);
  expect(JSON.stringify(again.events)).not.toContain(".jwt");
  expect((await judged(world, admin(", username: other"))).reason).toContain("does not let other in");
  expect((await judged(world, admin().replace("staple", "stable"))).reason).toContain("does not let admin in");
  expect((await judged(world, admin(", username: other, verify: false"))).status).toBe("ok");
  // Another container on the same data.
  await judged(world, "command: docker rm -f portainer");
  expect((await judged(world, admin())).reason).toContain("does not answer");
  await judged(world, `command: ${START}`);
  expect((await judged(world, admin())).status).toBe("ok");
});

test("one that was left alone has locked itself, until it is restarted", async () => {
  const world = await lab();
  world.host("h1").clockMs += 6 * 60_000;
  expect(await judged(world, admin())).toMatchObject({
    status: "failed",
    reason: expect.stringContaining("has locked itself"),
    hint: expect.stringContaining("restart its container"),
  });
  const other = world.copy();
  const named = admin(", container: portainer");
  expect(resultOf(await run(other, named, true), "it").status).toBe("changed");
  expect((await judged(other, named)).status).toBe("changed");
  expect((await judged(other, named)).status).toBe("ok");
  await judged(world, "command: docker restart portainer");
  expect((await judged(world, admin())).status).toBe("changed");
  world.host("h1").clockMs += 60 * 60_000;
  expect((await judged(world, admin())).status).toBe("ok");
});
