import { createHash } from "node:crypto";
import { describe, expect, test } from "vitest";
import type { LocalFile } from "../../../engine/module/index.ts";
import { Secret } from "../../../engine/module/index.ts";
import { copy } from "../../../modules/copy.ts";
import { template } from "../../../modules/template.ts";
import { changeOf, looksOf, plain, planOf, problemsOf, resultOf, stat } from "../../support/plan-module.ts";

const hash = (text: string | Uint8Array) => createHash("sha256").update(text).digest("hex");
const folder = stat({ type: "directory" });
const of = (text: string, some = {}) => {
  const old = stat({ size: Buffer.byteLength(text), sha256: hash(text), ...some });
  return { old, link: old, parent: folder, oldBytes: Buffer.from(text) };
};
const nothing = { old: null, link: null, parent: folder };
function localFile(content: Uint8Array, text?: string): LocalFile {
  return {
    kind: "local-file",
    name: "x",
    content: {
      kind: "streamed",
      size: content.length,
      sha256: hash(content),
      async *open() {
        yield content;
      },
    },
    ...(text !== undefined && { text }),
  };
}

describe("content", () => {
  test.each([
    {
      name: "a new file",
      raw: { dest: "/etc/x", content: "new\n", mode: "0600", owner: "root" },
      seen: nothing,
      before: { content: null, mode: null, owner: null },
      after: { content: "new\n", mode: "0600", owner: "root" },
      steps: [{ kind: "write-file", path: "/etc/x", content: "new\n", mode: "0600", owner: "root" }],
    },
    {
      name: "the same content",
      raw: { dest: "/etc/x", content: "same", mode: "0644" },
      seen: of("same"),
      before: { content: "same", mode: "0644" },
      after: { content: "same", mode: "0644" },
      steps: [],
    },
    {
      name: "the same content with another mode is not sent again",
      raw: { dest: "/etc/x", content: "same", mode: "0600" },
      seen: of("same"),
      before: { content: "same", mode: "0644" },
      after: { content: "same", mode: "0600" },
      steps: [{ kind: "attributes", path: "/etc/x", mode: "0600" }],
    },
    {
      name: "behind a link the mode is set by writing anew",
      raw: { dest: "/etc/x", content: "same", mode: "0600" },
      seen: { ...of("same"), link: stat({ type: "symlink", target: "y" }) },
      before: { content: "same", mode: "0644" },
      after: { content: "same", mode: "0600" },
      steps: [{ kind: "write-file", path: "/etc/x", content: "same", mode: "0600" }],
    },
    {
      name: "another content, shown as text on both sides",
      raw: { dest: "/etc/x", content: "new" },
      seen: of("old"),
      before: { content: "old" },
      after: { content: "new" },
      steps: [{ kind: "write-file", path: "/etc/x", content: "new" }],
    },
    {
      name: "an old file that is no text",
      raw: { dest: "/etc/x", content: "new" },
      seen: { ...of("x", { sha256: hash(Buffer.from([0xff, 0xfe])), size: 2 }), oldBytes: Buffer.from([0xff, 0xfe]) },
      before: { content: `sha256:${hash(Buffer.from([0xff, 0xfe])).slice(0, 16)} (2 bytes)` },
      after: { content: "new" },
      steps: [{ kind: "write-file", path: "/etc/x", content: "new" }],
    },
    {
      name: "missing parents are made first",
      raw: { dest: "/a/b/c", content: "", parents: true },
      seen: { old: null, link: null, parent: null },
      before: { content: null },
      after: { content: "" },
      steps: [
        { kind: "mkdir", path: "/a/b", parents: true },
        { kind: "write-file", path: "/a/b/c", content: "" },
      ],
    },
    {
      name: "a validating command goes along, split where it is a text",
      raw: { dest: "/etc/sudoers.d/x", content: "y", validate: "visudo -c -f {}" },
      seen: nothing,
      before: { content: null },
      after: { content: "y" },
      steps: [{ kind: "write-file", path: "/etc/sudoers.d/x", content: "y", validate: ["visudo", "-c", "-f", "{}"] }],
    },
  ])("$name", ({ raw, seen, before, after, steps }) => {
    const plan = changeOf(copy, raw, seen);
    expect(plan.before).toEqual(before);
    expect(plan.after).toEqual(after);
    expect(plan.steps.map(plain)).toEqual(steps);
  });

  test("a secret hides the old content too, and is compared by what it holds", () => {
    const plan = changeOf(copy, { dest: "/etc/x", content: new Secret("new") }, of("old"));
    expect(JSON.stringify(plan)).not.toMatch(/old|new/);
    expect(plan.before.content).toBeInstanceOf(Secret);
    expect(changeOf(copy, { dest: "/etc/x", content: new Secret("same") }, of("same")).steps).toEqual([]);
  });

  test("a byte order mark is content, and seen", () => {
    expect(changeOf(copy, { dest: "/etc/x", content: "a" }, of("\uFEFFa")).before).toEqual({ content: "\uFEFFa" });
  });

  test("a file of the site is text if it can be, else an upload", () => {
    const text = changeOf(copy, { dest: "/etc/x", src: localFile(Buffer.from("hi"), "hi") }, nothing);
    expect(text.steps.map(plain)).toEqual([{ kind: "write-file", path: "/etc/x", content: "hi" }]);
    const binary = localFile(Buffer.from([0, 1, 2]));
    const upload = changeOf(copy, { dest: "/etc/x", src: binary, mode: "0755" }, nothing);
    expect(upload.steps.map(plain)).toEqual([
      { kind: "upload", path: "/etc/x", content: binary.content, mode: "0755" },
    ]);
    expect(upload.after.content).toBe(`sha256:${hash(Buffer.from([0, 1, 2])).slice(0, 16)} (3 bytes)`);
  });

  test("the old content is fetched only to show a difference", () => {
    const looks = (raw: object, seen: object) =>
      looksOf(copy, { dest: "/etc/x", ...raw }, { ...seen, oldBytes: null }).oldBytes;
    expect(looks({ content: "new" }, of("old"))).toMatchObject({ kind: "file", as: "bytes" });
    expect(looks({ content: "same" }, of("same"))).toBeUndefined();
    expect(looks({ content: "new" }, nothing)).toBeUndefined();
    expect(looks({ content: "new" }, of("old", { size: 10_000_000 }))).toBeUndefined();
    expect(looks({ src: localFile(Buffer.from([0])) }, of("old"))).toBeUndefined();
  });

  test("a huge text is sent, but not shown", () => {
    const plan = changeOf(copy, { dest: "/etc/x", content: "x".repeat(100_000) }, nothing);
    expect(String(plan.after.content)).toMatch(/^sha256:\w{16} \(100000 bytes\)$/);
  });
});

