import { consequencesOfHold, holdAccount } from "../../../operations/accounts/change-account.ts";
import { accountView } from "../../../operations/views/pool.ts";
import type { CommandUsage, Context, Outcome } from "../../command.ts";
import { consentFlags, withConsent } from "../../verbs/consent.ts";

export const usage = {
  details: "Its bot stops at the next renewal, and none starts until `launch account release`.",
  operands: [{ name: "name", help: "The account's name.", arity: "one" }],
  flags: {
    why: {
      kind: "text",
      value: "text",
      help: "The reason, which is shown when somebody tries to start the bot.",
      required: true,
    },
    ...consentFlags,
  },
} as const satisfies CommandUsage;

/** Holds the account. */
export async function run(context: Context<typeof usage>): Promise<Outcome> {
  const operator = await (await context.openWorkspace()).openOperator();
  const { name } = context.args;
  return await withConsent(operator, context, {
    what: `Hold the account ${name}`,
    consequences: await consequencesOfHold(operator, name),
    act: (each) => holdAccount(each, name, context.flags.why),
    outcomeOf: (account) => ({
      data: { version: 1, account: accountView(account) },
      notes: [`Account ${account.name} is held.`],
    }),
  });
}
