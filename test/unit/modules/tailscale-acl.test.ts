import { describe, expect, it } from "vitest";
import { parsedAgain } from "../../../engine/formats/hujson-text.ts";
import { markOf, printMark } from "../../../engine/formats/tailnet-mark.ts";
import { normalPolicy } from "../../../engine/formats/tailnet-normal.ts";
import type { HttpAnswer } from "../../../engine/ops/ir.ts";
import { Secret } from "../../../engine/value/secret.ts";
import { tailscaleAcl } from "../../../modules/tailscale-acl/index.ts";
import { changeOf, looksOf, plain, planOf, problemsOf, resultOf } from "../../support/plan-module.ts";

const auth = { api_key: "some-key-000" };
const policy = {
  tagOwners: { "tag:nas": [], "tag:pve": [] },
  acls: [
    { action: "accept", src: ["anna@example.com"], dst: ["tag:nas:445", "tag:pve:22"] },
    { action: "accept", src: ["per@example.com"], dst: ["tag:nas:445"] },
  ],
};
const given = { auth, policy };
const answer = (body: string, status = 200, more: Readonly<Record<string, string>> = { etag: '"e1"' }): HttpAnswer => ({
  status,
  headers: { "content-type": "application/hujson", ...more },
  body,
});
const good = { status: 200, headers: { "content-type": "application/json" }, body: "{}" };
const marked = (text: string): string => {
  const parsed = parsedAgain(text);
  return printMark(markOf(normalPolicy(parsed.value), parsed.comments)) + text;
};
const written = (value: unknown): string => marked(`${JSON.stringify(value)}\n`);
const why = (raw: unknown, answers: Readonly<Record<string, unknown>>): string => {
  const plan = planOf(tailscaleAcl, raw, answers);
  return plan.kind === "change" ? `change: ${plan.steps.length} steps` : `${plan.kind}: ${plan.why}`;
};

