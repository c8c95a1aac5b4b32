import fc from "fast-check";
import { expect, it } from "vitest";
import { isHujsonError, type Json, parseHujson } from "../../../engine/formats/hujson.ts";
import { notAllowedBy, reaches, reachOf } from "../../../engine/formats/tailnet-access.ts";
import { commentLines, markOf, printMark, readMark } from "../../../engine/formats/tailnet-mark.ts";
import { mergeParts } from "../../../engine/formats/tailnet-merge.ts";
import { normalPolicy, splitDestination, stableText } from "../../../engine/formats/tailnet-normal.ts";

/**
 * A small tailnet in which every connection can be tried: what a policy allows is asked device by device, by a reading
 * of its rules that shares nothing with the one under test.
 */
interface Device {
  readonly user?: string;
  readonly tag?: string;
  readonly address: string;
  /** Behind a router: no device of the tailnet. */
  readonly lan?: true;
}
const devices: readonly Device[] = [
  { user: "ann@e.com", address: "100.64.0.1" },
  { user: "ann@e.com", address: "100.64.0.2" },
  { user: "ben@e.com", address: "100.64.0.3" },
  { user: "cy@other.org", address: "100.64.0.4" },
  { tag: "tag:nas", address: "100.64.0.5" },
  { tag: "tag:pve", address: "100.64.0.6" },
  { lan: true, address: "10.0.0.5" },
  { lan: true, address: "10.0.1.7" },
];
const ports = [22, 80, 443, 8006];
const protocols = ["tcp", "udp", "icmp", "gre"];

interface Rule {
  readonly src: readonly string[];
  readonly dst: readonly string[];
  readonly proto?: string;
  readonly srcPosture?: readonly string[];
}
interface Policy {
  readonly groups: Readonly<Record<string, readonly string[]>>;
  readonly hosts: Readonly<Record<string, string>>;
  readonly ipsets: Readonly<Record<string, readonly string[]>>;
  readonly acls: readonly Rule[];
  readonly grants: readonly {
    readonly src: readonly string[];
    readonly dst: readonly string[];
    readonly ip: readonly string[];
  }[];
  readonly defaultSrcPosture?: readonly string[];
}

const inNetwork = (address: string, network: string): boolean => {
  const number = (text: string) => text.split(".").reduce((sum, part) => sum * 256 + Number(part), 0);
  const [base = "", length = "32"] = network.split("/");
  const size = 2 ** (32 - Number(length));
  return Math.floor(number(address) / size) === Math.floor(number(base) / size);
};
function isOne(policy: Policy, device: Device, name: string, source: Device | null): boolean {
  if (name === "*") return source !== null || device.lan !== true;
  if (name === "autogroup:danger-all") return true;
  if (name === "autogroup:self") return device.user !== undefined && device.user === source?.user;
  if (name === "autogroup:member" || name === "autogroup:members") return device.user !== undefined;
  if (name === "autogroup:tagged") return device.tag !== undefined;
  if (name.startsWith("user:*")) return device.user?.endsWith(name.slice(6)) === true;
  if (name.startsWith("group:")) return policy.groups[name]?.includes(device.user ?? "") === true;
  if (name.startsWith("tag:")) return device.tag === name;
  if (name.startsWith("ipset:"))
    return policy.ipsets[name]?.some((entry) => isOne(policy, device, entry.replace("add ", ""), source)) === true;
  if (name.includes("@")) return device.user === name;
  return inNetwork(device.address, policy.hosts[name] ?? name);
}
const inPorts = (port: number, text: string): boolean =>
  text === "*" ||
  text.split(",").some((part) => {
    const [from = "", to = from] = part.split("-");
    return port >= Number(from) && port <= Number(to);
  });
const speaks = (proto: string, rule: string | undefined): boolean =>
  rule === undefined || rule === "" ? proto !== "gre" : rule === proto;

