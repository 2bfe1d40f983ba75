import { releaseAccount } from "../../../operations/accounts/change-account.ts";
import { accountView } from "../../../operations/views/pool.ts";
import type { CommandArgs, CommandMeta, Context, Outcome } from "../../command.ts";

/** What help adds to the summary. */
export const meta: CommandMeta = {};

/** What the command takes. */
export const args = {
  operands: [{ name: "name", help: "The account's name.", arity: "one" }],
  flags: {},
} as const satisfies CommandArgs;

/** Ends the hold. */
export async function run(context: Context<typeof args>): Promise<Outcome> {
  const operator = await (await context.openWorkspace()).openOperator();
  const account = await releaseAccount(operator, context.args.name);
  return {
    data: { version: 1, account: accountView(account) },
    notes: [`Account ${account.name} may run again.`],
  };
}
