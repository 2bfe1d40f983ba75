import { listEvents } from "../../operations/history/list-events.ts";
import { eventsView } from "../../operations/views/events.ts";
import type { CommandUsage, Context, Outcome } from "../command.ts";
import { localTime } from "../view/ages.ts";
import { renderFitted } from "../view/fitted-table.ts";

/** What help says of the command, and what it takes. */
export const usage = {
  examples: ["launch events --account alice --limit 50"],
  flags: {
    account: { kind: "text", value: "name", help: "Only events of this account." },
    limit: { kind: "count", value: "count", help: "How many events to show, the newest first (20)." },
    wide: { kind: "toggle", help: "Show all columns, even if the table is wider than the terminal." },
  },
} as const satisfies CommandUsage;

const columns = ["at", "event", "by", "host", "message"] as const;
const expendable = ["host", "by"] as const;
const narrowest = { message: 24 };

/** Gives back the newest events. */
export async function run(context: Context<typeof usage>): Promise<Outcome> {
  const store = await (await context.openWorkspace()).openStore();
  const { account: accountName, limit = 20, wide } = context.flags;
  const events = await listEvents(store, { accountName, limit });
  const rows = events.map((event) => ({
    at: localTime(event.at),
    event: event.kind,
    by: event.actor,
    host: event.host,
    message: event.message,
  }));
  return {
    data: eventsView(events),
    text: (style) =>
      renderFitted(
        { columns, expendable, narrowest, empty: emptyFor(accountName, limit) },
        rows,
        style,
        wide,
      ),
  };
}

function emptyFor(accountName: string | undefined, limit: number): string {
  if (limit === 0) return "You asked for no events. Ask for more with `--limit 20`.";
  return accountName === undefined
    ? "There are no events yet. Begin with `launch account add` and `launch proxy add`."
    : `There are no events of ${accountName} yet. \`launch events\` shows all events.`;
}
