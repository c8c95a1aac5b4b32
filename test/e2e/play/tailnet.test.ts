import { readdirSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from "vitest";
import { type CliSite, createCliSite } from "../../support/cli-site.ts";
import { expectExit, expectForetold, resultsOf } from "../../support/e2e-events.ts";
import type { PlayRun } from "../../support/e2e-rig.ts";
import { startTailnetServer, type TailnetServer } from "../../support/tailnet-server.ts";

let site: CliSite;
let server: TailnetServer;
beforeAll(() => {
  site = createCliSite();
  writeFileSync(
    join(site.folder, "hosts.yml"),
    "all:\n  hosts:\n    here: { lab_connection: local }\n    there: { lab_connection: local }\n",
  );
  writeFileSync(join(site.folder, "lab.yml"), "inventory: hosts.yml\n");
});
beforeEach(async () => {
  server = await startTailnetServer();
  // Not one that is written down anywhere: what is found of it afterwards has leaked.
  server.tailnet.apiKeys = { [key]: { expiresAt: null, scopes: "all" } };
  server.tailnet.oauthClients = { client: { secret, scopes: ["policy_file"], tags: [] } };
});
afterEach(() => server.stop());
afterAll(() => site.remove());

const key = "planted-key-0123456789";
const secret = "planted-secret-9876543210";
const family = `{
  // Who lives here.
  "groups": {"group:parents": ["anna@example.com", "per@example.com"]},
  "tagOwners": {"tag:nas": [], "tag:pve": []},
  "acls": [
    {"action": "accept", "src": ["group:parents"], "dst": ["tag:nas:445"]}, // files
    {"action": "accept", "src": ["anna@example.com"], "dst": ["tag:pve:22,8006"]},
  ],
  "tests": [{"src": "per@example.com", "accept": ["tag:nas:445"], "deny": ["tag:pve:22"]}],
}
`;

interface Wanted {
  readonly [param: string]: unknown;
}
/** A play that applies a policy, after what `before` contributes. */
function playbook(wanted: Wanted, before: readonly unknown[] = []): string {
  const task = {
    name: "policy",
    tailscale_acl: { auth: { api_key: key }, api_url: server.url, policy: family, ...wanted },
  };
  return JSON.stringify([
    { name: "parts", hosts: "all", gather_facts: false, tasks: before },
    { name: "whole", hosts: "here", tasks: [task] },
  ]);
}
async function play(text: string, ...args: readonly string[]): Promise<PlayRun> {
  writeFileSync(join(site.folder, "t.yml"), text);
  return site.play(join(site.folder, "t.yml"), ...args);
}
const policyOf = (run: PlayRun) => resultsOf(run).find(({ name }) => name === "policy");
const apply = (wanted: Wanted = {}, ...args: readonly string[]) => play(playbook(wanted), ...args);

/** All that a run leaves for people and programs to read. */
function leftBehind(run: PlayRun): string {
  const runs = join(site.folder, ".lab/runs");
  return [run.stdout, run.stderr, ...readdirSync(runs).map((name) => readFileSync(join(runs, name), "utf8"))].join(
    "\n",
  );
}

describe("a policy", () => {
  it("is foretold exactly, applied, and then only looked at", async () => {
    const check = await apply({}, "--check", "--diff");
    expect(server.news()).toEqual(["GET /acl", "POST /acl/validate"]);
    const made = await apply();
    expectExit(made, 0);
    expect(expectForetold(check, made)).toEqual({ certain: 1, assumed: 0, deferred: 0 });
    // The GET after the write is the look that verifies it.
    expect(server.news()).toEqual(["GET /acl", "POST /acl/validate", "POST /acl", "GET /acl"]);
    expect(
      server.asked.find(({ method, path }) => method === "POST" && path.endsWith("/acl"))?.headers["if-match"],
    ).toMatch(/^"[0-9a-f]{64}"$/);
    expect(server.tailnet.policy.split("\n").slice(1).join("\n")).toBe(family);
    const again = await apply();
    expectExit(again, 0);
    expect(policyOf(again)).toMatchObject({ status: "ok", changed: false, warnings: [] });
    expect(server.news()).toEqual(["GET /acl"]);
    const other = family
      .replace('"dst": ["tag:pve:22,8006"]', '"Dst": ["tag:pve:8006", "tag:pve:22"]')
      .replaceAll("acls", "ACLs");
    // Another spelling moves no comment.
    expect(policyOf(await apply({ policy: other }))?.status).toBe("changed");
    expect(server.news()).toHaveLength(4);
  });

  it("shows who gains and who loses access", async () => {
    await apply();
    const check = await apply(
      {
        policy: family
          .replace('["tag:nas:445"]}, //', '["tag:nas:445,22000"]}, //')
          .replace('"per@example.com"]},', '"owner@example.com"]},')
          .replace(/"tests".*\n/, ""),
      },
      "--check",
    );
    const access = policyOf(check)
      ?.diff?.find(({ path }) => path === "access")
      ?.text?.split("\n")
      .filter((line) => /^[-+](?![-+])/.test(line));
    expect(access?.sort()).toEqual([
      "+anna@example.com → tag:nas:22000",
      "+owner@example.com → tag:nas:22000",
      "+owner@example.com → tag:nas:445",
      "-per@example.com → tag:nas:445",
    ]);
  });

  it("changed in its comments alone is applied, as a change of comments", async () => {
    await apply();
    const told = await apply({ policy: family.replace("// files", "// files of the family") });
    expect(policyOf(told)?.diff?.map(({ path }) => path)).toEqual(["comments"]);
    expect(server.tailnet.policy).toContain("// files of the family");
    expect(policyOf(await apply({ policy: family.replace("// files", "// files of the family") }))?.status).toBe("ok");
  });
});

describe("what somebody else has done", () => {
  it("in the admin console is named and left alone, unless it is told to go", async () => {
    await apply();
    const edited = server.tailnet.policy
      .replace('["anna@example.com", "per@example.com"]', '["anna@example.com"]')
      .replace('"acls": [', '"acls": [{"action": "accept", "src": ["per@example.com"], "dst": ["tag:pve:443"]},')
      .replace(/"tests".*\n/, "");
    server.tailnet.policy = edited;
    server.news();
    const refused = await apply();
    expectExit(refused, 2);
    const reason = policyOf(refused)?.reason;
    expect(reason).toContain("the policy was edited since it was applied: ");
    expect(reason).toContain('acls: added { "action": "accept", "src": ["per@example.com"], "dst": ["tag:pve:443"] }');
    expect(reason).toContain("groups: changed group:parents");
    expect(reason).toContain('tests: removed { "');
    expect(server.news()).toEqual(["GET /acl"]);
    expect(server.tailnet.policy).toBe(edited);
    expectExit(await apply({ overwrite_external: true }), 0);
    expect(policyOf(await apply())?.status).toBe("ok");
  });

  it("to a comment is an edit, too", async () => {
    await apply();
    server.tailnet.policy = server.tailnet.policy.replace("// files", "// do not touch: ask anna");
    const refused = await apply();
    expect(policyOf(refused)?.reason).toContain(
      "comments of the policy were edited since it was applied: acls[1]: do not touch: ask anna",
    );
  });

  it("before the first run is a policy that is not ours to replace", async () => {
    server.tailnet.policy = '{"acls": [{"action": "accept", "src": ["per@example.com"], "dst": ["*:*"]}]}';
    const refused = await apply();
    expect(policyOf(refused)?.reason).toContain("was never applied from here");
    expect(policyOf(refused)?.reason).toContain('"per@example.com"');
    expect(server.tailnet.policy).not.toContain("lab: applied");
  });

  it("that means the same is taken over", async () => {
    server.tailnet.policy = family.replaceAll("\n", " ").replace(/\/\/ (Who lives here\.|files)/g, "/* $1 */");
    expect(policyOf(await apply())?.diff?.map(({ path }) => path)).toEqual(["applied_from_here"]);
    expect(server.tailnet.policy).toContain("lab: applied");
  });

  it("between look and write stops the write: it is read once more, and told of", async () => {
    await apply();
    const theirs = server.tailnet.policy.replace("8006", "8006,443");
    server.news();
    server.onRequest = ({ path }) => {
      if (path.endsWith("/validate")) server.tailnet.policy = theirs;
    };
    const stopped = await apply({ policy: family.replace("tag:nas:445", "tag:nas:445,80") });
    expectExit(stopped, 2);
    expect(policyOf(stopped)).toMatchObject({ status: "failed", changed: false });
    expect(policyOf(stopped)?.reason).toContain(
      "nothing was written. the policy was edited since it was applied: acls: added",
    );
    expect(server.news()).toEqual(["GET /acl", "POST /acl/validate", "POST /acl", "GET /acl"]);
    expect(server.tailnet.policy).toBe(theirs);
    // Even where overwriting is allowed: what was done a moment ago nobody has seen yet.
    server.tailnet.policy = theirs.replace("443", "444");
    const again = await apply({ overwrite_external: true });
    expectExit(again, 2);
    expect(server.news().filter((each) => each === "POST /acl")).toHaveLength(1);
    expect(server.tailnet.policy).toBe(theirs);
    expect(policyOf(again)?.diff?.map(({ path }) => path)).toContain("acls");
  });
});

describe("what is not sent", () => {
  it("is a policy that fails its own test: user, destination and line are named", async () => {
    const bad = family.replace(
      '"src": ["anna@example.com"], "dst": ["tag:pve',
      '"src": ["group:parents"], "dst": ["tag:pve',
    );
    for (const args of [["--check"], []]) {
      const refused = await apply({ policy: bad }, ...args);
      expectExit(refused, 2);
      expect(policyOf(refused)?.reason).toContain(
        'per@example.com: address "tag:pve:22": want: Drop, got: Accept (test in line 9)',
      );
      expect(server.news()).toEqual(["GET /acl", "POST /acl/validate"]);
    }
    expect(server.tailnet.policy).not.toContain("lab: applied");
  });

  it("is one that would lock out whoever applies it", async () => {
    const keep = { src: "anna@example.com", dst: "tag:pve:22,8006" };
    expectExit(await apply({ keep }), 0);
    const locked = family.replace("22,8006", "8006");
    const refused = await apply({ keep, policy: locked });
    expect(policyOf(refused)?.reason).toContain(
      "would lock you out: it does not allow anna@example.com → tag:pve:22,8006",
    );
    expectExit(await apply({ keep, policy: locked, allow_lockout: true }), 0);
    expectExit(await apply({ keep, policy: '{"acls": []}' }), 2);
  });

  it("is anything at all with a bad key, an unknown tailnet, or an answer that is none", async () => {
    const cases: readonly (readonly [Wanted, () => void, RegExp])[] = [
      [{ auth: { api_key: "expired-key-0000" } }, () => {}, /does not accept the key: API token invalid/],
      [{ tailnet: "other.example" }, () => {}, /tailnet not found/],
      [{}, () => server.fail("GET /acl", { kind: "html" }), /something for browsers/],
      [{}, () => server.fail("GET /acl", { kind: "cut" }), /curl: \(18\)/],
      [{}, () => server.fail("GET /acl", { kind: "closed" }), /does not answer \(curl: \(52\)/],
      [
        {},
        () => server.fail("GET /acl", { kind: "status", status: 403, body: '{"message":"no scope"}' }),
        /may not do this: no scope/,
      ],
      [{}, () => server.fail("POST /acl/validate", { kind: "html" }), /something for browsers/],
      [
        {},
        () =>
          server.fail("POST /acl", {
            kind: "status",
            status: 400,
            body: '{"message":"test(s) failed","data":[{"user":"a"}]}',
          }),
        /answers 400: test\(s\) failed.*"user":"a"/,
      ],
    ];
    for (const [wanted, prepare, reason] of cases) {
      prepare();
      const refused = await apply(wanted);
      expectExit(refused, 2);
      expect(policyOf(refused)?.reason).toMatch(reason);
    }
    expect(server.tailnet.policy).not.toContain("lab: applied");
  });
});

describe("a server that is not ready", () => {
  it("is asked again, as late as it wants, and what is done is done once", async () => {
    server.fail(
      "GET /acl",
      { kind: "status", status: 429, headers: { "retry-after": "1" } },
      { kind: "status", status: 502 },
    );
    server.fail("POST /acl", { kind: "status", status: 429, headers: { "retry-after": "1" } });
    const made = await apply();
    expectExit(made, 0);
    expect(server.news()).toEqual([
      "GET /acl",
      "GET /acl",
      "GET /acl",
      "POST /acl/validate",
      "POST /acl",
      "POST /acl",
      "GET /acl",
    ]);
  });

  it("that has stored the policy and then failed is not taken for somebody else's edit", async () => {
    server.fail("POST /acl", { kind: "status-after", status: 500 });
    const made = await apply();
    expectExit(made, 0);
    expect(policyOf(made)).toMatchObject({ status: "changed" });
    expect(policyOf(await apply())?.status).toBe("ok");
  });
});

describe("keys", () => {
  it("of an OAuth client are exchanged for a token each run", async () => {
    const auth = { oauth_client: { id: "client", secret } };
    const made = await apply({ auth });
    expectExit(made, 0);
    expect(server.news()).toEqual([
      "POST /oauth/token",
      "GET /acl",
      "POST /acl/validate",
      "POST /acl",
      "POST /oauth/token",
      "GET /acl",
    ]);
    expect(policyOf(await apply({ auth }))?.status).toBe("ok");
    expect(server.news()).toEqual(["POST /oauth/token", "GET /acl"]);
    const tokens = server.asked.flatMap(({ headers }) => headers.authorization?.replace("Bearer ", "") ?? []);
    expect(tokens.length).toBeGreaterThan(3);
    for (const token of [...tokens, secret]) expect(leftBehind(made)).not.toContain(token);
    const wrong = await apply({ auth: { oauth_client: { id: "client", secret: "wrong-secret-000" } } });
    expect(policyOf(wrong)?.reason).toContain("does not accept the OAuth client");
    server.tailnet.oauthClients = { client: { secret, scopes: ["devices:core"], tags: [] } };
    expect(policyOf(await apply({ auth }))?.hint).toContain("policy_file");
  });

  it("are seen by no other process, and written nowhere", async () => {
    const seen: string[] = [];
    server.onRequest = () => {
      for (const pid of readdirSync("/proc").filter((name) => /^\d+$/.test(name) && name !== String(process.pid))) {
        for (const file of ["cmdline", "environ"]) {
          try {
            seen.push(readFileSync(`/proc/${pid}/${file}`, "utf8").replaceAll("\0", " "));
          } catch {
            // A process that has ended meanwhile.
          }
        }
      }
    };
    const made = await apply({}, "-vvv");
    expectExit(made, 0);
    expect(seen.join("\n")).toContain("curl -q -sS");
    expect(seen.join("\n")).not.toContain(key);
    expect(leftBehind(made)).not.toContain(key);
    // The server says it back, and still it is not told on.
    server.fail("GET /acl", { kind: "status", status: 401, body: JSON.stringify({ message: `bad key ${key}` }) });
    const refused = await apply();
    expect(policyOf(refused)?.reason).toContain("bad key");
    expect(leftBehind(refused)).not.toContain(key);
  });
});

describe("fragments", () => {
  const parts = [
    {
      tailnet_fragment: {
        tagOwners: { "tag:router": [] },
        autoApprovers: { routes: { "192.168.1.0/24": ["tag:router"] } },
      },
    },
    {
      when: 'inventory_hostname == "there"',
      tailnet_fragment: {
        tagOwners: { "tag:media": ["group:parents"] },
        grants: [{ src: ["group:parents"], dst: ["tag:media"], ip: ["tcp:8096"] }],
        tests: [{ src: "per@example.com", accept: ["tag:media:8096"] }],
      },
    },
    { tailnet_fragment: { groups: { "group:parents": ["owner@example.com"] } } },
  ];

  it("of several roles become one policy, which keeps its comments", async () => {
    const check = await play(playbook({}, parts), "--check");
    const made = await play(playbook({}, parts));
    expectExit(made, 0);
    expect(expectForetold(check, made).deferred).toBe(0);
    const { policy } = server.tailnet;
    expect(policy).toContain('["anna@example.com", "per@example.com", "owner@example.com"]');
    expect(policy).toContain('"192.168.1.0/24": ["tag:router"]');
    expect(policy).toContain('{ "src": ["group:parents"], "dst": ["tag:media"], "ip": ["tcp:8096"] }');
    expect(policy).toContain("// files");
    server.news();
    expect(policyOf(await play(playbook({}, parts)))?.status).toBe("ok");
    expect(server.news()).toEqual(["GET /acl"]);
  });

  it("that are not all there, or contradict each other, apply nothing", async () => {
    const limited = await play(playbook({}, parts), "--limit", "here");
    expect(policyOf(limited)?.reason).toContain("--limit leaves out there, where the task at t.yml");
    expect(policyOf(limited)?.hint).toContain("run the whole playbook");
    const one = { tailnet_fragment: { hosts: { nas: "192.168.1.2" } } };
    const other = { tailnet_fragment: { hosts: { nas: "192.168.1.3" } } };
    const torn = await play(playbook({}, [one, other]));
    expect(policyOf(torn)?.reason).toMatch(
      /hosts: nas is "192\.168\.1\.2" in \S*t\.yml:1 \(here\), and "192\.168\.1\.3" in \S*t\.yml:1 \(here\)/,
    );
    expect(server.asked.filter(({ method }) => method === "POST")).toEqual([]);
  });
});
