import { describe, expect, test } from "vitest";
import { parseDeviceId, shortDeviceId } from "../../../engine/formats/device-id.ts";

const id = "P56IOI7-MZJNU2Y-IQGDREY-DM2MGTI-MGL3BXN-PQ6W5BM-TBBZ4TJ-XZWICQ2";

test.each([
  ["as Syncthing prints it", id],
  ["in small letters", id.toLowerCase()],
  ["without groups", id.replaceAll("-", "")],
  ["with blanks", ` ${id.replaceAll("-", " ")} `],
  ["with digits that look like letters", id.replace("IOI", "101").replace("BBZ", "88Z")],
  ["without its check characters", "P56IOI7MZJNU2IQGDREYDM2MGTMGL3BXNPQ6W5BTBBZ4TJXZWICQ"],
])("%s", (_, given) => {
  expect(parseDeviceId(given)).toEqual({ id });
});

test.each([
  "RFR2FJE-ASZXXUF-AKS2TE6-MDIK5QM-M6GO4X4-TBS4HY7-LQ4NBKC-2AXX3QF",
  "LMPBVPS-WHRF2VB-6CQL44U-ME3DXRZ-CXIVXK4-WM6Q55X-IGMADF3-TU2YJA6",
])("%s, which a real Syncthing made", (made) => {
  expect(parseDeviceId(made)).toEqual({ id: made });
});

describe("is refused", () => {
  test.each([
    ["", "this has 0"],
    ["P56IOI7", "this has 7"],
    [`${id}A`, "this has 57"],
    [id.replace("P5", "5P"), '"P56IOI7-MZJNU2Y" is wrong'.replace("P5", "5P")],
    [id.replace("ZWICQ2", "ZWICQ3"), '"TBBZ4TJ-XZWICQ3" is wrong'],
    ["ABCDEFG-HIJKLMO-ABCDEFG-HIJKLMO-ABCDEFG-HIJKLMO-ABCDEFG-HIJKLMO", "A or Q, not M"],
    [id.replace("P", "9"), 'not "9"'],
    [id.replace("P", "\0"), "not"],
    [id.replace("P", "$"), 'not "$"'],
  ])("%j", (given, why) => {
    const parsed = parseDeviceId(given);
    expect("error" in parsed ? parsed.error : parsed).toContain(why);
  });

  test("each single letter that is another one", () => {
    const wrong = [...id].flatMap((letter, at) =>
      letter === "-" || letter === "A" ? [] : [`${id.slice(0, at)}A${id.slice(at + 1)}`],
    );
    expect(wrong.filter((each) => "id" in parseDeviceId(each))).toEqual([]);
  });
});

test("is called by its first group", () => {
  expect(shortDeviceId(id)).toBe("P56IOI7");
});
