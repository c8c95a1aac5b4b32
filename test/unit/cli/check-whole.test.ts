import { Readable } from "node:stream";
import { describe, expect, it } from "vitest";
import { checkWhole } from "../../../engine/cli/check-whole.ts";
import { libraryModules } from "../../../engine/cli/module-shelf.ts";
import type { FileSource } from "../../../engine/site/files.ts";
import { oneHost } from "../../support/check-texts.ts";
import { textFiles } from "../../support/site-fixture.ts";

const play = "- name: A play\n  hosts: all\n  roles: [common]\n";
const site = {
  "/site/lab.yml": "",
  "/site/inventory/hosts.yml": oneHost,
  "/site/inventory/group_vars/all.yml": "greeting: hello\n",
  "/site/playbooks/a.yml": play,
  "/site/playbooks/b.yml": play,
  "/site/playbooks/c.yml": play,
  "/site/roles/common/tasks/main.yml": '- name: Greet\n  debug: { msg: "{{ greeting }}" }\n',
};

describe("a check of a whole site", () => {
  it("reads each file once, however many playbooks share it", async () => {
    const files = textFiles(site);
    const read: string[] = [];
    const source: FileSource = {
      ...files,
      bytes(path) {
        if (files.kind(path) === "file") read.push(path);
        return files.bytes(path);
      },
    };
    const checked = await checkWhole({
      source,
      folder: "/site",
      playbooks: [],
      modules: libraryModules,
      libraryRoles: "/none",
      options: {},
    });
    expect(checked.playbooks).toHaveLength(3);
    expect(read.toSorted()).toEqual(Object.keys(site).toSorted());
  });

  it("sees a role that nothing uses in the same site: programs of its inventory and large files are what they are", async () => {
    const more = {
      ...site,
      "/site/inventory/program": "#!/bin/sh\n",
      "/site/roles/left/tasks/main.yml": "- name: Put it there\n  copy: { src: image, dest: /srv/image }\n",
      "/site/roles/left/files/image": "short",
    };
    const files = textFiles(more);
    const whole: string[] = [];
    const source: FileSource = {
      ...files,
      executable: (path) => path === "/site/inventory/program",
      large: (path) => (path.endsWith("image") ? { size: 1e9, mark: "1", open: () => Readable.from([]) } : undefined),
      bytes(path) {
        if (path.endsWith("image")) whole.push(path);
        return files.bytes(path);
      },
    };
    const checked = await checkWhole({
      source,
      folder: "/site",
      playbooks: [],
      modules: libraryModules,
      libraryRoles: "/none",
      options: {},
    });
    expect(checked.diagnostics.map(({ code }) => code)).toEqual(["unused-role"]);
    expect(whole).toEqual([]);
  });
});
