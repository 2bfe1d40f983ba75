import { execFile } from "node:child_process";
import { join } from "node:path";
import { promisify } from "node:util";
import { expect, test } from "vitest";
import { packageRoot } from "../../../lib/config/package-root.ts";

test("a command whose terminal is taken away ends as it was asked to, and does not abort", async () => {
  const fixture = join(packageRoot(), "tests/fixtures/terminal/hangs-up.py");
  const command = [process.execPath, join(packageRoot(), "bin/launch"), "echo", "--port", "0"];
  const { stdout } = await promisify(execFile)("python3", [fixture, "answering", ...command]);
  expect(stdout.trim()).toBe("0");
});
