import { describe, expect, it } from "vitest";
import type { Json } from "../../../engine/formats/hujson.ts";
import { parsedAgain } from "../../../engine/formats/hujson-text.ts";
import { parsePorts } from "../../../engine/formats/port-set.ts";
import { notAllowedBy, reaches, reachLines, reachOf } from "../../../engine/formats/tailnet-access.ts";
import { editsBetween, editsSince, editsText } from "../../../engine/formats/tailnet-edits.ts";
import { markOf, printMark, readMark, withoutMark } from "../../../engine/formats/tailnet-mark.ts";
import { mergeParts } from "../../../engine/formats/tailnet-merge.ts";
import { normalPolicy, splitDestination, stableText } from "../../../engine/formats/tailnet-normal.ts";
import { policyProblems } from "../../../engine/formats/tailnet-problems.ts";
import { canonicalPolicy } from "../../../engine/formats/tailnet-sections.ts";
import { undefinedNames } from "../../../engine/formats/tailnet-undefined.ts";

const rule = (more: Readonly<Record<string, Json>> = {}): Json => ({
  action: "accept",
  src: ["a@e.com"],
  dst: ["tag:n:22"],
  ...more,
});
const same = (a: Json, b: Json): boolean => stableText(normalPolicy(a)) === stableText(normalPolicy(b));

describe("policies that mean the same", () => {
  it.each<[string, Json, Json]>([
    [
      "order of rules and members",
      { acls: [rule(), rule({ src: ["b@e.com", "a@e.com"] })] },
      { acls: [rule({ src: ["a@e.com", "b@e.com"] }), rule()] },
    ],
    ["a rule twice", { acls: [rule(), rule()] }, { acls: [rule()] }],
    [
      "short forms of ports",
      { acls: [rule({ dst: ["tag:n:22,80"] })] },
      { acls: [rule({ dst: ["tag:n:80", "tag:n:22"] })] },
    ],
    ["ranges that meet", { acls: [rule({ dst: ["tag:n:1-9,10"] })] }, { acls: [rule({ dst: ["tag:n:1-10"] })] }],
    [
      "empty sections",
      {
        acls: [rule()],
        groups: {},
        ssh: [],
        autoApprovers: { routes: {}, exitNode: [] },
        disableIPv4: false,
        OneCGNATRoute: "",
      },
      { acls: [rule()] },
    ],
    [
      "older names, any case",
      { ACLs: [{ Action: "accept", Users: ["a@e.com"], Ports: ["tag:n:22"] }] },
      { acls: [rule()] },
    ],
    [
      "older names of tests",
      { tests: [{ User: "a@e.com", Allow: ["tag:n:22"] }] },
      { tests: [{ src: "a@e.com", accept: ["tag:n:22"] }] },
    ],
    ["protocols by number", { acls: [rule({ proto: "6" })] }, { acls: [rule({ proto: "TCP" })] }],
    ["no protocol", { acls: [rule({ proto: "" })] }, { acls: [rule()] }],
    [
      "networks written otherwise",
      { hosts: { a: "10.0.0.1/32", b: "FD7A:0::1" } },
      { hosts: { a: "10.0.0.1", b: "fd7a::1" } },
    ],
    [
      "addresses at either end written otherwise",
      { grants: [{ src: ["10.0.0.1/32"], dst: ["FD7A:0::1"], ip: ["*:443"] }] },
      { grants: [{ src: ["10.0.0.1"], dst: ["fd7a::1"], ip: ["443"] }] },
    ],
    [
      "routes written otherwise",
      { autoApprovers: { routes: { "fd7a:0::/64": ["tag:r"] } } },
      { autoApprovers: { routes: { "fd7a::/64": ["tag:r"] } } },
    ],
    [
      "ports of grants",
      { grants: [{ src: ["*"], dst: ["*"], ip: ["tcp:1-5", "6:6"] }] },
      { grants: [{ dst: ["*"], src: ["*"], ip: ["tcp:1-6"] }] },
    ],
    ["empty beside rules", { acls: [rule()], grants: [] }, { acls: [rule()] }],
    ["two ways to allow nothing", { acls: [] }, { grants: [] }],
  ])("%s", (_, a, b) => expect(same(a, b)).toBe(true));

  it.each<[string, Json, Json]>([
    ["nothing said and nothing allowed", {}, { acls: [] }],
    ["a tag without owners and no tag", { tagOwners: { "tag:x": [] } }, {}],
    ["a group without members and no group", { groups: { "group:x": [] } }, {}],
    ["another port", { acls: [rule()] }, { acls: [rule({ dst: ["tag:n:23"] })] }],
    ["another protocol", { acls: [rule()] }, { acls: [rule({ proto: "tcp" })] }],
    ["a posture", { acls: [rule()] }, { acls: [rule({ srcPosture: ["posture:x"] })] }],
    [
      "sets, whose entries are read in order",
      { ipsets: { "ipset:a": ["add 10.0.0.0/8", "remove 10.1.0.0/16"] } },
      { ipsets: { "ipset:a": ["remove 10.1.0.0/16", "add 10.0.0.0/8"] } },
    ],
  ])("are not: %s", (_, a, b) => expect(same(a, b)).toBe(false));
});

