import { instant } from "../../../domain/time.ts";
import { UsageError } from "../../../errors.ts";
import { demoteAssignment } from "../../../operations/assignments/change-assignment.ts";
import { consequencesOfLoss } from "../../../operations/exits/exit-consequences.ts";
import { rfc3339 } from "../../../operations/views/rfc3339.ts";
import type { CommandUsage, Context, Outcome } from "../../command.ts";
import { consentFlags, withConsent } from "../../verbs/consent.ts";
import { localTime } from "../../view/ages.ts";

const usualMs = 3_600_000;

export const usage = {
  details:
    "The bot moves to another exit at its next renewal. The account may use the proxy again after the time, or after `launch revive`.",
  examples: ["launch demote alice fra-1 --for 2h --why 'captcha on login'"],
  operands: [
    { name: "account", help: "The account's name.", arity: "one" },
    { name: "proxy", help: "The proxy's label.", arity: "one" },
  ],
  flags: {
    for: { kind: "duration", help: "How long (1h)." },
    quarantine: { kind: "toggle", help: "Without a time limit, until `launch revive`." },
    why: { kind: "text", value: "text", help: "The reason, for the history." },
    ...consentFlags,
  },
} as const satisfies CommandUsage;

/** Puts the proxy out of the account's use. */
export async function run(context: Context<typeof usage>): Promise<Outcome> {
  const { account, proxy } = context.args;
  const { for: givenMs, quarantine, why } = context.flags;
  if (quarantine && givenMs !== undefined)
    throw new UsageError("LAUNCH_USAGE", "--quarantine has no time limit: remove --for.");
  const operator = await (await context.openWorkspace()).openOperator();
  const pairing = { accountName: account, proxyLabel: proxy };
  const forMs = quarantine ? undefined : (givenMs ?? usualMs);
  const untilAt = forMs === undefined ? undefined : instant(operator.clock.now() + forMs);
  return await withConsent(operator, context, {
    what: `Demote ${proxy} for ${account}`,
    consequences: await consequencesOfLoss(operator, proxy, { accountName: account, untilAt }),
    act: (each) => demoteAssignment(each, pairing, { forMs, why }),
    outcomeOf: ({ until }) => ({
      data: { version: 1, account, proxy, until: rfc3339(until) },
      notes: [
        `${account} does not use ${proxy} until ${until === undefined ? "it is revived" : localTime(until)}.`,
      ],
    }),
  });
}
