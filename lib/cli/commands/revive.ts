import { reviveAssignment } from "../../operations/assignments/change-assignment.ts";
import type { CommandArgs, CommandMeta, Context, Outcome } from "../command.ts";

/** What help adds to the summary. */
export const meta: CommandMeta = {
  details: "Ends a demotion, a cooldown or a burn at once and forgets its strikes.",
  examples: ["launch revive alice fra-1"],
};

/** What the command takes. */
export const args = {
  operands: [
    { name: "account", help: "The account's name.", arity: "one" },
    { name: "proxy", help: "The proxy's label.", arity: "one" },
  ],
  flags: {},
} as const satisfies CommandArgs;

/** Brings the assignment back. */
export async function run(context: Context<typeof args>): Promise<Outcome> {
  const { account, proxy } = context.args;
  const operator = await (await context.openWorkspace()).openOperator();
  await reviveAssignment(operator, { accountName: account, proxyLabel: proxy });
  return { data: { version: 1, account, proxy }, notes: [`${account} may use ${proxy} again.`] };
}
