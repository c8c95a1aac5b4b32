import { describe, expect, test } from "vitest";
import { pveTemplate } from "../../../modules/pve-template.ts";
import { changeOf, commandsOf, exec, looksOf, planOf, problemsOf, resultOf, stat } from "../../support/plan-module.ts";

const CFG =
  "dir: local\n\tpath /var/lib/vz\n\tcontent vztmpl,iso\n\ndir: usb\n\tpath /mnt/usb\n\tcontent vztmpl\n\tcontent-dirs vztmpl=tpl\n\n";
const offer = (name: string, version: string) =>
  `Package: ${name}\nVersion: ${version}\nType: lxc\nOS: x\nSection: system\nArchitecture: amd64\nLocation: system/${name}_${version}_amd64.tar.zst\nsha512sum: abc${version}\nInfopage: x\nDescription: x\n`;
const INDEX = `${offer("debian-12-standard", "12.7-1")}\n${offer("debian-12-standard", "12.12-1")}\n${offer("debian-13-standard", "13.1-2")}`;
const [OLD, NEW] = ["debian-12-standard_12.7-1_amd64.tar.zst", "debian-12-standard_12.12-1_amd64.tar.zst"];
const NOW = 1_000_000;
const clock = exec(`${NOW}\n`);
const node = { cfg: CFG, pmxcfs: stat({ type: "directory" }) };
const listed = (local: readonly string[], ageHours = 1, more = {}) => ({
  ...node,
  local,
  index: INDEX,
  turnkey: null,
  indexStat: stat({ mtime: NOW - ageHours * 3600 }),
  clock,
  ...more,
});
const unlisted = (local: readonly string[]) => ({ ...node, local, index: null, turnkey: null, indexStat: null, clock });

