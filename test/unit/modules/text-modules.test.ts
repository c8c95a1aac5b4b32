import { describe, expect, test } from "vitest";
import { Secret } from "../../../engine/value/secret.ts";
import { block } from "../../../modules/block.ts";
import { ini } from "../../../modules/ini.ts";
import { systemdUnit } from "../../../modules/systemd-unit.ts";
import { changeOf, commandsOf, exec, plain, planOf, problemsOf, stat } from "../../support/plan-module.ts";

const folder = stat({ type: "directory" });
const contentOf = (step: unknown) => {
  const { content } = (plain(step as never) ?? {}) as { readonly content?: string | Secret };
  return content instanceof Secret ? `secret ${content.reveal()}` : (content ?? null);
};

describe("block", () => {
  const path = "/etc/x";
  test.each([
    ["at the end", { block: "1\n" }, "a\n", "a\n# BEGIN lab\n1\n# END lab\n"],
    ["at the beginning", { block: "1", insert_before: "BOF" }, "a\n", "# BEGIN lab\n1\n# END lab\na\n"],
    ["after the last match", { block: "1", insert_after: "^a" }, "a\na\nb\n", "a\na\n# BEGIN lab\n1\n# END lab\nb\n"],
    // As `line` does it: the same words mean the same place in both.
    ["before the last match", { block: "1", insert_before: "^b" }, "a\nb\nb\n", "a\nb\n# BEGIN lab\n1\n# END lab\nb\n"],
    ["as it is", { block: "1\n" }, "# BEGIN lab\n1\n# END lab\n", null],
    ["changed in its place", { block: "2" }, "# BEGIN lab\n1\n# END lab\nz\n", "# BEGIN lab\n2\n# END lab\nz\n"],
    [
      "with marks of another language",
      { block: "1", marker: "<!-- {mark} {name} -->" },
      "",
      "<!-- BEGIN lab -->\n1\n<!-- END lab -->\n",
    ],
    [
      "one of several",
      { block: "1", name: "b" },
      "# BEGIN a\nx\n# END a\n",
      "# BEGIN a\nx\n# END a\n# BEGIN b\n1\n# END b\n",
    ],
    ["to go", { state: "absent" }, "a\n# BEGIN lab\n1\n# END lab\nb", "a\nb"],
    ["gone", { state: "absent" }, "a\n", null],
    ["a secret one", { block: new Secret("s") }, "", "secret # BEGIN lab\ns\n# END lab\n"],
    ["dollars are no pattern", { block: "$& $1", name: "$&" }, "", "# BEGIN $&\n$& $1\n# END $&\n"],
  ])("%s", (_, raw, text, after) => {
    expect(contentOf(changeOf(block, { path, ...raw }, { text }).steps[0])).toBe(after);
  });
  test("a file that is made, and validated", () => {
    const plan = changeOf(
      block,
      { path, block: "1", create: true, mode: "0600", validate: "visudo -cf {}" },
      { text: null, parent: folder },
    );
    expect(plan.steps.map(plain)).toMatchObject([{ mode: "0600", validate: ["visudo", "-cf", "{}"] }]);
  });
  test.each([
    ["no file", null, /no file/],
    ["half a mark", "# BEGIN lab\n", /stands there without/],
  ])("%s is refused", (_, text, why) => {
    expect(planOf(block, { path, block: "1" }, { text })).toMatchObject({
      kind: "refuse",
      why: expect.stringMatching(why),
    });
  });
  test.each([
    [{ path }, "say the lines"],
    [{ path, block: "# END lab" }, "one of its own marks"],
    [{ path, block: "a\0b" }, "NUL"],
    [{ path, block: "1", marker: "# lab" }, "{mark}"],
    [{ path, block: "1", name: "a\nb" }, "one line"],
    [{ path, block: "1", insert_after: "(" }, "regular expression"],
    [{ path, block: "1", insert_after: "a", insert_before: "b" }, "contradict"],
    [{ path, block: "1", mode: "0644" }, "create: true"],
    [{ path, state: "absent", mode: "0644" }, "no meaning with state: absent"],
    [{ path, block: "1", insert_after: "(?i)a" }, "write [Aa] in place of (?i)"],
    [{ path, block: "1", validate: "visudo" }, "must be {}"],
    [{ path, block: "1", validate: "visudo -cf %s" }, "Ansible's way"],
    [{ path, state: "absent", block: "1" }, "takes no block"],
    [{ block: "1" }, "path"],
  ])("%j", (bad, message) => {
    expect(problemsOf(block, bad).join("\n")).toContain(message);
  });
});