describe("who reaches what", () => {
  const policy: Json = {
    groups: { "group:kids": ["kim@e.com", "lou@e.com"] },
    hosts: { nas: "10.0.0.5", home: "10.0.0.0/24" },
    ipsets: { "ipset:lan": ["add 10.0.0.0/24", "host:nas"] },
    acls: [
      rule({ src: ["group:kids"], dst: ["nas:445"] }),
      rule({ src: ["autogroup:member"], dst: ["autogroup:self:*"] }),
      rule({ src: ["tag:server"], dst: ["home:1-100"], proto: "udp" }),
    ],
    grants: [
      { src: ["kim@e.com"], dst: ["nas"], ip: ["tcp:445", "tcp:80-90"] },
      { src: ["ann@e.com"], dst: ["tag:app"], app: { "example.com/cap": [{}] } },
      { src: ["ann@e.com"], dst: ["ipset:lan"], ip: ["22"], srcPosture: ["posture:fresh"] },
    ],
  };
  it("is told of people and addresses, as far as the policy tells", () => {
    expect(reachOf(policy).flatMap(reachLines)).toEqual([
      "ann@e.com → 10.0.0.0/24:22 (if posture:fresh)",
      "ann@e.com → 10.0.0.5:22 (if posture:fresh)",
      "autogroup:member → autogroup:self:*",
      "kim@e.com → 10.0.0.5:445",
      "kim@e.com → 10.0.0.5:80-90/tcp",
      "kim@e.com → 10.0.0.5:445/tcp",
      "lou@e.com → 10.0.0.5:445",
      "tag:server → 10.0.0.0/24:1-100/udp",
    ]);
    expect(reachOf({}).flatMap(reachLines)).toEqual(["* → *:*"]);
    expect(reachOf({ grants: [] })).toEqual([]);
    expect(reachOf({ acls: [rule({ dst: ["fd7a::1:22"] })] }).flatMap(reachLines)).toEqual(["a@e.com → [fd7a::1]:22"]);
  });

  it.each([
    ["kim@e.com", "nas:445", undefined, "all"],
    ["kim@e.com", "10.0.0.5:445", undefined, "all"],
    ["kim@e.com", "nas:85", "tcp", "all"],
    ["kim@e.com", "nas:85", "udp", "none"],
    ["kim@e.com", "nas:22", undefined, "none"],
    ["group:kids", "nas:445", undefined, "all"],
    ["group:kids", "nas:80", undefined, "some"],
    ["kim@e.com", "kim@e.com:22", undefined, "all"],
    ["kim@e.com", "lou@e.com:22", undefined, "none"],
    ["tag:server", "10.0.0.77:53", "udp", "all"],
    ["tag:server", "10.0.0.77:53", "tcp", "none"],
    ["tag:server", "10.0.1.77:53", "udp", "none"],
    // A posture may hold or not: nobody can count on it.
    ["ann@e.com", "nas:22", undefined, "none"],
    ["kim@e.com", "nas:80-95", "tcp", "some"],
  ])("%s reaches %s (%s): %s", (src, dst, proto, expected) => {
    const split = splitDestination(dst);
    const ports = split?.ports ?? [];
    expect(reaches(policy, { src, dst: split?.host ?? "", ports, ...(proto !== undefined && { proto }) })).toBe(
      expected,
    );
  });

  it("needs a posture where the policy has one for all rules that say nothing of any", () => {
    const policies: Json = {
      defaultSrcPosture: ["posture:fresh"],
      acls: [rule(), rule({ src: ["tag:n"], srcPosture: ["posture:own"] })],
    };
    expect(reachOf(policies).flatMap(reachLines)).toEqual([
      "a@e.com → tag:n:22 (if posture:fresh)",
      "tag:n → tag:n:22 (if posture:own)",
    ]);
    expect(reaches(policies, { src: "a@e.com", dst: "tag:n", ports: parsePorts("22") ?? [] })).toBe("none");
  });

  it("without a protocol is TCP, UDP and ICMP, and nothing else", () => {
    const asked = { src: "a@e.com", dst: "tag:n", ports: parsePorts("22") ?? [] };
    const by = (proto: string) => reaches({ acls: [rule()] }, { ...asked, proto });
    expect(["tcp", "udp", "icmp", "gre", "47", "sctp"].map(by)).toEqual(["all", "all", "all", "none", "none", "none"]);
  });

  it("to a set of addresses that holds one which takes away is told by its name", () => {
    const sets: Json = {
      ipsets: {
        "ipset:a": ["add 10.0.0.0/8", "ipset:b"],
        "ipset:b": ["remove 10.1.0.0/16"],
        "ipset:c": ["ipset:c", "10.2.0.0/16"],
      },
      acls: [rule({ dst: ["ipset:a:22", "ipset:c:22"] })],
    };
    expect(reachOf(sets).flatMap(reachLines)).toEqual([
      "a@e.com → 10.2.0.0/16:22",
      "a@e.com → ipset:a:22",
      "a@e.com → ipset:c:22",
    ]);
  });

  it("of a role is known to whoever knows the roles", () => {
    const admins: Json = { acls: [rule({ src: ["autogroup:admin"], dst: ["*:*"] })] };
    const asked = { src: "ann@e.com", dst: "tag:x", ports: parsePorts("22") ?? [] };
    expect(reaches(admins, asked)).toBe("none");
    expect(reaches(admins, asked, (login) => (login === "ann@e.com" ? ["admin"] : []))).toBe("all");
    expect(reaches(admins, { ...asked, src: "autogroup:admin" })).toBe("all");
  });

  it("by a wide rule is allowed what a narrow one asks for, never the other way round", () => {
    const one = (src: string, dst: string, proto = "") => ({
      src,
      dst,
      proto,
      ports: parsePorts("22") ?? [],
      provided: "",
    });
    const allows = (wide: ReturnType<typeof one>, narrow: ReturnType<typeof one>) =>
      notAllowedBy(narrow, [wide]).length === 0;
    const pairs: readonly [ReturnType<typeof one>, ReturnType<typeof one>][] = [
      [one("*", "*"), one("a@e.com", "tag:x", "tcp")],
      [one("autogroup:member", "tag:x"), one("a@e.com", "tag:x")],
      [one("autogroup:tagged", "*"), one("tag:x", "10.0.0.1")],
      [one("10.0.0.0/8", "10.0.0.0/8"), one("10.1.2.3", "10.9.0.0/16")],
      [one("autogroup:member", "autogroup:self"), one("a@e.com", "a@e.com")],
      [one("autogroup:danger-all", "*"), one("*", "*")],
      [one("user:*@e.com", "tag:x"), one("a@e.com", "tag:x")],
      [one("a@e.com", "tag:x"), one("a@e.com", "tag:x", "udp")],
    ];
    for (const [wide, narrow] of pairs) expect([allows(wide, narrow), allows(narrow, wide)]).toEqual([true, false]);
  });
});

