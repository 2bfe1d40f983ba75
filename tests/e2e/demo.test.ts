import { execa } from "execa";
import { expect, test } from "vitest";
import { builtFile } from "../support/built.ts";

test("the demo checks every step at the venue and leaves nothing running", async () => {
  const { stdout } = await execa(process.execPath, [builtFile("demo/main.js")]);
  expect(stdout).toContain("Every step was checked at the venue.");
  expect(stdout).not.toMatch(/not enforced|FAILED/);
});
