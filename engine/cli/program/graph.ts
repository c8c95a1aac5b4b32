import { Option } from "commander";
import type { GraphOptions } from "../commands/graph.ts";
import { inventoryOptions } from "./host-options.ts";
import { examples, paragraphs, type Register } from "./registrar.ts";

export const registerGraph: Register = ({ program, width, action }) => {
  inventoryOptions(program.command("graph"))
    .description("draw the lab that playbooks and inventory describe; nothing is connected to")
    .argument("[playbook...]", "files, or names in playbooks/ (default: site.yml)")
    .addOption(
      new Option(
        "--of <what>",
        "what is drawn: lab, what is where; inventory, groups and hosts; roles, plays and their roles",
      )
        .choices(["lab", "inventory", "roles"])
        .default("lab"),
    )
    .addOption(
      new Option("--format <format>", "how it is drawn (default: by the name of the file, else svg)").choices([
        "svg",
        "mermaid",
        "json",
      ]),
    )
    .option("-o, --output <file>", "write it there and not to stdout")
    .addHelpText(
      "after",
      paragraphs(width, [
        "The picture shows nodes with their pools, datasets, storages, containers and virtual machines, services of Compose and systemd, bridges and the tailnet, as the parameters of the tasks say. What only a run can know is a question mark, and what a condition decides has a dashed border. Point at a thing to see where it comes from. The HTML report of a run has the same picture, with what the run saw: lab play --report FILE.html.",
      ]),
    )
    .addHelpText(
      "after",
      examples(
        ["lab graph storage.yml -o lab.svg", "the lab of one playbook"],
        ["lab graph --format mermaid", "text that GitHub and wikis draw"],
        ["lab graph --of inventory -o hosts.svg", "groups and hosts"],
        ["lab graph --of roles", "which play uses which roles"],
      ),
    )
    .action(
      action(async (playbooks: string[], options: GraphOptions) => {
        const { graph } = await import("../commands/graph.ts");
        return graph(playbooks, options);
      }),
    );
};
