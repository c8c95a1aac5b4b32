import { z } from "zod";
import type { Json } from "../engine/formats/hujson.ts";
import { policyProblems } from "../engine/formats/tailnet-problems.ts";
import { defineControllerAction, plainData } from "../engine/module/index.ts";

const map = (what: string) => z.record(z.string(), plainData, { error: `expected a map of ${what}` }).optional();
const list = (what: string) => z.array(plainData, { error: `expected a list of ${what}` }).optional();

export const tailnetFragment = defineControllerAction({
  name: "tailnet_fragment",
  summary: "Contribute a part of the tailnet's policy.",
  description: `A role says what it needs of the tailnet's policy, and \`tailscale_acl\`, later in the same run, makes one policy of all
that was contributed. Sections have the names and the form that Tailscale's policy file gives them. Rules and the members of groups and
tag owners are united; the same host, posture or set with two values is an error that names both places. What is wrong in a fragment is told
before the run.`,
  contributes: "tailnet",
  params: z
    .strictObject({
      groups: map("groups").describe(
        "Groups of users: `group:NAME` and a list of logins. Groups hold no devices and no groups.",
      ),
      tagOwners: map("tags").describe(
        "Tags of devices and who may give them: `tag:NAME` and a list; `[]`: only admins.",
      ),
      hosts: map("hosts").describe("Names for addresses and networks, to be used in rules."),
      ipsets: map("sets of addresses").describe("Sets of addresses: `ipset:NAME` and a list."),
      acls: list("rules").describe("Rules: `action: accept`, `src`, `dst` with ports (`tag:nas:445`), `proto`."),
      grants: list("grants").describe("Grants: `src`, `dst`, and ports in `ip` (`tcp:445`) or capabilities in `app`."),
      ssh: list("rules").describe("Rules for Tailscale SSH: `action`, `src`, `dst`, `users`."),
      autoApprovers: map("approvers").describe(
        "Whose routes and exit nodes need no approval: `routes` by network, `exitNode`. It counts for what is advertised later.",
      ),
      nodeAttrs: list("attributes").describe("Attributes of devices: `target` and `attr`."),
      postures: map("postures").describe("Conditions on devices: `posture:NAME` and a list."),
      tests: list("tests").describe(
        "What must hold: `src`, and `accept` and `deny` with one port each (`tag:nas:445`). Tailscale stores no policy that fails one.",
      ),
      sshTests: list("tests").describe("The same for Tailscale SSH: `src`, `dst`, `accept`, `check`, `deny`."),
    })
    .superRefine((fragment, context) => {
      const given = givenSections(fragment);
      if (given.length === 0)
        context.addIssue({ code: "custom", message: "an empty fragment: say at least one section" });
      for (const { path, message } of policyProblems(Object.fromEntries(given))) {
        context.addIssue({ code: "custom", path: [...path], message });
      }
    }),
  run(fragment) {
    const given = givenSections(fragment);
    return {
      contribute: Object.fromEntries(given),
      result: { sections: given.map(([section]) => section) },
    };
  },
  examples: [
    `tailnet_fragment:
  tagOwners: { "tag:nas": [] }
  grants:
    - { src: ["autogroup:member"], dst: ["tag:nas"], ip: ["tcp:445"] }
  tests:
    - { src: anna@example.com, accept: ["tag:nas:445"], deny: ["tag:nas:22"] }`,
    `tailnet_fragment:
  tagOwners: { "tag:subnet-router": [] }
  autoApprovers:
    routes: { 192.168.1.0/24: ["tag:subnet-router"] }`,
  ],
});

function givenSections(fragment: Readonly<Record<string, Json | undefined>>): readonly [string, Json][] {
  return Object.entries(fragment).flatMap(([section, value]): [string, Json][] =>
    value === undefined ? [] : [[section, value]],
  );
}
