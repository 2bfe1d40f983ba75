import { accountHistory } from "../../../operations/exits/exit-history.ts";
import { exitUsesView } from "../../../operations/views/exits.ts";
import type { CommandUsage, Context, Outcome } from "../../command.ts";
import { readMoment } from "../../parse/moment-flag.ts";
import { localTime } from "../../view/ages.ts";
import { exitUseCells } from "../../view/exit-use-table.ts";
import { type FittedTable, renderFitted } from "../../view/fitted-table.ts";

export const usage = {
  details:
    "A removed account keeps its history for `history.keep`. Times without an offset are UTC; 14:03 is your own clock's.",
  examples: ["launch account history alice --at 14:03", "launch account history alice --since 7d"],
  operands: [{ name: "name", help: "The account's name.", arity: "one" }],
  flags: {
    at: { kind: "text", value: "time", help: "Only the exit that it had at this moment." },
    since: { kind: "text", value: "time", help: "Only what it used after this moment." },
    limit: { kind: "count", value: "count", help: "How many to show, the newest first (20)." },
    wide: { kind: "toggle", help: "Show all columns, even if the table is wider than the terminal." },
  },
} as const satisfies CommandUsage;

/** Lists which exits the account left by, and why. */
export async function run(context: Context<typeof usage>): Promise<Outcome> {
  const { name } = context.args;
  const { at: atText, since: sinceText, limit = 20, wide } = context.flags;
  const workspace = await context.openWorkspace();
  const now = workspace.clock.now();
  const at = atText === undefined ? undefined : readMoment(atText, "--at", now);
  const since = sinceText === undefined ? undefined : readMoment(sinceText, "--since", now);
  const uses = await accountHistory(await workspace.openStore(), name, { at, since, limit });
  const table = {
    columns: ["from", "until", "for", "exit_ip", "proxy", "venues", "why"],
    expendable: ["venues", "for"],
    narrowest: { from: 10, until: 10, why: 20 },
    empty:
      at === undefined
        ? `${name} has left by no exit${since === undefined ? " yet" : " since then"}.`
        : `${name} had no exit at ${localTime(at)}: its bot did not run.`,
  } as const satisfies FittedTable<string>;
  const rows = uses.map((use) => ({ ...exitUseCells(use, now), why: use.why ?? "started there" }));
  return { data: exitUsesView(uses), text: (style) => renderFitted(table, rows, style, wide) };
}
