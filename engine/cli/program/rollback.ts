import type { RollbackOptions } from "../commands/rollback.ts";
import { inventoryOptions, loginOptions, waitForLock } from "./host-options.ts";
import { examples, paragraphs, type Register } from "./registrar.ts";

export const registerRollback: Register = ({ program, width, action }) => {
  const command = program
    .command("rollback")
    .description("take a dataset or guest back to what it was at a snapshot")
    .argument("<host>", "the host that has it")
    .argument("<what>", "list, dataset or guest")
    .argument("[name]", "the dataset, or the number of the guest")
    .option(
      "--to <point>",
      "a snapshot, latest, yesterday, a day (2026-11-20), a moment, or how old it is at least (2h, 3d)",
    )
    .option("--into <dataset>", "make a copy of then beside the present dataset: nothing is lost")
    .option("--destroy-newer", "destroy later snapshots, which stand in the way on ZFS")
    .option("--yes", "do not ask")
    .option("-C, --check", "show what would be lost; change nothing");
  inventoryOptions(command);
  loginOptions(command)
    .option(...waitForLock)
    .option("-v, --verbose", "show steps; -vv what is sent", (_: string, before: number) => before + 1, 0)
    .addHelpText(
      "after",
      paragraphs(width, [
        "What would be lost is shown first: what has been written since, later snapshots, guests that stop. Then it asks. Refused where clones, holds, replication or high availability stand against it.",
        "A single file need not be rolled back: it lies in .zfs/snapshot/NAME/ below the dataset's folder.",
        "Exit status: 0 done, 1 the call is wrong or the answer was no, 2 it was refused or failed, 4 the host was unreachable.",
      ]),
    )
    .addHelpText(
      "after",
      examples(
        ["lab rollback pve1 list", "what there is to go back to"],
        ["lab rollback pve1 dataset tank/photos --to yesterday --into tank/then", "beside"],
        ["lab rollback pve1 dataset tank/photos --to 2h --check", "what would be lost"],
        ["lab rollback pve1 guest 103 --to latest", "a container or virtual machine"],
      ),
    )
    .action(
      action(async (host: string, what: string, name: string | undefined, options: RollbackOptions) => {
        const { rollback } = await import("../commands/rollback.ts");
        return rollback(host, what, name, options);
      }),
    );
};
