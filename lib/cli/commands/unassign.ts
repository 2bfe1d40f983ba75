import { unassignProxy } from "../../operations/assignments/change-assignment.ts";
import type { CommandArgs, CommandMeta, Context, Outcome } from "../command.ts";

/** What help adds to the summary. */
export const meta: CommandMeta = {
  details: "A bot that uses the proxy moves to another one at its next renewal.",
  examples: ["launch unassign alice fra-1"],
};

/** What the command takes. */
export const args = {
  operands: [
    { name: "account", help: "The account's name.", arity: "one" },
    { name: "proxy", help: "The proxy's label.", arity: "one" },
  ],
  flags: {},
} as const satisfies CommandArgs;

/** Takes the proxy from the account. */
export async function run(context: Context<typeof args>): Promise<Outcome> {
  const { account, proxy } = context.args;
  const operator = await (await context.openWorkspace()).openOperator();
  await unassignProxy(operator, { accountName: account, proxyLabel: proxy });
  return { data: { version: 1, account, proxy }, notes: [`${account} may no longer use ${proxy}.`] };
}
