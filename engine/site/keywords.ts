import { connectionKinds } from "./connection-kinds.ts";
import { hostOrders } from "./host-orders.ts";
import { metaOrders } from "./meta-orders.ts";

/** What a keyword takes, for its documentation and the editors' schema. */
export type KeywordType =
  | "text"
  | "boolean"
  | "integer"
  | "names" // a text or a list of texts
  | "condition" // CEL: a text, a list of texts (all must hold), or a boolean
  | "value" // anything, with templates
  | "variables" // a map
  | "entries" // a list of tasks
  | "roles"
  | "map";

export interface Keyword {
  readonly name: string;
  readonly type: KeywordType;
  readonly summary: string;
}
export type Keywords = ReadonlyMap<string, Keyword>;

const word = (name: string, type: KeywordType, summary: string): Keyword => ({ name, type, summary });
const table = (...keywords: readonly Keyword[]): Keywords =>
  new Map(keywords.map((keyword) => [keyword.name, keyword]));

/** What tasks and includes share: kept in one place so that a word means the same everywhere. */
const shared: readonly Keyword[] = [
  word("name", "text", "What reports call it. May have templates."),
  word("when", "condition", "Runs only where this holds; the items of a list must all hold."),
  word("loop", "value", "Once for each item of a list, or for each `item.key` and `item.value` of a map."),
  word("loop_control", "map", "`loop_var`, `index_var`, `label`, and `pause` in seconds."),
  word("vars", "variables", "Variables that are seen here only."),
  word("environment", "variables", "Environment variables of what is run on the host."),
  word("become", "boolean", "Act as another user, through sudo."),
  word("become_user", "text", "The user to become. Default root."),
  word("tags", "names", "What `--tags` and `--skip-tags` choose by."),
  word("check_mode", "boolean", "False: runs in check mode too. Only for what changes nothing on a host."),
  word("diff", "boolean", "Whether changes are shown in full."),
  word("no_log", "boolean", "Nothing of its parameters and results is shown."),
  word("ignore_errors", "boolean", "A failure does not end the host's run."),
  word("delegate_to", "text", "Act on this host of the inventory; the variables stay those of the task's own host."),
  word("delegate_facts", "boolean", "What the task sets belongs to the host that was delegated to."),
  word("run_once", "boolean", "On the first host of the batch alone; its result holds for all of them."),
  word("throttle", "integer", "At most so many hosts at a time, where forks would allow more. 0: no limit."),
  word("any_errors_fatal", "boolean", "A failure on one host ends the run on all."),
  word("ignore_unreachable", "boolean", "A host that cannot be reached stays, and later tasks try again."),
  word("module_defaults", "map", "Parameters that a module has unless a task says otherwise, by module."),
];

const ofTasks: readonly Keyword[] = [
  ...shared,
  word("register", "text", "The variable that gets the result."),
  word("notify", "names", "Handlers that run if this changes something."),
  word("changed_when", "condition", "Whether the result counts as a change."),
  word("failed_when", "condition", "Whether the result counts as a failure."),
  word("reads", "boolean", "The author's word that this command changes nothing: it runs in check mode too."),
  word("wait", "boolean", "Wait for a state that is not reached yet."),
  word("guard", "boolean", "Nothing after this is looked at until it has passed."),
  word("until", "condition", "Tried again until this holds; it reads what `register` names, else `result`."),
  word("retries", "integer", "How often it is tried again, after the first time. Default 3 beside `until`."),
  word("delay", "integer", "Seconds between two tries, or a text such as `5m`. Default 5."),
  word("timeout", "integer", "Seconds, or a text such as `5m`, after which a try is ended and has failed. 0: never."),
  word("async", "integer", "The command runs as a job, which outlives the connection, at most so many seconds."),
  word("poll", "integer", "Seconds between looks at that job. 0: it is started, and left to itself."),
  word("connection", "text", "How the host is reached, for this task. `local`: on the controller."),
];

