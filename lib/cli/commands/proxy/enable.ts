import { setProxyActive } from "../../../operations/proxies/change-proxy.ts";
import { proxyView } from "../../../operations/views/pool.ts";
import type { CommandArgs, CommandMeta, Context, Outcome } from "../../command.ts";

/** What help adds to the summary. */
export const meta: CommandMeta = {};

/** What the command takes. */
export const args = {
  operands: [{ name: "label", help: "The proxy's label.", arity: "one" }],
  flags: {},
} as const satisfies CommandArgs;

/** Sets whether the proxy may be chosen. */
export async function run(context: Context<typeof args>): Promise<Outcome> {
  const operator = await (await context.openWorkspace()).openOperator();
  const proxy = await setProxyActive(operator, context.args.label, true);
  return { data: { version: 1, proxy: proxyView(proxy) }, notes: [`Proxy ${proxy.label} is enabled.`] };
}
