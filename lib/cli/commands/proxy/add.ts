import { formatEndpoint } from "../../../domain/proxy/proxy-endpoint.ts";
import { addProxy } from "../../../operations/proxies/create-proxy.ts";
import { readProxyRequest } from "../../../operations/proxies/read-proxy-request.ts";
import type { CommandUsage, Context, Outcome } from "../../command.ts";
import { readAuthority } from "../../parse/authority-file.ts";
import { caFlag, factsOf, proxyFlags, refuseLoneSecret, secretOf } from "../../terminal/proxy-flags.ts";
import { tellAlike } from "../../words/tell-alike.ts";

export const usage = {
  details:
    "With --proxy-user but without a password flag, the command asks for the password on the terminal.",
  examples: [
    "launch proxy add fra-1 --proxy-endpoint http://gw.example:8001 --proxy-user u --proxy-pass-stdin < pass",
  ],
  operands: [{ name: "label", help: "The name of the proxy.", arity: "one" }],
  flags: {
    "proxy-endpoint": {
      kind: "text",
      value: "url",
      help: "Scheme, host and port: http://, https:// or socks5://.",
      required: true,
    },
    ...proxyFlags,
    ...caFlag,
  },
} as const satisfies CommandUsage;

/** Adds the proxy to the pool. */
export async function run(context: Context<typeof usage>): Promise<Outcome> {
  const { flags, io } = context;
  const { label } = context.args;
  refuseLoneSecret(flags);
  const { value: request, warnings } = await readProxyRequest({
    label,
    endpoint: flags["proxy-endpoint"],
    user: flags["proxy-user"],
    readSecret: () => secretOf(flags, label, io),
    ...factsOf(flags),
  });
  const ca = flags.ca === undefined ? undefined : await readAuthority(flags.ca);
  for (const warning of warnings) io.warn(`warning: ${warning}`);
  const operator = await (await context.openWorkspace()).openOperator();
  const present = await operator.store.proxies.labelsLike([label]);
  const proxy = await addProxy(operator, { ...request, ca });
  tellAlike(io, { what: "proxy", added: [proxy.label], present });
  return {
    data: { version: 1, label: proxy.label, id: proxy.id, endpoint: formatEndpoint(proxy.endpoint) },
    notes: [`Proxy ${proxy.label} was added. Next: launch proxy check ${proxy.label}`],
  };
}
