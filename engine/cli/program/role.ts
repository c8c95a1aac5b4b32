import type { TestRoleOptions } from "../commands/role.ts";
import { examples, paragraphs, type Register } from "./registrar.ts";

export const registerRole: Register = ({ program, width, action }) => {
  const role = program
    .command("role")
    .description("list, make and test roles")
    .addHelpText(
      "after",
      examples(
        ["lab role list", "the roles that playbooks can name"],
        ["lab role init web", "a new role in roles/web"],
        ["lab role test web", "converge it in an embedded lab of its own"],
      ),
    );
  role
    .command("list")
    .description("the roles of the site, of installed packages and of lab")
    .option("--json", "as JSON")
    .addHelpText(
      "after",
      examples(["lab role list", "a line for each"], ["lab role list --json", "with their folders, for a program"]),
    )
    .action(
      action(async (options: { json?: boolean }) => {
        const { listRoles } = await import("../commands/role.ts");
        return listRoles(options);
      }),
    );
  role
    .command("init")
    .description("make a new role, with arguments and a test")
    .argument("<name>", "its name: small letters, digits and _")
    .addHelpText("after", examples(["lab role init web && lab role test web", "a new role, and its test"]))
    .action(
      action(async (name: string) => {
        const { initRole } = await import("../commands/role.ts");
        return initRole(name);
      }),
    );
  role
    .command("test")
    .description("converge roles in an embedded lab of their own, and see that they hold what they promise")
    .argument("[role...]", "roles (default: all of the site's own)")
    .option("--json", "as JSON")
    .option(
      "-v, --verbose",
      "with a failure: show steps; -vv what is sent",
      (_: string, before: number) => before + 1,
      0,
    )
    .addHelpText(
      "after",
      paragraphs(width, [
        "Each playbook in the role's tests/ is run on the hosts of tests/inventory.yml; without them the role alone, on one host. Whatever the inventory says, no real host is connected to. The stages: syntax, check, run, foretold (the run did what the check called certain), again (a second run changes nothing), settled (a check finds nothing to do), verify (tests/verify.yml, else tasks/verify.yml).",
        "Exit status: 0 all passed, 1 a role or its test is wrong, 2 a stage failed.",
      ]),
    )
    .addHelpText(
      "after",
      examples(["lab role test", "all roles of the site"], ["lab role test web dns", "two of them"]),
    )
    .action(
      action(async (names: string[], options: TestRoleOptions) => {
        const { testRoles } = await import("../commands/role.ts");
        return testRoles(names, options);
      }),
    );
};