const meta = word("meta", "text", `An order to the run: ${Object.keys(metaOrders).join(", ")}.`);
const listen = word("listen", "names", "Other names that notify it.");
const ofMeta: readonly Keyword[] = shared.filter(({ name }) => ["name", "when", "vars", "tags"].includes(name));
const ofBlocks: readonly Keyword[] = ofTasks.filter(({ name }) =>
  ["notify", "guard", "timeout", "connection"].includes(name),
);
const sections: readonly Keyword[] = [
  word("block", "entries", "Tasks that belong together; what stands beside it holds for each of them."),
  word("rescue", "entries", "Runs on a host where a task of the block has failed; then the host goes on."),
  word("always", "entries", "Runs after the block and its rescue, whatever became of them."),
];

const includes: readonly Keyword[] = [
  word("include_tasks", "text", "A file with a list of tasks."),
  word("include_role", "map", "A role: `name`, and `tasks_from`."),
  ...sections,
  meta,
];

export const keywords = {
  /** An entry of a playbook. */
  play: table(
    word("name", "text", "What reports call it."),
    word("hosts", "names", "Host pattern: hosts and groups of the inventory."),
    word("vars", "variables", "Variables of the play."),
    word("vars_files", "names", "Files with variables of the play; what they set wins over `vars`."),
    word("roles", "roles", "Roles, before `tasks`."),
    word("pre_tasks", "entries", "Tasks before the roles."),
    word("tasks", "entries", "Tasks."),
    word("post_tasks", "entries", "Tasks after all others."),
    word("handlers", "entries", "Tasks that run once, when notified."),
    word("gather_facts", "boolean", "Accepted; facts are gathered when something reads them."),
    word("force_handlers", "boolean", "Handlers run on failed hosts too."),
    word("any_errors_fatal", "boolean", "A failure on one host ends the play on all."),
    word("connection", "text", `How hosts are reached: ${connectionKinds.join(", ")}.`),
    word("remote_user", "text", "The user to log in as."),
    word("port", "integer", "The port to connect to."),
    word("become", "boolean", "Act as another user, through sudo."),
    word("become_user", "text", "The user to become. Default root."),
    word("environment", "variables", "Environment variables of what is run on the hosts."),
    word("tags", "names", "Tags of every task of the play."),
    word("check_mode", "boolean", "True: the play never changes anything."),
    word("diff", "boolean", "Whether changes are shown in full."),
    word("no_log", "boolean", "Nothing of parameters and results is shown."),
    word("strategy", "text", "`linear` (default): a task on all hosts, then the next. `free`: each host on its own."),
    word("serial", "value", "The play on so many hosts at a time: a number, a share (`30%`), or a list of both."),
    word("order", "text", `The order of hosts: ${hostOrders.join(", ")}.`),
    word("max_fail_percentage", "integer", "When more of the hosts of a batch have failed, the play ends."),
    word("throttle", "integer", "At most so many hosts at a time, where forks would allow more. 0: no limit."),
    word(
      "vars_prompt",
      "map",
      "Variables asked for before the run: `name`, `prompt`, `default`, `private`, `confirm`.",
    ),
    word("module_defaults", "map", "Parameters that a module has unless a task says otherwise, by module."),
    word("ignore_unreachable", "boolean", "A host that cannot be reached stays, and later tasks try again."),
    word("import_playbook", "text", "Another playbook, in this place: an entry of its own."),
  ),
  /** An entry of a playbook that stands for another playbook. */
  importPlaybook: table(
    word("import_playbook", "text", "The playbook's file, beginning from this one's folder."),
    word("name", "text", "For the reader: the plays have names of their own."),
    word("when", "condition", "The tasks of its plays run only where this holds."),
    word("tags", "names", "Tags of every task of its plays."),
    word("vars", "variables", "Variables of its plays; they win over the plays' own."),
  ),
  /** A question of `vars_prompt`. */
  varsPrompt: table(
    word("name", "text", "The variable that gets the answer."),
    word("prompt", "text", "The question."),
    word("default", "value", "What an empty answer stands for."),
    word("private", "boolean", "The answer is not shown, and is a secret. Default true."),
    word("confirm", "boolean", "Asked twice, until both answers are the same."),
  ),
  /** An entry of a list of tasks. */
  task: table(...ofTasks, ...includes),
  handler: table(...ofTasks, listen, ...includes),
  block: table(...shared, ...ofBlocks, ...sections),
  meta: table(...ofMeta, meta),
  metaHandler: table(...ofMeta, listen, meta),
  includeTasks: table(...shared, word("include_tasks", "text", "A file with a list of tasks.")),
  includeHandler: table(...shared, listen, word("include_tasks", "text", "A file with a list of tasks.")),
  includeRole: table(...shared, word("include_role", "map", "A role: `name`, and `tasks_from`.")),
  /** Where a role is used; all other keys are its parameters. */
  roleUse: table(
    word("role", "text", "The role's name."),
    word("when", "condition", "Runs only where this holds."),
    word("tags", "names", "Tags of every task of the role."),
    word("vars", "variables", "The role's parameters."),
    word("become", "boolean", "Act as another user, through sudo."),
    word("become_user", "text", "The user to become. Default root."),
    word("delegate_to", "text", "Act on this host of the inventory; the variables stay those of the task's own host."),
    word("environment", "variables", "Environment variables of what is run on the hosts."),
  ),
  loopControl: table(
    word("loop_var", "text", "The variable that holds the item. Default `item`."),
    word("index_var", "text", "The variable that holds the item's number, from 0."),
    word("label", "text", "What reports show of the item."),
    word("pause", "integer", "Seconds between two items."),
  ),
  roleMeta: table(
    word("description", "text", "What the role is for, in one line."),
    word("dependencies", "roles", "Roles that run before it."),
  ),
  /** Of a role's meta/arguments.yml. */
  argument: table(
    word(
      "type",
      "text",
      "What it must be; docs/roles.md lists the types. Unsaid: what `choices`, `items` or `keys` imply.",
    ),
    word("description", "text", "What it is for."),
    word("default", "value", "Its value where nothing is given; here or in defaults/main.yml, not in both."),
    word("required", "boolean", "It must be given, and has no default."),
    word("choices", "value", "The values that it can have."),
    word("min", "value", "The least: of numbers the value, of texts the length, of lists and maps how many."),
    word("max", "value", "The most."),
    word("pattern", "text", "A regular expression that the whole text must match."),
    word("items", "map", "Of a list: what each item must be."),
    word("keys", "map", "Of a map: its keys, each an argument of its own; there may be no others."),
    word("values", "map", "Of a map with any keys: what each value must be."),
    word("secret", "boolean", "Its value is a secret inside of the role, however it was given."),
    word("deprecated", "text", "What to use instead; whoever gives it is warned."),
    word("examples", "value", "A list of values, for the manual page."),
  ),
  settings: table(
    word("inventory", "names", "Inventory files and folders. Default `inventory`."),
    word("roles_path", "names", "Folders with roles. Default `roles`."),
    word(
      "forks",
      "integer",
      "Hosts that are worked on at the same time. Unsaid: as many as open files and cores allow.",
    ),
    word(
      "machines",
      "text",
      "`together` (default), or `apart`: a write on one machine never changes what another shows.",
    ),
    word("runs", "map", "How long journals of runs are kept: `keep`, a number of runs, or a time such as `30d`."),
    word("secrets", "map", "Who can read the site's secrets: `recipients`, and `identity`."),
  ),
  secrets: table(
    word("recipients", "names", "Public keys (`age1…`) of all who can read what is encrypted from now on."),
    word("identity", "text", "The file with the private key. Default `~/.config/lab/identity.txt`."),
  ),
} as const satisfies Readonly<Record<string, Keywords>>;

