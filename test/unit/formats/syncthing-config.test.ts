import { readFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, test } from "vitest";
import { bcryptHash, bcryptMatches } from "../../../engine/formats/bcrypt.ts";
import {
  escapeXml,
  listensEverywhere,
  syncthingApi,
  syncthingUrl,
  unescapeXml,
} from "../../../engine/formats/syncthing-config.ts";

const recorded = readFileSync(join(import.meta.dirname, "../../fixtures/recordings/syncthing/config.xml"), "utf8");

test("the API's part of a recorded config.xml", () => {
  expect(syncthingApi(recorded)).toMatchObject({
    address: "127.0.0.1:18384",
    tls: false,
    enabled: true,
    apiKey: "Example0Key0Of0The0Api0Number001",
  });
});

test.each([
  ['<gui enabled="false" tls="true"><address>[::1]:1</address><apikey>a&amp;b</apikey></gui>', "[::1]:1", true, "a&b"],
  ["<gui><address>x:1</address></gui>", "x:1", false, ""],
])("%s", (xml, address, tls, apiKey) => {
  expect(syncthingApi(`<configuration>${xml}</configuration>`)).toMatchObject({ address, tls, apiKey });
});

test("a file that is none of Syncthing's has none", () => {
  for (const text of ["", "<configuration></configuration>", "<guide></guide>", "{}"])
    expect(syncthingApi(text)).toBeNull();
});

test.each([
  ["127.0.0.1:8384", false, "http://127.0.0.1:8384"],
  ["0.0.0.0:8384", false, "http://127.0.0.1:8384"],
  [":8384", true, "https://127.0.0.1:8384"],
  ["[::]:8384", false, "http://127.0.0.1:8384"],
  ["[::1]:8384", false, "http://[::1]:8384"],
  ["100.64.0.7:8384", false, "http://100.64.0.7:8384"],
  ["/run/syncthing.sock", false, null],
  ["unix:///run/x:1", false, null],
  ["nowhere", false, null],
])("%s is asked at its place", (address, tls, url) => {
  expect(syncthingUrl({ address, tls })).toBe(url);
});

test("all addresses are more than one", () => {
  expect(["0.0.0.0:1", ":1", "[::]:1"].map(listensEverywhere)).toEqual([true, true, true]);
  expect(["127.0.0.1:1", "[::1]:1"].map(listensEverywhere)).toEqual([false, false]);
});

test("what is escaped comes back", () => {
  for (const text of [`<a & "b" 'c'>`, "line\nend\ttab\r", "é 漢 😀", "&amp;"])
    expect(unescapeXml(escapeXml(text))).toBe(text);
  expect(unescapeXml("&#65;&#x42;&unknown;")).toBe("AB&unknown;");
});

describe("a password and its hash", () => {
  test("of Syncthing itself", () => {
    const hash = "$2a$10$cOxrrOK1hGHwJw6wEztGLeoUs9IPCxOpPHS71GJ7rcbEGpw1daqXm";
    expect(bcryptMatches("hunter2hunter2", hash)).toBe(true);
    expect(bcryptMatches("hunter2hunter3", hash)).toBe(false);
  });
  test("of ours, and what is no hash", () => {
    expect(bcryptMatches("geheim ü", bcryptHash("geheim ü", "abcdefghijklmnopqrstuO", 4))).toBe(true);
    for (const none of ["", "geheim ü", "$2a$10$short"]) expect(bcryptMatches("geheim ü", none)).toBe(false);
  });
});
