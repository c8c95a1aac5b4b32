import { z } from "zod";
import { absolutePath, change, defineModule, read, refuse, write } from "../engine/module/index.ts";

export const sysctl = defineModule({
  name: "sysctl",
  summary: "Set a kernel parameter, now and at boot.",
  params: z.strictObject({
    name: z
      .string()
      .regex(/^\w[\w./-]*$/, { error: "expected a kernel parameter such as net.ipv4.ip_forward" })
      .describe("Parameter, such as `net.ipv4.ip_forward`."),
    value: z
      .union([
        z
          .string()
          .min(1)
          .regex(/^[^\n\0]*$/),
        z.int(),
      ])
      .transform(String)
      .describe("Value it shall have."),
    file: absolutePath.default("/etc/sysctl.d/90-lab.conf").describe("Where it is kept for the next boot."),
  }),
  probes: ({ name, file }) => ({ live: read.exec(["sysctl", "-n", "--", name]), saved: read.text(file) }),
  plan({ name, value, file }, { live, saved }) {
    if (live.code !== 0) return refuse(`the kernel has no parameter "${name}"`, "is its module loaded?");
    const before = { live: words(live.stdout), boot: settingIn(saved ?? "", name) };
    return change(before, { live: words(value), boot: words(value) }, [
      before.boot !== words(value) && write.text(file, withSetting(saved ?? "", name, value), { mode: "0644" }),
      before.live !== words(value) && write.exec(["sysctl", "-w", "--", `${name}=${value}`]),
    ]);
  },
  examples: ["sysctl: { name: net.ipv4.ip_forward, value: 1 }"],
});

/** The kernel separates several numbers by tabs; people by blanks. */
function words(value: string): string {
  return value.trim().split(/\s+/).join(" ");
}

function settingIn(_text: string, _name: string): string | null {
  return null;
}
function withSetting(text: string, name: string, value: string): string {
  return `${text}${name} = ${value}\n`;
}
