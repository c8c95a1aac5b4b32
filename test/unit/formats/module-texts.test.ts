import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { parseDpkg, parsePolicy, pinnedVersion } from "../../../engine/formats/apt-output.ts";
import { compareVersions, matchesVersion } from "../../../engine/formats/apt-version.ts";
import { scheduleAdvice } from "../../../engine/formats/cron-advice.ts";
import { cronBlocks, escapeCommand, renderBlock } from "../../../engine/formats/cron-block.ts";
import { parseCrontab, renderCrontab } from "../../../engine/formats/crontab.ts";
import { parseDuration } from "../../../engine/formats/duration.ts";
import { isSystemPath, linkTarget, parentFolder } from "../../../engine/formats/paths.ts";
import { splitWords } from "../../../engine/formats/shell-words.ts";
import {
  sysctlPath,
  sysctlSetting,
  withoutSysctlSetting,
  withSysctlSetting,
} from "../../../engine/formats/sysctl-conf.ts";
import { insertLine, joinLines, splitLines } from "../../../engine/formats/text-lines.ts";
import { zoneOffsetMinutes } from "../../../engine/formats/zone-offset.ts";

describe("shell words", () => {
  test.each([
    ["uname -r", ["uname", "-r"]],
    ["  a\t b\nc ", ["a", "b", "c"]],
    [`echo 'a b' "c d" e\\ f`, ["echo", "a b", "c d", "e f"]],
    [`x "" ''`, ["x", "", ""]],
    [`a'b'"c"d`, ["abcd"]],
    [`"a\\"b\\\\c\\d"`, ['a"b\\c\\d']],
    ["", []],
  ])("%j", (text, words) => {
    expect(splitWords(text)).toMatchObject({ words });
  });

  test.each(["'open", '"open', 'a"b\\"', "end\\"])("%j is refused", (text) => {
    expect(splitWords(text)).toHaveProperty("error");
  });

  test.each([
    ["ls | wc", ["|"]],
    ["echo $HOME '$HOME' \"$HOME\" \\$HOME", ["$HOME", "$HOME"]],
    ["a && b", ["&&"]],
    ["ls *.txt '*.md'", ["*.txt"]],
    ["grep a$ 5$", []],
  ])("%j has words for a shell", (text, shellish) => {
    expect(splitWords(text)).toMatchObject({ shellish });
  });

  test("quoted words come back", () => {
    fc.assert(
      fc.property(fc.array(fc.string()), (words) => {
        const text = words.map((word) => `'${word.replaceAll("'", `'\\''`)}'`).join(" ");
        expect(splitWords(text)).toMatchObject({ words, shellish: [] });
      }),
    );
  });
});

describe("lines", () => {
  test("splitting and joining gives every text back", () => {
    fc.assert(
      fc.property(
        fc.array(fc.constantFrom("a", "", "\n", "\r\n", "\r", "b c")).map((parts) => parts.join("")),
        (text) => {
          expect(joinLines(splitLines(text))).toBe(text);
        },
      ),
    );
  });

  test.each([
    ["a\nb\n", 2, "a\nb\nX\n"],
    ["a\nb", 2, "a\nb\nX\n"],
    ["a\r\nb\r\n", 1, "a\r\nX\r\nb\r\n"],
    ["a\r\nb", 2, "a\r\nb\r\nX\r\n"],
    ["", 0, "X\n"],
    ["a", 0, "X\na"],
  ])("inserting into %j at %i", (text, index, wanted) => {
    expect(joinLines(insertLine(splitLines(text), index, "X"))).toBe(wanted);
  });
});

describe("sysctl.d", () => {
  test.each([
    ["net.ipv4.ip_forward", "net/ipv4/ip_forward"],
    ["net/ipv4/ip_forward", "net/ipv4/ip_forward"],
    ["net.ipv4.conf.eth0/100.rp_filter", "net/ipv4/conf/eth0.100/rp_filter"],
    ["net/ipv4/conf/eth0.100/rp_filter", "net/ipv4/conf/eth0.100/rp_filter"],
  ])("%s is %s", (name, path) => {
    expect(sysctlPath(name)).toBe(path);
  });

  test.each([
    ["a.b = 1\n", "1"],
    ["a.b=1", "1"],
    ["-a.b = 1\n", "1"],
    ["  - a/b =  1 2 \n", "1 2"],
    ["# a.b = 1\n; a.b = 2\n", null],
    ["a.b = 1\na.b = 2\n", "2"],
    ["a.bc = 1\na = 2\n", null],
    ["-a.b\n", null],
    ["a.b =\n", ""],
  ])("%j has a.b = %j", (text, value) => {
    expect(sysctlSetting(text, "a.b")).toBe(value);
  });

  test("a setting is changed where it stands, in its own spelling", () => {
    expect(withSysctlSetting("# x\na.b = 0\n-a/b=1\nc.d = 3", "a.b", "9")).toBe("# x\na.b = 0\n-a/b = 9\nc.d = 3");
    expect(withSysctlSetting("c.d = 3", "a.b", "9")).toBe("c.d = 3\na.b = 9\n");
    expect(withoutSysctlSetting("# x\na.b = 0\n-a/b=1\nc.d = 3", "a.b")).toBe("# x\nc.d = 3");
  });
});

describe("versions", () => {
  test.each([
    ["1.0", "1.0", 0],
    ["1.0", "1.1", -1],
    ["1.10", "1.9", 1],
    ["1:0.1", "2.0", 1],
    ["1.0~rc1", "1.0", -1],
    ["1.0", "1.0-1", -1],
    ["1.0-0", "1.0", 0],
    ["2.36-9+deb12u14", "2.36-9+deb12u9", 1],
    ["1.0a", "1.0+", -1],
    ["20240101123456789012", "20240101123456789013", -1],
    ["1.0.", "1.0", 1],
    ["007", "7", 0],
  ])("%s to %s", (a, b, sign) => {
    expect(Math.sign(compareVersions(a, b))).toBe(sign);
    expect(Math.sign(compareVersions(b, a))).toBe(sign === 0 ? 0 : -sign);
  });

  test("pins", () => {
    expect(matchesVersion("1.2*", "1.22-1")).toBe(true);
    expect(matchesVersion("1.2*", "11.2")).toBe(false);
    expect(matchesVersion("1.2+b*", "1.2+b1")).toBe(true);
    expect(matchesVersion("1.2", "1.2-1")).toBe(false);
  });
});

describe("apt's answers", () => {
  const policy = [
    "cron:",
    "  Installed: 3.0pl1-162",
    "  Candidate: 3.0pl1-163",
    "  Version table:",
    "     3.0pl1-163 500",
    "        500 http://deb.debian.org/debian bookworm/main amd64 Packages",
    " *** 3.0pl1-162 100",
    "        100 /var/lib/dpkg/status",
    "mail-transport-agent:",
    "  Installed: (none)",
    "  Candidate: (none)",
    "  Version table:",
    "",
  ].join("\n");

  test("policy", () => {
    const policies = parsePolicy(policy);
    expect([...policies.keys()]).toEqual(["cron", "mail-transport-agent"]);
    const cron = policies.get("cron");
    expect(cron).toEqual({ installed: "3.0pl1-162", candidate: "3.0pl1-163", versions: ["3.0pl1-163", "3.0pl1-162"] });
    expect(cron && pinnedVersion(cron, "3.0pl1-162")).toBe("3.0pl1-162");
    expect(cron && pinnedVersion(cron, "3.0*")).toBe("3.0pl1-163");
    expect(cron && pinnedVersion(cron, "4*")).toBeNull();
    expect(policies.get("mail-transport-agent")).toEqual({ installed: null, candidate: null, versions: [] });
    expect(parsePolicy("").size).toBe(0);
  });

  test("dpkg-query", () => {
    const text =
      "cron\tamd64\t3.0pl1-162\tinstall\tinstalled\tcron-daemon, x (= 1)\nvirtual\t\t\tunknown\tnot-installed\t\n";
    expect(parseDpkg(text)).toEqual([
      {
        name: "cron",
        arch: "amd64",
        version: "3.0pl1-162",
        want: "install",
        status: "installed",
        provides: ["cron-daemon", "x"],
      },
      { name: "virtual", arch: "", version: "", want: "unknown", status: "not-installed", provides: [] },
    ]);
  });
});

test.each([
  ["/usr/share/zoneinfo/Europe/Berlin", "2026-01-01", 60],
  ["../usr/share/zoneinfo/Europe/Berlin", "2026-07-01", 120],
  ["/usr/share/zoneinfo/America/St_Johns", "2026-01-01", -210],
  ["/usr/share/zoneinfo/Etc/UTC", "2026-01-01", 0],
  ["/usr/share/zoneinfo/No/Where", "2026-01-01", 0],
  [undefined, "2026-01-01", 0],
])("the clock at %s on %s is %i minutes ahead", (target, day, minutes) => {
  expect(zoneOffsetMinutes(target, new Date(day))).toBe(minutes);
});

describe("paths and times", () => {
  test("paths", () => {
    expect(parentFolder("/a/b")).toBe("/a");
    expect(parentFolder("/a")).toBe("/");
    expect(parentFolder("/")).toBe("/");
    expect(linkTarget("/a/b/link", "../c")).toBe("/a/c");
    expect(linkTarget("/link", "../../c")).toBe("/c");
    expect(linkTarget("/a/link", "/x/./y")).toBe("/x/y");
    expect(isSystemPath("/etc")).toBe(true);
    expect(isSystemPath("/")).toBe(true);
    expect(isSystemPath("/etc/motd")).toBe(false);
    expect(isSystemPath("")).toBe(false);
  });

  test.each([
    [90, 90],
    ["90", 90],
    ["1h30m", 5400],
    ["2w", 1_209_600],
    ["1.5h", undefined],
    ["", undefined],
    ["h", undefined],
    [-1, undefined],
  ])("%j is %j seconds", (text, seconds) => {
    expect(parseDuration(text)).toBe(seconds);
  });
});

describe("named jobs in a crontab", () => {
  const block = { name: "x y", environment: { MAILTO: "", P: " a b " }, job: { schedule: "@daily", command: "true" } };

  test.each([false, true])("what is rendered is read back (disabled: %s)", (disabled) => {
    const lines = parseCrontab(renderCrontab(renderBlock({ ...block, disabled })), { system: false });
    expect(cronBlocks(lines, { system: false })).toEqual([
      { ...block, start: 0, end: 4, state: disabled ? "disabled" : "enabled" },
    ]);
  });

  test("settings that no job follows are foreign", () => {
    const lines = parseCrontab("# lab: a\nX=1\n\n* * * * * true\n# lab: b\n", { system: false });
    expect(cronBlocks(lines, { system: false })).toMatchObject([
      { name: "a", start: 0, end: 1, state: "empty" },
      { name: "b", start: 4, end: 5, state: "empty" },
    ]);
  });

  test("a setting that is commented out while its job is not does not count", () => {
    const lines = parseCrontab("# lab: a\n#X=1\nY=2\n@daily true\n", { system: false });
    expect(cronBlocks(lines, { system: false })).toMatchObject([{ start: 0, end: 4, environment: { Y: "2" } }]);
    expect(cronBlocks(lines, { system: false })[0]?.environment).not.toHaveProperty("X");
  });

  /** As Debian's cron reads a command (measured); undefined where it would cut it. */
  function asCronReads(text: string): string | undefined {
    let command = "";
    for (let at = 0; at < text.length; at += 1) {
      const [char, next] = [text.charAt(at), text.charAt(at + 1)];
      if (char === "%") return undefined;
      if (char === "\\" && (next === "%" || next === "\\")) command += next;
      else if (char === "\\") command += char + next;
      else command += char;
      if (char === "\\") at += 1;
    }
    return command;
  }

  test("cron runs the command as it was said", () => {
    expect(escapeCommand("date +%F")).toBe("date +\\%F");
    expect(escapeCommand("date +\\%F")).toBe("date +\\%F");
    expect(escapeCommand("printf 'a\\nb\\\\c'")).toBe("printf 'a\\nb\\\\\\\\c'");
    fc.assert(
      fc.property(fc.string({ unit: fc.constantFrom("%", "\\", "a", " ") }), (command) => {
        // Said with a backslash in front, a percent sign stays as crontabs have it.
        expect(asCronReads(escapeCommand(command))).toBe(
          command.replace(/\\\\|\\%/g, (pair) => (pair === "\\%" ? "%" : pair)),
        );
      }),
    );
  });

  test.each([
    ["*/5 * * * *", []],
    ["*/7 * * * *", ["minute */7: 60 is no multiple of 7, so the gap at the turn is 4 and not 7"]],
    ["0 */5 * * *", ["hour */5: 24 is no multiple of 5, so the gap at the turn is 4 and not 5"]],
    [
      "0 0 1 * mon",
      ["day and weekday are both given: cron runs the job when either of them fits, not only when both do"],
    ],
    ["@daily", []],
    ["@reboot", []],
    ["nonsense", []],
  ])("advice on %s", (schedule, advice) => {
    expect(scheduleAdvice(schedule)).toEqual(advice);
  });
});
