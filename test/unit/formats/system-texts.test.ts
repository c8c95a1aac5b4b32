import { describe, expect, test } from "vitest";
import { dateOfDays, daysOfDate, parseGroups, parsePasswd, parseShadow } from "../../../engine/formats/accounts.ts";
import { aclLines, modeOfAcl, parseAcl, unionOfGroupClass } from "../../../engine/formats/acl.ts";
import { parseAuthorizedKey, withKeys } from "../../../engine/formats/authorized-keys.ts";
import { fstabEntries, withFstabEntry, withoutFstabEntries } from "../../../engine/formats/fstab.ts";
import { withOwnName } from "../../../engine/formats/hosts-file.ts";
import { iniValues, withIniValues, withoutSection } from "../../../engine/formats/ini-text.ts";
import { hostName, knownKeys, withKnownKeys, withoutKnownKeys } from "../../../engine/formats/known-hosts.ts";
import { mountAt, parseMountinfo, showsFolder } from "../../../engine/formats/mountinfo.ts";
import { md4, ntHash } from "../../../engine/formats/nt-hash.ts";
import { parseSmbpasswd } from "../../../engine/formats/smbpasswd.ts";
import { findBlock, withBlock, withoutBlock } from "../../../engine/formats/text-block.ts";
import { renderUnit, unitProblems } from "../../../engine/formats/unit-file.ts";

test("accounts: what is no line of one is left out", () => {
  expect(parsePasswd("root:x:0:0:root:/root:/bin/bash\n+::::::\n#x\nbad\nx:y:z:0::/:\n")).toEqual([
    { name: "root", uid: 0, gid: 0, comment: "root", home: "/root", shell: "/bin/bash" },
  ]);
  expect(parseGroups("a:x:1:b,c\nd:x:2:\n")).toEqual([
    { name: "a", gid: 1, members: ["b", "c"] },
    { name: "d", gid: 2, members: [] },
  ]);
  expect(parseShadow("a:!$6$x:1:0:99999:7::20000:\nb:*:1::::::\n")).toEqual([
    { name: "a", password: "!$6$x", expires: 20000 },
    { name: "b", password: "*", expires: null },
  ]);
});
test.each([
  ["1970-01-01", 0],
  ["2031-12-31", 22_644],
  ["2028-02-29", 21_243],
  ["2027-02-29", null],
  ["2027-13-01", null],
  ["tomorrow", null],
])("the day %s", (date, days) => {
  expect(daysOfDate(date)).toBe(days);
  if (days !== null) expect(dateOfDays(days)).toBe(date);
});

test("ACLs: sorted, with mask and default entries", () => {
  const acl = parseAcl(
    "# file: x\ngroup:20:r-x\nuser::rwx\ngroup:3:--x\ngroup::r-x\t#effective:r--\nmask::r--\nother::---\ndefault:user::rwx\n\n",
  );
  expect(acl === null ? null : aclLines(acl)).toEqual([
    "user::rwx",
    "group::r-x",
    "group:3:--x",
    "group:20:r-x",
    "mask::r--",
    "other::---",
    "default:user::rwx",
  ]);
  expect(modeOfAcl(acl?.access ?? [], "2")).toBe("2740");
  expect(unionOfGroupClass(acl?.access ?? [])).toBe("r-x");
  expect(parseAcl("")).toBeNull();
  expect(parseAcl("user:anna:rwx\n")).toBeNull();
});

test("MD4 as in RFC 1320, and the hash that Samba keeps", () => {
  const hex = (text: string) => md4(Buffer.from(text)).toString("hex");
  expect(hex("")).toBe("31d6cfe0d16ae931b73c59d7e0c089c0");
  expect(hex("abc")).toBe("a448017aaf21d8525fc10ae87aa6729d");
  expect(hex("12345678901234567890123456789012345678901234567890123456789012345678901234567890")).toBe(
    "e33b4ddc9c38f2199c3e7b164fcc0536",
  );
  expect(ntHash("password")).toBe("8846F7EAEE8FB117AD06BDD830B7586C");
  expect(ntHash("pässwörd")).toBe("0553152250AC01ADB4213CB9938663E4");
  expect(parseSmbpasswd("a:1001:XXXX:8846F7EAEE8FB117AD06BDD830B7586C:[DU         ]:LCT-6B02619E:\nnoise\n")).toEqual([
    { name: "a", uid: 1001, ntHash: "8846F7EAEE8FB117AD06BDD830B7586C", flags: "DU" },
  ]);
});

