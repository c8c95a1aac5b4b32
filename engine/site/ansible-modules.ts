/** What Ansible's modules are called here, for those who bring their habits along. */
const names: ReadonlyMap<string, string> = new Map([
  ["apt", "write `package`"],
  ["async_status", "write `job_status: { id: …, wait: … }`, with the `job_id` that the task with `poll: 0` has registered"],
  ["lineinfile", "write `line`"],
  ["blockinfile", "write `block`"],
  ["ini_file", "write `ini`"],
  ["known_hosts", "write `known_host`"],
  ["smbpasswd", "write `samba_user`"],
  ["systemd", "write `service`"],
  ["systemd_service", "write `service`"],
  ["setup", "facts are there when they are read: `facts.distribution`, `facts.memory` …"],
  ["gather_facts", "facts are there when they are read: `facts.distribution`, `facts.memory` …"],
  ["raw", "write `shell`: the hosts need nothing but `sh` anyway"],
  ["script", "put the script on the host with `copy`, and run it with `command`"],
  ["stat", "write `command` with `reads: true` and `register`, such as `command: test -e /path`"],
]);
const later = new Set("get_url unarchive git apt_repository wait_for uri slurp fetch find pause".split(" "));

/** A hint for the name of one of Ansible's modules; undefined for any other word. */
export function ansibleModule(name: string): string | undefined {
  if (later.has(name)) return "there is no such module in version 0.1, see docs/roadmap.md";
  return names.get(name);
}