/** Words that Ansible knows and this language says otherwise: what to write instead. */
export const ansibleHints: ReadonlyMap<string, string> = new Map([
  ["import_tasks", "write `include_tasks`: with a literal name it is static, and checked before the run"],
  ["import_role", "write `include_role`: with a literal name it is static, and checked before the run"],
  ["include", "write `include_tasks`"],
  ["local_action", "write the module, and `delegate_to: localhost` beside it"],
  ["action", "write the module as the key, its parameters below it: `copy: { src: a, dest: b }`"],
  ["args", "put the parameters below the module: `command: { argv: [ls], creates: /x }`"],
  ["sudo", "write `become: true`"],
  ["sudo_user", "write `become_user`"],
  ["become_method", "remove it: sudo is what is used"],
  [
    "remote_user",
    "write it beside the play's `hosts`, or `lab_user` into the inventory; as whom a task runs says `become_user`",
  ],
  ["become_flags", "remove it: sudo is called without further options"],
  ["tasks_from", "put it below `include_role`, beside `name`"],
  ["gather_subset", "remove it: only those facts are gathered that the site reads"],
  ["collections", "remove it: modules have short names"],
  ["debugger", "run with `--step`, or with `-v`"],
  ["first_available_file", "write `loop`"],
  ["extended", "give the number a name with `index_var`; how many there are says `size` of the list"],
  ["break_when", "take the items that are wanted: `!expr LIST.filter(item, …)`"],
  ["elements", "write `items`: the type of each item"],
  ["options", "write `keys`: each key with its type"],
  ["suboptions", "write `keys`: each key with its type"],
  ["short_description", "write `description` in the role's meta/main.yml"],
  ["required_if", "write an `assert` as the first task of the role"],
  ["required_one_of", "write an `assert` as the first task of the role"],
  ["required_together", "write an `assert` as the first task of the role"],
  ["required_by", "write an `assert` as the first task of the role"],
  ["mutually_exclusive", "write an `assert` as the first task of the role"],
  ["galaxy_info", "remove it: `description` says what the role is for, package.json the rest"],
  ["allow_duplicates", "remove it: a role runs again where it is given other arguments"],
  ["argument_specs", "write meta/arguments.yml: see docs/roles.md"],
]);

