import { consequencesOfLoss } from "../../../operations/exits/exit-consequences.ts";
import { setProxyActive } from "../../../operations/proxies/change-proxy.ts";
import { proxyView } from "../../../operations/views/pool.ts";
import type { CommandUsage, Context, Outcome } from "../../command.ts";
import { consentFlags, withConsent } from "../../verbs/consent.ts";

export const usage = {
  operands: [{ name: "label", help: "The proxy's label.", arity: "one" }],
  flags: consentFlags,
} as const satisfies CommandUsage;

/** Sets whether the proxy may be chosen. */
export async function run(context: Context<typeof usage>): Promise<Outcome> {
  const operator = await (await context.openWorkspace()).openOperator();
  const { label } = context.args;
  return await withConsent(operator, context, {
    what: `Disable the proxy ${label}`,
    consequences: await consequencesOfLoss(operator, label),
    act: (each) => setProxyActive(each, label, false),
    outcomeOf: (proxy) => ({
      data: { version: 1, proxy: proxyView(proxy) },
      notes: [`Proxy ${proxy.label} is disabled.`],
    }),
  });
}