describe("ini", () => {
  const raw = { path: "/etc/x.ini", section: "a", option: "k" };
  test.each([
    ["changed", { ...raw, value: 2 }, "[a]\nk = 1\n", "[a]\nk = 2\n"],
    ["right", { ...raw, value: true }, "[a]\nk=true\n", null],
    ["a list", { ...raw, value: ["x", "y"] }, "[a]\nk=x\n", "[a]\nk=x\nk=y\n"],
    ["a new section", { ...raw, value: "v" }, "", "[a]\nk = v\n"],
    ["to go", { ...raw, state: "absent" }, "[a]\nk=1\nk=2\n", "[a]\n"],
    ["gone", { ...raw, state: "absent" }, "[b]\nk=1\n", null],
    ["a section to go", { path: raw.path, section: "a", state: "absent" }, "[a]\nk=1\n[b]\n", "[b]\n"],
    ["a section alone", { path: raw.path, section: "c" }, "[a]\n", "[a]\n\n[c]\n"],
    ["a secret", { ...raw, value: new Secret("s") }, "[a]\nk=1\n", "secret [a]\nk=s\n"],
  ])("%s", (_, given, text, after) => {
    expect(contentOf(changeOf(ini, given, { text }).steps[0])).toBe(after);
  });
  test("without the file it is refused, unless it is to be made", () => {
    expect(planOf(ini, { ...raw, value: 1 }, { text: null })).toMatchObject({
      kind: "refuse",
      hint: expect.stringContaining("create: true"),
    });
    expect(
      changeOf(ini, { ...raw, value: 1, create: true, mode: "0640" }, { text: null, parent: folder }).steps.map(plain),
    ).toMatchObject([{ mode: "0640" }]);
  });
  test.each([
    [{ path: "/x" }, "say what the task is about"],
    [raw, "say the value"],
    [{ ...raw, value: "a\nb" }, "one line"],
    [{ ...raw, value: " a" }, "blanks"],
    [{ ...raw, value: {} }, "expected a value"],
    [{ ...raw, value: [] }, "value"],
    [{ ...raw, option: "a=b", value: 1 }, "without ="],
    [{ ...raw, option: "#a", value: 1 }, "cannot begin"],
    [{ ...raw, section: "a]b", value: 1 }, "without ]"],
    [{ ...raw, section: "[a]", value: 1 }, "section"],
    [{ ...raw, value: 1, state: "absent" }, "takes no value"],
    [{ ...raw, value: 1, mode: "0644" }, "create: true"],
  ])("%j", (bad, message) => {
    expect(problemsOf(ini, bad).join("\n")).toContain(message);
  });
});

describe("systemd_unit", () => {
  const sections = { Service: { ExecStart: "/bin/true" } };
  const TEXT = "[Service]\nExecStart=/bin/true\n";
  const raw = { name: "x.service", sections };
  const show = (reload: string, load = "loaded") => exec(`LoadState=${load}\nNeedDaemonReload=${reload}\n`);
  const seen = (file: string | null, more = {}) => ({
    file,
    stat: file === null ? null : stat(),
    systemd: folder,
    show: show("no"),
    ...more,
  });
  test.each([
    ["new", raw, seen(null), ["write-file", "exec"]],
    ["as it is", raw, seen(TEXT), []],
    ["written, but not read", raw, seen(TEXT, { show: show("yes") }), ["exec"]],
    ["another mode", raw, seen(TEXT, { stat: stat({ mode: "0600" }) }), ["attributes"]],
    ["without systemd", raw, seen(null, { systemd: null, show: exec("", 1, "not booted") }), ["write-file"]],
    ["a drop-in", { ...raw, drop_in: "lab" }, seen(null), ["mkdir", "write-file", "exec"]],
    ["to go", { name: "x.service", state: "absent" }, seen(TEXT), ["remove", "exec"]],
    ["gone", { name: "x.service", state: "absent" }, seen(null), []],
  ])("%s", (_, given, answers, kinds) => {
    expect(changeOf(systemdUnit, given, answers).steps.map(({ kind }) => kind)).toEqual(kinds);
  });
  test("a template of instances is not asked about", () => {
    const plan = changeOf(systemdUnit, { ...raw, name: "x@.service" }, { file: null, stat: null, systemd: folder });
    expect(plan.steps.map(plain)).toMatchObject([{ path: "/etc/systemd/system/x@.service", content: TEXT }, {}]);
    expect(commandsOf(plan.steps)).toEqual(["systemctl daemon-reload"]);
  });
  test.each([
    ["a masked unit", { stat: stat({ type: "symlink", target: "/dev/null" }) }, /is masked/],
    ["a link", { stat: stat({ type: "symlink", target: "/lib/x" }) }, /is a link/],
    ["a file that systemd cannot read", { show: show("no", "bad-setting") }, /cannot read/],
  ])("%s is refused", (_, more, why) => {
    expect(planOf(systemdUnit, raw, seen(TEXT, more))).toMatchObject({
      kind: "refuse",
      why: expect.stringMatching(why),
    });
  });
  test.each([
    [{ name: "x.service" }, "say what the file holds"],
    [{ name: "x", sections }, "whole name"],
    [{ name: "../x.service", sections }, "whole name"],
    [{ name: "x.conf", sections }, "ends in one of"],
    [{ ...raw, content: TEXT }, "give one"],
    [{ ...raw, drop_in: "../x" }, "name of a file"],
    [{ name: "x.service", sections: { Servcie: { ExecStart: "/x" } } }, "no section [Servcie]"],
    [{ name: "x.service", sections: { Service: { ExecStart: "/x\nUser=root" } } }, "one line"],
    [{ name: "x.service", content: "ExecStart=/x" }, "above the first section"],
    [{ name: "x.timer", content: "[Timer]\nPersistent=yes" }, "needs a time"],
    [{ name: "x.service", content: "" }, "needs ExecStart"],
    [{ ...raw, mode: "0777" }, "0644"],
    [{ ...raw, state: "absent" }, "takes no sections"],
  ])("%j", (bad, message) => {
    expect(problemsOf(systemdUnit, bad).join("\n")).toContain(message);
  });
});