describe("a plan", () => {
  it("is nothing where the policy means the same, whatever it looks like", () => {
    const same = marked(
      '{"ACLs": [{"action":"accept","users":["per@example.com"],"ports":["tag:nas:445"]},{"action":"accept","users":["anna@example.com"],"ports":["tag:pve:22","tag:nas:445"]}],"tagOwners":{"tag:pve":[],"tag:nas":[]},"ssh":[]}',
    );
    expect(changeOf(tailscaleAcl, given, { policy: answer(same) }).steps).toEqual([]);
    expect(
      Object.keys(looksOf(tailscaleAcl, given, { policy: answer(same) })).filter((name) => name === "judgement"),
    ).toHaveLength(1);
    expect(looksOf(tailscaleAcl, given, { policy: answer(same) }).judgement).toBeUndefined();
  });

  it("writes the whole policy, if it is still the one that was looked at", () => {
    const before = written({ ...policy, acls: policy.acls.slice(1) });
    const { steps, after } = changeOf(tailscaleAcl, given, { policy: answer(before), judgement: good });
    expect(steps).toHaveLength(1);
    expect(plain(steps[0])).toMatchObject({
      kind: "http",
      method: "POST",
      url: "https://api.tailscale.com/api/v2/tailnet/-/acl",
      at: "controller",
      okStatuses: [200],
      touches: ["internet:tailnet"],
      headers: { "If-Match": '"e1"', "Content-Type": "application/hujson", Authorization: expect.any(Secret) },
      body: expect.stringMatching(/^\/\/ lab: applied [0-9a-f]{32} .*\n\{\n {2}"tagOwners"/),
    });
    expect(after.access).toBe(
      "anna@example.com → tag:nas:445\nanna@example.com → tag:pve:22\nper@example.com → tag:nas:445\n",
    );
    expect(JSON.stringify(plain(steps[0]))).not.toContain("some-key-000");
  });

  it("asks a tailnet by its name, and in a path nothing of it is more than a name", () => {
    const there = { policy: answer("{}"), judgement: good };
    const url = (tailnet: string) => plain(changeOf(tailscaleAcl, { ...given, tailnet }, there).steps[0]);
    expect(url("example.com")).toMatchObject({ url: "https://api.tailscale.com/api/v2/tailnet/example.com/acl" });
    expect(problemsOf(tailscaleAcl, { ...given, tailnet: "../x" })).toHaveLength(1);
  });

  it.each<[string, HttpAnswer, string]>([
    ["no ETag", answer("{}", 200, {}), "without an ETag"],
    ["cut off", answer('{"acls": ['), "is no HuJSON: line 1"],
    [
      "a page",
      answer("<html>log in</html>", 200, { "content-type": "text/html", etag: '"e"' }),
      "something for browsers",
    ],
    ["an expired key", answer('{"message":"API token invalid"}', 401), "does not accept the key: API token invalid"],
    ["no right", answer('{"message":"no"}', 403), "may not do this: no"],
    ["another tailnet", answer('{"message":"tailnet not found"}', 404), "tailnet not found"],
    ["too many requests", answer("", 429), "too many requests"],
    ["broken", answer("", 502), "broken at the moment"],
    ["moved", answer("", 302), "something for browsers"],
    [
      "nobody",
      { status: 0, headers: {}, body: "", unanswered: "curl: (6) Could not resolve host" },
      "does not answer (curl: (6)",
    ],
  ])("is refused where the API answers otherwise than with a policy: %s", (_, policyAnswer, words) => {
    expect(why(given, { policy: policyAnswer })).toContain(words);
  });

  it.each<[string, HttpAnswer, string]>([
    [
      "a failing test",
      {
        ...good,
        body: '{"message":"test(s) failed","data":[{"user":"per@example.com","errors":["address \\"tag:pve:22\\": want: Drop, got: Accept"]}]}',
      },
      'per@example.com: address "tag:pve:22": want: Drop, got: Accept',
    ],
    [
      "only data",
      { ...good, body: '{"data":[{"user":"per@example.com","errors":["no"]}]}' },
      "test(s) failed; per@example.com: no",
    ],
    ["a syntax error", { ...good, body: '{"message":"line 3, column 5: bad"}' }, 'line 2 ("tagOwners"'],
    [
      "the same with 400",
      { ...good, status: 400, body: '{"message":"bad"}' },
      "does not accept the policy, nothing was sent: bad",
    ],
    ["half an answer", { ...good, body: '{"mess' }, "not whole"],
    ["no right to ask", { ...good, status: 403 }, "may not do this"],
  ])("is refused where the policy is judged bad: %s", (_, judgement, words) => {
    expect(why(given, { policy: answer("{}"), judgement })).toContain(words);
  });

  it("goes on with warnings of the API, and tells them", () => {
    const judgement = { ...good, body: '{"data":[{"user":"per@example.com","warnings":["unused"]}]}' };
    const { warnings } = changeOf(tailscaleAcl, given, { policy: answer("{}"), judgement });
    expect(warnings).toContain("per@example.com: unused");
    const said = { ...good, body: judgement.body.replace("{", '{"message":"warning(s) found",') };
    expect(changeOf(tailscaleAcl, given, { policy: answer("{}"), judgement: said }).warnings).toEqual(warnings);
  });
});

describe("comments", () => {
  const text = (comments: string): string => `{\n${comments}  "acls": []\n}\n`;
  it.each([
    ["in another order", "// a\n// b\n", "// b\n// a\n"],
    ["twice", "// a\n", "// a\n// a\n"],
  ])("%s are a change", (_, then, now) => {
    const plan = changeOf(
      tailscaleAcl,
      { auth, policy: text(now) },
      { policy: answer(marked(text(then))), judgement: good },
    );
    expect(plan.steps).toHaveLength(1);
    expect(plan.before.comments).not.toBe(plan.after.comments);
  });

  it("of a policy that means the same and was never applied from here are not thrown away", () => {
    const there = { policy: answer(`// ask anna first\n${JSON.stringify(policy)}`), judgement: good };
    expect(why(given, there)).toContain("comments of it would be lost: (top): ask anna first");
    expect(why({ ...given, overwrite_external: true }, there)).toBe("change: 1 steps");
  });

  it("and a mark of the byte order in front leave a text that can be read", () => {
    const { steps } = changeOf(
      tailscaleAcl,
      { auth, policy: `\uFEFF${JSON.stringify(policy)}` },
      { policy: answer("{}"), judgement: good },
    );
    expect(plain(steps[0])).toMatchObject({ body: expect.not.stringContaining("\uFEFF") });
  });
});

describe("somebody else's policy", () => {
  it("which is one about rules as such is an edit, too: allowing nothing is not saying nothing", () => {
    const tags = { tagOwners: { "tag:a": [] } };
    const closed = written(tags).replace(/\}\n$/, ',"acls":[]}\n');
    expect(why({ auth, policy: tags }, { policy: answer(closed), judgement: good })).toContain(
      "the policy was edited since it was applied: whether it has rules",
    );
  });

  const foreign = '{"acls": [{"action": "accept", "src": ["per@example.com"], "dst": ["*:*"]}]}';
  it.each<[string, string, string]>([
    [
      "that of a new tailnet",
      '{"acls": [{"action": "accept", "src": ["*"], "dst": ["*:*"]}], "ssh": [{"action":"check","src":["autogroup:member"],"dst":["autogroup:self"],"users":["root","autogroup:nonroot"]}]}',
      "change: 1 steps",
    ],
    ["an empty one", "{}", "change: 1 steps"],
    ["of the same meaning", JSON.stringify(policy), "change: 1 steps"],
    ["another one", foreign, "refuse: the policy there was never applied from here"],
    [
      "another one that once was ours",
      written(policy).replace("445", "446"),
      "refuse: the policy was edited since it was applied: acls: added",
    ],
  ])("%s", (_, text, words) => {
    expect(why(given, { policy: answer(text), judgement: good })).toContain(words);
    expect(why({ ...given, overwrite_external: true }, { policy: answer(text), judgement: good })).toBe(
      "change: 1 steps",
    );
  });
});