describe("what is wrong in a policy", () => {
  it.each<[Json, string, RegExp]>([
    [{ acl: [] }, "acl", /no section "acl"/],
    [{ acls: [rule({ src: ["group:eng@"] })] }, "acls.0.src.0", /no group/],
    [{ groups: [] }, "groups", /expected a map, got a list/],
    [{ groups: { kids: [] } }, "groups.kids", /not the name of a group/],
    [{ groups: { "group:a": ["group:b"] } }, "groups.group:a.0", /groups cannot hold groups/],
    [{ groups: { "group:a": ["tag:b"] } }, "groups.group:a.0", /not devices/],
    [{ groups: { "group:a": ["autogroup:admin"] } }, "groups.group:a.0", /autogroup/],
    [{ groups: { "group:a": ["anna"] } }, "groups.group:a.0", /no login/],
    [{ groups: { "group:a": ["a@e.com\n"] } }, "groups.group:a.0", /control character/],
    [{ tagOwners: { nas: [] } }, "tagOwners.nas", /not the name of a tag/],
    [{ tagOwners: { "tag:1a": [] } }, "tagOwners.tag:1a", /not the name of a tag/],
    [{ tagOwners: { "tag:a": "anna@e.com" } }, "tagOwners.tag:a", /expected a list/],
    [{ hosts: { nas: "10.0.0.300" } }, "hosts.nas", /no address/],
    [{ hosts: { lan: "10.0.0.1/24" } }, "hosts.lan", /write 10\.0\.0\.0\/24/],
    [{ acls: [rule({ action: "deny" })] }, "acls.0.action", /expected accept/],
    [{ acls: [rule({ src: [] })] }, "acls.0.src", /one source at least/],
    [{ acls: [rule({ src: "a@e.com" })] }, "acls.0.src", /expected a list/],
    [{ acls: [rule({ src: ["$(id)"] })] }, "acls.0.src.0", /no user, group/],
    [{ acls: [rule({ src: ["10.0.0.1/24"] })] }, "acls.0.src.0", /bits set/],
    [{ acls: [rule({ dst: ["tag:nas"] })] }, "acls.0.dst.0", /has no ports/],
    [{ acls: [rule({ dst: ["tag:nas:99999"] })] }, "acls.0.dst.0", /has no ports/],
    [{ acls: [rule({ dst: ["tag:nas:90-80"] })] }, "acls.0.dst.0", /has no ports/],
    [{ acls: [rule({ proto: "tcpp" })] }, "acls.0.proto", /no protocol/],
    [{ acls: [rule({ port: 22 })] }, "acls.0.port", /no "port"; it takes/],
    [{ acls: [{ src: ["*"], dst: ["*:*"] }] }, "acls.0", /needs `action`/],
    [{ grants: [{ src: ["*"], dst: ["tag:nas:445"], ip: ["*"] }] }, "grants.0.dst.0", /holds ports/],
    [{ grants: [{ src: ["*"], dst: ["tag:nas"] }] }, "grants.0", /what it grants/],
    [{ grants: [{ src: ["*"], dst: ["tag:nas"], ip: ["tcp"] }] }, "grants.0.ip.0", /no port/],
    [{ grants: [{ src: ["*"], dst: ["tag:nas"], ip: ["x:22"] }] }, "grants.0.ip.0", /no protocol/],
    [{ grants: [{ src: ["*"], dst: ["*"], ip: ["*"], via: ["router"] }] }, "grants.0.via.0", /no tag/],
    [{ ssh: [{ action: "allow", src: ["*"], dst: ["*"], users: ["root"] }] }, "ssh.0.action", /accept or check/],
    [
      { ssh: [{ action: "check", src: ["*"], dst: ["*"], users: ["root"], checkPeriod: "soon" }] },
      "ssh.0.checkPeriod",
      /no period/,
    ],
    [{ autoApprovers: { routes: { "10.0.0.1/24": [] } } }, "autoApprovers.routes.10.0.0.1/24", /bits set/],
    [
      { autoApprovers: { routes: { "10.0.0.0/24": ["router"] } } },
      "autoApprovers.routes.10.0.0.0/24.0",
      /no login, group, tag/,
    ],
    [{ autoApprovers: { route: {} } }, "autoApprovers.route", /nothing that can be approved/],
    [{ tests: [{ src: "autogroup:member", accept: ["tag:a:22"] }] }, "tests.0.src", /cannot be the source/],
    [{ tests: [{ src: "a@e.com", accept: ["tag:a:22,23"] }] }, "tests.0.accept.0", /one port/],
    [{ tests: [{ src: "a@e.com", accept: ["10.0.0.0/24:22"] }] }, "tests.0.accept.0", /one destination/],
    [{ tests: [{ src: "a@e.com" }] }, "tests.0", /accept.*deny/],
    [{ postures: { "posture:a": [] } }, "postures.posture:a", /one condition/],
    [{ randomizeClientPort: "yes" }, "randomizeClientPort", /true or false/],
  ])("%j", (policy, path, message) => {
    const problems = policyProblems(canonicalPolicy(policy)).map((each) => `${each.path.join(".")}: ${each.message}`);
    expect(problems).toEqual([expect.stringMatching(new RegExp(`^${path.replace(/[.*+?^${}()|[\]\\]/g, "\\$&")}: `))]);
    expect(problems[0]).toMatch(message);
  });

  it("is nothing in one that uses all there is", () => {
    const policy: Json = {
      groups: { "group:a": ["a@e.com", "b@github", "c@passkey"], "group:é": [] },
      tagOwners: { "tag:a": ["autogroup:admin", "group:a", "tag:b", "a@e.com"], "tag:b": [], "tag:n": [] },
      hosts: { nas: "10.0.0.5", "lan-6": "fd7a:115c:a1e0::/48" },
      ipsets: { "ipset:x": ["add 10.0.0.0/8", "remove 10.1.0.0/16"] },
      acls: [
        rule({
          src: [
            "*",
            "autogroup:danger-all",
            "10.0.0.0/8",
            "fd7a::/16",
            "nas",
            "ipset:x",
            "user:*@e.com",
            // Kept by the identity provider.
            "group:eng@e.com",
            "100.64.0.1-100.64.0.9",
          ],
        }),
        rule({
          dst: ["fd7a::1:22", "[fd7a::2]:22", "autogroup:internet:*", "nas:1-5,7", "host:nas:*", "*:*"],
          proto: "17",
        }),
      ],
      grants: [
        {
          src: ["group:a"],
          dst: ["svc:web", "fd7a::1", "ipset:x", "100.64.0.1"],
          ip: ["*", "443", "tcp:*", "udp:80-90", "icmp:*"],
          via: ["tag:a"],
          app: { "e.com/c": [{ x: 1 }] },
        },
      ],
      ssh: [
        {
          action: "check",
          src: ["group:a"],
          dst: ["tag:a", "autogroup:self"],
          users: ["autogroup:nonroot", "root", "localpart:*@e.com"],
          checkPeriod: "12h30m",
          acceptEnv: ["LC_*"],
          recorder: ["tag:a"],
          enforceRecorder: true,
        },
      ],
      autoApprovers: {
        routes: { "10.0.0.0/24": ["tag:a"], "0.0.0.0/0": ["group:a"] },
        exitNode: ["tag:a"],
        services: { "svc:web": ["tag:a"] },
      },
      nodeAttrs: [
        { target: ["*"], attr: ["funnel"] },
        { target: ["tag:a"], app: { "e.com/c": [] } },
      ],
      postures: { "posture:x": ["node:os == 'linux'"] },
      defaultSrcPosture: ["posture:x"],
      derpMap: { OmitDefaultRegions: true, Regions: { "900": {} } },
      disableIPv4: true,
      OneCGNATRoute: "mac-never",
      randomizeClientPort: true,
      tests: [
        {
          src: "group:a",
          proto: "tcp",
          accept: ["tag:a:22", "nas:80", "100.64.0.1:22"],
          deny: ["a@e.com:22"],
          srcPostureAttrs: { "node:os": "linux" },
        },
      ],
      sshTests: [{ src: "a@e.com", dst: ["tag:a"], accept: ["root"], check: [], deny: ["other"] }],
    };
    expect(policyProblems(canonicalPolicy(policy))).toEqual([]);
    expect(undefinedNames(canonicalPolicy(policy))).toEqual([]);
  });

  it("is what it uses and nobody defines", () => {
    const policy: Json = {
      tagOwners: { "tag:a": ["group:none"] },
      acls: [rule({ src: ["group:x", "laptop", "a@e.com", "10.0.0.1"], dst: ["tag:y:22", "nas:22"] })],
      grants: [{ src: ["group:x"], dst: ["ipset:z"], ip: ["*"], srcPosture: ["posture:p"] }],
      autoApprovers: { exitNode: ["tag:e"] },
      ipsets: { "ipset:s": ["add 10.0.0.0/8", "remove host:h", "ipset:t"] },
      defaultSrcPosture: ["posture:d"],
      tests: [{ src: "tag:a", accept: ["printer:9100"] }],
    };
    expect(undefinedNames(policy).map(({ name, at, section }) => `${section} ${name} ${at}`)).toEqual([
      "groups group:x acls[0].src",
      "hosts laptop acls[0].src",
      "tagOwners tag:y acls[0].dst",
      "hosts nas acls[0].dst",
      "ipsets ipset:z grants[0].dst",
      "postures posture:p grants[0].srcPosture",
      "hosts printer tests[0].accept",
      "postures posture:d defaultSrcPosture",
      "hosts host:h ipsets.ipset:s",
      "ipsets ipset:t ipsets.ipset:s",
      "groups group:none tagOwners.tag:a",
      "tagOwners tag:e autoApprovers.exitNode",
    ]);
  });
});

