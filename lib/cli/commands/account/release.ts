import { releaseAccount } from "../../../operations/accounts/change-account.ts";
import { accountView } from "../../../operations/views/pool.ts";
import type { CommandUsage, Context, Outcome } from "../../command.ts";

export const usage = {
  operands: [{ name: "name", help: "The account's name.", arity: "one" }],
} as const satisfies CommandUsage;

/** Ends the hold. */
export async function run(context: Context<typeof usage>): Promise<Outcome> {
  const operator = await (await context.openWorkspace()).openOperator();
  const account = await releaseAccount(operator, context.args.name);
  return {
    data: { version: 1, account: accountView(account) },
    notes: [`Account ${account.name} may run again.`],
  };
}
