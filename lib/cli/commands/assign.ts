import { assignProxy } from "../../operations/assignments/change-assignment.ts";
import { assignmentView } from "../../operations/views/pool.ts";
import type { CommandArgs, CommandMeta, Context, Outcome } from "../command.ts";

/** What help adds to the summary. */
export const meta: CommandMeta = {
  details: "Run it again to change the priority. A new priority never moves a running bot.",
  examples: ["launch assign alice fra-2", "launch assign alice fra-2 --priority 1"],
};

/** What the command takes. */
export const args = {
  operands: [
    { name: "account", help: "The account's name.", arity: "one" },
    { name: "proxy", help: "The proxy's label.", arity: "one" },
  ],
  flags: {
    priority: {
      kind: "count",
      value: "number",
      help: "Lower is preferred; by default it comes after the others.",
    },
  },
} as const satisfies CommandArgs;

/** Lets the account use the proxy. */
export async function run(context: Context<typeof args>): Promise<Outcome> {
  const { account, proxy } = context.args;
  const operator = await (await context.openWorkspace()).openOperator();
  const pairing = { accountName: account, proxyLabel: proxy };
  const assignment = await assignProxy(operator, pairing, context.flags.priority);
  return {
    data: { version: 1, account, assignment: assignmentView(assignment, proxy) },
    notes: [`${account} may use ${proxy} at priority ${assignment.priority}.`],
  };
}
