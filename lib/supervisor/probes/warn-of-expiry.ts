import type { AccountId } from "../../domain/ids.ts";
import type { Proxy } from "../../domain/proxy/proxy.ts";
import { expiryWarning } from "../../policy/reputation/expiry.ts";
import type { LauncherPorts } from "../unit/ports.ts";

/** Warns of an account's proxies that end soon, once for each time in the whole fleet, with its line in the history. */
export async function warnOfExpiry(
  { store, clock, processes, journal }: Pick<LauncherPorts, "store" | "clock" | "processes" | "journal">,
  accountIds: readonly AccountId[],
): Promise<void> {
  const now = clock.now();
  const seen = new Set<string>();
  for (const accountId of accountIds) {
    const facts = await store.accounts.facts(accountId);
    for (const { proxy } of facts?.candidates ?? []) {
      const days = proxy.expiresAt === undefined ? undefined : expiryWarning(proxy.expiresAt, now);
      if (days === undefined || seen.has(proxy.id)) continue;
      seen.add(proxy.id);
      const message = `${proxy.label} ends in less than ${days === 1 ? "a day" : `${days} days`}: renew its rent and run \`launch proxy edit ${proxy.label} --proxy-expires DATE\``;
      if (await warn(store, proxy, { days, message, at: now, host: processes.self().host }))
        journal.say({ level: "warning", unit: undefined, text: message });
    }
  }
}

// The note and the line in the history are one: a launcher that dies between them would have warned nobody.
function warn(
  store: LauncherPorts["store"],
  { id }: Proxy,
  {
    days,
    message,
    at,
    host,
  }: {
    readonly days: number;
    readonly message: string;
    readonly at: ReturnType<LauncherPorts["clock"]["now"]>;
    readonly host: string;
  },
): Promise<boolean> {
  return store.transaction(async (within) => {
    if (!(await within.proxies.warnOnce(id, days))) return false;
    await within.history.append({
      at,
      kind: "proxy.expiring",
      severity: "warning",
      actor: "system",
      host,
      proxyId: id,
      message,
    });
    return true;
  });
}
