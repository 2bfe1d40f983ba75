import { existsSync } from "node:fs";

/** Why a test cannot run here, as its reason to be skipped, said on stderr too; undefined where the program is. Throws with CI=true, where .ci/run has installed it. */
export function whyUntested(file: string): string | undefined {
  if (existsSync(file)) return undefined;
  const why = `NOT TESTED: there is no ${file} here.`;
  if (process.env["CI"] === "true") throw new Error(why);
  process.stderr.write(`${why}\n`);
  return why;
}
