import { describe, expect, test } from "vitest";
import type { Step } from "../../../engine/ops/ir.ts";
import { qm } from "../../../modules/qm/index.ts";
import { type Answers, changeOf, commandsOf, exec, planOf, problemsOf } from "../../support/plan-module.ts";

const CONF = `agent: 1
boot: order=scsi0;net0
cores: 2
cpu: host,flags=+aes
ide2: local:201/vm-201-cloudinit.qcow2,media=cdrom
ipconfig0: gw=10.0.0.1,ip=10.0.0.5/24
memory: 1024
meta: creation-qemu=9.2.0,ctime=1795292790
name: vm-one
nameserver: 1.1.1.1, 8.8.8.8
net0: virtio=BC:24:11:50:53:F1,bridge=vmbr0,firewall=1,queues=2,tag=5
onboot: 1
ostype: l26
scsi0: local:201/vm-201-disk-0.raw,aio=threads,discard=on,iothread=1,size=1G,ssd=1
scsihw: virtio-scsi-single
smbios1: uuid=2332dc3c-cc74-4258-b50a-7aeef1f4a287
sshkeys: ssh-ed25519%20AAAA%2B9%20one%0Assh-ed25519%20AAAB%20two%0A
startup: 2
tags: Web;prod,a b
vmgenid: 7b3db087-bda0-48e9-a961-f545e18791fd
`;
const STORAGE_CFG = `dir: local
\tpath /var/lib/vz
\tcontent iso,vztmpl,backup,rootdir,images

dir: nocont
\tpath /srv
\tcontent iso

zfspool: local-zfs
\tpool rpool/data
\tcontent images,rootdir
`;

/** What the looks of `qm` find on node pve1, for machine 201. */
function answers(
  conf: string | null,
  more: Answers & { readonly running?: boolean; readonly type?: string } = {},
): Answers {
  const { running = false, type = "qemu", ...rest } = more;
  const ids = conf === null && more.type === undefined ? {} : { 201: { node: "pve1", type, version: 3 } };
  return {
    guests: JSON.stringify({ version: 7, ids }),
    conf,
    pid: running ? "4242\n" : null,
    process: running ? Buffer.from("/usr/bin/kvm\0-id\x00201\0-name\0x\0") : undefined,
    storages: STORAGE_CFG,
    original: null,
    links: ["lo", "vmbr0", "vmbr1"],
    ha: null,
    "image scsi0": exec('{"virtual-size": 2147483648}'),
    "image scsi1": exec("", 1, "qemu-img: Could not open"),
    ...rest,
  };
}
const base = { vmid: 201, state: "present" };
const commands = (raw: object, observed: Answers) => commandsOf(changeOf(qm, { ...base, ...raw }, observed).steps);
/** Without the digest, which every first call carries. */
const sets = (raw: object, observed: Answers) =>
  commands(raw, observed).map((line) => line.replace(/ --digest \w{40}/, ""));

