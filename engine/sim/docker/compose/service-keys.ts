/** What a compose file may say of a service, and on top; Compose refuses any other key that does not begin with `x-`. */
export const SERVICE_KEYS = new Set(
  "annotations attach blkio_config build cap_add cap_drop cgroup cgroup_parent command configs container_name cpu_count cpu_percent cpu_period cpu_quota cpu_rt_period cpu_rt_runtime cpu_shares cpus cpuset credential_spec depends_on deploy develop device_cgroup_rules devices dns dns_opt dns_search domainname entrypoint env_file environment expose extends external_links extra_hosts group_add healthcheck hostname image init ipc isolation labels links logging mac_address mem_limit mem_reservation mem_swappiness memswap_limit network_mode networks oom_kill_disable oom_score_adj pid pids_limit platform ports privileged profiles pull_policy read_only restart runtime scale secrets security_opt shm_size stdin_open stop_grace_period stop_signal storage_opt sysctls tmpfs tty ulimits user userns_mode uts volumes volumes_from working_dir".split(
    " ",
  ),
);
export const TOP_KEYS = new Set("configs include name networks secrets services version volumes".split(" "));

/** Keys whose value is one text. */
export const TEXT_KEYS = new Set(
  "cgroup cgroup_parent container_name cpuset domainname hostname image ipc isolation mac_address network_mode pid platform pull_policy restart runtime stop_grace_period stop_signal user userns_mode uts working_dir".split(
    " ",
  ),
);
/** What the lab takes as it is: it makes no difference to what the lab does. */
export const IMITATED_KEYS = new Set(
  "cap_add cap_drop command configs container_name depends_on deploy devices dns dns_opt dns_search entrypoint env_file environment expose extra_hosts group_add healthcheck hostname image init labels logging mem_limit network_mode networks pids_limit ports privileged profiles pull_policy read_only restart scale secrets security_opt shm_size stop_grace_period stop_signal sysctls tmpfs ulimits user volumes working_dir annotations attach platform cpus mem_reservation".split(
    " ",
  ),
);
