import { z } from "zod";
import { linkProbeText } from "../engine/formats/link-probe.ts";
import type { Reading } from "../engine/module/index.ts";
import { absolutePath, defineReading, read, refuse } from "../engine/module/index.ts";

export const linkProbe = defineReading({
  name: "link_probe",
  summary: "Try whether files can be hard-linked and moved between two folders without being copied.",
  description: `Two folders of one disk are not enough: they must be seen through *one* mount, and nothing but trying tells. It makes an
empty file whose name begins with a dot, gives it a second name, moves it, and removes all of it again: nothing stays but the folders' new
times. It is the only look that writes, and does so in a check, too: leave it out of one with \`when\` where that must not be. Registers \`links\`, \`moves\` (the file stayed the same one: a program that falls back to copying does not count) and \`reason\`, what was
answered where a link was refused.`,
  params: z
    .strictObject({
      from: absolutePath.describe("The folder that files come from: that of finished downloads."),
      to: absolutePath.describe("The folder that they go to: that of the library."),
      container: z
        .string()
        .regex(/^[a-zA-Z0-9][a-zA-Z0-9_.-]*$/, { error: "expected the name of a container" })
        .optional()
        .describe("Try it inside of this container of Docker, which has its own mounts. The folders are paths in it."),
    })
    .superRefine(({ from, to }, context) => {
      if (from === to) context.addIssue({ code: "custom", path: ["to"], message: "name two folders" });
    }),
  // It writes for a moment: not before it is its turn.
  ahead: false,
  probes: ({ from, to, container }) => ({
    tried: read.exec([
      ...(container === undefined ? [] : ["docker", "exec", container]),
      ...["sh", "-c", linkProbeText, "sh", from, to],
    ]),
  }),
  read({ from, to, container }, { tried }): Reading {
    const said = tried.stderr.trim();
    const where = container === undefined ? "" : ` in the container ${container}`;
    if (tried.code === 3) return refuse(`${said}${where}`, "is what holds it mounted?");
    if (tried.code === 4) return refuse(`${said}${where}`, "is it mounted read-only, or full?");
    if (container !== undefined && tried.code !== 0)
      return refuse(
        `nothing can be tried${where}: ${said || tried.stdout.trim()}`,
        "does it run, and has it a shell? `docker ps -a` tells",
      );
    const [, links = "", moves = ""] = /^links=(yes|no) moves=(yes|no)$/m.exec(tried.stdout) ?? [];
    if (links === "") return refuse(`the probe failed: ${said}`);
    const reason = tried.stdout.split("\n")[1] ?? "";
    return {
      kind: "value",
      value: { from, to, links: links === "yes", moves: moves === "yes", reason: reason === "" ? null : reason },
    };
  },
  examples: [
    "link_probe: { from: /srv, to: /srv/media }",
    "link_probe: { from: /data/torrents, to: /data/media, container: media-sonarr-1 }",
  ],
});
