import { z } from "zod";
import { judgeLink } from "../engine/formats/judge-link.ts";
import { linkProbeText, parseLinkProbe } from "../engine/formats/link-probe.ts";
import type { Reading } from "../engine/module/index.ts";
import { absolutePath, defineReading, read, refuse } from "../engine/module/index.ts";

export const linkProbe = defineReading({
  name: "link_probe",
  summary: "Tell whether files can be hard-linked and moved between two folders without being copied.",
  description: `Two folders of one disk are not enough: they must be seen through *one* mount. It only looks, and makes nothing: which mount the
kernel says that each folder is on, of which kind that is, the device numbers (subvolumes of btrfs), whether who looks may write in both.
Registers \`links\`, \`moves\` (without a copy) and \`reason\`. Both are null where looking cannot tell, and \`reason\` says why: mergerfs
decides by its policy, network file systems by their server. It rests on what the kernel does, and does not see what stops a single file: a full
disk, a quota, \`chattr +i\`, a project or a key of encryption that one folder has and the other has not, \`fs.protected_hardlinks\` for files of others.`,
  params: z
    .strictObject({
      from: absolutePath.describe("The folder that files come from: that of finished downloads."),
      to: absolutePath.describe("The folder that they go to: that of the library."),
      container: z
        .string()
        .regex(/^[a-zA-Z0-9][a-zA-Z0-9_.-]*$/, { error: "expected the name of a container" })
        .optional()
        .describe(
          "Look from inside of this container of Docker, which has its own mounts. The folders are paths in it.",
        ),
    })
    .superRefine(({ from, to }, context) => {
      if (from === to) context.addIssue({ code: "custom", path: ["to"], message: "name two folders" });
    }),
  probes: ({ from, to, container }) => ({
    seen: read.exec([
      ...(container === undefined ? [] : ["docker", "exec", container]),
      ...["sh", "-c", linkProbeText, "sh", from, to],
    ]),
  }),
  read({ from, to, container }, { seen }): Reading {
    const said = seen.stderr.trim();
    const where = container === undefined ? "" : ` in the container ${container}`;
    if (seen.code === 3) return refuse(`${said}${where}`, "is what holds it mounted?");
    if (container !== undefined && seen.code !== 0)
      return refuse(
        `nothing can be seen${where}: ${said || seen.stdout.trim()}`,
        "does it run, and has it a shell? `docker ps -a` tells",
      );
    const [one, other] = parseLinkProbe(seen.stdout, [from, to]) ?? [];
    if (one === undefined || other === undefined) return refuse(`the look failed${where}: ${said}`);
    const closed = [one, other].find(({ writable }) => !writable);
    if (closed !== undefined)
      return refuse(`no file can be made in ${closed.path}${where}`, "is it mounted read-only, or somebody else's?");
    return { kind: "value", value: { from, to, ...judgeLink(one, other) } };
  },
  examples: [
    "link_probe: { from: /srv, to: /srv/media }",
    "link_probe: { from: /data/torrents, to: /data/media, container: media-sonarr-1 }",
  ],
});
