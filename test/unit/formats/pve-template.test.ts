import { describe, expect, it } from "vitest";
import { type Appliance, parseApplianceIndex, resolveTemplate } from "../../../engine/formats/pve-template.ts";

const INDEX = `Package: pve-web-news
Description: News displayed on the admin interface
  <b>Welcome</b>

Package: debian-12-standard
Version: 12.12-1
Type: lxc
OS: debian-12
Section: system
Maintainer: Proxmox Support Team <support@proxmox.com>
Architecture: amd64
Location: system/debian-12-standard_12.12-1_amd64.tar.zst
md5sum: 00
sha512sum: abc
Infopage: https://pve.proxmox.com/wiki/Linux_Container
Description: Debian 12 Bookworm (standard)
 A small Debian Bookworm system including all
 standard packages.

Package: debian-13-standard
Version: 13.1-2
Type: lxc
OS: debian-13
Section: system
Architecture: amd64
Location: system/debian-13-standard_13.1-2_amd64.tar.zst
Infopage: https://pve.proxmox.com/wiki/Linux_Container
Description: Debian 13 Trixie (standard)

Package: half
Version: 1
Type: lxc
Description: says not where it is
`;
const index = parseApplianceIndex(INDEX);
const offered = (...files: readonly string[]): readonly Appliance[] =>
  files.map((file) => ({
    ...(index[0] as Appliance),
    file,
    package: file.replace(/_.*/, ""),
    section: file.includes("turnkey") ? "turnkeylinux" : "system",
  }));

describe("the index of templates", () => {
  it("has a record for each complete paragraph", () => {
    expect(index.map(({ file }) => file)).toEqual([
      "debian-12-standard_12.12-1_amd64.tar.zst",
      "debian-13-standard_13.1-2_amd64.tar.zst",
    ]);
    expect(index[0]).toMatchObject({
      package: "debian-12-standard",
      version: "12.12-1",
      sha512sum: "abc",
      section: "system",
      headline: "Debian 12 Bookworm (standard)",
      description: "A small Debian Bookworm system including all standard packages.",
    });
    expect(index[1]).toMatchObject({ sha512sum: null, description: "" });
  });
});

const FILES = [
  "debian-12-standard_12.7-1_amd64.tar.zst",
  "debian-12-standard_12.12-1_amd64.tar.zst",
  "debian-12-standard_12.9-1_amd64.tar.zst",
  "debian-12-turnkey-nextcloud_18.1-1_amd64.tar.gz",
  "alpine-3.9-default_20190224_amd64.tar.xz",
  "alpine-3.20-default_20240908_amd64.tar.xz",
  "gentoo-current-openrc_20250508_amd64.tar.xz",
  "ubuntu-24.04-standard_24.04-2_arm64.tar.zst",
];

describe("the template that is meant", () => {
  it.each([
    ["debian-12", "debian-12-standard_12.12-1_amd64.tar.zst"],
    ["debian-12-standard", "debian-12-standard_12.12-1_amd64.tar.zst"],
    ["debian-12-standard_12.7-1", "debian-12-standard_12.7-1_amd64.tar.zst"],
    ["debian-12-standard_12.7-1_amd64.tar.zst", "debian-12-standard_12.7-1_amd64.tar.zst"],
    ["debian-12-turnkey-nextcloud", "debian-12-turnkey-nextcloud_18.1-1_amd64.tar.gz"],
    ["alpine", "alpine-3.20-default_20240908_amd64.tar.xz"],
    ["alpine-3.9", "alpine-3.9-default_20190224_amd64.tar.xz"],
    ["gentoo", "gentoo-current-openrc_20250508_amd64.tar.xz"],
  ])("%s is %s", (wanted, file) => {
    expect(resolveTemplate(wanted, { onDisk: FILES, index: null })).toEqual({ kind: "on-disk", file });
    expect(resolveTemplate(wanted, { onDisk: [], index: offered(...FILES) })).toMatchObject({ kind: "download", file });
  });

  it.each(["debian-1", "alpine-3.2", "debian-12-standard_12.1", "ubuntu", "turnkey"])(
    "%s is none of them",
    (wanted) => {
      expect(resolveTemplate(wanted, { onDisk: FILES, index: null })).toEqual({ kind: "no-index" });
      expect(resolveTemplate(wanted, { onDisk: FILES, index: offered(...FILES) }).kind).toBe("unknown");
    },
  );

  it("names what is near to a name that nobody offers", () => {
    expect(resolveTemplate("debian-14", { onDisk: [], index })).toEqual({
      kind: "unknown",
      known: ["debian-12-standard", "debian-13-standard"],
    });
    expect(resolveTemplate("plan9", { onDisk: [], index: offered(...FILES) })).toMatchObject({
      known: expect.arrayContaining(["alpine-3.20-default", "debian-12-standard"]),
    });
  });

  it("is the one in the storage unless the newest is asked for", () => {
    const onDisk = ["debian-12-standard_12.7-1_amd64.tar.zst"];
    expect(resolveTemplate("debian-12", { onDisk, index })).toEqual({ kind: "on-disk", file: onDisk[0] });
    expect(resolveTemplate("debian-12", { onDisk, index, newest: true })).toMatchObject({
      kind: "download",
      file: "debian-12-standard_12.12-1_amd64.tar.zst",
    });
    // A newer one than any source offers stays.
    const newer = ["debian-12-standard_12.13-1_amd64.tar.zst"];
    expect(resolveTemplate("debian-12", { onDisk: newer, index, newest: true })).toEqual({
      kind: "on-disk",
      file: newer[0],
    });
  });
});