describe("parts of a policy", () => {
  const merged = (base: string, ...parts: readonly Json[]) => {
    const result = mergeParts(
      parsedAgain(base),
      "the policy",
      parts.map((value, index) => ({ value, where: `part ${index + 1}` })),
    );
    return "conflict" in result ? result : result.text;
  };
  it("are united with what is there, once, and its text stays", () => {
    const base =
      '{\n\t// people\n\t"Groups": {"group:a": ["a@e.com"]},\n\t"acls": [\n\t\t{"action": "accept", "src": ["*"], "dst": ["tag:n:22,80"]},\n\t],\n}\n';
    const text = merged(
      base,
      { groups: { "group:a": ["a@e.com", "b@e.com"], "group:b": [] } },
      { acls: [{ action: "accept", src: ["*"], dst: ["tag:n:80", "tag:n:22"] }, rule()] },
      { acls: [rule()], autoApprovers: { routes: { "10.0.0.0/24": ["tag:r"] } } },
      {
        autoApprovers: { routes: { "10.0.0.0/24": ["tag:s", "tag:r"] }, exitNode: ["tag:r"] },
        groups: { "group:b": ["c@e.com"] },
      },
    );
    expect(text).toBe(`{
\t// people
\t"Groups": {"group:a": ["a@e.com", "b@e.com"], "group:b": ["c@e.com"]},
\t"acls": [
\t\t{"action": "accept", "src": ["*"], "dst": ["tag:n:22,80"]},
\t\t{ "action": "accept", "src": ["a@e.com"], "dst": ["tag:n:22"] },
\t],
\t"autoApprovers": {
\t  "routes": {
\t    "10.0.0.0/24": ["tag:r", "tag:s"],
\t  },
\t  "exitNode": ["tag:r"],
\t},
}
`);
  });

  it("of an empty policy are the policy", () => {
    const text = merged("{}\n", { tagOwners: { "tag:a": [] } }, { tests: [{ src: "a@e.com", deny: ["tag:a:22"] }] });
    expect(typeof text === "string" ? parsedAgain(text).value : text).toEqual({
      tagOwners: { "tag:a": [] },
      tests: [{ src: "a@e.com", deny: ["tag:a:22"] }],
    });
  });

  it.each<[string, readonly Json[], RegExp | null]>([
    ['{"hosts": {"nas": "10.0.0.1"}}', [{ hosts: { nas: "10.0.0.1/32" } }], null],
    [
      '{"hosts": {"nas": "10.0.0.1"}}',
      [{ hosts: { nas: "10.0.0.2" } }],
      /hosts: nas is "10\.0\.0\.1" in the policy, and "10\.0\.0\.2" in part 1/,
    ],
    [
      "{}",
      [{ hosts: { nas: "10.0.0.1" } }, {}, { hosts: { nas: "10.0.0.2" } }],
      /in part 1, and "10\.0\.0\.2" in part 3/,
    ],
    ["{}", [{ postures: { "posture:a": ["x"] } }, { postures: { "posture:a": ["y"] } }], /posture:a/],
    ["{}", [{ ipsets: { "ipset:a": ["add 10.0.0.0/8"] } }, { ipsets: { "ipset:a": [] } }], /ipset:a/],
  ])("contradict each other or not: %s %j", (base, parts, conflict) => {
    const result = merged(base, ...parts);
    if (conflict === null) expect(typeof result).toBe("string");
    else expect(result).toEqual({ conflict: expect.stringMatching(conflict) });
  });
});

