import { connectionVars } from "../inventory/connection-vars.ts";

/** What Ansible's variables are called here, for those who bring their habits along. Those of connections have a table of their own. */
const names: ReadonlyMap<string, string> = new Map([
  ["ansible_facts", "facts are `facts.distribution.id`, `facts.hostname` … (lab doc facts)"],
  ["ansible_architecture", "write `facts.kernel.machine`"],
  ["ansible_check_mode", "write `check_mode`"],
  ["ansible_date_time", "write `now`, a function (lab doc now)"],
  ["ansible_distribution", 'write `facts.distribution.id`, which is in small letters: "debian"'],
  ["ansible_distribution_major_version", "write `facts.distribution.major`, an integer"],
  ["ansible_distribution_release", "write `facts.distribution.codename`"],
  ["ansible_distribution_version", "write `facts.distribution.version`"],
  ["ansible_env", "of this machine: the function `env`; of a host: what a task with `printenv` registers"],
  ["ansible_failed_result", "write `failed_result`"],
  ["ansible_failed_task", "write `failed_task`"],
  ["ansible_fqdn", "write `facts.hostname`, or register what `hostname -f` says"],
  ["ansible_hostname", "write `facts.hostname`"],
  ["ansible_kernel", "write `facts.kernel.release`"],
  ["ansible_loop", "`loop_control: { index_var: NAME }` names a counter"],
  ["ansible_memtotal_mb", "write `facts.memory.total`, which is in bytes"],
  ["ansible_mounts", "write `facts.mounts`, a map by mount point"],
  ["ansible_nodename", "write `facts.hostname`"],
  ["ansible_os_family", "write `facts.distribution.id`, or look into the list `facts.distribution.like`"],
  ["ansible_play_batch", "write `play_hosts`"],
  ["ansible_play_hosts", "write `play_hosts`"],
  ["ansible_play_hosts_all", "write `play_hosts`, or a group: `groups`"],
  ["ansible_processor_count", "write `facts.cpus.count`"],
  ["ansible_processor_nproc", "write `facts.cpus.count`"],
  ["ansible_processor_vcpus", "write `facts.cpus.count`"],
  ["ansible_role_name", "write `role_name`"],
]);

/** A hint for the name of one of Ansible's variables; undefined for any other name. */
export function ansibleVariable(name: string): string | undefined {
  if (!name.startsWith("ansible_")) return undefined;
  const known = names.get(name);
  if (known !== undefined) return known;
  const connection = connectionVars.find(({ ansible }) => ansible?.includes(name));
  if (connection) return `write \`${connection.name}\`, where the inventory sets it`;
  return "Ansible's variables have other names here: facts are in `facts` (lab doc facts), the others are told by `lab doc`";
}
