import { unassignProxy } from "../../../operations/assignments/change-assignment.ts";
import { consequencesOfLoss } from "../../../operations/exits/exit-consequences.ts";
import type { CommandUsage, Context, Outcome } from "../../command.ts";
import { consentFlags, withConsent } from "../../verbs/consent.ts";

export const usage = {
  details: "A bot that uses the proxy moves to another one at its next renewal.",
  examples: ["launch unassign alice fra-1"],
  operands: [
    { name: "account", help: "The account's name.", arity: "one" },
    { name: "proxy", help: "The proxy's label.", arity: "one" },
  ],
  flags: consentFlags,
} as const satisfies CommandUsage;

/** Takes the proxy from the account. */
export async function run(context: Context<typeof usage>): Promise<Outcome> {
  const { account, proxy } = context.args;
  const operator = await (await context.openWorkspace()).openOperator();
  return await withConsent(operator, context, {
    what: `Take ${proxy} from ${account}`,
    consequences: await consequencesOfLoss(operator, proxy, { accountName: account }),
    act: (each) => unassignProxy(each, { accountName: account, proxyLabel: proxy }),
    outcomeOf: () => ({
      data: { version: 1, account, proxy },
      notes: [`${account} may no longer use ${proxy}.`],
    }),
  });
}
