import { readFileSync } from "node:fs";
import { join } from "node:path";
import { expect, test } from "vitest";
import { parseConfigXml, renderConfigXml } from "../../../engine/sim/syncthing/config-xml.ts";
import { parseXml } from "../../../engine/sim/syncthing/xml.ts";

const fixture = (name: string) =>
  readFileSync(join(import.meta.dirname, "../../fixtures/recordings/syncthing", name), "utf8");

test("a recorded config.xml is what the recorded API says of it", () => {
  expect(parseConfigXml(fixture("config.xml"))).toEqual(JSON.parse(fixture("rest-config.json")));
});

test("written again it is the same, letter for letter", () => {
  const config = parseConfigXml(fixture("config.xml"));
  expect(config && renderConfigXml(config)).toBe(fixture("config.xml"));
});

test("what somebody has broken is no configuration", () => {
  for (const text of ["", "<configuration>", "<a></b>", "<other></other>", "no xml"])
    expect(parseConfigXml(text)).toBeUndefined();
});

test("comments, the prolog and empty elements are passed over", () => {
  const parsed = parseXml(`<?xml version="1.0"?><!-- <x> --><a b="1 &lt; 2"><c/><d>t</d></a>`);
  expect(parsed?.attributes.get("b")).toBe("1 < 2");
  expect(parsed?.children.map(({ name, text }) => [name, text])).toEqual([
    ["c", ""],
    ["d", "t"],
  ]);
});
