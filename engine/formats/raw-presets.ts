/** Raw lines of a container's configuration that belong together, under one word. */
export const RAW_PRESETS = {
  /** An Intel GPU, for transcoding in hardware. */
  quicksync: [
    ["lxc.cgroup2.devices.allow", "c 226:0 rwm"],
    ["lxc.cgroup2.devices.allow", "c 226:128 rwm"],
    ["lxc.mount.entry", "/dev/dri dev/dri none bind,optional,create=dir"],
  ],
  /** TUN, which a VPN inside needs. */
  tun: [
    ["lxc.cgroup2.devices.allow", "c 10:200 rwm"],
    ["lxc.mount.entry", "/dev/net/tun dev/net/tun none bind,create=file"],
  ],
} as const satisfies Readonly<Record<string, readonly (readonly [key: string, value: string])[]>>;

export type RawPreset = keyof typeof RAW_PRESETS;