describe("the way in", () => {
  const keep = { src: "anna@example.com", dst: "tag:pve:22" };
  const closed = { ...policy, acls: policy.acls.slice(1) };
  const now = { policy: answer(written(policy)), judgement: good };
  it.each<[unknown, string]>([
    [
      { ...given, policy: closed, keep },
      "refuse: the policy would lock you out: it does not allow anna@example.com → tag:pve:22",
    ],
    [{ ...given, policy: closed, keep: [keep] }, "refuse: the policy would lock you out"],
    [{ ...given, policy: closed, keep, allow_lockout: true }, "change: 1 steps"],
    [
      {
        ...given,
        policy: {
          ...closed,
          acls: [...closed.acls, { action: "accept", src: ["autogroup:admin"], dst: ["tag:pve:22"] }],
        },
        keep,
      },
      "refuse: the policy would lock you out",
    ],
    [
      {
        ...given,
        policy: { ...closed, acls: [{ action: "accept", src: ["autogroup:member"], dst: ["tag:pve:1-100"] }] },
        keep,
      },
      "change: 1 steps",
    ],
    [{ ...given, policy: { acls: [] } }, "refuse: the policy would allow nobody to reach anything"],
    [{ ...given, policy: { acls: [] }, allow_lockout: true }, "change: 1 steps"],
  ])("%j", (raw, words) => expect(why(raw, now)).toContain(words));

  it.each<[string, Record<string, unknown>, Record<string, unknown>, unknown, string | null]>([
    [
      "who is no longer in the group",
      {
        groups: { "group:a": ["anna@example.com", "per@example.com"] },
        acls: [{ action: "accept", src: ["group:a"], dst: ["*:22"] }],
      },
      { groups: { "group:a": ["per@example.com"] } },
      { src: "group:a", dst: "10.0.0.5:22" },
      "anna@example.com → 10.0.0.5:22",
    ],
    [
      "a host whose name means another address",
      { hosts: { pve: "10.0.0.5" }, acls: [{ action: "accept", src: ["anna@example.com"], dst: ["pve:22"] }] },
      { hosts: { pve: "10.0.0.9" } },
      { src: "anna@example.com", dst: "pve:22" },
      "anna@example.com → 10.0.0.5:22",
    ],
    [
      "a host whose name is gone",
      { hosts: { pve: "10.0.0.5" }, acls: [{ action: "accept", src: ["anna@example.com"], dst: ["pve:22"] }] },
      { hosts: {}, acls: [{ action: "accept", src: ["anna@example.com"], dst: ["10.0.0.9:22"] }] },
      { src: "anna@example.com", dst: "pve:22" },
      "anna@example.com → pve:22",
    ],
    [
      "who now needs a posture",
      { acls: [{ action: "accept", src: ["*"], dst: ["*:22"] }] },
      { postures: { "posture:x": ["node:os == 'linux'"] }, defaultSrcPosture: ["posture:x"] },
      { src: "anna@example.com", dst: "10.0.0.5:22" },
      "anna@example.com → 10.0.0.5:22",
    ],
    [
      "rules for ICMP and UDP",
      { acls: [{ action: "accept", src: ["*"], dst: ["*:22"] }] },
      {
        acls: [
          { action: "accept", src: ["*"], dst: ["*:*"], proto: "icmp" },
          { action: "accept", src: ["*"], dst: ["*:*"], proto: "udp" },
        ],
      },
      { src: "anna@example.com", dst: "10.0.0.5:22" },
      "anna@example.com → 10.0.0.5:22",
    ],
    [
      "somebody who comes into the group",
      { groups: { "group:a": ["anna@example.com"] }, acls: [{ action: "accept", src: ["group:a"], dst: ["*:22"] }] },
      { groups: { "group:a": ["anna@example.com", "per@example.com"] } },
      { src: "group:a", dst: "10.0.0.5:22" },
      null,
    ],
    [
      "an older name of all members",
      { acls: [{ action: "accept", src: ["*"], dst: ["*:22"] }] },
      { acls: [{ action: "accept", src: ["autogroup:members"], dst: ["*:1-100"] }] },
      { src: "anna@example.com", dst: "10.0.0.5:22" },
      null,
    ],
  ])("by names in force: %s", (_, before, changes, way, lost) => {
    const raw = { auth, policy: { ...before, ...changes }, keep: way };
    const there = { policy: answer(written(before)), judgement: good };
    if (lost === null) expect(why(raw, there)).toBe("change: 1 steps");
    else expect(why(raw, there)).toMatch(new RegExp(`refuse: the policy would lock you out: .*${lost}`));
    expect(why({ ...raw, allow_lockout: true }, there)).toBe("change: 1 steps");
  });

  it("is warned of where none is declared and one closes", () => {
    const { warnings } = changeOf(tailscaleAcl, { ...given, policy: closed }, now);
    expect(warnings).toEqual([expect.stringContaining("anna@example.com → tag:pve:22")]);
    expect(changeOf(tailscaleAcl, { ...given, policy: closed, allow_lockout: true }, now).warnings).toEqual([]);
  });

  it("that the policy in force does not have is told at every run", () => {
    const { steps, warnings } = changeOf(tailscaleAcl, { ...given, keep: { ...keep, dst: "tag:pve:8006" } }, now);
    expect([steps.length, warnings]).toEqual([0, [expect.stringContaining("tag:pve:8006")]]);
  });
});

