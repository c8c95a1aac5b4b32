// Sums up the reports of vitest and what else was run (`--other N`: so many steps failed) as `N passed, N failed`.
// A test that was skipped, a file that failed to load, and a report that is missing or empty count as failed: a part
// that could not be run must not look like one that passed.
import { readFileSync } from "node:fs";

const [flag, others, ...reports] = process.argv.slice(2);
if (flag !== "--other" || !/^\d+$/.test(others ?? "")) throw new Error("usage: sum-up.mjs --other N REPORT…");
let passed = 0;
let failed = Number(others);
const problems = [];
for (const path of reports) {
  let report;
  try {
    report = JSON.parse(readFileSync(path, "utf8"));
  } catch (error) {
    failed += 1;
    problems.push(`${path}: no report (${error instanceof Error ? error.message : error})`);
    continue;
  }
  if (report.numTotalTests === 0) {
    failed += 1;
    problems.push(`${path}: no tests`);
  }
  for (const file of report.testResults) {
    if (file.status === "failed" && file.assertionResults.every(({ status }) => status === "passed")) {
      failed += 1;
      problems.push(`${file.name}: ${file.message || "failed outside of its tests"}`);
    }
    for (const { fullName, status } of file.assertionResults) {
      if (status === "passed") passed += 1;
      else {
        failed += 1;
        problems.push(`${file.name}: ${fullName}: ${status}`);
      }
    }
  }
}
for (const problem of problems) console.log(problem);
console.log(`${passed} passed, ${failed} failed`);
process.exitCode = failed > 0 || passed === 0 ? 1 : 0;