describe("create", () => {
  test.each<[name: string, raw: object, argv: string]>([
    ["as little as there can be", {}, ""],
    [
      "scalars",
      {
        name: "a.b",
        cores: 2,
        sockets: 1,
        cpu: "host",
        memory: 2048,
        balloon: 512,
        bios: "ovmf",
        machine: "q35",
        ostype: "l26",
        agent: true,
      },
      "--name a.b --cores 2 --sockets 1 --cpu host --memory 2048 --balloon 512 --bios ovmf --machine q35 --ostype l26 --agent 1",
    ],
    [
      "disks",
      {
        disks: [
          {
            slot: "scsi0",
            storage: "local-zfs",
            size: "32G",
            discard: true,
            ssd: true,
            iothread: true,
            cache: "writeback",
          },
          { slot: "virtio1", storage: "local", size: "512M", backup: false, replicate: false },
        ],
        efidisk: { storage: "local" },
      },
      "--efidisk0 local:1,efitype=4m,pre-enrolled-keys=0 --scsi0 local-zfs:32,cache=writeback,discard=on,ssd=1,iothread=1 --virtio1 local:0.5,backup=0,replicate=0",
    ],
    [
      "networks",
      {
        nets: [
          { slot: "net1", bridge: "vmbr1", tag: 7, rate: 1.5, firewall: true },
          { slot: "net0", model: "e1000", hwaddr: "bc:24:11:00:00:01" },
        ],
      },
      "--net1 virtio,bridge=vmbr1,firewall=1,rate=1.5,tag=7 --net0 e1000=bc:24:11:00:00:01",
    ],
    [
      "devices",
      {
        hostpci: [{ slot: "hostpci0", host: "01:00.0", pcie: true }],
        usb: [{ slot: "usb0", host: "046d:c52b", usb3: true }],
      },
      "--hostpci0 host=01:00.0,pcie=1 --usb0 host=046d:c52b,usb3=1",
    ],
    [
      "cloud-init",
      {
        cloudinit: {
          storage: "local",
          user: "admin",
          ipconfig: [{ net: "net0", ip: "10.0.0.5/24", gw: "10.0.0.1", ip6: "auto" }],
          nameserver: "1.1.1.1 8.8.8.8",
          searchdomain: ["lab.test"],
          cicustom: { user: "local:snippets/u.yaml" },
          upgrade: false,
        },
      },
      "--ide2 local:cloudinit --ciuser admin --ipconfig0 ip=10.0.0.5/24,gw=10.0.0.1,ip6=auto --nameserver 1.1.1.1 8.8.8.8 --searchdomain lab.test --cicustom user=local:snippets/u.yaml --ciupgrade 0",
    ],
    ["what is empty is not said", { tags: [], disks: [], nets: [], description: "", serial: "" }, ""],
  ])("%s", (_, raw, argv) => {
    expect(commands(raw, answers(null))).toEqual([["qm create 201", ...(argv === "" ? [] : [argv])].join(" ")]);
  });

  test("an image is copied, and the disk grown; a template and a started machine end as such", () => {
    const disks = [{ slot: "scsi0", storage: "local", import_from: "/srv/image.qcow2", size: "8G", ssd: true }];
    expect(commands({ disks, template: true }, answers(null))).toEqual([
      "qm create 201 --scsi0 local:0,ssd=1,import-from=/srv/image.qcow2",
      "qm disk resize 201 scsi0 8G",
      "qm template 201",
    ]);
    expect(commands({ state: "started" }, answers(null)).at(-1)).toBe("qm start 201");
  });

  test("password and keys never stand in a command line", () => {
    const key = "ssh-ed25519 AAAA one";
    const [step] = changeOf(qm, { ...base, cloudinit: { password: "secret12", sshkeys: [key] } }, answers(null)).steps;
    expect(wordsOf(step)).toEqual(["qm", "create", "201", "--sshkeys", `file:${key}\n`, "--cipassword"]);
    expect(
      step?.kind === "exec" && typeof step.stdin === "object" && "reveal" in step.stdin && step.stdin.reveal(),
    ).toBe("secret12\nsecret12\n");
  });
});

