import { fails, parseOptions, refuseArgument, says, type Tool } from "../tool.ts";

/** systemd 252. The lab's devices and links are there at once, so there is nothing to wait for or to work off. */
export const udevadm: Tool = {
  name: "udevadm",
  rests: "documented",
  run({ session }, args) {
    const [command, ...rest] = args;
    const refuseWords = (words: readonly string[]) => {
      if (words.length > 0) refuseArgument("udevadm", `${command} ${words.join(" ")}`);
    };
    switch (command) {
      case "settle":
        refuseWords(
          parseOptions("udevadm settle", rest, {
            values: { "-t": "timeout", "--timeout": "timeout", "-E": "exit", "--exit-if-exists": "exit" },
          }).words,
        );
        return says("");
      case "control":
        refuseWords(
          parseOptions("udevadm control", rest, {
            flags: { "-R": "reload", "--reload": "reload", "--reload-rules": "reload" },
          }).words,
        );
        break;
      case "trigger":
        parseOptions("udevadm trigger", rest, {
          flags: { "-w": "settle", "--settle": "settle", "-v": "verbose", "--verbose": "verbose" },
          values: {
            ...{ "-c": "action", "--action": "action", "-t": "type", "--type": "type" },
            ...{ "-s": "subsystem", "--subsystem-match": "subsystem", "-y": "name", "--sysname-match": "name" },
          },
        });
        break;
      default:
        refuseArgument("udevadm", command ?? "no command");
    }
    return session.user.uid === 0 ? says("") : fails(1, "This program must be run as root.\n");
  },
};
