import { setProxyActive } from "../../../operations/proxies/change-proxy.ts";
import { proxyView } from "../../../operations/views/pool.ts";
import type { CommandUsage, Context, Outcome } from "../../command.ts";

export const usage = {
  operands: [{ name: "label", help: "The proxy's label.", arity: "one" }],
} as const satisfies CommandUsage;

/** Sets whether the proxy may be chosen. */
export async function run(context: Context<typeof usage>): Promise<Outcome> {
  const operator = await (await context.openWorkspace()).openOperator();
  const proxy = await setProxyActive(operator, context.args.label, true);
  return { data: { version: 1, proxy: proxyView(proxy) }, notes: [`Proxy ${proxy.label} is enabled.`] };
}