interface Connection {
  readonly from: Device;
  readonly to: Device;
  readonly proto: string;
  readonly port: number;
}
/** Without a posture: nobody can count on one. */
function allows(policy: Policy, { from, to, proto, port }: Connection): boolean {
  const byAcl = policy.acls.some(
    (rule) =>
      (rule.srcPosture ?? policy.defaultSrcPosture) === undefined &&
      speaks(proto, rule.proto) &&
      rule.src.some((name) => isOne(policy, from, name, null)) &&
      rule.dst.some((text) => {
        const colon = text.lastIndexOf(":");
        return isOne(policy, to, text.slice(0, colon), from) && inPorts(port, text.slice(colon + 1));
      }),
  );
  const byGrant = policy.grants.some(
    (rule) =>
      policy.defaultSrcPosture === undefined &&
      rule.src.some((name) => isOne(policy, from, name, null)) &&
      rule.dst.some((name) => isOne(policy, to, name, from)) &&
      rule.ip.some((text) => {
        const [kind, numbers = kind] = text.includes(":") ? text.split(":") : [undefined, text];
        return speaks(proto, kind) && inPorts(port, numbers ?? "");
      }),
  );
  return byAcl || byGrant;
}
const connections = devices
  .filter(({ lan }) => lan !== true)
  .flatMap((from) =>
    devices.flatMap((to) => protocols.flatMap((proto) => ports.map((port) => ({ from, to, proto, port })))),
  );

const pick = (...words: readonly string[]) => fc.constantFrom(...words);
const some = (words: fc.Arbitrary<string>) => fc.uniqueArray(words, { minLength: 1, maxLength: 3 });
const who = [
  ..."* ann@e.com ben@e.com tag:nas tag:pve group:a autogroup:member autogroup:members autogroup:tagged".split(" "),
  ..."nas lan ipset:s 100.64.0.3 100.64.0.0/30".split(" "),
];
const source = pick(...who, "user:*@e.com", "autogroup:danger-all");
const target = pick(...who, "autogroup:self", "10.0.0.0/8", "10.0.0.0/24");
const portText = pick("*", "22", "80", "22,8006", "80-443", "1-100", "443,444-9000");
const rule: fc.Arbitrary<Rule> = fc.record(
  {
    src: some(source),
    dst: some(fc.tuple(target, portText).map(([name, text]) => `${name}:${text}`)),
    proto: pick("tcp", "udp", "icmp", "gre", ""),
    srcPosture: fc.constant(["posture:p"]),
  },
  { requiredKeys: ["src", "dst"] },
);
const policy: fc.Arbitrary<Policy> = fc
  .record(
    {
      members: fc.subarray(["ann@e.com", "ben@e.com", "cy@other.org"]),
      nas: pick("100.64.0.5", "10.0.0.5"),
      set: fc.subarray(["add 10.0.0.0/24", "100.64.0.4", "add 100.64.0.5/32"]),
      acls: fc.array(rule, { maxLength: 4 }),
      grants: fc.array(
        fc.record({
          src: some(source),
          dst: some(target),
          ip: some(pick("*", "22", "tcp:443", "udp:*", "tcp:1-1000", "gre:*")),
        }),
        { maxLength: 3 },
      ),
      defaultSrcPosture: fc.constant(["posture:p"]),
      // Seldom: with it next to nothing is allowed for sure.
      strict: fc.nat(6).map((number) => number === 0),
    },
    { noNullPrototype: true },
  )
  .map(({ members, nas, set, acls, grants, defaultSrcPosture, strict }) => ({
    groups: { "group:a": members },
    hosts: { nas, lan: "10.0.0.0/24" },
    ipsets: { "ipset:s": set },
    acls,
    grants,
    ...(strict && { defaultSrcPosture }),
  }));
const json = (value: unknown): Json => JSON.parse(JSON.stringify(value));
const withAction = (given: Policy): Json =>
  json({ ...given, acls: given.acls.map((each) => ({ action: "accept", ...each })) });

/** Whether a line of the diff is about a connection. */
function isAbout(
  line: ReturnType<typeof reachOf>[number],
  given: Policy,
  { from, to, proto, port }: Connection,
): boolean {
  return (
    line.provided === "" &&
    isOne(given, from, line.src, null) &&
    isOne(given, to, line.dst, from) &&
    speaks(proto, line.proto) &&
    line.ports.some(([low, high]) => low <= port && port <= high)
  );
}