describe("fstab", () => {
  const text = "# top\nUUID=1 / ext4 errors=remount-ro 0 1\n/dev/sdb1\t/mnt/a\\040b\text4\tdefaults\n\n";
  const entry = { source: "tmpfs", target: "/mnt/a b", fstype: "tmpfs", options: ["size=1M"], dump: 0, pass: 0 };
  test("finds a target with blanks in it, replaces its line and no other", () => {
    expect(fstabEntries(text, "/mnt/a b")).toEqual([
      { line: 2, entry: { source: "/dev/sdb1", target: "/mnt/a b", fstype: "ext4", options: [], dump: 0, pass: 0 } },
    ]);
    expect(withFstabEntry(text, entry)).toBe(
      "# top\nUUID=1 / ext4 errors=remount-ro 0 1\ntmpfs /mnt/a\\040b tmpfs size=1M 0 0\n\n",
    );
    expect(withFstabEntry("x", { ...entry, target: "/b", options: [] })).toBe("x\ntmpfs /b tmpfs defaults 0 0\n");
    expect(withoutFstabEntries(text, "/mnt/a b")).toBe("# top\nUUID=1 / ext4 errors=remount-ro 0 1\n\n");
  });
});

test("what is mounted: the last one at a target, and the folder that a bind mount shows", () => {
  const mounts = parseMountinfo(
    [
      "20 1 8:1 / / rw,relatime shared:1 - ext4 /dev/sda1 rw,errors=remount-ro",
      "21 20 8:2 / /srv rw - ext4 /dev/sda2 rw",
      "22 20 8:2 /a\\040b /mnt/x ro,relatime - ext4 /dev/sda2 rw",
      "23 20 0:5 / /mnt/x rw - tmpfs tmpfs rw,size=4096k",
    ].join("\n"),
  );
  expect(mountAt(mounts, "/mnt/x")).toMatchObject({ fstype: "tmpfs", options: ["rw", "size=4096k"] });
  const bind = mounts[2];
  expect(bind?.options).toEqual(["ro", "relatime"]);
  expect(bind && showsFolder(mounts, bind, "/srv/a b")).toBe(true);
  expect(bind && showsFolder(mounts, bind, "/srv/a")).toBe(false);
  expect(bind && showsFolder(mounts, bind, "/a b")).toBe(false);
});

describe("INI", () => {
  const at = (section: string | null, ignoreCase = false) => ({ section, ignoreCase });
  test.each([
    [
      "changes a value in its place",
      "[a]\n  x = 1 ; note\n# x = 2\ny=2\n",
      "a",
      "x",
      ["3"],
      "[a]\n  x = 3\n# x = 2\ny=2\n",
    ],
    [
      "adds to the end of the section, as its neighbours are written",
      "[a]\n\tx=1\n\n[b]\n",
      "a",
      "z",
      ["3"],
      "[a]\n\tx=1\n\tz=3\n\n[b]\n",
    ],
    ["adds a section", "[a]\nx=1", "b", "z", ["3"], "[a]\nx=1\n\n[b]\nz=3\n"],
    ["above the first section", "# top\n[a]\nx=1\n", null, "z", ["3"], "# top\nz=3\n[a]\nx=1\n"],
    ["takes doubles away", "[a]\nx=1\nx=2\nx=3\n", "a", "x", ["2"], "[a]\nx=2\n"],
    ["writes several", "[a]\nx=1\n", "a", "x", ["1", "2"], "[a]\nx=1\nx=2\n"],
    ["removes", "[a]\nx=1\ny=2\n[b]\nx=1\n", "a", "x", [], "[a]\ny=2\n[b]\nx=1\n"],
    ["keeps CRLF", "[a]\r\nx=1\r\n", "a", "y", ["2"], "[a]\r\nx=1\r\ny=2\r\n"],
    [
      "an option without a value",
      "[a]\nskip-networking\n",
      "a",
      "skip-networking",
      ["1"],
      "[a]\nskip-networking = 1\n",
    ],
    ["an empty file", "", "a", "x", ["1"], "[a]\nx = 1\n"],
  ])("%s", (_, text, section, option, values, after) => {
    const next = withIniValues(text, at(section), option, values);
    expect(next).toBe(after);
    expect(iniValues(next, at(section), option)).toEqual(values);
    expect(withIniValues(next, at(section), option, values)).toBe(next);
  });
  test("names in another case are the same only if that is said", () => {
    expect(iniValues("[Global]\n Valid Users = a\n", at("global", true), "valid users")).toEqual(["a"]);
    expect(iniValues("[Global]\n Valid Users = a\n", at("global"), "valid users")).toEqual([]);
  });
  test("a section goes with all that is in it", () => {
    expect(withoutSection("x=1\n[a]\ny=1\n\n[b]\nz=1\n[a]\nq=1\n", at("a"))).toBe("x=1\n[b]\nz=1\n");
  });
});

describe("blocks", () => {
  const marks = { begin: "# BEGIN x", end: "# END x" };
  test("come, change and go without a trace", () => {
    const one = withBlock("a\nb", marks, "1\n2", 2);
    expect(one).toBe("a\nb\n# BEGIN x\n1\n2\n# END x\n");
    expect(findBlock(one, marks)).toEqual({ kind: "block", start: 2, end: 5, text: "1\n2" });
    expect(withBlock(one, marks, "", 0)).toBe("a\nb\n# BEGIN x\n# END x\n");
    expect(withoutBlock(one, marks)).toBe("a\nb\n");
    expect(withBlock("a\r\nb\r\n", marks, "1", 1)).toBe("a\r\n# BEGIN x\r\n1\r\n# END x\r\nb\r\n");
  });
  test.each(["# BEGIN x\n1\n", "1\n# END x\n", "# END x\n# BEGIN x\n", "# BEGIN x\n# BEGIN x\n# END x\n"])(
    "%j is broken",
    (text) => {
      expect(findBlock(text, marks).kind).toBe("broken");
    },
  );
});

