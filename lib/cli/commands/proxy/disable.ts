import { consequencesOfLoss } from "../../../operations/exits/exit-consequences.ts";
import { setProxyActive } from "../../../operations/proxies/change-proxy.ts";
import { proxyView } from "../../../operations/views/pool.ts";
import type { CommandUsage, Context, Outcome } from "../../command.ts";
import { warnOf } from "../../terminal/consequences.ts";

/** What help says of the command, and what it takes. */
export const usage = {
  operands: [{ name: "label", help: "The proxy's label.", arity: "one" }],
} as const satisfies CommandUsage;

/** Sets whether the proxy may be chosen. */
export async function run(context: Context<typeof usage>): Promise<Outcome> {
  const operator = await (await context.openWorkspace()).openOperator();
  warnOf(context.io, await consequencesOfLoss(operator, context.args.label));
  const proxy = await setProxyActive(operator, context.args.label, false);
  return { data: { version: 1, proxy: proxyView(proxy) }, notes: [`Proxy ${proxy.label} is disabled.`] };
}