describe("an OAuth client", () => {
  const raw = { ...given, auth: { oauth_client: { id: "id", secret: "client-secret-00" } } };
  const token = {
    status: 200,
    headers: { "content-type": "application/json" },
    body: '{"access_token":"token-000000"}',
  };
  it("logs in first, and its token is a secret in what follows", () => {
    const looks = looksOf(tailscaleAcl, raw, { token, policyAfterLogin: answer("{}"), judgement: good });
    expect(Object.keys(looks).filter((name) => looks[name] !== undefined)).toEqual([
      "token",
      "policyAfterLogin",
      "judgement",
    ]);
    expect(JSON.stringify(looks)).not.toContain("token-000000");
    expect(JSON.stringify(looks)).not.toContain("client-secret-00");
    expect(
      JSON.stringify(changeOf(tailscaleAcl, raw, { token, policyAfterLogin: answer("{}"), judgement: good }).steps),
    ).not.toContain("token-000000");
  });
  it("that is not let in is told so", () => {
    expect(why(raw, { token: { ...token, status: 401, body: '{"error":"invalid_client"}' } })).toContain(
      "does not accept the OAuth client",
    );
    expect(why(raw, { token: { ...token, body: "{}" } })).toContain("without a token");
  });
});

it("tells what is there", () => {
  const now = new Date(0);
  expect(resultOf(tailscaleAcl, given, { policy: answer(written(policy)) }, now)).toEqual({
    tailnet: "-",
    etag: '"e1"',
    state: "applied",
    sections: { acls: 2, tagOwners: 2 },
  });
  expect(resultOf(tailscaleAcl, given, { policy: answer("", 500) }, now)).toEqual({
    tailnet: "-",
    etag: null,
    state: null,
    sections: {},
  });
});

