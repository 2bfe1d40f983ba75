import { join } from "node:path";
import { execa } from "execa";
import { expect, test } from "vitest";
import { packageRoot } from "../../../lib/config/package-root.ts";

test("a command whose terminal is taken away ends as it was asked to, and does not abort", async () => {
  const fixture = join(packageRoot(), "tests/fixtures/terminal/hangs-up.py");
  const command = [process.execPath, join(packageRoot(), "bin/launch"), "echo", "--port", "0"];
  const { stdout } = await execa("python3", [fixture, "answering", ...command]);
  expect(stdout).toBe("0");
});