describe("a template", () => {
  test.each([
    ["is there", { template: "debian-12" }, listed([OLD]), []],
    ["is there, as a whole name", { template: OLD }, listed([OLD]), []],
    ["is not there", { template: "debian-12" }, listed([]), [`pveam download local ${NEW}`]],
    ["is not there in that version", { template: OLD }, listed([NEW]), [`pveam download local ${OLD}`]],
    [
      "is there in another release",
      { template: "debian-13" },
      listed([OLD, NEW]),
      ["pveam download local debian-13-standard_13.1-2_amd64.tar.zst"],
    ],
    [
      "is there, a newer is wanted",
      { template: "debian-12", update: "always" },
      listed([OLD]),
      [`pveam download local ${NEW}`],
    ],
    ["is there and the newest", { template: "debian-12", update: "always" }, listed([OLD, NEW]), []],
    ["is there, the list is old", { template: "debian-12" }, listed([OLD], 48), []],
    [
      "is there, the list is old and must not be",
      { template: "debian-12", update: "always" },
      listed([OLD], 48),
      ["pveam update"],
    ],
    [
      "is not there, the list is old and has it",
      { template: "debian-12" },
      listed([], 48),
      [`pveam download local ${NEW}`],
    ],
    ["is not in the old list", { template: "debian-14" }, listed([], 48), ["pveam update"]],
    ["is not there, and no list", { template: "debian-12" }, unlisted([]), ["pveam update"]],
    [
      "is gone",
      { template: "debian-12", state: "absent" },
      listed([OLD, NEW]),
      [`pveam remove local:vztmpl/${OLD}`, `pveam remove local:vztmpl/${NEW}`],
    ],
    ["is gone already", { template: "debian-13", state: "absent" }, listed([OLD]), []],
    [
      "is gone in that version",
      { template: OLD, state: "absent" },
      listed([OLD, NEW]),
      [`pveam remove local:vztmpl/${OLD}`],
    ],
    ["is elsewhere", { template: "debian-12", storage: "usb" }, listed([], 1, { there: [OLD] }), []],
  ])("%s", (_, raw, seen, commands) => {
    expect(commandsOf(changeOf(pveTemplate, raw, seen).steps)).toEqual(commands);
  });

  test.each([
    ["debian-14", listed([]), {}, 'no template begins with "debian-14"'],
    ["debian-12", unlisted([]), { update: "never" }, "no list of what is on offer"],
    ["debian-14", listed([], 48), { update: "never" }, 'no template begins with "debian-14"'],
    ["debian-12", { ...listed([]), cfg: "dir: local\n\tpath /var/lib/vz\n\tcontent iso\n" }, {}, "not for templates"],
    [
      "debian-12",
      { ...listed([]), cfg: "dir: local\n\tdisable\n\tpath /var/lib/vz\n\tcontent vztmpl\n" },
      {},
      "is disabled",
    ],
    [
      "debian-12",
      { ...listed([]), cfg: "zfspool: z1\n\tpool tank\n\tcontent images\n" },
      { storage: "z1" },
      "keeps no templates",
    ],
    ["debian-12", listed([]), { storage: "nope" }, "there is no storage nope"],
    ["debian-12", { ...listed([]), pmxcfs: null }, {}, "no node of Proxmox VE"],
  ])("%s cannot be had (%#)", (template, seen, more, why) => {
    expect(planOf(pveTemplate, { template, ...more }, seen)).toMatchObject({
      kind: "refuse",
      why: expect.stringContaining(why),
    });
  });

  test("the list is looked at only where it is needed", () => {
    const looks = (raw: object, local: readonly string[]) =>
      Object.entries(looksOf(pveTemplate, raw, listed(local, 1, { there: [] })))
        .filter(([, look]) => look !== undefined)
        .map(([name]) => name);
    expect(looks({ template: "debian-12" }, [OLD])).not.toContain("index");
    expect(looks({ template: "debian-12" }, [])).toContain("index");
    expect(looks({ template: "debian-12", update: "always" }, [OLD])).toContain("index");
    expect(looks({ template: "debian-12", storage: "usb" }, [OLD])).toContain("there");
  });

  test.each([
    ["report", `abc12.7-1  /x\n`, []],
    ["replace", `abc12.7-1  /x\n`, []],
    ["replace", `fff  /x\n`, [`pveam download local ${OLD}`]],
  ])("its sum, %s %s", (verify, sum, commands) => {
    const plan = changeOf(pveTemplate, { template: OLD, verify }, listed([OLD], 1, { sum: exec(sum) }));
    expect(commandsOf(plan.steps)).toEqual(commands);
    expect(plan.steps.map(({ kind }) => kind)).toEqual(commands.length > 0 ? ["remove", "exec", "wait-until"] : []);
  });

  test("what is registered", () => {
    expect(resultOf(pveTemplate, { template: "debian-12" }, listed([OLD]), new Date(0))).toEqual({
      template: "debian-12",
      file: OLD,
      volid: `local:vztmpl/${OLD}`,
      path: `/var/lib/vz/template/cache/${OLD}`,
      version: "12.7-1",
    });
    expect(
      resultOf(pveTemplate, { template: "debian-12", storage: "usb" }, listed([], 1, { there: [NEW] }), new Date(0)),
    ).toMatchObject({
      path: `/mnt/usb/tpl/${NEW}`,
    });
  });

  test.each([
    [{ template: "" }, "template"],
    [{ template: "local:vztmpl/x" }, "template"],
    [{ template: "../x" }, "template"],
    [{ template: "-x" }, "template"],
    [{ template: "a b" }, "template"],
    [{ template: "debian-12", storage: "a b" }, "storage"],
    [{ template: "debian-12", storage: "--x" }, "storage"],
    [{ template: "debian-12", update: true }, "update"],
    [{ template: "debian-12", state: "latest" }, "state"],
    [{ template: "debian-12", state: "absent", update: "always" }, "update"],
    [{ template: "debian-12", state: "absent", verify: "report" }, "verify"],
    [{ template: 12 }, "template"],
    [{}, "template"],
  ])("%j is no template", (raw, where) => {
    expect(problemsOf(pveTemplate, raw).map((problem) => problem.split(": ")[0])).toContain(where);
  });
});
