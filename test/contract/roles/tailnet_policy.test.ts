import { describe, expect, it } from "vitest";
import { parseHujson } from "../../../engine/formats/hujson.ts";
import { assertFine, roleLab } from "../../support/role-lab.ts";
import { resultOf } from "../../support/run-site.ts";
import type { TestWorld } from "../../support/world.ts";

const lab = roleLab(["tailnet_policy"]);
const family = `
    - tailnet_fragment:
        groups: { "group:kids": [per@example.com] }
        tagOwners: { "tag:nas": [] }
        grants:
          - { src: ["group:kids"], dst: ["tag:nas"], ip: ["tcp:445"] }
        tests:
          - { src: per@example.com, accept: ["tag:nas:445"], deny: ["tag:nas:22", "tag:pve:8006", "192.0.2.10:22"] }
`;
const play = (more = "", parts = family, from = "main") => `
- hosts: pve
  tasks:${parts}
    - include_role: { name: tailnet_policy, tasks_from: ${from} }
      vars:
        api_key: key-of-the-embedded-lab
        admins: [anna@example.com]
        networks: [192.0.2.7/24]
${more}
`;
const APPLIED = "The policy is made of all parts";
const policyOf = (world: TestWorld): string => world.internet.tailnet?.policy ?? "";

describe("the policy", () => {
  it("has each part, the exact network for the router's tag, and comments; a second run only reads it", async () => {
    const world = lab.world();
    await lab.converges(world, play());
    const text = policyOf(world);
    expect(text).toContain("// Everybody reaches their own devices.");
    const parsed = parseHujson(text);
    expect(JSON.stringify(parsed)).toContain("tag:subnet-router");
    const flat = text.replace(/\s+/g, "");
    expect(flat).toContain('"192.0.2.0/24":["tag:subnet-router"]');
    expect(flat).not.toContain("192.0.2.7/24");
    for (const part of ['"group:kids"', '"group:admins"', '"tag:nas"', '"tag:pve"']) expect(flat).toContain(part);
    assertFine(await lab.play(world, play("", family, "verify")));
  });

  it("that takes the operator's way in is not sent, and the old one stays", async () => {
    const world = lab.world();
    await lab.converges(world, play());
    const before = policyOf(world);
    const operator = `        admin_ports: ["tcp:8006"]\n        operator: [{ src: anna@example.com, dst: ["tag:pve:22"] }]\n`;
    for (const check of [true, false]) {
      const run = await lab.play(world, play(operator), check);
      expect(resultOf(run, APPLIED, "pve")).toMatchObject({ status: "failed" });
      expect(resultOf(run, APPLIED, "pve").reason).toContain("tag:pve:22");
    }
    expect(policyOf(world)).toBe(before);
  });

  it("that lets a kid in where a test of another role denies it is not sent", async () => {
    const world = lab.world();
    await lab.converges(world, play());
    const before = policyOf(world);
    const grants = `        more:\n          grants:\n            - { src: ["group:kids"], dst: ["192.0.2.0/24"], ip: ["tcp:22"] }\n`;
    const run = await lab.play(world, play(grants));
    expect(resultOf(run, APPLIED, "pve").status).toBe("failed");
    expect(JSON.stringify(resultOf(run, APPLIED, "pve"))).toContain("per@example.com");
    expect(policyOf(world)).toBe(before);
  });

  it("that somebody has edited in the admin console is told of, and left alone", async () => {
    const world = lab.world();
    await lab.converges(world, play());
    const tailnet = world.internet.tailnet;
    if (tailnet === undefined) throw new Error("no tailnet");
    tailnet.policy = tailnet.policy.replace('"tcp:445"', '"tcp:139"');
    const edited = tailnet.policy;
    const run = await lab.play(world, play());
    expect(resultOf(run, APPLIED, "pve").status).toBe("failed");
    expect(policyOf(world)).toBe(edited);
    const verified = await lab.play(world, play("", family, "verify"));
    expect(verified.exitCode).toBe(2);
    await lab.converges(world, play("        overwrite_external: true\n"));
    expect(policyOf(world)).toContain('"tcp:445"');
  });

  it("without a key, or with two, is told what to do before anything is sent", async () => {
    const world = lab.world();
    const client = "        oauth_client: { id: a, secret: b }\n";
    for (const plays of [play(client), play().replace(/ +api_key: .*\n/, "")]) {
      const run = await lab.play(world, plays);
      expect(resultOf(run, "One way to log in to Tailscale's API", "pve").reason).toContain("api_key or oauth_client");
      expect(world.internet.tailnet).toBeUndefined();
    }
    const oauth = play(
      "        oauth_client: { id: client-of-the-embedded-lab, secret: secret-of-the-embedded-lab }\n",
    );
    const run = await lab.converges(world, oauth.replace(/ +api_key: .*\n/, ""));
    expect(JSON.stringify(run.events)).not.toContain("secret-of-the-embedded-lab");
  });
});
