import { Argument } from "commander";
import type { Shell } from "../commands/completion.ts";
import { examples, type Register } from "./registrar.ts";

export const registerCompletion: Register = ({ program, action }) => {
  program
    .command("completion")
    .description("print what makes a shell complete commands, options, hosts, tags and roles")
    .addArgument(new Argument("<shell>", "the shell").choices(["bash", "zsh", "fish"]))
    .addHelpText(
      "after",
      examples(
        ["source <(lab completion bash)", "in ~/.bashrc"],
        ["source <(lab completion zsh)", "in ~/.zshrc, after compinit"],
        ["lab completion fish > ~/.config/fish/completions/lab.fish", "once"],
      ),
    )
    .action(
      action(async (shell: Shell) => {
        const { completion } = await import("../commands/completion.ts");
        return completion(shell);
      }),
    );
};
