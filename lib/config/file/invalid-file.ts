import { ConfigError } from "../../errors.ts";

/** The error for a file with these issues, one a line; all of them at once, so that one edit mends them. */
export function invalidFile(path: string, issues: readonly string[]): ConfigError {
  const count = issues.length === 1 ? "one error" : `${issues.length} errors`;
  const lines = issues.map((issue) => `\n  ${issue}`).join("");
  return new ConfigError("LAUNCH_CONFIG_INVALID", `${path} has ${count}:${lines}`, {
    hint: "Correct the lines named above, then run `launch config explain`.",
  });
}
