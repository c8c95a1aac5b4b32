// Builds dist/ from the sources, which tests run unbuilt: chunks of CommonJS, what starts them, and the door of the library.
import { execFileSync } from "node:child_process";
import { rmSync, writeFileSync } from "node:fs";
import { createRequire } from "node:module";
import { join, resolve } from "node:path";
import { rolldown } from "rolldown";

const repository = resolve(import.meta.dirname, "..");
const dist = resolve(process.argv[2] ?? join(repository, "dist"));

/**
 * What is found where lab runs: what ssh2 has compiled for this machine, if it could, beside ssh2, wherever that is
 * installed; and a file that Node itself has to load.
 */
const outside = {
  name: "outside",
  resolveId(id, importer) {
    if (id.endsWith("sshcrypto.node"))
      return { id: "ssh2/lib/protocol/crypto/build/Release/sshcrypto.node", external: true };
    return importer && id.endsWith("/import-file.ts") ? { id: "../import-file.cjs", external: "absolute" } : null;
  },
};

/** Text that is read fastest: of one byte a character. */
const ascii = {
  name: "ascii",
  generateBundle(_options, bundle) {
    for (const chunk of Object.values(bundle)) {
      if (/String\.raw`[^`]*[^\0-\x7f]/.test(chunk.code))
        this.error(`${chunk.fileName}: String.raw with what is no ASCII`);
      chunk.code = chunk.code.replace(
        /[^\0-\x7f]/g,
        (unit) => `\\u${unit.charCodeAt(0).toString(16).padStart(4, "0")}`,
      );
    }
  },
};

async function bundle(input, output) {
  const build = await rolldown({
    cwd: repository,
    input,
    platform: "node",
    tsconfig: false,
    external: ["cpu-features"],
    plugins: [outside, ascii],
  });
  await build.write({ format: "cjs", ...output });
  await build.close();
}

rmSync(dist, { recursive: true, force: true });
await Promise.all([
  bundle(
    { main: "engine/cli/main.ts", module: "engine/module/index.ts" },
    { dir: join(dist, "chunks"), entryFileNames: "[name].cjs", chunkFileNames: "[name]-[hash].cjs" },
  ),
  bundle("engine/cli/start-up/start.ts", { file: join(dist, "start.cjs") }),
  bundle("engine/cli/import-file.ts", { file: join(dist, "import-file.cjs") }),
]);

// Names of an ES module are read from its text, so they stand in it.
const { load } = createRequire(import.meta.url)(join(dist, "start.cjs"));
const names = Object.keys(load("module"));
writeFileSync(
  join(dist, "labplay.js"),
  `import start from "./start.cjs";\n\nexport const { ${names.join(", ")} } = start.load("module");\n`,
);
const compiler = join(repository, "node_modules/typescript/bin/tsc");
execFileSync(process.execPath, [compiler, "-p", "tsconfig.build.json", "--outDir", dist], {
  cwd: repository,
  stdio: "inherit",
});
