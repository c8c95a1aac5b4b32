/** What Ansible's modules are called here, for those who bring their habits along. */
const names: ReadonlyMap<string, string> = new Map([
  ["apt", "write `package`"],
  [
    "async_status",
    "write `job_status: { id: …, wait: … }`, with the `job_id` that the task with `poll: 0` has registered",
  ],
  ["lineinfile", "write `line`"],
  ["blockinfile", "write `block`"],
  ["ini_file", "write `ini`"],
  ["known_hosts", "write `known_host`"],
  ["smbpasswd", "write `samba_user`"],
  ["systemd", "write `service`"],
  ["systemd_service", "write `service`"],
  ["setup", "facts are there when they are read: `facts.distribution`, `facts.memory` …"],
  ["gather_facts", "facts are there when they are read: `facts.distribution`, `facts.memory` …"],
  ["ping", "`lab facts PATTERN` shows which hosts answer: it logs in to each, and changes nothing"],
  ["raw", "write `shell`: the hosts need nothing but `sh` anyway"],
  ["script", "put the script on the host with `copy`, and run it with `command`"],
  ["get_url", "write `download`"],
  ["uri", "write `http`"],
  ["unarchive", "write `archive`"],
  ["deb822_repository", "write `apt_repository`"],
  ["apt_key", "write `apt_repository` with `key_url` and `fingerprint`"],
  ["docker_compose", "write `compose`"],
  ["docker_compose_v2", "write `compose`"],
  ["docker_container", "write `compose`: containers are services of a project"],
  ["modprobe", "write `kernel_module`"],
  ["wait_for_connection", "write `wait_for`; after a restart `reboot` waits by itself"],
]);

/** A hint for the name of one of Ansible's modules; undefined for any other word. */
export function ansibleModule(name: string): string | undefined {
  return names.get(name);
}