describe("what is there", () => {
  test.each<[name: string, raw: object]>([
    ["nothing named", {}],
    [
      "spelled otherwise",
      { cpu: "cputype=host,flags=+aes", memory: 1024, onboot: true, startup: { order: 2 }, tags: "b A prod web" },
    ],
    [
      "what is missing means a default",
      { sockets: 1, bios: "seabios", protection: false, description: "", serial: "" },
    ],
    [
      "the disk, its image and its own options",
      {
        disks: [
          {
            slot: "scsi0",
            storage: "local",
            size: "1G",
            import_from: "/srv/x.img",
            discard: true,
            iothread: true,
            ssd: true,
            backup: true,
          },
        ],
      },
    ],
    [
      "the network without its address",
      { nets: [{ slot: "net0", bridge: "vmbr0", firewall: true, tag: 5, link_down: false }] },
    ],
    [
      "the network with it",
      {
        nets: [{ slot: "net0", model: "virtio", hwaddr: "bc:24:11:50:53:f1", bridge: "vmbr0", firewall: true, tag: 5 }],
      },
    ],
    [
      "cloud-init",
      {
        cloudinit: {
          storage: "local",
          sshkeys: "ssh-ed25519 AAAB two\n# c\nssh-ed25519 AAAA+9 one",
          ipconfig: [{ net: "net0", ip: "10.0.0.5/24", gw: "10.0.0.1" }],
          nameserver: ["1.1.1.1", "8.8.8.8"],
          upgrade: true,
        },
      },
    ],
    ["agent and boot order", { agent: true, boot: ["scsi0", "net0"] }],
  ])("stays: %s", (_, raw) => {
    expect(commands(raw, answers(CONF))).toEqual([]);
  });

  test.each<[name: string, raw: object, argv: readonly string[]]>([
    [
      "a sub-option that vanishes",
      { disks: [{ slot: "scsi0", discard: true, iothread: true }] },
      ["qm set 201 --scsi0 local:201/vm-201-disk-0.raw,aio=threads,discard=on,iothread=1"],
    ],
    [
      "a network keeps its address, and what we do not know",
      { nets: [{ slot: "net0", bridge: "vmbr1" }] },
      ["qm set 201 --net0 virtio=BC:24:11:50:53:F1,bridge=vmbr1,queues=2"],
    ],
    [
      "one network goes, another comes",
      { nets: [{ slot: "net1", bridge: "vmbr1" }] },
      ["qm set 201 --net1 virtio,bridge=vmbr1 --delete net0"],
    ],
    [
      "in one call",
      { cores: 4, tags: [], startup: "", boot: ["net0"] },
      ["qm set 201 --cores 4 --boot order=net0 --delete startup,tags"],
    ],
    [
      "a disk grows",
      { disks: [{ slot: "scsi0", size: "2G", discard: true, iothread: true, ssd: true }] },
      ["qm disk resize 201 scsi0 2G"],
    ],
    ["the agent goes, what is said of it stays", { agent: false }, ["qm set 201 --agent 0"]],
    [
      "cloud-init, and its image is made anew",
      { cloudinit: { user: "me", ipconfig: [] } },
      ["qm set 201 --ciuser me --delete ipconfig0", "qm cloudinit update 201"],
    ],
    [
      "a disk goes with its protection",
      { protection: false, disks: [], detach: true },
      ["qm set 201 --protection 0", "qm set 201 --delete scsi0"],
    ],
  ])("changes: %s", (_, raw, argv) => {
    const conf = /protection/.test(JSON.stringify(raw)) ? CONF.replace("ostype", "protection: 1\nostype") : CONF;
    expect(sets(raw, answers(conf))).toEqual(argv);
  });

  test("the password is set where none is, and never compared", () => {
    const raw = { cloudinit: { password: "secret12" } };
    expect(sets(raw, answers(CONF))).toEqual(["qm set 201 --cipassword", "qm cloudinit update 201"]);
    const isSet = CONF.replace("cores", "cipassword: $5$abcdefgh$0123456789012345678901234567890123456789012\ncores");
    expect(commands(raw, answers(isSet))).toEqual([]);
  });

  test("the size that is not written down is looked at first", () => {
    const plan = changeOf(
      qm,
      { ...base, disks: [{ slot: "scsi0", size: "1G", discard: true, iothread: true, ssd: true }] },
      answers(CONF.replace(",size=1G", "")),
    );
    expect([commandsOf(plan.steps), plan.again]).toEqual([["qm disk rescan --vmid 201"], true]);
  });

  test("a process number that is another's now", () => {
    const stale = answers(CONF, { pid: "4242\n", process: Buffer.from("/usr/bin/kvm\0-id\x00202\0") });
    expect(changeOf(qm, base, stale).before.status).toBe("stopped");
    expect(changeOf(qm, base, answers(CONF, { pid: "4242\n", process: null })).before.status).toBe("stopped");
    expect(changeOf(qm, base, answers(CONF, { running: true })).before.status).toBe("running");
  });
});

describe("pending", () => {
  const pending = `${CONF}\n[PENDING]\ncores: 4\ndelete: onboot\n`;
  test("what is wanted is pending already, or is taken back", () => {
    const running = answers(pending, { running: true });
    expect(commands({ cores: 4, onboot: false }, running)).toEqual([]);
    expect(sets({ cores: 2, onboot: true }, running)).toEqual(["qm set 201 --revert cores,onboot"]);
    expect(sets({ cores: 3 }, running)).toEqual(["qm set 201 --cores 3"]);
  });
  test("if_needed restarts also for what an earlier run has left, and not for what counts at once", () => {
    const raw = { restart: "if_needed" };
    expect(commands(raw, answers(pending, { running: true }))).toEqual(["qm reboot 201 --timeout 180"]);
    expect(commands({ ...raw, force: true }, answers(pending, { running: true }))).toEqual([
      "qm shutdown 201 --timeout 180 --forceStop 1",
      "qm start 201",
    ]);
    expect(sets({ ...raw, name: "x", onboot: false }, answers(CONF, { running: true }))).toEqual([
      "qm set 201 --name x --onboot 0",
    ]);
    expect(sets({ ...raw, memory: 2048 }, answers(CONF, { running: true }))).toEqual([
      "qm set 201 --memory 2048",
      "qm reboot 201 --timeout 180",
    ]);
  });
});

