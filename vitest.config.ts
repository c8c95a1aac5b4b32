import { defineConfig } from "vitest/config";

/**
 * End-to-end tests that change what there is only once on a machine (users, crontabs, loop devices, what lies in /etc): one after
 * the other. The rest is as slow, and keeps to folders and ports of its own: both are run side by side, as two projects.
 */
const onMachine = [
  "containers",
  "family",
  "guests-as-hosts",
  "keepalive",
  "modules",
  "recovery",
  "secrets",
  "shell-killed",
  "single-tasks",
  "state",
  "sudo",
  "users",
].map((name) => `test/e2e/play/${name}.test.ts`);

export default defineConfig({
  test: {
    // Twice the cores of a small machine: many tests wait for a shell. Test files share their modules, which have
    // no state of their own: importing them anew for each file would take longer than the tests.
    maxWorkers: 4,
    projects: [
      {
        test: {
          name: "unit",
          include: ["test/unit/**/*.test.ts"],
          isolate: false,
          testTimeout: 60_000,
          hookTimeout: 60_000,
        },
      },
      {
        test: {
          name: "contract",
          include: ["test/contract/**/*.test.ts"],
          isolate: false,
          testTimeout: 120_000,
          hookTimeout: 60_000,
        },
      },
      // The built command on the embedded lab: end to end, but without root and without a server.
      {
        test: {
          name: "cli",
          include: ["test/e2e/cli/**/*.test.ts"],
          globalSetup: ["test/support/e2e-build.ts"],
          testTimeout: 120_000,
          hookTimeout: 120_000,
        },
      },
      // On the node of an inventory: `npm run scenarios` alone starts them.
      {
        test: {
          name: "scenarios",
          include: ["test/scenarios/*.test.ts"],
          testTimeout: 1_800_000,
          hookTimeout: 300_000,
          fileParallelism: false,
        },
      },
      {
        test: {
          name: "e2e",
          include: ["test/e2e/{ssh,play,report,shell}/**/*.test.ts"],
          exclude: onMachine,
          globalSetup: ["test/support/e2e-build.ts"],
          testTimeout: 180_000,
          hookTimeout: 180_000,
          fileParallelism: false,
        },
      },
      {
        test: {
          name: "machine",
          include: onMachine,
          globalSetup: ["test/support/e2e-build.ts"],
          testTimeout: 180_000,
          hookTimeout: 180_000,
          fileParallelism: false,
        },
      },
      // Against a real Docker engine with Compose v2, of the tests' own.
      {
        test: {
          name: "docker",
          include: ["test/e2e/docker/**/*.test.ts"],
          globalSetup: ["test/support/e2e-build.ts", "test/support/docker-engine.ts"],
          testTimeout: 900_000,
          hookTimeout: 180_000,
          fileParallelism: false,
        },
      },
      // Against real OpenZFS in a virtual machine, which is built when it is not in the cache.
      {
        test: {
          name: "zfs",
          include: ["test/e2e/zfs/**/*.test.ts"],
          globalSetup: ["test/support/e2e-build.ts", "test/support/zfs-vm.ts"],
          // An emulated processor beside all else that runs: a minute's work may take five.
          testTimeout: 900_000,
          hookTimeout: 300_000,
          fileParallelism: false,
        },
      },
    ],
  },
});
