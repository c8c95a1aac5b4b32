import { editorSettings } from "../../schema/editor-settings.ts";
import { roleSkeleton } from "./role-skeleton.ts";

/** The files of a new site, by their paths in its folder: it runs as it is, on hosts of the embedded lab. */
export function siteSkeleton(): ReadonlyMap<string, string> {
  const role = [...roleSkeleton("motd", "/etc/motd")].map(([path, text]) => [`roles/motd/${path}`, text] as const);
  return new Map([
    [
      "lab.yml",
      "# Settings of this site. Every key has a default: see lab doc settings\ninventory: inventory\nroles_path: roles\n",
    ],
    [
      "inventory/hosts.yml",
      `# Two hosts of the embedded lab: a model of hosts inside of lab itself, without a machine or a network. To manage a
# real one, give it an address and let it be reached over SSH:
#   pve1: { lab_host: 192.0.2.10, lab_user: root, lab_connection: ssh }
all:
  vars:
    lab_connection: lab
  children:
    proxmox:
      hosts:
        pve1:
    servers:
      hosts:
        nas1:
`,
    ],
    [
      "inventory/group_vars/all.yml",
      "# Variables of all hosts. More specific ones win: group_vars/GROUP.yml, host_vars/HOST.yml.\nadmin_mail: root\n",
    ],
    [
      "playbooks/site.yml",
      `# All that holds on this site: lab play site.yml brings it about, lab drift shows what differs.
- name: Every host
  hosts: all
  roles:
    - role: motd
      greeting: "{{ inventory_hostname }}"
      notes: ["Questions: {{ admin_mail }}"]

- name: Servers
  hosts: servers
  tasks:
    - name: Folder of the shares
      file: { path: /srv/shares, state: directory, mode: "0755" }
`,
    ],
    ...role,
    [".gitignore", "# What runs leave here: journals, the embedded lab, the editor's schemas.\n.lab/\nnode_modules/\n"],
    [
      "README.md",
      `# Our lab

\`\`\`sh
lab play site.yml --check --diff   # show what would change
lab play site.yml                  # bring it about
lab drift                          # later: show what differs
\`\`\`

The hosts stand in inventory/hosts.yml; as they are now, they are hosts of the embedded lab. \`lab --help\` shows what else there is.
`,
    ],
    [".vscode/settings.json", `${JSON.stringify(editorSettings(), null, 2)}\n`],
    [".vscode/extensions.json", `${JSON.stringify({ recommendations: ["redhat.vscode-yaml"] }, null, 2)}\n`],
  ]);
}
