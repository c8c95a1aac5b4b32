import { describe, expect, it } from "vitest";
import { loadInventory } from "../../../engine/inventory/load-inventory.ts";
import { selectHosts } from "../../../engine/inventory/select-hosts.ts";
import { openSiteFiles } from "../../../engine/site/files.ts";
import { textFiles } from "../../support/site-fixture.ts";

const text =
  "web: { hosts: { 'web[1:4]': } }\ndb: { hosts: { db1: , db2: , web1: } }\nnone:\nother-lan: { hosts: { n.lan: } }\n";
const { inventory } = loadInventory(openSiteFiles(textFiles({ "/i.yml": text }), "/"), {
  sources: ["/i.yml"],
  playbookFolders: [],
});
const place = { file: "site.yml", line: 1, column: 1 };
const all = "web1 web2 web3 web4 db1 db2 n.lan";

describe("selectHosts", () => {
  it.each([
    ["all", all],
    ["*", all],
    ["web", "web1 web2 web3 web4"],
    ["db,web2", "db1 db2 web1 web2"],
    ["db2:web2", "db2 web2"],
    ["web:&db", "web1"],
    ["&db:web", "web1"],
    ["web:!db", "web2 web3 web4"],
    ["!db", "web2 web3 web4 n.lan"],
    ["all:!web:!db", "n.lan"],
    ["web:!web[0:2]", "web4"],
    ["web*", "web1 web2 web3 web4"],
    ["?b*", "db1 db2 web1"],
    ["web[13]", undefined],
    ["w?b[23]*", "web2 web3"],
    ["*.lan", "n.lan"],
    ["~web[34]$", "web3 web4"],
    ["~(web:x|db)2", "db2"],
    ["~db2|x:y", "db2"],
    ["~^w.*,!web1", "web2 web3 web4"],
    ["web[0]", "web1"],
    ["web[-1]", "web4"],
    ["web[1:2]", "web2 web3"],
    ["web[2:]", "web3 web4"],
    ["web[:1]", "web1 web2"],
    ["web[0-1]", "web1 web2"],
    ["w*[1]", "web2"],
    ["web[-2:]", "web3 web4"],
    ["localhost", "localhost"],
    ["web1,localhost", "web1 localhost"],
    ["other-lan", "n.lan"],
    [" web1 , db1 ", "web1 db1"],
    ["@two.txt", "web2 db1"],
    ["web:!@two.txt", "web1 web3 web4"],
  ])("%s", (pattern, hosts) => {
    const selected = selectHosts(inventory, pattern, place, () => "# chosen\nweb2\n\ndb1 # and this\n");
    expect(selected.ok ? selected.value.join(" ") : undefined).toBe(hosts);
  });

  it.each([
    ["wbe", "unknown-host", "did you mean web?"],
    ["web,bd1", "unknown-host", "did you mean db1?"],
    ["web:!dbx", "unknown-host", "did you mean db?"],
    ["wbe[0]", "unknown-host", "did you mean web?"],
    ["zzzzzz", "unknown-host", "the inventory has all, web, db"],
    ["x*", "no-hosts", "the inventory has"],
    ["local*", "no-hosts", ""],
    ["~local.*", "no-hosts", ""],
    ["none", "no-hosts", ""],
    ["web[7]", "no-hosts", "they count from 0"],
    ["web:&n.lan", "no-hosts", "together they leave none"],
    ["~(", "bad-pattern", ""],
    ["~(?=web)", "bad-pattern", "no part of RE2"],
    ["x*[0]", "no-hosts", "the inventory has"],
    ["", "empty-pattern", "`all`"],
    ["@gone.txt", "missing-file", ""],
  ])("%s is an error", (pattern, code, hint) => {
    const selected = selectHosts(inventory, pattern, place);
    const found = selected.ok ? [] : selected.diagnostics;
    expect(found).toMatchObject([{ code, place }]);
    expect(found[0]?.hint ?? "").toContain(hint);
  });

  it("tells every part that matches nothing", () => {
    const selected = selectHosts(inventory, "wbe:dbx:!webb", undefined);
    expect(selected.ok ? [] : selected.diagnostics.map(({ hint }) => hint)).toEqual([
      "did you mean web?",
      "did you mean db?",
      "did you mean web?",
    ]);
  });

  it("says that an inventory is empty", () => {
    const selected = selectHosts({ hosts: new Map(), groups: new Map(), sources: [] }, "web", place);
    expect(selected.ok ? "" : selected.diagnostics[0]?.hint).toContain("no hosts");
  });
});
