/** A site of about so many files, the same each time: roles with defaults, tasks, handlers and templates, and who uses them. */
export function syntheticSite(files: number): Readonly<Record<string, string>> {
  const roles = Array.from({ length: Math.max(1, Math.floor((files - 10) / 4)) }, (_, index) => role(index));
  const groups = Array.from({ length: 5 }, (_, index): [string, string] => [
    `inventory/group_vars/group${index}.yml`,
    `group_${index}_port: ${8000 + index}\ngroup_${index}_names: [a, b, c]\n`,
  ]);
  const children = Object.fromEntries(groups.map((_, index) => [`group${index}`, { hosts: { [`host${index}`]: {} } }]));
  const inventory = { all: { vars: { lab_connection: "lab" }, children } };
  const playbooks = groups.map((_, index): [string, string] => [`play${index}.yml`, playbook(index, roles)]);
  return Object.fromEntries([
    ["lab.yml", "inventory: inventory\nroles_path: roles\n"],
    ["inventory/hosts.yml", `${JSON.stringify(inventory)}\n`],
    ...groups,
    ...playbooks,
    ...roles.flatMap((each) => each.files),
  ]);
}

interface SyntheticRole {
  readonly name: string;
  readonly files: readonly (readonly [string, string])[];
}

function role(index: number): SyntheticRole {
  const name = `role_${String(index).padStart(3, "0")}`;
  const at = `roles/${name}`;
  return {
    name,
    files: [
      [
        `${at}/defaults/main.yml`,
        `${name}_folder: /srv/${name}\n${name}_port: ${9000 + index}\n${name}_users:\n  - { name: anna, shell: /bin/sh }\n  - { name: ben, shell: /bin/bash }\n${name}_enabled: true\n`,
      ],
      [
        `${at}/tasks/main.yml`,
        [
          "- name: The folder",
          `  file: { path: "{{ ${name}_folder }}", state: directory, mode: "0755" }`,
          "- name: A folder for each user",
          "  file:",
          `    path: "{{ ${name}_folder }}/{{ item.name }}"`,
          "    state: directory",
          `  loop: !expr ${name}_users`,
          "- name: The configuration",
          "  template:",
          `    src: main.conf.hbs`,
          `    dest: "{{ ${name}_folder }}/main.conf"`,
          `    mode: "0640"`,
          `  when: ${name}_enabled && ${name}_port > 1024`,
          "  notify: the service is told",
          "- name: Once a night",
          "  cron:",
          `    name: ${name}`,
          `    schedule: "${index % 60} 3 * * *"`,
          `    job: "test -d {{ ${name}_folder }}"`,
          "",
        ].join("\n"),
      ],
      [
        `${at}/handlers/main.yml`,
        `- name: the service is told\n  command: { argv: [touch, "{{ ${name}_folder }}/told"] }\n`,
      ],
      [
        `${at}/templates/main.conf.hbs`,
        `port = {{ ${name}_port }}\n{{#each ${name}_users}}\nuser = {{ name }} {{ shell }}\n{{/each}}\n`,
      ],
    ],
  };
}

function playbook(index: number, roles: readonly SyntheticRole[]): string {
  const own = roles.filter((_, number) => number % 5 === index).map(({ name }) => `    - ${name}\n`);
  return `- name: Play ${index}\n  hosts: group${index}\n  roles:\n${own.join("")}`;
}
