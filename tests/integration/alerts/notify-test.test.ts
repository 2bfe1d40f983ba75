import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { afterAll, beforeAll, expect, test } from "vitest";
import { newStranger, type Stranger } from "../../support/operator/launch-program.ts";

let stranger: Stranger;
beforeAll(() => {
  stranger = newStranger();
  writeFileSync(
    join(stranger.home, "launch.yaml"),
    [
      "version: 1",
      "notify:",
      "  channels:",
      "    gone: { command: [/no/such/program] }",
      "    taken: { command: [cat] }",
      "    refused: { command: [sh, -c, 'echo no money left >&2; exit 3'] }",
    ].join("\n"),
  );
});
afterAll(() => stranger.remove());

test("a test message is told of channel by channel, in words", async () => {
  const { status, stdout } = await stranger.launch(["notify", "test"]);
  expect(status).toBe(1);
  expect(stdout).toMatch(/^gone +command +failed .*\/no\/such\/program could not be started \(no such file/m);
  expect(stdout).toMatch(/^taken +command +sent /m);
  expect(stdout).toMatch(/^refused +command +failed .*sh ended with 3: no money left/m);
  expect(stdout).not.toContain("ENOENT");
});

test("a channel that is mistyped gets the name that was meant", async () => {
  const { status, stderr } = await stranger.launch(["notify", "test", "takn"]);
  expect(status).toBe(64);
  expect(stderr).toContain('Did you mean "taken"?');
});
