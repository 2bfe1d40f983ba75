import { join } from "node:path";
import { execa } from "execa";
import { describe, expect, test } from "vitest";
import { packageRoot } from "../../../lib/config/package-root.ts";
import { nodeOfMajor } from "../../support/node-versions.ts";

const program = join(packageRoot(), "bin", "launch");

async function runOn(node: string, words: readonly string[]): Promise<{ status: number; output: string }> {
  const { exitCode = -1, all } = await execa(node, [program, ...words], { reject: false, all: true });
  return { status: exitCode, output: all };
}

describe("the program", () => {
  test("tells a Node below the floor in one sentence what it needs", async ({ skip }) => {
    const node = nodeOfMajor(18) ?? skip("Node 18 could not be fetched");
    const { status, output } = await runOn(node, ["--help"]);
    expect(status).toBe(78);
    expect(output).toMatch(/^Slipway needs Node 20\.19 or newer; this is v18\.\S+\.$/);
  });

  test.for([22, 24, 26])("runs on Node %i", async (major, { skip }) => {
    const node = nodeOfMajor(major) ?? skip(`Node ${major} could not be fetched`);
    const { status, output } = await runOn(node, ["config", "explain", "--json"]);
    expect([status, JSON.parse(output)]).toEqual([0, expect.objectContaining({ version: 1 })]);
  });
});