describe("what is refused", () => {
  test.each([
    ["a folder", { old: folder, link: folder, parent: folder }, /is a folder/],
    ["a device", { old: stat({ type: "char" }), link: null, parent: folder }, /no regular file/],
    ["a link into nothing", { old: null, link: stat({ type: "symlink", target: "y" }), parent: folder }, /link to y/],
    ["a missing folder", { old: null, link: null, parent: null }, /\/etc does not exist/],
    ["a file in a folder's place", { old: null, link: null, parent: stat() }, /no folder/],
  ])("%s", (_, seen, why) => {
    expect(planOf(copy, { dest: "/etc/x", content: "a" }, seen)).toMatchObject({
      kind: "refuse",
      why: expect.stringMatching(why),
    });
  });

  test("validating what is no text", () => {
    const raw = { dest: "/etc/x", src: localFile(Buffer.from([0])), validate: ["test", "{}"] };
    expect(planOf(copy, raw, nothing)).toMatchObject({ kind: "refuse" });
  });
});

describe("bad parameters", () => {
  test.each([
    [{ content: "x" }, "dest"],
    [{ dest: "/x" }, "src (a file of the site) or content"],
    [{ dest: "/x", content: "a", src: localFile(Buffer.from("b")) }, "contradict"],
    [{ dest: "etc/x", content: "a" }, "absolute"],
    [{ dest: "/x", content: 5 }, "content"],
    [{ dest: "/x", content: ["a"] }, "content"],
    [{ dest: "/x", src: "unbound" }, "file of the site"],
    [{ dest: "/x", content: "a", validate: "visudo -cf %s" }, "Ansible's way"],
    [{ dest: "/x", content: "a", validate: ["{}"] }, "must be {}"],
    [{ dest: "/x", content: "a", validate: [] }, "validate"],
    [{ dest: "/x", content: "a", validate: "visudo '{}" }, "not closed"],
    [{ dest: "/x", content: "a", mode: 420 }, "in quotes"],
    [{ dest: "/x", content: "a", backup: true }, "backup"],
  ])("%j", (raw, message) => {
    expect(problemsOf(copy, raw).join("\n")).toContain(message);
  });
});

test("a template's text is put in place, and secret if it read a secret", () => {
  const src = (content: string | Secret) => ({ kind: "template-file", name: "x.hbs", content });
  expect(changeOf(template, { dest: "/etc/x", src: src("a") }, nothing).steps.map(plain)).toEqual([
    { kind: "write-file", path: "/etc/x", content: "a" },
  ]);
  expect(changeOf(template, { dest: "/etc/x", src: src(new Secret("s")) }, of("old")).before.content).toBeInstanceOf(
    Secret,
  );
  expect(changeOf(template, { dest: "/etc/x", src: src("a") }, of("a")).steps).toEqual([]);
  expect(problemsOf(template, { dest: "/etc/x" }).join()).toContain("template of the site");
  expect(problemsOf(template, { dest: "/etc/x", src: src("a"), content: "b" }).join()).toContain("content");
});

test("the result names what is there", () => {
  expect(resultOf(copy, { dest: "/etc/x", content: "a" }, of("a"), new Date(0))).toEqual({
    dest: "/etc/x",
    size: 1,
    sha256: hash("a"),
    mode: "0644",
    owner: "root",
    group: "root",
  });
});
