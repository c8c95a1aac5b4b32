/** The keys of the Compose Specification as Compose 2.26 takes them; what newer releases have added is among them. */
export const TOP_KEYS = "version name services networks volumes configs secrets include models".split(" ");

export const SERVICE_KEYS =
  `annotations attach blkio_config build cap_add cap_drop cgroup cgroup_parent command configs container_name cpu_count
  cpu_percent cpu_period cpu_quota cpu_rt_period cpu_rt_runtime cpu_shares cpus cpuset credential_spec depends_on deploy
  develop device_cgroup_rules devices dns dns_opt dns_search domainname entrypoint env_file environment expose extends
  external_links extra_hosts gpus group_add healthcheck hostname image init ipc isolation label_file labels links logging
  mac_address mem_limit mem_reservation mem_swappiness memswap_limit models network_mode networks oom_kill_disable
  oom_score_adj pid pids_limit platform ports post_start pre_stop privileged profiles provider pull_policy pull_refresh_after
  read_only restart runtime scale secrets security_opt shm_size stdin_open stop_grace_period stop_signal storage_opt sysctls
  tmpfs tty ulimits use_api_socket user userns_mode uts volumes volumes_from working_dir`.split(/\s+/);

/** What Docker refuses for a container that lives in another one's network. */
export const OWN_NETWORK_KEYS = "ports expose hostname dns dns_search extra_hosts links mac_address networks".split(
  " ",
);

/** Keys that must hold a map, or a list, or either; others are not looked at. */
export const SHAPES: Readonly<Record<string, "map" | "list" | "map or list">> = {
  environment: "map or list",
  labels: "map or list",
  depends_on: "map or list",
  networks: "map or list",
  volumes: "list",
  ports: "list",
  devices: "list",
  cap_add: "list",
  cap_drop: "list",
  secrets: "list",
  configs: "list",
  healthcheck: "map",
  deploy: "map",
  logging: "map",
};
