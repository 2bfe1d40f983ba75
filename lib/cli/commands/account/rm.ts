import { removeAccount } from "../../../operations/accounts/change-account.ts";
import type { CommandUsage, Context, Outcome } from "../../command.ts";
import { consentFlags, withConsent } from "../../verbs/consent.ts";

export const usage = {
  details: "Its proxies stay in the pool, its history stays readable. Refused while its bot runs.",
  operands: [{ name: "name", help: "The account's name.", arity: "one" }],
  flags: consentFlags,
} as const satisfies CommandUsage;

/** Removes the account. */
export async function run(context: Context<typeof usage>): Promise<Outcome> {
  const workspace = await context.openWorkspace();
  const { name } = context.args;
  return await withConsent(await workspace.openOperator(), context, {
    what: `Remove the account ${name}`,
    consequences: [],
    isFinal: true,
    act: (operator) => removeAccount(operator, workspace.processes, name),
    outcomeOf: (account) => ({
      data: { version: 1, removed: account.name },
      notes: [`Account ${account.name} was removed.`],
    }),
  });
}