/** The hint for a word of Ansible's, `with_items` and its like included. */
export function ansibleHint(word: string): string | undefined {
  if (!word.startsWith("with_")) return ansibleHints.get(word);
  return loopHints.get(word) ?? "write `loop`, with a list, a map, or `!expr` and an expression that makes one";
}

const loopHints: ReadonlyMap<string, string> = new Map([
  ["with_items", "write `loop`, with the same list"],
  ["with_list", "write `loop`, with the same list"],
  ["with_flattened", "write `loop: !expr flatten(LIST)`"],
  ["with_dict", "write `loop`, with a list, a map, or `!expr`: with a map `item` has `key` and `value`"],
  ["with_fileglob", 'write `loop: !expr fileglob("PATTERN")`'],
  ["with_sequence", "write `loop: !expr range(FROM, TO)`; TO is not reached"],
]);

/** Parameters of Ansible's includes that have none here. Apart from the others: a role's own parameter may have such a name. */
export const includeHints: ReadonlyMap<string, string> = new Map([
  ["apply", "leave it out: what stands beside the include holds for all tasks in it"],
  ["public", "leave it out: what others shall see belongs into the play or the inventory"],
  ["handlers_from", "leave it out: the role's handlers are those of its handlers/main.yml"],
  ["vars_from", "use `include_vars`, or the role's parameters: `vars` beside the include"],
  ["defaults_from", "use the role's parameters: `vars` beside the include"],
  ["allow_duplicates", "leave it out: an included role runs each time, one below `roles` once for the same parameters"],
  ["rolespec_validate", "leave it out: what the role takes (meta/arguments.yml) is always checked"],
]);