describe("refused", () => {
  test.each<[why: RegExp, raw: object, observed: Answers]>([
    [/no Proxmox VE node/, {}, answers(null, { guests: null })],
    [/201 is a container on node pve1/, {}, answers(null, { type: "lxc" })],
    [/is on node pve1 of the cluster, not on this one/, {}, answers(null, { type: "qemu" })],
    [/locked \(backup\)/, { cores: 4 }, answers(`${CONF}lock: backup\n`)],
    [/is protected/, { state: "absent" }, answers(`${CONF}protection: 1\n`)],
    [/under high availability/, { state: "absent" }, answers(CONF, { ha: "vm: 201\n\tstate started\n" })],
    [/takes no disks of virtual machines/, { disks: [{ slot: "scsi0", storage: "nocont", size: 1 }] }, answers(null)],
    [/is no image/, { disks: [{ slot: "scsi1", storage: "local", import_from: "/x" }] }, answers(null)],
    [
      /has snapshots and cannot become a template/,
      { template: true, state: "stopped" },
      answers(`${CONF}\n[s1]\nmemory: 1\n`),
    ],
    [/cannot shrink to 512M/, { disks: [{ slot: "scsi0", size: "512M" }] }, answers(CONF)],
    [/has a disk at scsi0/, { disks: [] }, answers(CONF)],
  ])("%s", (why, raw, observed) => {
    expect(planOf(qm, { ...base, ...raw }, observed)).toMatchObject({
      kind: "refuse",
      why: expect.stringMatching(why),
    });
  });
});