const BLOB = "AAAAC3NzaC1lZDI1NTE5AAAAIAABAgMEBQYHCAkKCwwNDg8QERITFBUWFxgZGhscHR4f";
const BLOB2 = "AAAAC3NzaC1lZDI1NTE5AAAAIB8eHRwbGhkYFxYVFBMSERAPDg0MCwoJCAcGBQQDAgEA";
describe("keys", () => {
  test("are read with options that hold blanks, quotes and key words", () => {
    const options = 'command="echo \\"ssh-ed25519 x\\" a,b",no-pty';
    expect(parseAuthorizedKey(`${options} ssh-ed25519 ${BLOB} a b`)).toEqual({
      options,
      type: "ssh-ed25519",
      blob: BLOB,
      comment: "a b",
    });
    for (const bad of ["", "# x", "ssh-ed25519", `ssh-ed25519 ${BLOB}x`, `ssh-rsa ${BLOB}`, `"x ssh-ed25519 ${BLOB}`])
      expect(parseAuthorizedKey(bad)).toBeNull();
  });
  test("take the place of the same key; with exclusive nothing else lets in", () => {
    const text = `# mine\nssh-ed25519 ${BLOB} old\nnonsense\nssh-ed25519 ${BLOB2}\nssh-ed25519 ${BLOB} twice`;
    const key = { options: "", type: "ssh-ed25519", blob: BLOB, comment: "new" };
    expect(withKeys(text, [key], false)).toBe(`# mine\nssh-ed25519 ${BLOB} new\nnonsense\nssh-ed25519 ${BLOB2}\n`);
    expect(withKeys(text, [key], true)).toBe(`# mine\nssh-ed25519 ${BLOB} new\n`);
  });
  test("of hosts: several hosts on a line, ports, marks and hashes", () => {
    const text = `a,b ssh-ed25519 ${BLOB}\n@revoked a ssh-ed25519 ${BLOB2}\n[a]:2222 ssh-ed25519 ${BLOB2}\n`;
    expect(knownKeys(text, hostName("A", 22))).toEqual([{ type: "ssh-ed25519", blob: BLOB }]);
    const hashed = withKnownKeys(text, "a", [{ type: "ssh-ed25519", blob: BLOB2 }], true);
    expect(hashed).toMatch(/^b ssh-ed25519 .*\n@revoked a .*\n\[a\]:2222 .*\n\|1\|[^|]+\|[^ ]+ ssh-ed25519 /);
    expect(knownKeys(hashed, "a")).toEqual([{ type: "ssh-ed25519", blob: BLOB2 }]);
    expect(withoutKnownKeys(hashed, "a", () => true)).toBe(
      `b ssh-ed25519 ${BLOB}\n@revoked a ssh-ed25519 ${BLOB2}\n[a]:2222 ssh-ed25519 ${BLOB2}\n`,
    );
  });
});

test.each([
  [
    "127.0.0.1\tlocalhost\n127.0.1.1\told\n::1 x\n",
    "nas.example",
    "127.0.0.1\tlocalhost\n127.0.1.1\tnas.example nas\n::1 x\n",
  ],
  ["127.0.0.1 localhost\n", "nas", "127.0.0.1 localhost\n127.0.1.1\tnas\n"],
  ["192.0.2.1 nas # here\n", "nas", "192.0.2.1 nas # here\n"],
  ["", "nas", "127.0.1.1\tnas\n"],
])("hosts %j", (text, name, after) => {
  expect(withOwnName(text, name)).toBe(after);
});

describe("units", () => {
  test("are written from a map", () => {
    expect(renderUnit({ Unit: { After: ["a", "b"] }, Service: { ExecStart: ["/bin/true"] } })).toBe(
      "[Unit]\nAfter=a\nAfter=b\n\n[Service]\nExecStart=/bin/true\n",
    );
  });
  test.each([
    ["[Service]\nExecStart=/bin/a \\\n  # why\n  --b\n", "service", false, ""],
    ["[Servcie]\nExecStart=/x\n", "service", false, "no section [Servcie]"],
    ["[Timer]\nOnCalendar=daily\n", "service", false, "no section [Timer]"],
    ["ExecStart=/x\n", "service", false, "above the first section"],
    ["[Service]\njust words\n", "service", false, "expected Option=value"],
    ["[Service]\nType=oneshot\n", "service", false, "needs ExecStart="],
    ["[Service]\nType=oneshot\n", "service", true, ""],
    ["[Timer]\nPersistent=true\n", "timer", false, "needs a time"],
    ["[Service]\nExecStart=/x \\", "service", false, "backslash"],
  ])("%j", (text, type, dropIn, problem) => {
    const said = unitProblems(text, type, dropIn).join("\n");
    if (problem === "") expect(said).toBe("");
    else expect(said).toContain(problem);
  });
});
