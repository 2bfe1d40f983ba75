import { afterAll, beforeAll, expect, test } from "vitest";
import type { Stage } from "../../lab/stage.ts";
import { eventually } from "../../support/eventually.ts";
import { answerRows } from "./answer-rows.ts";
import {
  answerAt,
  moved,
  type RunningBot,
  settle,
  startOn,
  stayed,
  toldOf,
  venueStage,
} from "./venue-stage.ts";

let stage: Stage;
/** Runs from row to row, on whichever exit the one before has left it. */
let alice: RunningBot | undefined;

beforeAll(async () => {
  stage = await venueStage();
});
afterAll(() => stage.close());

test.each(answerRows)("a bot on Node's fetch meets $title: it $outcome", async (row) => {
  const bot = alice ?? (await startOn(stage, "alice"));
  // Until the row has passed nobody builds on what it leaves.
  alice = undefined;
  try {
    const [from, sinceMs] = [stage.venue.entries.length, Date.now()];
    const { stdout, stderr } = bot.launcher;
    const [printed, spoken] = [stdout.length, stderr.length];
    await answerAt(stage, [bot.label], row.answer(Date.now()));
    await heard(() => stdout.slice(printed), row.saw);
    if (row.said !== undefined) await heard(() => stderr.slice(spoken), row.said);
    const next = row.outcome === "moves" ? await moved(stage, bot, from) : bot;
    if (row.outcome === "stays") await stayed(stage, bot, from);
    expect(await toldOf(stage, "alice", row.told, sinceMs)).toMatch(row.told);
    await settle(stage, next);
    alice = next;
  } finally {
    if (alice === undefined) await bot.launcher.end();
  }
});

async function heard(lines: () => readonly string[], pattern: RegExp): Promise<void> {
  await eventually(lines, (said) => said.some((line) => pattern.test(line)), 30_000);
}
