import { describe, expect, test } from "vitest";
import { runWords } from "../../../engine/sim/interpret/interpret-exec.ts";
import { confText } from "../../../engine/sim/pve/container/container-conf.ts";
import type { Session } from "../../../engine/sim/session.ts";
import { recordedNode, rootSession } from "../../support/recorded-node.ts";

const CONF = [
  "arch: amd64",
  "hostname: a",
  "memory: 512",
  "ostype: alpine",
  "rootfs: local:100/vm-100-disk-0.raw,size=1G",
];
const node = (running = false) => rootSession(recordedNode({ 100: { conf: CONF, running } }));
const pct = (session: Session, ...words: readonly string[]) => runWords(session, ["pct", ...words], {});

describe("the arguments of pct", () => {
  test("an option may be cut short as long as it is one only", () => {
    const session = node();
    expect(pct(session, "set", "100", "--mem", "640", "-hostn=b")).toMatchObject({ code: 0 });
    expect(confText(session.host, "100")).toContain("hostname: b\nmemory: 640\n");
    expect(pct(session, "set", "100", "--t", "1").stderr).toBe(
      "Option t is ambiguous (tags, template, timezone, tty)\n400 unable to parse option\npct set <vmid> [OPTIONS]\n",
    );
  });

  test("a subcommand may be cut short, too", () => {
    expect(pct(node(), "conf", "100").stdout).toContain("hostname: a\n");
    expect(pct(node(), "s", "100").stderr).toMatch(/^ERROR: unknown command 'pct s'\n/);
  });

  test("options that are unknown come before words that are missing, and those before values that are wrong", () => {
    expect(pct(node(), "set", "--bogus", "1", "--memory", "x").stderr).toMatch(/^Unknown option: bogus\n400 unable/);
    expect(pct(node(), "set", "--memory", "x").stderr).toMatch(/^400 not enough arguments\n/);
    expect(pct(node(), "set", "abc", "--memory", "x").stderr).toBe(
      "400 Parameter verification failed.\nvmid: type check ('integer') failed - got 'abc'\n" +
        "memory: type check ('integer') failed - got 'x'\npct set <vmid> [OPTIONS]\n",
    );
  });

  test("a boolean takes the next word only if that is no option", () => {
    const session = node();
    pct(session, "set", "100", "--onboot", "--memory", "640");
    expect(confText(session.host, "100")).toContain("memory: 640\nonboot: 1\n");
    pct(session, "set", "100", "--onboot", "no");
    expect(confText(session.host, "100")).toContain("onboot: 0\n");
  });

  test("lists given twice are joined, of anything else the last counts", () => {
    const session = node();
    pct(session, "set", "100", "--tags", "b", "--tags", "a", "--cores", "1", "--cores", "2");
    expect(confText(session.host, "100")).toContain("cores: 2\n");
    expect(confText(session.host, "100")).toContain("tags: a;b\n");
  });

  test("nobody but root gets anywhere", () => {
    const session: Session = { ...node(), user: { ...node().user, uid: 1000 } };
    expect(pct(session, "list")).toMatchObject({ code: 255, stdout: "" });
  });
});

describe("what is in force in a running container", () => {
  const inForce = (session: Session) => session.host.pve?.containers["100"]?.running?.conf ?? "";

  test("follows what is plugged, and neither what is pending nor raw lines", () => {
    const session = node(true);
    pct(session, "set", "100", "--memory", "640", "--nameserver", "1.1.1.1", "--mp0", "/srv/bind,mp=/a");
    expect(inForce(session)).toContain("memory: 640\nmp0: /srv/bind,mp=/a\n");
    expect(inForce(session)).not.toContain("nameserver");
    expect(confText(session.host, "100")).toMatch(/\n\[pve:pending\]\nnameserver: 1\.1\.1\.1\n$/);
    const conf = session.change().files["/etc/pve/nodes/pve1/lxc/100.conf"];
    if (conf?.type !== "file") throw new Error("no configuration");
    conf.content = conf.content.replace("\n[pve", "lxc.cap.drop: mknod\n\n[pve");
    pct(session, "set", "100", "--memory", "512");
    expect(inForce(session)).not.toContain("lxc.cap.drop");
    expect(confText(session.host, "100")).toContain("lxc.cap.drop: mknod\n");
  });

  test("is left alone, as the file is, where one of several changes cannot be plugged", () => {
    const session = node(true);
    const before = confText(session.host, "100");
    const result = pct(session, "set", "100", "--hostname", "b", "--mp1", "/srv/nowhere,mp=/a");
    expect(result.code).toBe(1);
    expect(confText(session.host, "100")).toBe(before);
  });
});
