import { expect } from "vitest";
import type { StoredEvent } from "../../../lib/domain/event.ts";
import { ok, proxyOf } from "../../support/e2e-stage.ts";
import { eventually } from "../../support/eventually.ts";
import type { AnswerRow } from "./answer-rows.ts";
import type { Figure } from "./figures.ts";
import {
  answerAt,
  eventOf,
  exitsOf,
  isAskedTwice,
  moved,
  othersOf,
  printed,
  type RunningBot,
  said,
  stayed,
  type VenueStage,
  visitsOf,
} from "./venue-stage.ts";

/** Has the venue answer a bot so, and checks what the bot, its launcher, `why` and `events` say, and which exit it then comes from. */
export async function playRow(
  venues: VenueStage,
  row: AnswerRow,
  bot: RunningBot,
): Promise<{ readonly next: RunningBot; readonly figure: Figure }> {
  const { stage } = venues;
  const { name, label, launcher } = bot;
  const { isEverywhere = false, outcome } = row;
  const since: Since = {
    ms: Date.now(),
    from: stage.venue.entries.length,
    stdout: launcher.stdout.length,
    stderr: launcher.stderr.length,
  };
  await answerAt(stage, isEverywhere ? exitsOf(name) : [label], row.answer(since.ms));
  const saw = await printed(bot, since.stdout, row.saw);
  const event = await toldOf(venues, row, bot, since);
  const change = outcome === "moves" ? await moved(stage, bot, since.from) : undefined;
  if (isEverywhere) await isAskedTwice(stage, othersOf(bot), since.from);
  if (outcome === "stays") await stayed(stage, bot, since.from);
  if (outcome === "stops") await said(bot, since.stderr, /holds, nothing runs/);
  const why = await whyOf(venues, row, name);
  // The venue writes nothing of a handshake that it refuses.
  const { exitIp } = proxyOf(stage, label);
  const refused = visitsOf(stage, name, since.from).find(({ at, peer }) => at >= since.ms && peer === exitIp);
  const startMs = refused?.at ?? since.ms;
  const old = visitsOf(stage, name, since.from).findLast(({ peer }) => peer === exitIp);
  const figure = {
    row: row.title,
    bot: name,
    saw: saw.slice(0, 80),
    decidedMs: event && event.at - startMs,
    lastMs: change && (old?.at ?? startMs) - startMs,
    servedMs: change && change.first.at - startMs,
    why: why.slice(0, why.indexOf(" EXITS")),
  };
  return { next: change?.next ?? bot, figure };
}

/** Where everything stood before the venue changed its mind. */
interface Since {
  readonly ms: number;
  readonly from: number;
  readonly stdout: number;
  readonly stderr: number;
}

async function toldOf(
  venues: VenueStage,
  { told, said: words }: AnswerRow,
  bot: RunningBot,
  since: Since,
): Promise<StoredEvent | undefined> {
  if (words !== undefined) await said(bot, since.stderr, words);
  if (told === undefined) return undefined;
  const event = await eventOf(venues, bot.name, told, since.ms);
  const events = await ok(venues.stage, ["events", "--account", bot.name, "--json"]);
  expect(JSON.parse(events).events.map(({ message }: StoredEvent) => message)).toContain(event.message);
  return event;
}

async function whyOf({ stage }: VenueStage, row: AnswerRow, name: string): Promise<string> {
  const read = async () => (await ok(stage, ["why", name])).replaceAll(/\s+/g, " ");
  return await eventually(read, (text) => row.why.test(text), 10_000, 500);
}