it("who gains and who loses access is so, connection by connection", () => {
  fc.assert(
    fc.property(policy, policy, (now, then) => {
      const [before, after] = [reachOf(withAction(now)), reachOf(withAction(then))];
      const left = (these: typeof before, others: typeof before) =>
        these
          .map((each) => ({ ...each, ports: notAllowedBy(each, others) }))
          .filter(({ ports: some }) => some.length > 0);
      const [gained, lost] = [left(after, before), left(before, after)];
      for (const each of connections) {
        const [was, is] = [allows(now, each), allows(then, each)];
        expect(before.some((line) => isAbout(line, now, each))).toBe(was);
        if (is && !was) expect(gained.some((line) => isAbout(line, then, each))).toBe(true);
        if (was && !is) expect(lost.some((line) => isAbout(line, now, each))).toBe(true);
      }
    }),
    { numRuns: 60 },
  );
});

it("a way that is said to be open is open to every device that it is about", () => {
  const asked = fc.record({
    src: pick(...who.filter((name) => name !== "*")),
    dst: pick(...who),
    port: fc.constantFrom(...ports),
  });
  fc.assert(
    fc.property(policy, asked, (given, { src, dst, port }) => {
      const split = splitDestination(`${dst}:${port}`);
      const said = reaches(withAction(given), { src, dst: split?.host ?? "", ports: split?.ports ?? [], proto: "tcp" });
      const about = connections.filter(
        (each) =>
          each.proto === "tcp" &&
          each.port === port &&
          isOne(given, each.from, src, null) &&
          isOne(given, each.to, dst, each.from),
      );
      if (said === "all") expect(about.filter((each) => !allows(given, each))).toEqual([]);
    }),
    { numRuns: 600 },
  );
});

/** A value as people write it: comments, commas too many, line ends of either kind. */
const space = pick("", " ", "\n", "\r\n", "\t", "/* a */", "// b, [\n", "/*\n* c }\n*/", ' // ü "\r\n');
function written(value: Json, next: () => string): string {
  const list = (texts: readonly string[], comma: boolean): string =>
    texts.map((text) => `${next()}${text}${next()}`).join(",") + (comma && texts.length > 0 ? `,${next()}` : next());
  if (Array.isArray(value))
    return `[${list(
      value.map((each) => written(each, next)),
      next().length % 2 === 0,
    )}]`;
  if (typeof value !== "object" || value === null) return JSON.stringify(value);
  const members = Object.entries(value).map(
    ([key, each]) => `${JSON.stringify(key)}${next()}:${next()}${written(each, next)}`,
  );
  return `{${list(members, next().length % 2 === 0)}}`;
}

it("parts are added to a policy whatever it looks like, and no comment of it is lost", () => {
  const spaces = fc.array(space, { minLength: 7, maxLength: 60 });
  fc.assert(
    fc.property(policy, policy, spaces, (base, part, choices) => {
      let at = 0;
      const text = written(withAction(base), () => choices[at++ % choices.length] ?? "");
      const parsed = parseHujson(text);
      if (isHujsonError(parsed)) throw new Error(`${parsed.error} in ${text}`);
      expect(parsed.value).toEqual(withAction(base));
      const { groups, acls, grants } = part;
      const added = { groups, grants, acls: acls.map((each) => ({ action: "accept", ...each })) };
      const merged = mergeParts(parsed, "base", [{ value: json(added), where: "part" }]);
      if ("conflict" in merged) throw new Error(merged.conflict);
      const said = commentLines(merged.comments).map((line) => line.replace(/^[^ ]* (\(end\))?/, ""));
      expect(said.length).toBe(commentLines(parsed.comments).length);
      const whole = {
        ...base,
        groups: { "group:a": [...(base.groups["group:a"] ?? []), ...(groups["group:a"] ?? [])] },
        acls: [...base.acls, ...acls],
        grants: [...base.grants, ...grants],
      };
      expect(stableText(normalPolicy(merged.value))).toBe(stableText(normalPolicy(withAction(whole))));
      // The line of ours in front changes nothing, and is read again.
      const mark = markOf(normalPolicy(merged.value), merged.comments);
      const sent = parseHujson(printMark(mark) + merged.text);
      if (isHujsonError(sent)) throw new Error(sent.error);
      expect(readMark(sent)).toEqual(mark);
      expect(markOf(normalPolicy(sent.value), sent.comments)).toEqual(mark);
    }),
    { numRuns: 120 },
  );
});
