import fc from "fast-check";

/** Tasks of a node that are in each other's way: the same containers, datasets, storages, folders and modules. */
const some = <T>(value: fc.Arbitrary<T>): fc.Arbitrary<T | undefined> => fc.option(value, { nil: undefined, freq: 2 });
const vmid = fc.constantFrom(101, 102);
const template = fc.constantFrom("debian-12", "local:vztmpl/debian-12-standard_12.7-1_amd64.tar.zst", "alpine");
const folder = fc.constantFrom("/srv/a", "/srv/a/b", "/srv/c", "/rpool/one", "/rpool/one/two", "/mnt/dump");
const dataset = fc.constantFrom("rpool/one", "rpool/one/two", "rpool/three");
const storage = fc.constantFrom("pool1", "dump");

const container = fc.oneof(
  fc.record({
    vmid,
    template: some(template),
    state: some(fc.constantFrom("started", "stopped", "present")),
    memory: some(fc.constantFrom(256, 512)),
    tags: some(fc.constantFrom(["a"], ["b", "a"], [])),
    storage: some(fc.constantFrom("local", "pool1", "dump")),
    mounts: some(folder.map((source) => [{ target: "/data", source }])),
    restart: some(fc.constant("if_needed")),
  }),
  fc.record({ vmid, state: fc.constant("absent") }),
);
const raw = fc.record({
  vmid,
  preset: fc.constantFrom("tun", "quicksync"),
  state: some(fc.constantFrom("present", "absent")),
  restart: some(fc.constant("if_needed")),
});
const zfs = fc.oneof(
  fc
    .record({
      name: dataset,
      parents: fc.boolean(),
      mountpoint: some(fc.constantFrom("/srv/a", "/srv/c", "none")),
      compression: some(fc.constantFrom("zstd", "lz4")),
      canmount: some(fc.constantFrom("on", "off", "noauto")),
      // True would be a node on which nothing below can be made: what then fails, the host alone knows.
      readonly: some(fc.constant(false)),
      mounted: some(fc.boolean()),
    })
    .map(({ name, parents, mounted, ...properties }) => ({
      name,
      parents,
      ...(mounted !== undefined && properties.mountpoint !== "none" && properties.canmount !== "off" && { mounted }),
      properties: Object.fromEntries(Object.entries(properties).filter(([, value]) => value !== undefined)),
    })),
  fc.record({ name: dataset, inherit: fc.constantFrom(["mountpoint"], ["compression"], ["readonly"]) }),
  fc.record({
    name: dataset,
    state: fc.constant("absent"),
    destroy: some(fc.constantFrom(["children"], ["children", "snapshots"])),
  }),
);
const snapshot = fc.record({
  name: dataset.map((name) => `${name}@s`),
  recursive: fc.boolean(),
  state: some(fc.constant("absent")),
});
const store = fc.oneof(
  fc.record({
    id: fc.constant("pool1"),
    type: fc.constant("zfspool"),
    pool: fc.constantFrom("rpool/one"),
    content: fc.constantFrom(["rootdir"], ["images", "rootdir"]),
    verify_active: some(fc.constant(true)),
  }),
  fc.record({
    id: fc.constant("dump"),
    type: fc.constant("dir"),
    path: fc.constant("/mnt/dump"),
    content: fc.constantFrom(["backup"], ["rootdir", "vztmpl"]),
  }),
  fc.record({ id: storage, state: fc.constant("absent") }),
);
const offer = fc.record({
  template: fc.constantFrom("debian-12", "alpine", "alpine-3.20"),
  storage: some(fc.constant("dump")),
  state: some(fc.constant("absent")),
});
const kernel = fc.record({
  name: fc.constantFrom("tun", "dummy", "br_netfilter"),
  state: some(fc.constant("unloaded")),
  options: some(fc.constantFrom({}, { numdummies: 2 })),
  update_initramfs: some(fc.boolean()),
});
const rule = fc
  .record({
    name: fc.constant("lab"),
    state: fc.constantFrom("present", "absent"),
  })
  .map((each) => (each.state === "present" ? { ...each, rules: 'SUBSYSTEM=="usb", MODE="0660"' } : each));
const file = fc.oneof(
  fc
    .record({ path: folder, state: fc.constantFrom("directory", "absent") })
    .map((each) => (each.state === "absent" ? { ...each, recursive: true } : each)),
);
const copy = fc.record({ dest: folder.map((path) => `${path}/file`), content: fc.constantFrom("x", "y") });

const clean = <T extends object>(given: T): Partial<T> =>
  Object.fromEntries(Object.entries(given).filter(([, value]) => value !== undefined)) as Partial<T>;
const of = (weight: number, name: string, params: fc.Arbitrary<object>) => ({
  weight,
  arbitrary: params.map((each) => ({ name, [name]: clean(each) })),
});

export const randomNodeTask = fc.oneof(
  of(6, "pct", container),
  of(3, "lxcconf", raw),
  of(5, "zfs", zfs),
  of(2, "zfs_snapshot", snapshot),
  of(3, "pve_storage", store),
  of(2, "pve_template", offer),
  of(2, "kernel_module", kernel),
  of(1, "udev_rule", rule),
  of(3, "file", file),
  of(2, "copy", copy),
);
export const randomNodeTasks = fc.array(randomNodeTask, { minLength: 1, maxLength: 6 });
