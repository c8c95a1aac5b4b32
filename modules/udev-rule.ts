import { z } from "zod";
import { udevLineFault, udevLines } from "../engine/formats/udev-rules.ts";
import type { Plan, Stat, Step, Value } from "../engine/module/index.ts";
import { change, defineModule, presence, read, refuse, write } from "../engine/module/index.ts";

const FOLDER = "/etc/udev/rules.d";

const params = z
  .strictObject({
    name: z
      .string()
      .max(100)
      .regex(/^[A-Za-z0-9_][A-Za-z0-9_.-]*$/, {
        error: "expected letters, digits and _ - . alone: it becomes a file's name",
      })
      .refine((name) => !name.endsWith(".rules"), { error: "leave .rules out, and the number in front too" })
      .describe("What the file is called: `/etc/udev/rules.d/ORDER-NAME.rules`."),
    order: z
      .int({ error: "expected a number from 0 to 99" })
      .min(0)
      .max(99)
      .default(70)
      .describe("When it is read among the others: later ones win, those from 73 on come too late for `uaccess`."),
    rules: z
      .union([z.string(), z.array(z.string().regex(/^[^\n]*$/, { error: "a line of the list is one line" }))], {
        error: "expected the rules as a text, or as a list of lines",
      })
      .transform((rules) => (typeof rules === "string" ? rules : rules.join("\n")))
      .superRefine((rules, context) => {
        if (rules.includes("\0")) context.addIssue({ code: "custom", message: "a rule cannot hold a NUL character" });
        udevLines(rules).forEach((line, index) => {
          const fault = udevLineFault(line);
          if (fault !== null) context.addIssue({ code: "custom", message: `line ${index + 1}: ${fault}` });
        });
        if (udevLines(rules).every((line) => line.trim() === ""))
          context.addIssue({ code: "custom", message: "there is no rule in it" });
      })
      .optional()
      .describe('The whole of the file: lines such as `SUBSYSTEM=="usb", ATTR{idVendor}=="152d", MODE="0660"`.'),
    state: presence.describe("`absent` removes the file."),
    trigger: z
      .boolean()
      .default(true)
      .describe(
        "After a change apply the rules to devices that are there already. Without it they count for devices that come.",
      ),
    subsystem: z
      .string()
      .regex(/^[a-z0-9_-]+$/, { error: "expected a subsystem such as usb, block or drm" })
      .optional()
      .describe("Trigger devices of this subsystem alone."),
  })
  .superRefine(({ state, rules }, context) => {
    if (state === "present" && rules === undefined)
      context.addIssue({ code: "custom", path: ["rules"], message: "say the rules that the file shall hold" });
    if (state === "absent" && rules !== undefined)
      context.addIssue({ code: "custom", path: ["rules"], message: "state: absent takes no rules" });
  });
type Params = z.output<typeof params>;

export const udevRule = defineModule({
  name: "udev_rule",
  summary: "Keep a file of udev rules, and apply it.",
  description: `The file is looked at as a whole. Only when it changes udev is told to read its rules again and, with \`trigger\`, to apply them to the
devices that are there. Lines are checked for what can be told by looking at them, such as \`SUBSYSTEM="usb"\` where \`==\` is meant.`,
  params,
  probes: (given) => ({
    text: read.text(fileOf(given)),
    file: read.stat(fileOf(given)),
    folder: read.stat(FOLDER, { follow: true }),
  }),
  plan(given, { text, file, folder }): Plan {
    const path = fileOf(given);
    if (folder?.type !== "directory")
      return refuse(
        `there is no folder ${FOLDER} on the host`,
        "install the package udev; a container has none, its node does",
      );
    if (file !== null && file.type !== "file") return refuse(`${path} is no regular file (${file.type})`);
    const shall = given.state === "absent" ? null : textOf(given);
    const before: Record<string, Value> = { rules: text };
    if (text === shall && (shall === null || isPlain(file))) return change(before, { rules: shall }, []);
    if (text === shall) {
      // Rules that others may write would be root's commands for anyone.
      return change({ rules: text, mode: modeOf(file) }, { rules: shall, mode: "0644 root:root" }, [
        write.attributes(path, { mode: "0644", owner: "root", group: "root" }),
      ]);
    }
    const save: Step =
      shall === null ? write.remove(path) : write.text(path, shall, { mode: "0644", owner: "root", group: "root" });
    // Rules write attributes of devices (ATTR{…}), too.
    const devices = { touches: ["/dev", "/run/udev", "/sys/devices", "/sys/block"] };
    return change(before, { rules: shall }, [
      save,
      write.exec(["udevadm", "control", "--reload"], { touches: ["/run/udev"] }),
      given.trigger &&
        write.exec(
          ["udevadm", "trigger", ...(given.subsystem === undefined ? [] : [`--subsystem-match=${given.subsystem}`])],
          devices,
        ),
      given.trigger && write.exec(["udevadm", "settle", "--timeout=30"], { ...devices, limitMs: 60_000 }),
    ]);
  },
  result: (given, { text }) => ({ file: fileOf(given), exists: text !== null }),
  examples: [
    `udev_rule:
  name: lab-das
  rules: 'ACTION=="add|change", SUBSYSTEM=="block", ENV{ID_SERIAL_SHORT}=="DAS0001", ATTR{queue/scheduler}="none"'`,
    `udev_rule: { name: lab-gpu, order: 60, rules: ['SUBSYSTEM=="drm", KERNEL=="renderD*", GROUP="render", MODE="0660"'], subsystem: drm }`,
    "udev_rule: { name: lab-das, state: absent }",
  ],
});

function fileOf({ name, order }: Params): string {
  return `${FOLDER}/${String(order).padStart(2, "0")}-${name}.rules`;
}
function textOf({ rules = "" }: Params): string {
  return rules.endsWith("\n") ? rules : `${rules}\n`;
}
function isPlain(file: Stat | null): boolean {
  return modeOf(file) === "0644 root:root";
}
function modeOf(file: Stat | null): string | null {
  return file === null
    ? null
    : `${file.mode} ${file.uid === 0 ? "root" : file.owner}:${file.gid === 0 ? "root" : file.group}`;
}
