import { removeAccount } from "../../../operations/accounts/change-account.ts";
import type { CommandArgs, CommandMeta, Context, Outcome } from "../../command.ts";

/** What help adds to the summary. */
export const meta: CommandMeta = {
  details: "Its proxies stay in the pool, its history stays readable. Refused while its bot runs.",
};

/** What the command takes. */
export const args = {
  operands: [{ name: "name", help: "The account's name.", arity: "one" }],
  flags: {},
} as const satisfies CommandArgs;

/** Removes the account. */
export async function run(context: Context<typeof args>): Promise<Outcome> {
  const workspace = await context.openWorkspace();
  const account = await removeAccount(await workspace.openOperator(), workspace.processes, context.args.name);
  return { data: { version: 1, removed: account.name }, notes: [`Account ${account.name} was removed.`] };
}
