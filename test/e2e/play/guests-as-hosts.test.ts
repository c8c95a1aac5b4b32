import { existsSync, mkdirSync, rmSync, symlinkSync, writeFileSync } from "node:fs";
import { dirname } from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { expectExit } from "../../support/e2e-events.ts";
import { openRig, type PlayRun, type Rig } from "../../support/e2e-rig.ts";
import { type Guests, makeGuests } from "../../support/lxc-guests.ts";
import { makeUser } from "../../support/sshd-user.ts";

let rig: Rig;
let guests: Guests;
beforeAll(async () => {
  // This machine is dressed up as a node for a moment; one that is a node is left alone.
  if (existsSync("/etc/pve")) throw new Error("/etc/pve is there: this test does not run on a Proxmox VE node");
  guests = makeGuests();
  guests.start(guests.busybox);
  rig = await openRig();
  dressUp(guests);
});
afterAll(async () => {
  await rig?.stop();
  guests?.remove();
  for (const path of ["/etc/pve", "/run/qemu-server"]) rmSync(path, { recursive: true, force: true });
});

/** The files below /etc/pve of a node with two containers, of which one runs, and a machine that does. */
function dressUp({ busybox, debian }: Guests): void {
  const put = (path: string, text: string) => {
    mkdirSync(dirname(path), { recursive: true });
    writeFileSync(path, text, { mode: 0o640 });
  };
  const entry = (id: number, type: string) => `"${id}": { "node": "real", "type": "${type}", "version": 7 }`;
  const ids = [entry(busybox, "lxc"), entry(debian, "lxc"), entry(990_200, "qemu")];
  put("/etc/pve/.vmlist", `{\n"version": 9,\n"ids": {\n${ids.join(",\n")}}\n\n}\n`);
  put("/etc/pve/user.cfg", `user:root@pam:1:0:::::\n\npool:family::${busybox},990200::\n`);
  put(`/etc/pve/nodes/real/lxc/${busybox}.conf`, "arch: amd64\nhostname: bare\ntags: media;small\n");
  put(`/etc/pve/nodes/real/lxc/${debian}.conf`, "arch: amd64\nhostname: full\n\n[before]\nhostname: old\n");
  put("/etc/pve/nodes/real/qemu-server/990200.conf", "name: desk\nmemory: 2048\n");
  put("/run/qemu-server/990200.pid", "1\n");
  symlinkSync("nodes/real", "/etc/pve/local");
}

const inventory = (node: Readonly<Record<string, unknown>> = {}) => {
  const box = { lab_host: "127.0.0.1", lab_port: rig.sshd.port, lab_user: "root", ...node };
  rig.write("inventory/hosts.yml", JSON.stringify({ all: { hosts: { box } } }));
  rig.write("inventory/lab.proxmox.yml", "source: proxmox\nnode: box\n");
  const said = "{{ inventory_hostname }} {{ proxmox.vmid }} {{ proxmox.pool }} {{ join group_names ' ' }}\n";
  const tasks = [{ name: "said", copy: { dest: "/root/said", content: said } }];
  rig.write("site.yml", JSON.stringify([{ name: "Guests", hosts: "lxc:&status_running", tasks }]));
};
const statuses = (run: PlayRun) =>
  run.events.flatMap((event) => (event.type === "result" ? [`${event.host} ${event.status}`] : []));
const logins = () => rig.sshd.log().split("Accepted publickey").length - 1;

describe("guests of a node as hosts, through a real sshd, with real containers", () => {
  it("are found, told apart, and entered, with one login for all of it", async () => {
    inventory();
    const listed = await rig.lab("play", "site.yml", "--list-hosts", "-i", "inventory");
    expect({ code: listed.code, stderr: listed.stderr }).toEqual({ code: 0, stderr: "" });
    expect(listed.stdout).toContain("hosts (1):\n    bare\n");
    const before = logins();
    const run = await rig.play("site.yml", "-i", "inventory");
    expectExit(run, 0);
    expect(statuses(run)).toEqual(["bare changed"]);
    expect(logins() - before).toBe(1);
    expect(guests.inside(guests.busybox, "cat", "/root/said")).toBe(
      `bare ${guests.busybox} family lxc node_real pool_family status_running tag_media tag_small\n`,
    );
    expect(statuses(await rig.play("site.yml", "-i", "inventory"))).toEqual(["bare ok"]);
  });

  it("are read by root, to whom a login user gets by sudo; else the node is not reached", async () => {
    const user = makeUser();
    try {
      user.maySudo("ALL=(ALL) ALL");
      inventory({ lab_user: user.name, lab_become_password: user.password });
      expect(statuses(await rig.play("site.yml", "-i", "inventory"))).toEqual(["bare ok"]);
      user.maySudo(null);
      inventory({ lab_user: user.name });
      const { code, stderr } = await rig.lab("play", "site.yml", "-i", "inventory");
      expect(code).toBe(4);
      expect(stderr).toContain("error[unreachable-node]: the guests of box are not known");
      expect(stderr).toContain("sudo");
    } finally {
      user.remove();
    }
  });

  it("are told not to be there by a host that is no node", async () => {
    inventory();
    rmSync("/etc/pve/.vmlist");
    const { code, stderr } = await rig.lab("play", "site.yml", "-i", "inventory");
    expect(code).toBe(1);
    expect(stderr).toContain("error[no-node]: box is no Proxmox VE node: there is no /etc/pve/.vmlist");
  });
});
