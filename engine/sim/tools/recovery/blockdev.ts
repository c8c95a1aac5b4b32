import { blockDevices } from "../../host/block-devices.ts";
import { fails, refuseArgument, says, type Tool } from "../../tool.ts";
import { canonicalPath } from "../../zfs/devices.ts";

const QUESTIONS = new Set(["--getro", "--getsize64", "--setro", "--setrw"]);

/** util-linux 2.38: one question, of any number of devices. */
export const blockdev: Tool = {
  name: "blockdev",
  rests: "recorded",
  run({ session }, args) {
    const [question = "", ...words] = args;
    if (!QUESTIONS.has(question)) refuseArgument("blockdev", question);
    let out = "";
    for (const word of words) {
      const path = canonicalPath(session.host, word);
      const device = blockDevices(session.host).find(({ name }) => `/dev/${name}` === path);
      if (device === undefined) return fails(1, `blockdev: cannot open ${word}: No such file or directory\n`, out);
      if (session.user.uid !== 0) return fails(1, `blockdev: cannot open ${word}: Permission denied\n`, out);
      if (question === "--getro") out += device.readOnly ? "1\n" : "0\n";
      else if (question === "--getsize64") out += `${device.bytes}\n`;
      else {
        const disk = session.change().disks?.[device.disk];
        if (disk === undefined) refuseArgument("blockdev", `${question} of the disk of the system`);
        const others = (disk.readOnly ?? []).filter((name) => name !== device.name);
        disk.readOnly = question === "--setro" ? [...others, device.name] : others;
      }
    }
    return says(out);
  },
};
