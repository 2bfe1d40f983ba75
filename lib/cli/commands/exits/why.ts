import { openLogs } from "../../../compose/logs/open-logs.ts";
import { readCrash } from "../../../operations/logs/read-crash.ts";
import { explanationView } from "../../../operations/views/why.ts";
import { explainAccount } from "../../../operations/why/explain-account.ts";
import type { CommandUsage, Context, Outcome } from "../../command.ts";
import { renderExplanation } from "../../view/explanation.ts";

export const usage = {
  details:
    "Shows on which exit the account is and since when, what brought it there, every other exit with what stands against it, incidents, the budget of planned switches, what was seen in the last day, and the last lines of its newest crash on this host. It changes nothing.",
  examples: ["launch why alice", "launch why alice --json"],
  operands: [{ name: "account", help: "The account's name.", arity: "one" }],
} as const satisfies CommandUsage;

/** Explains where the account stands. */
export async function run(context: Context<typeof usage>): Promise<Outcome> {
  const workspace = await context.openWorkspace();
  const operator = await workspace.openOperator();
  const { switching, selection } = workspace.config;
  const by = { rules: switching.rules, order: selection.order };
  const found = await explainAccount(operator, workspace.processes, context.args.account, by);
  const { reader, places } = openLogs(workspace);
  const crash = await readCrash(reader, places.placeOf(context.args.account).path);
  return { data: explanationView(found, crash), text: (style) => renderExplanation(found, style, crash) };
}
