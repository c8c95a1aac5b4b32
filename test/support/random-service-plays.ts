import fc from "fast-check";

/** Tasks of a plain host that are in each other's way: the same users, groups, folders, packages, units and files from elsewhere. */
const some = <T>(value: fc.Arbitrary<T>): fc.Arbitrary<T | undefined> => fc.option(value, { nil: undefined, freq: 2 });
const account = fc.constantFrom("anna", "per");
const family = fc.constantFrom("family", "guests");
const folder = fc.constantFrom("/srv/a", "/srv/a/b", "/mnt/a", "/home/anna");
const absent = fc.constant("absent");

const user = fc.oneof(
  {
    weight: 3,
    arbitrary: fc.record({
      name: account,
      uid: some(fc.constantFrom(3001, 3002)),
      group: some(family),
      groups: some(fc.subarray(["family", "guests"])),
      shell: some(fc.constantFrom("/bin/bash", "/usr/sbin/nologin")),
      locked: some(fc.constant(true)),
      create_home: some(fc.boolean()),
    }),
  },
  { weight: 1, arbitrary: fc.record({ name: account, state: absent, remove_home: some(fc.boolean()) }) },
);
const group = fc.oneof(
  {
    weight: 3,
    arbitrary: fc.record({
      name: family,
      gid: some(fc.constantFrom(3100, 3101)),
      members: some(fc.subarray(["anna", "per"])),
    }),
  },
  { weight: 1, arbitrary: fc.record({ name: family, state: absent }) },
);
const owner = fc.constantFrom("anna", "per", "3001", "root");
const file = fc.oneof(
  fc.record({
    path: folder,
    state: fc.constant("directory"),
    owner: some(owner),
    group: some(fc.constantFrom("family", "3100")),
    parents: some(fc.boolean()),
  }),
  fc.record({ path: folder, state: absent, recursive: fc.constant(true) }),
);
const acl = fc.record({
  path: folder,
  entries: fc.subarray(["user:anna:rwx", "user:per:r-x", "group:family:rwx", "group:3100:r-x"], { minLength: 1 }),
  inherit: some(fc.boolean()),
});
const key = "ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAIAABAgMEBQYHCAkKCwwNDg8QERITFBUWFxgZGhscHR4f";
const authorizedKey = fc.record({ user: account, key: fc.constantFrom(key, `${key} laptop`), state: some(absent) });
const cron = fc.record({
  user: account,
  name: fc.constant("job"),
  job: fc.constantFrom("true", "false"),
  minute: fc.nat(2),
});
const mount = fc.oneof(
  fc.record({
    path: fc.constantFrom("/mnt/a", "/srv/a"),
    src: fc.constant("tmpfs"),
    fstype: fc.constant("tmpfs"),
    options: some(fc.constantFrom(["size=64M"], ["size=64M", "ro"], ["nodev"])),
    state: some(fc.constant("present")),
  }),
  fc.record({ path: fc.constantFrom("/mnt/a", "/srv/a"), state: fc.constantFrom("absent", "unmounted") }),
);
const unit = fc.oneof(
  fc.record({
    name: fc.constant("lab-x.service"),
    sections: fc.constantFrom(
      { Service: { Type: "simple", ExecStart: "/bin/sleep 1000" } },
      { Service: { Type: "simple", ExecStart: "/bin/sleep 2000" } },
    ),
  }),
  fc.record({ name: fc.constant("lab-x.service"), state: absent }),
);
const service = fc.record({
  name: fc.constantFrom("lab-x", "cron"),
  state: fc.constantFrom("started", "stopped"),
  enabled: some(fc.constant(false)),
});
const packages = fc.record({ name: fc.constantFrom("curl", "git", "acl", "samba"), state: some(absent) });
const hello = "sha256:c799c8bbcc38dbecb1a066a54fa7a49fb678bf8d83157b97f0026dad04284046";
const download = fc.record({
  url: fc.constant("https://downloads.example.com/hello-1.0.tar"),
  dest: fc.constantFrom("/opt/hello.tar", "/srv/a/hello.tar"),
  checksum: fc.constantFrom(hello, "none"),
  owner: some(fc.constantFrom("3001", "root")),
  mode: some(fc.constantFrom("0600", "0644")),
  parents: some(fc.boolean()),
});
const archive = fc.record({
  path: fc.constantFrom("/opt/hello.tar", "/srv/a/hello.tar"),
  dest: fc.constantFrom("/srv/hello", "/srv/a"),
  strip: some(fc.constant(1)),
  owner: some(fc.constantFrom("3001", "root")),
});
const git = fc.record({
  repo: fc.constant("https://git.example.com/dotfiles.git"),
  dest: fc.constantFrom("/opt/dotfiles", "/srv/a/dotfiles"),
  version: some(fc.constant("v1.0")),
});
const samba = fc.record({
  name: account,
  password: some(fc.constantFrom("first-password", "second-password")),
  enabled: some(fc.boolean()),
});
const block = fc.record({
  path: fc.constantFrom("/etc/motd", "/srv/a/conf"),
  block: fc.constantFrom("one\n", "two\n"),
  create: fc.constant(true),
});
const ini = fc.record({
  path: fc.constantFrom("/etc/lab.ini", "/srv/a/conf"),
  section: fc.constant("main"),
  option: fc.constantFrom("a", "b"),
  value: fc.constantFrom("1", "2"),
  create: fc.constant(true),
});
const named = fc.constantFrom("nas1", "nas2.example.net").map((name) => ({ name }));
const zone = fc.constantFrom("Europe/Berlin", "Etc/UTC").map((name) => ({ name }));
const path = fc.record({ path: fc.constantFrom("/srv/a", "/opt/hello.tar", "/srv/hello/hello", "/mnt/a/x") });
const knownHost = fc.record({
  host: fc.constantFrom("nas1", "192.0.2.7"),
  key: fc.constant(key),
  state: some(absent),
  path: fc.constantFrom("/etc/ssh/ssh_known_hosts", "/srv/a/known"),
});
const waited = fc.oneof(
  fc.record({ path: fc.constantFrom("/srv/a", "/opt/hello.tar"), timeout: fc.constant(1), state: some(absent) }),
  fc.record({ port: fc.constantFrom(22, 445), timeout: fc.constant(1), state: some(fc.constant("stopped")) }),
  fc.record({ unit: fc.constantFrom("cron", "lab-x"), timeout: fc.constant(1), state: some(fc.constant("stopped")) }),
);

const clean = <T extends object>(given: T): Partial<T> =>
  Object.fromEntries(Object.entries(given).filter(([, value]) => value !== undefined)) as Partial<T>;
const of = (weight: number, name: string, params: fc.Arbitrary<object>) => ({
  weight,
  arbitrary: params.map((each) => ({ name, [name]: clean(each) })),
});

const task = fc.oneof(
  of(5, "user", user),
  of(4, "group", group),
  of(5, "file", file),
  of(4, "acl", acl),
  of(2, "authorized_key", authorizedKey),
  of(2, "cron", cron),
  of(3, "mount", mount),
  of(2, "systemd_unit", unit),
  of(2, "service", service),
  of(2, "package", packages),
  of(2, "download", download),
  of(2, "archive", archive),
  of(2, "git", git),
  of(2, "samba_user", samba),
  of(2, "block", block),
  of(2, "ini", ini),
  of(1, "hostname", named),
  of(1, "timezone", zone),
  of(1, "known_host", knownHost),
  of(1, "stat", path),
  of(1, "wait_for", waited),
);
export const randomServiceTasks = fc.array(task, { minLength: 1, maxLength: 6 });
