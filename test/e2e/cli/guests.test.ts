import { rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import type { ResultEvent, RunEvent } from "../../../engine/run/events.ts";
import { type CliSite, createCliSite } from "../../support/cli-site.ts";

// Guests of a node as hosts, asked for by the real command. The steps build on each other.
let site: CliSite;
const both = ["-i", "nodes.yml", "-i", "lab.proxmox.yml"];
const put = (path: string, text: string): void => writeFileSync(join(site.folder, path), text);
beforeAll(() => {
  site = createCliSite();
  put(
    "nodes.yml",
    `all:
  vars: { lab_connection: lab }
  hosts: { nas1: }
  children:
    proxmox: { hosts: { pve1: { lab_sandbox: { kind: proxmox } } } }
`,
  );
  put("lab.proxmox.yml", "source: proxmox\nnode: pve1\n");
  put(
    "playbooks/inside.yml",
    `- hosts: tag_media
  tasks:
    - copy: { dest: /etc/lab-guest, content: "{{ proxmox.vmid }} {{ proxmox.hostname }} of {{ lab_node }}\\n" }
`,
  );
  put("playbooks/all.yml", "- hosts: all\n  tasks:\n    - debug: { msg: hello }\n");
  put(
    "playbooks/guests.yml",
    `- hosts: proxmox
  tasks:
    - pct: { vmid: 101, template: debian-12, hostname: media, tags: [media], state: started }
    - pct: { vmid: 102, template: debian-12, hostname: quiet, tags: [media], state: stopped }
`,
  );
});
afterAll(() => site.remove());

describe("guests of a Proxmox VE node as hosts", () => {
  it("are none on a fresh node: a pattern that means some is told to find nobody", async () => {
    const { code, stderr } = await site.lab("play", "inside.yml", ...both);
    expect(code).toBe(1);
    expect(stderr).toContain("error[unknown-host]: there is no host or group tag_media");
    expect(stderr).toContain("lab.proxmox.yml has found 0 guests");
  });

  it("are there once they are made, and are entered through their node", async () => {
    expect((await site.play("guests.yml")).code).toBe(0);
    const listed = await site.lab("play", "inside.yml", ...both, "--list-hosts");
    expect(listed.stdout).toContain("hosts (2):\n    media\n    quiet\n");
    const { code, events } = await site.play("inside.yml", ...both, "-l", "status_running", "--diff");
    expect(code).toBe(0);
    expect(resultsOf(events).map(({ host, status }) => [host, status])).toEqual([["media", "changed"]]);
    expect(JSON.stringify(resultsOf(events)[0]?.diff ?? resultsOf(events)[0]?.after)).toContain("101 media of pve1");
    const again = await site.play("inside.yml", ...both, "-l", "media");
    expect(resultsOf(again.events).map(({ status }) => status)).toEqual(["ok"]);
  });

  it("are left out by a filter, and named with their numbers", async () => {
    put("lab.proxmox.yml", "source: proxmox\nnode: pve1\nnames: vmid\nfilter: { status: stopped }\n");
    const { stdout } = await site.lab("play", "inside.yml", ...both, "--list-hosts");
    expect(stdout).toContain("hosts (1):\n    102\n");
    put("lab.proxmox.yml", "source: proxmox\nnode: pve1\n");
  });

  it("are asked for by nobody in a syntax check", async () => {
    rmSync(join(site.folder, ".lab"), { recursive: true, force: true });
    const { code, stdout, stderr } = await site.lab("play", "inside.yml", ...both, "--syntax-check");
    expect(code).toBe(0);
    expect(stdout).toBe("playbooks/inside.yml: no errors\n");
    expect(stderr).toContain("warning[unknown-host]");
    expect(stderr).toContain("the guests of lab.proxmox.yml are not known");
  });

  it("are not known of a node that does not answer: status 4, and nothing was played", async () => {
    put("lab.proxmox.yml", "source: proxmox\nnode: pve9\n");
    // Nobody listens there, on any machine.
    put("far.yml", "all: { hosts: { pve9: { lab_connection: ssh, lab_host: 127.0.0.1, lab_port: 1 } } }\n");
    const { code, stdout, stderr } = await site.lab("play", "all.yml", "-i", "far.yml", ...both, "-l", "nas1");
    expect({ code, stdout }).toEqual({ code: 4, stdout: "" });
    expect(stderr).toContain("error[unreachable-node]: the guests of pve9 are not known");
    expect(stderr).toContain("lab.proxmox.yml:2:7");
    // A mistake in the call comes first.
    const wrong = await site.lab("play", "all.yml", "-i", "far.yml", ...both, "-l", "nas1", "--forks", "many");
    expect(wrong.code).toBe(1);
  });

  it("are not sought on a host that is no node: the site is wrong", async () => {
    put("lab.proxmox.yml", "source: proxmox\nnode: nas1\n");
    const { code, stderr } = await site.lab("play", "all.yml", ...both);
    expect(code).toBe(1);
    expect(stderr).toContain("error[no-node]: nas1 is no Proxmox VE node");
  });
});

function resultsOf(events: readonly RunEvent[]): readonly ResultEvent[] {
  return events.filter((event) => event.type === "result");
}
