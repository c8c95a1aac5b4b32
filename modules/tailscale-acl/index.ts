import { defineModule, type TailscaleApi, tailscaleAccess, tailscaleToken } from "../../engine/module/index.ts";
import { type Params, params } from "./params.ts";
import { decide, planFor, type Seen } from "./plan.ts";
import { remotePolicy } from "./remote.ts";

const HUJSON = { headers: { Accept: "application/hujson" } } as const;

export const tailscaleAcl = defineModule({
  name: "tailscale_acl",
  summary: "Apply the tailnet's policy.",
  description: `The policy is compared by what it means: the order of rules and members, short forms, empty sections and older names make no
difference. Comments are kept, and a change of comments alone is one. What tasks with \`tailnet_fragment\` have contributed earlier in the run
is merged in. If nothing differs, nothing but a GET is sent. The diff shows the sections that change, and under \`access\` who gains (\`+\`)
and who loses (\`-\`) access to what.

Before anything is sent, also in check mode, Tailscale validates the policy and runs its tests; one that it does not accept is not sent.
The policy is written only if it is still the one that was looked at. A line in the policy itself says what was applied last: edits made in
the admin console since then are named, and not overwritten unless \`overwrite_external\` says so. The key needs the scope \`policy_file\`.

The result has \`tailnet\`, \`etag\`, \`state\` (\`applied\`, \`edited\`, \`foreign\` or \`default\`) and \`sections\` with the number of their
entries.`,
  params,
  // It asks the internet, and what others contribute is complete only in its turn.
  ahead: false,
  probes: (given) => ({
    token: tailscaleToken(given),
    policy: given.auth.oauth_client === undefined ? lookAtPolicy(given, undefined) : undefined,
  }),
  probesAfter: (given, { token }) => ({
    policyAfterLogin: token === undefined ? undefined : lookAtPolicy(given, token),
  }),
  probesLast(given, seen) {
    const decision = decide(given, seen);
    if (decision.kind !== "write") return { judgement: undefined };
    const { access, desired } = decision;
    const headers = { "Content-Type": "application/hujson" };
    return { judgement: access.look("POST", access.tailnet("/acl/validate"), { headers, body: desired.text }) };
  },
  plan: (given, seen) => planFor(given, seen),
  result({ tailnet }, seen) {
    const answer = answerOf(seen);
    const remote = answer === undefined ? null : remotePolicy(answer);
    if (remote === null || remote.kind === "refuse") return { tailnet, etag: null, state: null, sections: {} };
    const sections = Object.entries(remote.normal).map(([name, section]) => [
      name,
      typeof section === "object" && section !== null ? Object.keys(section).length : 1,
    ]);
    return { tailnet, etag: remote.etag, state: remote.state, sections: Object.fromEntries(sections) };
  },
  examples: [
    `tailscale_acl:
  auth: { api_key: key-of-the-embedded-lab }
  keep: { src: anna@example.com, dst: "tag:pve:22,8006" }
  policy:
    groups: { "group:parents": [anna@example.com, per@example.com] }
    tagOwners: { "tag:pve": [], "tag:nas": [] }
    grants:
      - { src: ["group:parents"], dst: ["tag:nas"], ip: ["tcp:445"] }
      - { src: [anna@example.com], dst: ["tag:pve"], ip: ["tcp:22", "tcp:8006"] }
    tests:
      - { src: per@example.com, accept: ["tag:nas:445"], deny: ["tag:pve:22"] }`,
    `tailscale_acl:
  auth:
    oauth_client: { id: client-of-the-embedded-lab, secret: secret-of-the-embedded-lab }
  policy: |
    {
      // Everybody reaches their own devices, and nothing else.
      "acls": [{"action": "accept", "src": ["autogroup:member"], "dst": ["autogroup:self:*"]}],
    }`,
  ],
});

function lookAtPolicy(given: Params & TailscaleApi, token: Seen["token"]) {
  const access = tailscaleAccess(given, token);
  // Without a token there is nothing to look with; the plan says why.
  return access.kind === "refuse" ? undefined : access.look("GET", access.tailnet("/acl"), HUJSON);
}

function answerOf({ policy, policyAfterLogin }: Seen): Seen["policy"] {
  return policy ?? policyAfterLogin;
}
