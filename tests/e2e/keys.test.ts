import { afterAll, beforeAll, expect, test } from "vitest";
import type { Stage } from "../lab/stage.ts";
import { addAccount, e2eStage, ok, pidOf, proxyOf, seenAtVenue, startBot } from "../support/e2e-stage.ts";
import { eventually } from "../support/eventually.ts";

let stage: Stage;
beforeAll(async () => {
  stage = await e2eStage({ proxies: { "fra-1": "http" } });
  await addAccount(stage, "alice", ["fra-1"]);
});
afterAll(() => stage.close());

test("keys are changed and rotated, and a credential is sealed with the new one, while the bot runs on", async () => {
  const { exitIp, user, pass } = proxyOf(stage, "fra-1");
  const launcher = await startBot(stage, "alice", "fra-1");
  const before = await seenAtVenue(stage, ({ account }) => account === "alice");
  const keyId = (JSON.parse(await ok(stage, ["keys", "new", "--json"])) as { key_id: string }).key_id;

  // The launcher looks at its key file with each renewal; until then the rotation is refused.
  const rotated = await eventually(
    () => stage.launch(["keys", "rotate", "--json"]),
    ({ exitCode }) => exitCode === 0,
    20_000,
  );
  expect(JSON.parse(rotated.stdout)).toMatchObject({ key_id: keyId, resealed: 1 });

  const edit = ["proxy", "edit", "fra-1", "--proxy-user", user, "--proxy-pass-stdin"];
  await ok(stage, edit, "another\n");
  await launcher.line(/fra-1 is not used: .*(407|refused the credential)/);
  await ok(stage, edit, `${pass}\n`);
  const from = stage.venue.entries.length;
  const after = await seenAtVenue(stage, (entry) => pidOf(entry) !== pidOf(before), from);
  expect(after.peer).toBe(exitIp);
  launcher.signal("SIGTERM");
  expect(await launcher.ended).toBe(0);
});
