import { execFile } from "node:child_process";
import { join } from "node:path";
import { describe, expect, test } from "vitest";
import { packageRoot } from "../../../lib/config/package-root.ts";
import { nodeOfMajor } from "../../support/node-versions.ts";

const program = join(packageRoot(), "bin", "launch");

function runOn(node: string, words: readonly string[]): Promise<{ status: number; output: string }> {
  return new Promise((resolve) => {
    const child = execFile(node, [program, ...words], (_error, stdout, stderr) =>
      resolve({ status: child.exitCode ?? -1, output: stdout + stderr }),
    );
  });
}

describe("the program", () => {
  test("tells a Node below the floor in one sentence what it needs", async ({ skip }) => {
    const node = nodeOfMajor(18) ?? skip("Node 18 could not be fetched");
    const { status, output } = await runOn(node, ["--help"]);
    expect(status).toBe(78);
    expect(output).toMatch(/^Slipway needs Node 20\.19 or newer; this is v18\.\S+\.\n$/);
  });

  test.for([22, 24, 26])("runs on Node %i", async (major, { skip }) => {
    const node = nodeOfMajor(major) ?? skip(`Node ${major} could not be fetched`);
    const { status, output } = await runOn(node, ["config", "explain", "--json"]);
    expect([status, JSON.parse(output)]).toEqual([0, expect.objectContaining({ version: 1 })]);
  });
});
