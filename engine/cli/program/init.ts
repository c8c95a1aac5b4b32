import { examples, paragraphs, type Register } from "./registrar.ts";

export const registerInit: Register = ({ program, width, action }) => {
  program
    .command("init")
    .description("make a new site that runs at once, on hosts of the embedded lab")
    .argument("<dir>", "its folder, made if it is not there")
    .option("--force", "add what is missing to a folder that is not empty; no file is overwritten")
    .addHelpText(
      "after",
      paragraphs(width, [
        "A site is a folder: inventory/ with hosts, playbooks/, roles/, and lab.yml with settings. The new one has all of them, with one role, and settings for editors.",
      ]),
    )
    .addHelpText(
      "after",
      examples(
        ["lab init homelab && cd homelab", "a new site"],
        ["lab play site.yml --check --diff", "what its playbook would do"],
        ["lab play site.yml", "do it"],
      ),
    )
    .action(
      action(async (dir: string, options: { force?: boolean }) => {
        const { init } = await import("../commands/init.ts");
        return init(dir, options);
      }),
    );
};
