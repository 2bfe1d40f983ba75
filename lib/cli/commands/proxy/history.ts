import { exitHistory } from "../../../operations/exits/exit-history.ts";
import { exitUsesView } from "../../../operations/views/exits.ts";
import type { CommandUsage, Context, Outcome } from "../../command.ts";
import { readMoment } from "../../parse/moment-flag.ts";
import { localTime } from "../../view/ages.ts";
import { exitUseCells } from "../../view/exit-use-table.ts";
import { type FittedTable, renderFitted } from "../../view/fitted-table.ts";

export const usage = {
  details:
    "Shows who used the proxy, and who used the exit that it has now through any other proxy. An address can be given in place of a label.",
  examples: ["launch proxy history fra-1", "launch proxy history 203.0.113.7 --since 30d"],
  operands: [{ name: "proxy", help: "The proxy's label, or an exit address.", arity: "one" }],
  flags: {
    at: { kind: "text", value: "time", help: "Only who had it at this moment." },
    since: { kind: "text", value: "time", help: "Only who used it after this moment." },
    limit: { kind: "count", value: "count", help: "How many to show, the newest first (20)." },
    wide: { kind: "toggle", help: "Show all columns, even if the table is wider than the terminal." },
  },
} as const satisfies CommandUsage;

/** Lists who left by the exit, and when. */
export async function run(context: Context<typeof usage>): Promise<Outcome> {
  const { proxy } = context.args;
  const { at: atText, since: sinceText, limit = 20, wide } = context.flags;
  const workspace = await context.openWorkspace();
  const now = workspace.clock.now();
  const at = atText === undefined ? undefined : readMoment(atText, "--at", now);
  const since = sinceText === undefined ? undefined : readMoment(sinceText, "--since", now);
  const uses = await exitHistory(await workspace.openStore(), proxy, { at, since, limit });
  const when = since === undefined ? "yet" : `since ${localTime(since)}`;
  const table = {
    columns: ["account", "from", "until", "for", "exit_ip", "proxy", "venues"],
    expendable: ["venues", "for", "proxy"],
    narrowest: { from: 10, until: 10 },
    empty: `Nobody ${at === undefined ? `has left by ${proxy} ${when}` : `left by ${proxy} at ${localTime(at)}`}.`,
  } as const satisfies FittedTable<string>;
  const rows = uses.map((use) => exitUseCells(use, now));
  return { data: exitUsesView(uses), text: (style) => renderFitted(table, rows, style, wide) };
}
