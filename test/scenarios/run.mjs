// `npm run scenarios -- -i INVENTORY --destroy-in-range [NAME…]`: plays the scenarios on the node of any inventory.
import { existsSync } from "node:fs";
import { resolve } from "node:path";
import { parseArgs } from "node:util";
import { startVitest } from "vitest/node";

const usage = `usage: npm run scenarios -- -i INVENTORY --destroy-in-range [NAME…]

Plays test/scenarios/pct/*.yml (those whose file name holds a NAME) on the one host of INVENTORY, a Proxmox VE node.
Its variables say where: scenario_vmids ("9000-9099"), scenario_storage, scenario_template, scenario_bridge.
Whatever the first ids of that range hold is destroyed, before and after each scenario; --destroy-in-range says that
you know. See test/scenarios/README.md.
`;

const fail = (why) => {
  process.stderr.write(`${why}\n\n${usage}`);
  process.exit(1);
};
const { values, positionals } = (() => {
  try {
    return parseArgs({
      options: {
        inventory: { type: "string", short: "i" },
        "destroy-in-range": { type: "boolean" },
        help: { type: "boolean", short: "h" },
      },
      allowPositionals: true,
    });
  } catch (error) {
    return fail(error instanceof Error ? error.message : String(error));
  }
})();
if (values.help) {
  process.stdout.write(usage);
  process.exit(0);
}
if (values.inventory === undefined) fail("no inventory is named");
const inventory = resolve(values.inventory);
if (!existsSync(inventory)) fail(`there is no ${inventory}`);
if (!existsSync(resolve(import.meta.dirname, "../../dist"))) fail("the command is not built: npm run build");
if (!values["destroy-in-range"]) fail("containers and machines of the range are destroyed: say --destroy-in-range");

process.env.LAB_SCENARIO_INVENTORY = inventory;
process.env.LAB_SCENARIO_NAMES = positionals.join(" ");
const vitest = await startVitest("test", [], { project: ["scenarios"], watch: false, run: true });
await vitest.close();
