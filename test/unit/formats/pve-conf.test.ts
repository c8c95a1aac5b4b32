import { readFileSync } from "node:fs";
import { describe, expect, test } from "vitest";
import { parsePropertyString, printPropertyString } from "../../../engine/formats/property-string.ts";
import {
  confValue,
  decodeDescription,
  encodeDescription,
  mergedEntries,
  parseGuestConf,
  pendingDeletes,
} from "../../../engine/formats/pve-conf.ts";
import { parsePveSize, printPveSize } from "../../../engine/formats/pve-size.ts";
import { findSection, listOf, parseSectionConfig } from "../../../engine/formats/section-config.ts";

const CONF = `#line one
#line%3A two
arch: amd64
features: nesting=1
memory: 512
lxc.idmap: u 0 100000 65536
lxc.idmap = g 0 100000 65536

[pve:pending]
delete: nameserver,!net1
features: nesting=1,keyctl=1

[before]
#of the snapshot
memory: 256
snaptime: 1795292782
`;

describe("a guest's configuration", () => {
  const conf = parseGuestConf(CONF);
  test("is taken apart into what is in force, what is pending, and snapshots", () => {
    expect(conf.description).toBe("line one\nline: two\n");
    expect(conf.current.filter(({ raw }) => raw).map(({ value }) => value)).toEqual([
      "u 0 100000 65536",
      "g 0 100000 65536",
    ]);
    expect(conf.sections.map(({ name, kind }) => [name, kind])).toEqual([
      ["pve:pending", "pending"],
      ["before", "snapshot"],
    ]);
    expect(confValue(conf.current, "memory")).toBe("512");
    expect(confValue(conf.sections[1]?.entries ?? [], "memory")).toBe("256");
  });
  test("merges what a restart will bring", () => {
    expect(pendingDeletes(conf)).toEqual(["nameserver", "net1"]);
    expect(mergedEntries(conf).map(({ key, value }) => `${key}: ${value}`)).toEqual([
      "arch: amd64",
      "features: nesting=1,keyctl=1",
      "memory: 512",
      "lxc.idmap: u 0 100000 65536",
      "lxc.idmap: g 0 100000 65536",
    ]);
  });
  test("its description survives being written and read, whatever it holds", () => {
    const text = "a: 50% of Ä\tß 漢 #x ";
    expect(decodeDescription(encodeDescription(text))).toBe(text);
    expect(encodeDescription("a: ü%")).toBe("a%3A %C3%BC%25");
  });
  test("every configuration of the transcripts is read without a loss of keys", () => {
    const text = readFileSync(
      new URL("../../fixtures/recordings/pct/02-config-set-stopped.md", import.meta.url),
      "utf8",
    );
    const blocks = [...text.matchAll(/^\/etc\/pve\/lxc\/\d+\.conf now:\n```text\n([\s\S]*?)```/gm)].map(
      (match) => match[1] ?? "",
    );
    expect(blocks.length).toBeGreaterThan(50);
    for (const block of blocks) {
      const parsed = parseGuestConf(block);
      const entries = [...parsed.current, ...parsed.sections.flatMap((section) => section.entries)];
      const lines = block
        .split("\n")
        .filter((line) => /^([a-z][a-z_]*\d*|lxc\.[\w.]+)[:=]/.test(line) || /^lxc\./.test(line));
      expect(entries.length).toBe(lines.length);
    }
  });
});

test.each([
  ["4G", 4 * 1024 ** 3],
  ["102M", 102 * 1024 ** 2],
  ["104858K", 104858 * 1024],
  ["0T", 0],
  ["421946982", 421946982],
  ["1.5G", 1.5 * 1024 ** 3],
])("a size of %s is %i bytes", (text, bytes) => {
  expect(parsePveSize(text)).toBe(bytes);
});
test.each(["", "G", "1X", "-1G", "1 G", "1e9"])("%j is no size", (text) => expect(parsePveSize(text)).toBeNull());
test.each([0, 1024, 1536, 421946982, 3 * 1024 ** 4])("%i bytes survive being printed", (bytes) => {
  expect(parsePveSize(printPveSize(bytes))).toBe(bytes);
});

test("sub-options keep their order, and a bare first piece is the default one", () => {
  const { options, stray } = parsePropertyString("local:101/x.raw,size=4G,mp=/data", "volume");
  expect([...options]).toEqual([
    ["volume", "local:101/x.raw"],
    ["size", "4G"],
    ["mp", "/data"],
  ]);
  expect(stray).toEqual([]);
  expect(printPropertyString(options, "volume")).toBe("local:101/x.raw,size=4G,mp=/data");
  expect(parsePropertyString("nesting=1,odd").stray).toEqual(["odd"]);
});

test("section files are taken apart", () => {
  const sections = parseSectionConfig(
    "dir: local\n\tpath /var/lib/vz\n\tcontent iso,vztmpl\n\ndir: off\n\tdisable\n\tpath /x\n\tnodes b a\n",
  );
  expect(sections.map(({ type, id }) => `${type} ${id}`)).toEqual(["dir local", "dir off"]);
  expect(findSection(sections, "off")?.options.get("disable")).toBe("1");
  expect(listOf("iso;vztmpl, iso")).toEqual(["iso", "vztmpl"]);
  expect(listOf(undefined)).toEqual([]);
});
