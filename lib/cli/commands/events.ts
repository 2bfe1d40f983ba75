import type { StoredEvent } from "../../domain/event.ts";
import { wordsApart } from "../../domain/text/unit-word.ts";
import { followEvents, listEvents, requireOneUnit } from "../../operations/history/list-events.ts";
import { eventsView, eventView } from "../../operations/views/events.ts";
import type { CommandUsage, Context, Outcome } from "../command.ts";
import { readMoment } from "../parse/moment-flag.ts";
import { pause } from "../terminal/pause.ts";
import { localTime } from "../view/ages.ts";
import { renderFitted } from "../view/fitted-table.ts";

export const usage = {
  details:
    "With --follow it goes on and prints each new event on a line, until Ctrl-C; with --json as well, each line is an event.",
  examples: [
    "launch events alice --limit 50",
    "launch events collector:funding",
    "launch events --since 2h",
    "launch events --follow",
  ],
  flags: {
    account: {
      kind: "text",
      value: "name",
      help: "Only events of this account or collector; bot:NAME or collector:NAME where both have it.",
      isWord: true,
    },
    since: { kind: "text", value: "time", help: "Only events after this moment: 90m, 14:03 or RFC 3339." },
    follow: { kind: "toggle", help: "Go on with what happens next." },
    limit: {
      kind: "count",
      value: "count",
      help: "How many events to show, the newest first (20; all with --since, up to 10000).",
    },
    wide: { kind: "toggle", help: "Show all columns, even if the table is wider than the terminal." },
  },
} as const satisfies CommandUsage;

const columns = ["at", "event", "unit", "by", "host", "message"] as const;
const expendable = ["host", "by"] as const;
const narrowest = { message: 24, unit: 6 };
const mostSince = 10_000;
const lookEveryMs = 1_000;

/** Gives back the newest events, and those that follow when asked. */
export async function run(context: Context<typeof usage>): Promise<Outcome> {
  const workspace = await context.openWorkspace();
  const { account: word, since: sinceText, follow, wide } = context.flags;
  const limit = context.flags.limit ?? (sinceText === undefined ? 20 : mostSince);
  const since = sinceText === undefined ? undefined : readMoment(sinceText, "--since", workspace.clock.now());
  const store = await workspace.openStore();
  const collectors = Object.keys(workspace.config.collectors);
  const unit = word === undefined ? undefined : await requireOneUnit(store, word, collectors);
  const of = { unitName: unit?.name, unitKind: unit?.kind };
  const events = await listEvents(store, { ...of, since, limit }, collectors);
  if (follow) {
    const { graceful } = context.io.signals;
    const isJson = context.io.flags.json;
    const plainLine = plainLines();
    const lineOf = isJson ? (event: StoredEvent) => JSON.stringify(eventView(event)) : plainLine;
    return {
      async *follow(_style, gone) {
        for (const event of events.toReversed()) yield lineOf(event);
        const stopped = AbortSignal.any([gone, graceful]);
        const wait = () => pause(lookEveryMs, stopped);
        for await (const event of followEvents(store, { ...of, known: events }, wait)) yield lineOf(event);
      },
    };
  }
  const wordOf = wordsApart(events.flatMap(unitOf));
  const rows = events.map((event) => ({
    at: localTime(event.at),
    event: event.kind,
    unit: unitOf(event).map(wordOf).join(""),
    by: event.actor,
    host: event.host,
    message: event.message,
  }));
  const empty = emptyFor(word, { limit, isSince: since !== undefined });
  return {
    data: eventsView(events),
    text: (style) => renderFitted({ columns, expendable, narrowest, empty }, rows, style, wide),
  };
}

// What is a collector's has no account.
function unitOf({ unitName, accountId }: StoredEvent) {
  if (unitName === undefined) return [];
  return [{ kind: accountId === undefined ? "collector" : "bot", name: unitName } as const];
}

// What comes later is not known: a name is told with its kind once both have been seen.
function plainLines(): (event: StoredEvent) => string {
  const seen = new Map<string, ReturnType<typeof unitOf>[number]>();
  return (event) => {
    const units = unitOf(event);
    for (const unit of units) seen.set(`${unit.kind} ${unit.name}`, unit);
    const unit = units.map(wordsApart([...seen.values()])).map((word) => `${word}: `);
    return `${localTime(event.at)}  ${event.kind}  ${unit.join("")}${event.message.replaceAll(/\s+/g, " ")}`;
  };
}

function emptyFor(
  accountName: string | undefined,
  { limit, isSince }: { readonly limit: number; readonly isSince: boolean },
): string {
  if (limit === 0) return "You asked for no events. Ask for more with `--limit 20`.";
  if (isSince) return "Nothing has happened since then.";
  return accountName === undefined
    ? "There are no events yet. Begin with `launch account add` and `launch proxy add`."
    : `There are no events of ${accountName} yet. \`launch events\` shows all events.`;
}
