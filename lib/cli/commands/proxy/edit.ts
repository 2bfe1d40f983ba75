import { UsageError } from "../../../errors.ts";
import type { Operator } from "../../../operations/operator.ts";
import { editProxy, type ProxyEdit } from "../../../operations/proxies/edit-proxy.ts";
import { readEndpoint, readFacts } from "../../../operations/proxies/read-proxy-request.ts";
import { proxyView } from "../../../operations/views/pool.ts";
import type { CommandUsage, Context, Outcome } from "../../command.ts";
import { readAuthority } from "../../parse/authority-file.ts";
import type { Io } from "../../terminal/io.ts";
import { caFlag, factsOf, proxyFlags, refuseLoneSecret, secretOf } from "../../terminal/proxy-flags.ts";
import { tellAlike } from "../../words/tell-alike.ts";

const clearable = ["expected-ip", "country", "provider", "expires", "credential", "ca"] as const;

export const usage = {
  details:
    "What you do not give stays as it is. After a new endpoint, credential or expected IP, a bot that uses the proxy proves its exit again.",
  examples: [
    "launch proxy edit fra-1 --proxy-user u2 --proxy-pass-stdin",
    "launch proxy edit fra-1 --ca vendor-ca.pem",
    "launch proxy edit fra-1 --clear expected-ip",
  ],
  operands: [{ name: "label", help: "The proxy's label.", arity: "one" }],
  flags: {
    "proxy-label": { kind: "text", value: "label", help: "The new label." },
    "proxy-endpoint": { kind: "text", value: "url", help: "The new endpoint." },
    ...proxyFlags,
    ...caFlag,
    clear: { kind: "list", value: "what", help: `Remove one of these: ${clearable.join(", ")}.` },
  },
} as const satisfies CommandUsage;

/** Changes the proxy. */
export async function run(context: Context<typeof usage>): Promise<Outcome> {
  const { io } = context;
  const { edit, warnings } = await readEdit(context);
  for (const warning of warnings) io.warn(`warning: ${warning}`);
  const operator = await (await context.openWorkspace()).openOperator();
  const { label } = context.args;
  const { proxy, changed, notes: told } = await editProxy(operator, label, edit);
  for (const note of told) io.warn(`warning: ${note}`);
  if (edit.label !== undefined && edit.label !== label) await tellRelabelled(operator, io, edit.label);
  return {
    data: { version: 1, changed, proxy: proxyView(proxy) },
    notes: [`Proxy ${proxy.label} was edited: ${changed.join(", ")}.`],
  };
}

async function tellRelabelled({ store }: Operator, io: Io, label: string): Promise<void> {
  const present = (await store.proxies.labelsLike([label])).filter((each) => each !== label);
  const repair = (name: string) => `type \`launch proxy edit ${name} --proxy-label NAME\``;
  tellAlike(io, { what: "proxy", added: [label], present }, repair);
}

async function readEdit(context: Context<typeof usage>) {
  const { flags, io } = context;
  const { label } = context.args;
  const typed = flags["proxy-endpoint"];
  const split = typed === undefined ? undefined : readEndpoint(typed);
  const facts = readFacts(factsOf(flags));
  const { metadata, expectedIp, country, provider, expiresAt } = facts.value;
  const user = flags["proxy-user"];
  refuseLoneSecret(flags);
  const credential =
    user === undefined ? split?.value.credential : { user, secret: await secretOf(flags, label, io) };
  const edit: ProxyEdit = {
    ...(flags["proxy-label"] === undefined ? {} : { label: flags["proxy-label"] }),
    ...(split === undefined ? {} : { endpoint: split.value.endpoint }),
    ...(credential === undefined ? {} : { credential }),
    ...(flags.ca === undefined ? {} : { ca: await readAuthority(flags.ca) }),
    ...(expectedIp === undefined ? {} : { expectedIp }),
    ...(country === undefined ? {} : { country }),
    ...(provider === undefined ? {} : { provider }),
    ...(expiresAt === undefined ? {} : { expiresAt }),
    ...(Object.keys(metadata).length === 0 ? {} : { metadata }),
    ...cleared(flags.clear),
  };
  return { edit, warnings: [...(split?.warnings ?? []), ...facts.warnings] };
}

function cleared(what: readonly string[]): ProxyEdit {
  const known: Readonly<Record<string, ProxyEdit>> = {
    "expected-ip": { expectedIp: null },
    country: { country: null },
    provider: { provider: null },
    expires: { expiresAt: null },
    credential: { credential: null },
    ca: { ca: null },
  } satisfies Record<(typeof clearable)[number], ProxyEdit>;
  const changes = what.map((name) => {
    const change = known[name];
    if (change !== undefined) return change;
    throw new UsageError("LAUNCH_INVALID_VALUE", `--clear ${name} is not known.`, {
      hint: `It can be: ${clearable.join(", ")}.`,
    });
  });
  return Object.assign({}, ...changes);
}
