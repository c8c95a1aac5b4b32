import { sha256 } from "../files/node.ts";
import { KERNEL } from "../files/virtual-files.ts";
import { fails, parseOptions, refuseArgument, says, type Tool } from "../tool.ts";

/** initramfs-tools 0.142. The image stands in: its content tells which files of modprobe.d it was made from. */
export const updateInitramfs: Tool = {
  name: "update-initramfs",
  rests: "documented",
  run({ session }, args) {
    const { flags, values, words } = parseOptions("update-initramfs", args, {
      flags: { "-u": "update", "-v": "verbose" },
      values: { "-k": "kernel" },
    });
    if (words.length > 0) refuseArgument("update-initramfs", words.join(" "));
    if (!flags.has("update")) return fails(2, "You must specify at least one of -c, -u, or -d.\n");
    const kernel = values.get("kernel")?.at(-1) ?? KERNEL;
    if (kernel !== "all" && kernel !== KERNEL) refuseArgument("update-initramfs", `-k ${kernel}`);
    if (session.user.uid !== 0) return fails(1, "E: update-initramfs needs root\n");
    const options = Object.entries(session.host.files).flatMap(([path, node]) =>
      path.startsWith("/etc/modprobe.d/") && node.type === "file" ? [`${path}\n${node.content}`] : [],
    );
    const host = session.change();
    host.files[`/boot/initrd.img-${KERNEL}`] = {
      type: "file",
      mode: "0644",
      uid: 0,
      gid: 0,
      mtime: Math.floor(host.clockMs / 1000),
      content: `${sha256(options.sort().join("\0"))}\n`,
    };
    return says(`update-initramfs: Generating /boot/initrd.img-${KERNEL}\n`);
  },
};