describe("parameters", () => {
  const file = (text: string | undefined) => ({
    kind: "local-file",
    name: "policy.hujson",
    content: {},
    ...(text !== undefined && { text }),
  });
  it.each<[unknown, RegExp]>([
    [{ policy }, /^auth: /],
    [{ auth: {}, policy }, /either api_key or oauth_client/],
    [{ auth: { ...auth, oauth_client: { id: "a", secret: "b" } }, policy }, /either api_key or oauth_client/],
    [{ auth: { api_key: "two\nlines" }, policy }, /on one line/],
    [{ auth, policy, api_url: "http://example.com" }, /^api_url: /],
    [{ auth, policy: { acls: [], ACLs: [] } }, /^policy\.ACLs: acls and ACLs are the same/],
    [
      { auth, policy: '{"acls": [{"action": "accept", "src": ["tag:a"], "users": ["*"], "dst": ["*:*"]}]}' },
      /^policy: src and users are the same/,
    ],
    [{ auth, policy: [] }, /^policy: expected a map of sections, or a text in HuJSON/],
    [{ auth, policy: { acl: [] } }, /^policy\.acl: a policy has no section/],
    [{ auth, policy: { acls: [{ action: "accept", src: ["*"], dst: ["*"] }] } }, /^policy\.acls\.0\.dst\.0: /],
    [{ auth, policy: { hosts: { a: new Secret("x") } } }, /^policy.*expected a map of sections|cannot hold a secret/],
    [{ auth, policy: '{\n  "acls": [\n}' }, /^policy: line 3, column 1: a value is missing/],
    [{ auth, policy: "[]" }, /^policy: a policy is a map/],
    [{ auth, policy: "" }, /^policy: line 1, column 1: the text ends too early/],
    [
      { auth, policy: '{"acls": [{"action": "deny", "src": ["*"], "dst": ["*:*"]}]}' },
      /^policy: acls\.0\.action: expected accept/,
    ],
    [{ auth, src: file('{"x": ') }, /^src: line 1, column 7/],
    [{ auth, src: file(undefined) }, /^src: a policy is a text/],
    [
      { auth, template: { kind: "template-file", name: "p", content: new Secret("{}") } },
      /^template: the template holds a secret/,
    ],
    [{ auth, policy, src: file("{}") }, /^src: policy and src both give the policy/],
    [{ auth, policy, keep: { src: "anna@example.com" } }, /^keep/],
    [{ auth, policy, keep: { src: "anna@example.com", dst: "tag:pve" } }, /^keep\.dst: .*has no ports/],
    [{ auth, policy, keep: { src: "anna smith", dst: "tag:pve:22" } }, /^keep\.src: /],
    [{ auth, policy, keep: [] }, /^keep: /],
    [{ auth, policy, allow_lockout: "yes" }, /^allow_lockout: /],
    [{ auth, policy, fragments: [] }, /^fragments: expected true or false/],
    [{ auth, policy, overwrite: true }, /Unrecognized key/],
  ])("%#: %j are refused", (raw, message) => {
    const problems = problemsOf(tailscaleAcl, raw);
    expect(problems).toHaveLength(1);
    expect(problems[0]).toMatch(message);
  });

  it("that only the run can judge are judged before anything is sent", () => {
    const there = { policy: answer("{}") };
    const fragments = (values: readonly unknown[], missing: string | null = null) => ({
      kind: "contributed",
      values,
      missing,
    });
    const part = (value: unknown, place: string) => ({ value, host: "h1", place });
    expect(why({ auth }, there)).toContain("nothing to make a policy of");
    expect(why({ auth, fragments: fragments([], "h2 failed") }, there)).toContain("may not be complete: h2 failed");
    expect(
      why({ auth, policy: { acls: [{ action: "accept", src: ["group:x"], dst: ["tag:y:1"] }] } }, there),
    ).toContain("group:x (in acls[0].src; define it in groups), tag:y");
    const torn = [part({ hosts: { a: "10.0.0.1" } }, "a.yml:1"), part({ hosts: { a: "10.0.0.2" } }, "b.yml:2")];
    expect(why({ auth, fragments: fragments(torn) }, there)).toContain(
      'hosts: a is "10.0.0.1" in a.yml:1 (h1), and "10.0.0.2" in b.yml:2 (h1)',
    );
    expect(why({ auth, fragments: fragments([part(policy, "a.yml:1")]) }, { ...there, judgement: good })).toBe(
      "change: 1 steps",
    );
    expect(why({ auth, template: { kind: "template-file", name: "p.hbs", content: "" } }, there)).toContain(
      "p.hbs: line 1",
    );
  });
});