const disk = (some: object) => ({ disks: [{ slot: "scsi0", storage: "local", size: "1G", ...some }] });
const net = (some: object) => ({ nets: [{ slot: "net0", ...some }] });
const ci = (some: object) => ({ cloudinit: some });
test.each<[problem: RegExp, raw: object]>([
  [/^vmid: ids of guests begin at 100/, { vmid: 99 }],
  [/^vmid/, { vmid: "201" }],
  [/^state/, { state: "running" }],
  [/^state: a template cannot be started/, { template: true, state: "started" }],
  [/^name/, { name: "bad_name" }],
  [/^name/, { name: "" }],
  [/^cores/, { cores: 0 }],
  [/^sockets/, { sockets: 1.5 }],
  [/^cpu/, { cpu: "host --memory 5" }],
  [/^cpu/, { cpu: "" }],
  [/^memory: expected a whole number of MiB, at least 16/, { memory: 8 }],
  [/^memory/, { memory: "1G" }],
  [/^balloon: it cannot be more than memory/, { memory: 512, balloon: 1024 }],
  [/^bios/, { bios: "uefi" }],
  [/^machine/, { machine: "q35,\nargs: x" }],
  [/^ostype/, { ostype: "debian" }],
  [/^scsihw/, { scsihw: "virtio" }],
  [/^disks: expected a list/, { disks: { scsi0: "local:1" } }],
  [/^disks.0.slot/, disk({ slot: "scsi31" })],
  [/^disks.0.slot/, disk({ slot: "scsi0,cache=none" })],
  [/^disks.0.storage/, disk({ storage: "local:1" })],
  [/^disks.0.size/, disk({ size: "8" })],
  [/^disks.0.size/, disk({ size: "-1G" })],
  [/^disks.0.import_from/, disk({ import_from: "image.qcow2" })],
  [/^disks.0.import_from/, disk({ import_from: "/a/../b" })],
  [/^disks.0.import_from.*comma/, disk({ import_from: "/a,ssd=1" })],
  [/^disks.0.import_from/, disk({ import_from: "local:iso/x.iso" })],
  [/^disks.0.cache/, disk({ cache: "fast" })],
  [/^disks.0.ssd: disks of virtio/, disk({ slot: "virtio0", ssd: true })],
  [/^disks.0.iothread/, disk({ slot: "sata0", iothread: true })],
  [/disks.0: .*"file"/, disk({ file: "x" })],
  [/^disks.1.slot: two disks are at scsi0/, { disks: [{ slot: "scsi0" }, { slot: "scsi0" }] }],
  [/^efidisk.type/, { efidisk: { storage: "local", type: "8m" } }],
  [/^nets.0.slot/, net({ slot: "eth0" })],
  [/^nets.0.model/, net({ model: "foo" })],
  [/^nets.0.bridge/, net({ bridge: "vmbr0,tag=5" })],
  [/^nets.0.hwaddr/, net({ hwaddr: "01:00:00:00:00:01" })],
  [/^nets.0.tag/, net({ tag: 0 })],
  [/^nets.0.mtu/, net({ mtu: 70_000 })],
  [/^nets.0.rate/, net({ rate: 0 })],
  [/^nets.1.slot: two networks are at net0/, { nets: [{ slot: "net0" }, { slot: "net0" }] }],
  [
    /^nets.1.hwaddr/,
    {
      nets: [
        { slot: "net0", hwaddr: "BC:24:11:00:00:01" },
        { slot: "net1", hwaddr: "bc:24:11:00:00:01" },
      ],
    },
  ],
  [/^cloudinit.storage/, ci({ storage: "-x" })],
  [/^cloudinit.slot/, ci({ slot: "virtio0" })],
  [/^cloudinit.user/, ci({ user: "a b" })],
  [/^cloudinit.password/, ci({ password: "abc" })],
  [/^cloudinit.password/, ci({ password: "abcdef\nghi" })],
  [/^cloudinit.sshkeys/, ci({ sshkeys: "not a key" })],
  [/^cloudinit.ipconfig.0.net/, ci({ ipconfig: [{ net: "eth0" }] })],
  [/^cloudinit.ipconfig.0.ip/, ci({ ipconfig: [{ net: "net0", ip: "10.0.0.5" }] })],
  [/^cloudinit.ipconfig.0.gw: with ip: dhcp/, ci({ ipconfig: [{ net: "net0", ip: "dhcp", gw: "10.0.0.1" }] })],
  [/^cloudinit.ipconfig.1.net/, ci({ ipconfig: [{ net: "net0" }, { net: "net0" }] })],
  [/^cloudinit.nameserver/, ci({ nameserver: "ns.example" })],
  [/^cloudinit.searchdomain/, ci({ searchdomain: "a_b" })],
  [/^cloudinit.cicustom.user/, ci({ cicustom: { user: "/root/u.yaml" } })],
  [/^cloudinit: its drive and a disk/, { ...disk({ slot: "ide2" }), ...ci({ storage: "local" }) }],
  [/^agent/, { agent: "yes" }],
  [/^boot.0/, { boot: ["disk"] }],
  [/^boot: a device is there twice/, { boot: ["scsi0", "scsi0"] }],
  [/^serial/, { serial: "/dev/ttyS0\nargs: x" }],
  [/^vga/, { vga: "std memory=4" }],
  [/^startup/, { startup: "any" }],
  [/^tags/, { tags: ["a b!"] }],
  [/^description/, { description: "x".repeat(8192) }],
  [/^hostpci.0.slot/, { hostpci: [{ slot: "pci0", host: "01:00.0" }] }],
  [/^hostpci.0.host/, { hostpci: [{ slot: "hostpci0", host: "01:00.0,pcie=1" }] }],
  [/^hostpci.0.host: say either/, { hostpci: [{ slot: "hostpci0" }] }],
  [/^usb.0.host/, { usb: [{ slot: "usb0", host: "keyboard" }] }],
  [
    /^usb.1.slot/,
    {
      usb: [
        { slot: "usb0", host: "spice" },
        { slot: "usb0", host: "spice" },
      ],
    },
  ],
  [/^clone: it cannot be a clone of itself/, { clone: { from: 201 } }],
  [/^clone: a linked clone stays/, { clone: { from: 9000, full: false, storage: "local" } }],
  [/^clone.snapshot/, { clone: { from: 9000, snapshot: "1x" } }],
  [/^restart/, { restart: "always" }],
  [/^timeout/, { timeout: 0 }],
  [/"memroy"/, { memroy: 512 }],
])("bad input: %s", (problem, raw) => {
  expect(problemsOf(qm, { ...base, ...raw }).join("\n")).toMatch(problem);
});

function wordsOf(step: Step | undefined): readonly string[] {
  if (step?.kind !== "exec") return [];
  return step.argv.map((word) => (typeof word === "string" ? word : `file:${word.content.reveal()}`));
}
