import { removeAccount } from "../../../operations/accounts/change-account.ts";
import type { CommandUsage, Context, Outcome } from "../../command.ts";

/** What help says of the command, and what it takes. */
export const usage = {
  details: "Its proxies stay in the pool, its history stays readable. Refused while its bot runs.",
  operands: [{ name: "name", help: "The account's name.", arity: "one" }],
} as const satisfies CommandUsage;

/** Removes the account. */
export async function run(context: Context<typeof usage>): Promise<Outcome> {
  const workspace = await context.openWorkspace();
  const account = await removeAccount(await workspace.openOperator(), workspace.processes, context.args.name);
  return { data: { version: 1, removed: account.name }, notes: [`Account ${account.name} was removed.`] };
}
