import { afterAll, beforeAll, expect, test } from "vitest";
import type { Stage } from "../../lab/stage.ts";
import { addAccount, defaultsYaml, e2eStage, ok, seenAtVenue, startBot } from "../../support/e2e-stage.ts";
import { eventually } from "../../support/eventually.ts";

let stage: Stage;
beforeAll(async () => {
  stage = await e2eStage({
    proxies: { "fra-1": "socks5" },
    yaml: (places) => `${defaultsYaml(places)}\nrelay: { warm: 1 }\n`,
  });
  await addAccount(stage, "alice", ["fra-1"]);
});
afterAll(() => stage.close());

test("with relay.warm a bot's next connection takes the one that is ready, and status counts it", async () => {
  const launcher = await startBot(stage, "alice", "fra-1");
  await seenAtVenue(stage, ({ account }) => account === "alice");
  const words = await eventually(
    () => ok(stage, ["status", "alice"]),
    (text) => /; 1 ready ahead, \d+ used so, 0 of them too old/.test(text),
    20_000,
  );
  expect(words).toMatch(/connections in this run/);
  expect(await ok(stage, ["config", "explain"])).toMatch(/relay\.warm +1 +\S*launch\.yaml:/);
  await ok(stage, ["stop", "alice"]);
  expect(await launcher.ended).toBe(0);
});
