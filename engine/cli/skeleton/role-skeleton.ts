/** The files of a new role, by their paths in its folder: a whole role that can be tested as it is. */
export function roleSkeleton(name: string, path = `/etc/${name}.conf`): ReadonlyMap<string, string> {
  const template = path.slice(path.lastIndexOf("/") + 1);
  return new Map([
    [
      "README.md",
      `# ${name}

Keeps ${path} as it is declared.

## Use

\`\`\`yaml
- hosts: all
  roles:
    - role: ${name}
      greeting: Good morning
\`\`\`

## Arguments

What it takes stands in meta/arguments.yml; \`lab doc ${name}\` shows it.

## Test

\`\`\`sh
lab role test ${name}
\`\`\`
`,
    ],
    ["meta/main.yml", `description: Keeps ${path} as it is declared.\n`],
    [
      "meta/arguments.yml",
      `# What the role takes, for each list of tasks: \`main\`, and those that \`tasks_from\` names. One that is not listed takes
# what \`main\` does. Types and further words: lab doc argument
main:
  greeting:
    type: string
    min: 1
    default: Hello
    description: What the file says first.
    examples: [Good morning]
  notes:
    type: list
    items: string
    default: []
    description: Further lines.
`,
    ],
    [
      "tasks/main.yml",
      `- name: The file
  template: { src: ${template}.hbs, dest: ${path}, mode: "0644" }
  notify: ${name} has changed
`,
    ],
    [
      "tasks/verify.yml",
      `# What holds once the role has been applied. Changes nothing; lab role test runs it at the end.
- name: Read the file
  slurp: { path: ${path} }
  register: ${variable(name)}_file

- name: It says what it shall
  assert:
    that: ${variable(name)}_file.content.contains(greeting)
    fail_msg: ${path} does not say "{{ greeting }}"
`,
    ],
    [
      "handlers/main.yml",
      `- name: ${name} has changed
  debug: { msg: "${path} has changed: restart here what reads it" }
`,
    ],
    [`templates/${template}.hbs`, "{{ greeting }}\n{{#each notes}}\n{{ this }}\n{{/each}}\n"],
    [
      "tests/main.yml",
      `# What lab role test converges, in an embedded lab of its own. Its hosts: inventory.yml beside this file, or one
# host, test1.
- name: ${name}, with notes
  hosts: all
  roles:
    - role: ${name}
      notes: [This host is looked after by lab.]
`,
    ],
  ]);
}

/** What begins the names of a role's own variables. */
function variable(role: string): string {
  return role.replace(/[^A-Za-z0-9_]/g, "_").replace(/^(?=\d)/, "_");
}
