import { consequencesOfLoss } from "../../../operations/exits/exit-consequences.ts";
import { removeProxy } from "../../../operations/proxies/change-proxy.ts";
import type { CommandUsage, Context, Outcome } from "../../command.ts";
import { consentFlags, withConsent } from "../../verbs/consent.ts";

export const usage = {
  details: "Also removes its assignments; its history stays. Refused while a bot uses it.",
  operands: [{ name: "label", help: "The proxy's label.", arity: "one" }],
  flags: {
    force: { kind: "toggle", help: "Remove it even while a bot uses it; the bot moves at its next renewal." },
    ...consentFlags,
  },
} as const satisfies CommandUsage;

/** Removes the proxy. */
export async function run(context: Context<typeof usage>): Promise<Outcome> {
  const workspace = await context.openWorkspace();
  const operator = await workspace.openOperator();
  const removal = { label: context.args.label, force: context.flags.force };
  return await withConsent(operator, context, {
    what: `Remove the proxy ${removal.label}`,
    consequences: await consequencesOfLoss(operator, removal.label),
    isFinal: true,
    act: (each) => removeProxy(each, workspace.processes, removal),
    outcomeOf: ({ proxy, assignments }) => ({
      data: { version: 1, removed: proxy.label, assignments },
      notes: [
        `Proxy ${proxy.label} was removed with ${assignments} assignment${assignments === 1 ? "" : "s"}.`,
      ],
    }),
  });
}
