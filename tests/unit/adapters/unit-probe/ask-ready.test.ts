import { tmpdir } from "node:os";
import { expect, test } from "vitest";
import { askReady } from "../../../../lib/adapters/unit-probe/ask-ready.ts";

const beside = { cwd: tmpdir(), env: { PATH: process.env["PATH"] ?? "", NAME: "funding" } };
const ask = (...command: string[]) => askReady({ kind: "exec", command }, beside);

test("a command is run with the collector's folder and environment, and its status is the answer", async () => {
  expect(await ask("sh", "-c", '[ "$NAME" = funding ] && [ -z "$HOME" ]')).toBeUndefined();
  expect(await ask("sh", "-c", "exit 3")).toBe("sh -c exit 3 ended with 3");
  expect(await ask("/no/such/program")).toBe("/no/such/program did not start (ENOENT)");
});
