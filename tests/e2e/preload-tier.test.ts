import { existsSync } from "node:fs";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { afterAll, beforeAll, expect, test } from "vitest";
import type { Stage } from "../lab/stage.ts";
import { addAccount, e2eStage, readyOn, seenAtVenue } from "../support/e2e-stage.ts";

const botProgram = fileURLToPath(new URL("../fixtures/bots/asks-venue.mjs", import.meta.url));
let stage: Stage;
let mark = "";

beforeAll(async () => {
  stage = await e2eStage({
    proxies: { "fra-1": "http" },
    yaml: ({ venuePort, folder }) => {
      mark = join(folder, "ran");
      const env = `env: { VENUE_URL: "https://venue.test:${venuePort}" }`;
      return `defaults: { isolation: preload, restart: never }\nbots: { alice: { command: [x], runtime: node, ${env} }, bob: { command: [x], ${env} } }`;
    },
  });
  await addAccount(stage, "alice", ["fra-1"]);
  await addAccount(stage, "bob", ["fra-1"]);
});
afterAll(() => stage.close());

test.each([
  ["a shell", ["sh", "-c", 'touch "$0"']],
  ["npm", ["npm", "exec", "--offline", "--", "touch"]],
  ["env", ["env", "touch"]],
])("%s is refused before it runs", async (_, command) => {
  const ended = await stage.launch(["bot", "--account", "bob", "--", ...command, mark]);
  expect(ended).toMatchObject({ exitCode: 78, stderr: expect.stringContaining("LAUNCH_TIER_UNAVAILABLE") });
  expect(existsSync(mark)).toBe(false);
});

test("a wrapper that is vouched for and becomes the Node program is ready", async () => {
  const command = ["sh", "-c", 'exec "$0" "$1"', process.execPath, botProgram];
  const launcher = stage.start(["bot", "--account", "alice", "--", ...command]);
  await readyOn(stage, launcher, "fra-1");
  expect((await seenAtVenue(stage, ({ account }) => account === "alice")).peer).toBe("127.0.0.11");
  launcher.signal("SIGTERM");
  expect(await launcher.ended).toBe(0);
});

test("a wrapper that is vouched for and runs something else is killed without a word to the relay", async () => {
  const ended = await stage.launch(["bot", "--account", "alice", "--", "sh", "-c", "sleep 600"]);
  expect(ended.exitCode).not.toBe(0);
  expect(ended.stderr).toContain("did not report");
});

// As a single executable application that takes no NODE_OPTIONS: Node, but without the preload.
test("a Node program that ignores NODE_OPTIONS is killed for want of a hello, and never ready", async () => {
  const command = ["env", "--unset", "NODE_OPTIONS", process.execPath, botProgram];
  const ended = await stage.launch(["bot", "--account", "alice", "--", ...command]);
  expect(ended.exitCode).not.toBe(0);
  expect(ended.stderr).toMatch(/did not report|before the preload's hello/);
  expect(ended.stderr).not.toContain("proven 2/2");
});
