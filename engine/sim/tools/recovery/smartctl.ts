import { blockDevices } from "../../host/block-devices.ts";
import { fails, parseOptions, refuseArgument, type Tool } from "../../tool.ts";
import { own } from "../../world.ts";
import { canonicalPath } from "../../zfs/devices.ts";

/** smartctl 7.3, as JSON: a disk with areas that cannot be read has sectors that wait to be replaced, and errors in its log. */
export const smartctl: Tool = {
  name: "smartctl",
  rests: "documented",
  run({ session }, args) {
    const { flags, words } = parseOptions("smartctl", args, {
      flags: { "-j": "json", "--json": "json", "-x": "all", "--xall": "all" },
      values: { "-d": "type", "--device": "type" },
    });
    const [word = "", ...more] = words;
    if (!flags.has("json") || !flags.has("all") || more.length > 0) refuseArgument("smartctl", args.join(" "));
    const device = blockDevices(session.host).find(({ name }) => `/dev/${name}` === canonicalPath(session.host, word));
    const disk = device === undefined ? undefined : own(session.host.disks ?? {}, device.disk);
    const answer = (code: number, more: object) => {
      const about = { json_format_version: [1, 0], smartctl: { version: [7, 3], exit_status: code } };
      return { code, stdout: `${JSON.stringify({ ...about, ...more }, null, 2)}\n`, stderr: "" };
    };
    if (session.user.uid !== 0) return fails(2, "Smartctl open device failed: Permission denied\n");
    if (disk === undefined || disk.health === "dead") {
      const string = `Smartctl open device: ${word} failed: No such device`;
      return answer(2, { messages: [{ string, severity: "error" }] });
    }
    const sectors = (disk.bad ?? []).reduce((sum, { bytes }) => sum + Math.ceil(bytes / 512), 0);
    const attribute = (id: number, name: string, value: number) => ({
      id,
      name,
      value: 100,
      raw: { value, string: `${value}` },
    });
    return answer(sectors > 0 ? 64 : 0, {
      model_name: disk.model,
      serial_number: disk.serial,
      user_capacity: { blocks: disk.bytes / 512, bytes: disk.bytes },
      smart_status: { passed: true },
      ata_smart_attributes: {
        revision: 16,
        table: [
          attribute(5, "Reallocated_Sector_Ct", 0),
          attribute(197, "Current_Pending_Sector", sectors),
          attribute(198, "Offline_Uncorrectable", sectors),
        ],
      },
    });
  },
};