describe("the line that tells what was applied", () => {
  const text =
    '{\n  // why\n  "groups": {"group:a": ["a@e.com"]},\n  "acls": [{"action": "accept", "src": ["*"], "dst": ["tag:n:22"]}],\n}\n';
  const parsed = parsedAgain(text);
  const mark = markOf(normalPolicy(parsed.value), parsed.comments);
  it("is read again as it was written, is no comment of anybody's, and can be taken out", () => {
    const marked = parsedAgain(printMark(mark) + text);
    expect(readMark(marked)).toEqual(mark);
    expect(markOf(normalPolicy(marked.value), marked.comments)).toEqual(mark);
    expect(withoutMark(printMark(mark) + text)).toBe(text);
    expect(readMark(parsed)).toBeNull();
    for (const bad of ["// lab: applied\n", "// lab: applied x y\n", "// lab: applied 0123 0123 a:b\n"])
      expect(readMark(parsedAgain(bad + text))).toBeNull();
  });

  it("names what was edited since", () => {
    const edits = (now: Json, known: Json = parsed.value) =>
      editsText(editsSince(mark, normalPolicy(now), normalPolicy(known)));
    const is = canonicalPolicy(parsed.value);
    expect(edits(is)).toBe("");
    expect(edits({ ...is, groups: { "group:a": ["b@e.com"], "group:b": [] } })).toBe(
      "groups: changed group:a; groups: added group:b",
    );
    expect(edits({ acls: [rule()] })).toBe(
      'acls: added { "action": "accept", "src": ["a@e.com"], "dst": ["tag:n:22"] }; acls: removed { "action": "accept", "src": ["*"], "dst": ["tag:n:22"] }; groups: removed group:a',
    );
    // Neither the playbook has it any more: nobody knows its words.
    expect(edits({ groups: is.groups ?? {} }, {})).toBe("acls: removed an entry that is not in the playbook either");
  });

  it("is not needed to tell two policies apart", () => {
    const edits = editsBetween(
      normalPolicy({ groups: { "group:a": [], "group:b": [] }, disableIPv4: true }),
      normalPolicy({ groups: { "group:a": ["x@e.com"], "group:c": [] } }),
    );
    expect(editsText(edits)).toBe(
      "groups: changed group:a; groups: added group:c; disableIPv4: removed its value; groups: removed group:b",
    );
    expect(
      editsText(Array.from({ length: 12 }, () => ({ section: "acls", kind: "added" as const, what: "x".repeat(500) }))),
    ).toMatch(/…; and 4 more$/);
  });
});
